// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/seinhuis/seinhuis/gateway"
)

// What a visit leaves behind for the log line of its request.
const (
	keyTrace  = "spoor"
	keyOIN    = "oin"
	keyKind   = "soort"
	keySilent = "stil" // one of many alike; the metrics count it
)

// traceOf is that of the request; observe put it there.
func traceOf(c *gin.Context) gateway.Trace {
	trace, _ := c.Value(keyTrace).(gateway.Trace)
	return trace
}

// observe stands around every request: headers before, a log line and the
// metrics after, and recovery from our own faults. It writes the template of
// the route, never the path.
func (d *door) observe(c *gin.Context) {
	began := time.Now()
	d.options.Metrics.begin()
	trace := gateway.ParseTraceparent(c.GetHeader("traceparent"))
	if trace.IsZero() {
		trace = gateway.NewTrace()
	}
	trace = withExchange(c, trace)
	c.Set(keyTrace, trace)
	span := newSpan()
	writeHeaders(c.Writer.Header(), trace, span)
	ended := func(string, string, int, string) {}
	if d.options.Spans != nil {
		var ctx context.Context
		ctx, ended = d.options.Spans.Request(c.Request.Context(), trace, span)
		c.Request = c.Request.WithContext(ctx)
	}
	defer func() { ended(knownMethod(c.Request.Method), c.FullPath(), c.Writer.Status(), c.GetString(keyKind)) }()
	defer func() { d.observed(c, began) }()
	defer d.recover(c)
	c.Next()
}

func (d *door) observed(c *gin.Context, began time.Time) {
	took, status, route := time.Since(began), c.Writer.Status(), c.FullPath()
	d.options.Metrics.end(c.Request.Method, route, status, c.GetString(keyKind), took)
	if c.GetBool(keySilent) {
		return
	}
	d.options.Logger.Info("", slog.String("gebeurtenis", "verzoek"), slog.String("methode", knownMethod(c.Request.Method)),
		slog.String("route", route), slog.Int("status", status), slog.String("soort", c.GetString(keyKind)),
		slog.Duration("duur", took), slog.String("oin", c.GetString(keyOIN)), slog.String("spoor", traceOf(c).ID()), slog.String("transactie", string(traceOf(c).Exchange())))
}

// recover turns a panic into an answer. What was panicked with may hold
// anything and is not looked at; the function is enough to find the fault.
func (d *door) recover(c *gin.Context) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(p)
	}
	d.options.Logger.Error("", slog.String("gebeurtenis", "paniek"), slog.String("route", c.FullPath()),
		slog.String("waar", origin()), slog.String("spoor", traceOf(c).ID()))
	d.fail(&visit{Context: c, trace: traceOf(c)}, ownRefusal(gateway.KindInternal, gateway.CodeInternal))
}

// origin names the function that panicked, and its line.
func origin() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			return f.Function + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			return "onbekend"
		}
	}
}

// writeHeaders writes what stands on every answer (NLGov API Design Rules,
// transport security), so that no handler can forget it.
func writeHeaders(h http.Header, trace gateway.Trace, span string) {
	h.Set("API-Version", APIVersion)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("traceparent", "00-"+trace.ID()+"-"+span+"-01")
}

// newSpan draws the id of the request's span, 16 hexadecimal digits.
func newSpan() string {
	var span [8]byte
	_, _ = rand.Read(span[:])
	return hex.EncodeToString(span[:])
}

// send writes a whole answer.
func send(c *gin.Context, status int, mediaType string, body []byte) {
	h := c.Writer.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Status(status)
	_, _ = c.Writer.Write(body)
}
