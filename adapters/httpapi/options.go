// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"log/slog"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// APIVersion is the version of the contract; a test holds it to the document.
const APIVersion = "1.0.0"

// maxBody bounds a request body in bytes.
const maxBody = 1 << 20

// maxWait is the longest that a creditor may wait for a notice.
const maxWait = 60 * time.Second

// Spans follows requests for telemetry. Request is called when one comes in,
// with the span id that its answer names; the context that it returns is what
// the request works under, and end is called once, when it was answered. It gets
// the template of the route and closed words, never a path or a value; it may
// not block. Filled by adapters/telemetry.
type Spans interface {
	Request(ctx context.Context, trace gateway.Trace, span string) (within context.Context, end func(method, route string, status int, kind string))
}

// Options are the settings of the door; the zero value of a field means its
// default.
type Options struct {
	Version string       // of the program, for GET /v1/gezondheid
	Logger  *slog.Logger // none when nil
	Metrics *Metrics     // its own when nil
	Spans   Spans        // none when nil

	ExchangeRequired bool // refuse what comes without Fsc-Transaction-Id, at routes that need a certificate

	Concurrent         int // requests at work at the same time, of all; 1024
	ConcurrentPerParty int // of one OIN; 256
	Waiting            int // long polls at the same time, of all; 8192
	WaitingPerParty    int // of one OIN; 32
	Streaming          int // files and outcomes on their way at the same time, of all; 64
	StreamingPerParty  int // of one OIN; 4

	RatePerParty  int // requests a second of one OIN, in the long run; 1000
	BurstPerParty int // of one OIN at once, after a rest; 4000

	Public                int // requests at the public routes at the same time, of all; 64
	PublicPerAddress      int // of one address, reading the answer included; 32
	ConnectionsPerAddress int // open connections of one address; 256, raise it behind a proxy

	HeaderTimeout  time.Duration // reading the headers; 10 s
	ReadTimeout    time.Duration // reading a whole request; 30 s
	RequestTimeout time.Duration // working on a request, waiting not counted; 30 s
	FlowTimeout    time.Duration // passing each 512 KiB of a file or of outcomes; 30 s
	SettleTimeout  time.Duration // working on a file after its last byte; 10 min, for a repeated file may have to be compared
	AnswerTimeout  time.Duration // writing an answer; 20 s
	IdleTimeout    time.Duration // keeping a silent connection; 2 min
	MaxHeaderBytes int           // 16 KiB
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (o Options) filled() Options {
	o.Version = or(o.Version, "onbekend")
	o.Logger = or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	o.Concurrent = or(o.Concurrent, 1024)
	o.ConcurrentPerParty = or(o.ConcurrentPerParty, 256)
	o.Waiting = or(o.Waiting, 8192)
	o.WaitingPerParty = or(o.WaitingPerParty, 32)
	o.Streaming = or(o.Streaming, 64)
	o.StreamingPerParty = or(o.StreamingPerParty, 4)
	o.FlowTimeout = or(o.FlowTimeout, 30*time.Second)
	o.SettleTimeout = or(o.SettleTimeout, 10*time.Minute)
	o.RatePerParty = or(o.RatePerParty, 1000)
	o.BurstPerParty = or(o.BurstPerParty, 4000)
	o.Public = or(o.Public, 64)
	o.PublicPerAddress = or(o.PublicPerAddress, 32)
	o.ConnectionsPerAddress = or(o.ConnectionsPerAddress, 256)
	o.HeaderTimeout = or(o.HeaderTimeout, 10*time.Second)
	o.ReadTimeout = or(o.ReadTimeout, 30*time.Second)
	o.RequestTimeout = or(o.RequestTimeout, 30*time.Second)
	o.AnswerTimeout = or(o.AnswerTimeout, 20*time.Second)
	o.IdleTimeout = or(o.IdleTimeout, 2*time.Minute)
	o.MaxHeaderBytes = or(o.MaxHeaderBytes, 16<<10)
	return o
}
