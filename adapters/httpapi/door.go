// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/seinhuis/seinhuis/gateway"
)

// door is what every request shares.
type door struct {
	Services
	options  Options
	document []byte // the contract as JSON
	working  *limit
	waiting  *limit
	flowing  *limit
	public   *limit
	rate     *rate
	refusals *refusals
	pulse    *pulse
}

// visit is one request at a route.
type visit struct {
	*gin.Context
	route *route
	ctx   context.Context // the request's, with its deadline
	peer  gateway.Peer
	at    time.Time // the one "now" of the request
	trace gateway.Trace

	answer *answering
}

func (v *visit) forParty() gateway.Visit {
	return gateway.Visit{Peer: v.peer, At: v.at, Trace: v.trace}
}

// New makes the handler of the door. It fails when a service is missing.
func New(s Services, o Options) (http.Handler, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	document, err := contractJSON()
	if err != nil {
		return nil, err
	}
	o = o.filled()
	d := &door{Services: s, options: o, document: document,
		working: newLimit(o.Concurrent, o.ConcurrentPerParty), waiting: newLimit(o.Waiting, o.WaitingPerParty),
		flowing: newLimit(o.Streaming, o.StreamingPerParty),
		public:  newLimit(o.Public, o.PublicPerAddress), rate: newRate(o.RatePerParty, o.BurstPerParty), refusals: &refusals{}, pulse: &pulse{}}
	return d.plain(d.engine()), nil
}

// engine is gin without what it brings of its own: no logger, no recovery, no
// redirects, no trust in proxies.
func (d *door) engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash, e.RedirectFixedPath, e.RemoveExtraSlash = false, false, false
	e.HandleMethodNotAllowed, e.ForwardedByClientIP = true, false
	e.ContextWithFallback = false
	_ = e.SetTrustedProxies(nil) // nil is always accepted
	e.Use(d.observe)
	e.NoRoute(d.refuseWith(gateway.KindNotFound, gateway.CodePathUnknown))
	e.NoMethod(d.refuseWith(kindMethod, gateway.CodeMethod))
	for i := range routes {
		r := &routes[i]
		e.Handle(r.method, base+r.path, d.handle(r))
	}
	return e
}

// plain answers paths with escapes like unknown ones: no id needs any, and two
// spellings of one address are one too many.
func (d *door) plain(e *gin.Engine) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.EscapedPath(), "%") {
			r = r.WithContext(r.Context())
			r.URL = &url.URL{Path: "/"}
		}
		e.ServeHTTP(w, r)
	})
}

func (d *door) refuseWith(kind gateway.ErrorKind, code gateway.Code) gin.HandlerFunc {
	return func(c *gin.Context) {
		d.fail(&visit{Context: c, trace: traceOf(c), answer: d.answering(c)}, ownRefusal(kind, code))
	}
}

// bound limits the time of a request. One that streams is held by its flow.
func (d *door) bound(ctx context.Context, r *route) (context.Context, context.CancelFunc) {
	switch {
	case r.streams:
		return context.WithCancel(ctx)
	case r.waits:
		return context.WithTimeout(ctx, d.options.RequestTimeout+maxWait)
	}
	return context.WithTimeout(ctx, d.options.RequestTimeout)
}

// handle is the order of the door: who, may it, is there room, is the question
// well formed; only then the service.
func (d *door) handle(r *route) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := d.bound(c.Request.Context(), r)
		defer cancel()
		v := &visit{Context: c, route: r, ctx: ctx, at: d.Clock(), trace: traceOf(c), answer: d.answering(c)}
		leave, fail := d.enter(v)
		if fail == nil {
			defer leave()
			if fail = d.checkExchange(v); fail == nil {
				fail = checkQuery(v)
			}
			if fail == nil {
				fail = r.serve(d, v)
			}
			if fail == nil && r.public() {
				_ = v.answer.FlushError() // an address keeps its place until it has read
			}
		}
		if fail != nil {
			d.fail(v, fail)
		}
	}
}
