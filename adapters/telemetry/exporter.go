// SPDX-License-Identifier: EUPL-1.2

package telemetry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

const (
	queueSize  = 8192
	batchSize  = 512
	flushEvery = 2 * time.Second
	patience   = 10 * time.Second // of one post, and of the last ones at the end
)

var (
	// ErrAddress says that an address is not one of a collector: https, a host,
	// and no name, password, question or fragment.
	ErrAddress = errors.New("telemetry: the address must be https://host[:port][/path]")
	// ErrShare says that a share lies outside 0 to 1.
	ErrShare = errors.New("telemetry: the share must be above 0 and at most 1")
)

// Config is one collector as the operator wrote it, and who sends.
type Config struct {
	Address      string            // to which /v1/traces is added
	Roots        *x509.CertPool    // nil for the system's
	Certificates []tls.Certificate // ours; none when the collector asks none
	Share        float64           // of the traces that are followed, chosen by trace id; 0 stands for all
	Service      string            // service.name
	Version      string            // service.version
	Instance     string            // service.instance.id: tells nodes apart, names no person or machine
	Clock        gateway.Clock     // required
	Queue        int               // spans that may wait; 8192 when zero
}

// Exporter keeps spans that ended until they are posted. Its methods are safe
// for concurrent use and never wait for the collector, but for Work, which posts.
type Exporter struct {
	clock     gateway.Clock
	post      poster
	waiting   chan span
	threshold uint64

	sent, dropped atomic.Int64
}

// New makes an Exporter. Nothing is posted before Work runs.
func New(c Config) (*Exporter, error) {
	p, err := newPoster(c)
	if err != nil {
		return nil, err
	}
	if c.Share == 0 {
		c.Share = 1
	}
	if !(c.Share > 0 && c.Share <= 1) {
		return nil, ErrShare
	}
	if c.Queue <= 0 {
		c.Queue = queueSize
	}
	e := &Exporter{clock: c.Clock, post: p, waiting: make(chan span, c.Queue), threshold: math.MaxUint64}
	if c.Share < 1 {
		e.threshold = uint64(c.Share * math.MaxUint64)
	}
	return e, nil
}

// Sent is how many spans the collector took since the start, Dropped how many
// it did not, or for which there was no room.
func (e *Exporter) Sent() int64    { return e.sent.Load() }
func (e *Exporter) Dropped() int64 { return e.dropped.Load() }

// samples reports whether a trace is followed. Every node says the same of a
// trace, so that it is followed whole or not at all.
func (e *Exporter) samples(traceID string) bool {
	id, err := hex.DecodeString(traceID)
	return err == nil && len(id) == 16 && binary.BigEndian.Uint64(id[8:]) <= e.threshold
}

func (e *Exporter) add(s span) {
	select {
	case e.waiting <- s:
	default:
		e.dropped.Add(1)
	}
}

// Work posts what waits until ctx ends, and then what is left for some seconds
// more. A post that fails is not tried again: newer spans are worth more.
func (e *Exporter) Work(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case first := <-e.waiting:
			e.flush(ctx, e.gather(ctx, tick.C, first))
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for len(e.waiting) > 0 && last.Err() == nil {
		e.flush(last, e.gather(ctx, nil, <-e.waiting))
	}
}

// gather takes spans until a batch is full, or it is time; when ctx is over it
// takes what is there.
func (e *Exporter) gather(ctx context.Context, tick <-chan time.Time, first span) []span {
	batch := append(make([]span, 0, batchSize), first)
	for len(batch) < batchSize {
		select {
		case s := <-e.waiting:
			batch = append(batch, s)
			continue
		default:
		}
		if ctx.Err() != nil {
			return batch
		}
		select {
		case s := <-e.waiting:
			batch = append(batch, s)
		case <-tick:
			return batch
		case <-ctx.Done():
			return batch
		}
	}
	return batch
}

func (e *Exporter) flush(ctx context.Context, batch []span) {
	took, err := e.post.spans(context.WithoutCancel(ctx), batch)
	if err != nil {
		took = 0
	}
	e.sent.Add(int64(took))
	e.dropped.Add(int64(len(batch) - took))
}
