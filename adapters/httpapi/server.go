// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"crypto/tls"
	"log"
	"log/slog"
	"net/http"
	"time"
)

// Server is an HTTP server with every bound set. Listen with
// ServeTLS(listener, "", ""), so that HTTP/2 is on the menu; there is no way to
// serve in the clear.
//
// The write bound leaves room for the longest wait for a notice; the door sets
// a short one when an answer begins. A slow body is cut off by
// Options.ReadTimeout. An address with too many connections gets no more
// (TestConnectionsPerAddress).
func Server(handler http.Handler, tlsConfig *tls.Config, o Options) *http.Server {
	o = o.filled()
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Server{
		Handler:                      handler,
		TLSConfig:                    tlsConfig,
		Protocols:                    &protocols,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            o.HeaderTimeout,
		ReadTimeout:                  o.ReadTimeout,
		WriteTimeout:                 o.ReadTimeout + o.RequestTimeout + maxWait + 10*time.Second,
		IdleTimeout:                  o.IdleTimeout,
		MaxHeaderBytes:               o.MaxHeaderBytes,
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: 128, MaxReadFrameSize: 64 << 10, SendPingTimeout: 30 * time.Second, WriteByteTimeout: o.AnswerTimeout},
		ConnState:                    (&connections{each: o.ConnectionsPerAddress, metrics: o.Metrics, open: map[string]int{}}).state,
		ErrorLog:                     log.New(connectionLog{o.Logger, o.Metrics}, "", 0),
	}
}

// connectionLog hears what net/http has to say. The text may hold addresses
// and bits of what a client sent; only what sort of event it was goes on.
type connectionLog struct {
	logger  *slog.Logger
	metrics *Metrics
}

func (l connectionLog) Write(line []byte) (int, error) {
	event := "verbinding-fout"
	if bytes.Contains(line, []byte("TLS handshake error")) {
		event = "tls-handdruk-mislukt"
	}
	l.metrics.connection(event)
	l.logger.Warn("", slog.String("gebeurtenis", event))
	return len(line), nil
}
