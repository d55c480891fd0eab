// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// answer sends a value as JSON.
func answer(v *visit, status int, value any) *gateway.Error {
	b, err := json.Marshal(value)
	if err != nil {
		return gateway.Fail(gateway.KindInternal, err)
	}
	send(v.Context, status, "application/json", b)
	return nil
}

// contract is readable from every web page; it is the only answer that is.
func (d *door) contract(v *visit) *gateway.Error {
	v.Header("Access-Control-Allow-Origin", "*")
	send(v.Context, http.StatusOK, "application/json", d.document)
	return nil
}

func (d *door) keys(v *visit) *gateway.Error {
	set, err := d.Keys.JWKS(v.ctx)
	if err != nil {
		return gateway.AsError(err)
	}
	send(v.Context, http.StatusOK, "application/jwk-set+json", set)
	return nil
}

// openPGP gives our OpenPGP keys; there are none until they were made.
func (d *door) openPGP(v *visit) *gateway.Error {
	set, err := d.Keys.OpenPGP(v.ctx)
	if err != nil {
		return gateway.AsError(err)
	}
	if len(set) == 0 {
		return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeKey, Rule: "Seinhuis formats",
			Text: "Het seinhuis heeft geen OpenPGP-sleutel."})
	}
	send(v.Context, http.StatusOK, "application/pgp-keys", set)
	return nil
}

type health struct {
	Status  string `json:"status"`
	Version string `json:"versie"`
}

func (d *door) health(v *visit) *gateway.Error {
	h := health{"gezond", d.options.Version}
	if d.pulse.feel(v.ctx, d.Health, v.at) != nil {
		h.Status = "gestoord"
	}
	return answer(v, http.StatusOK, h)
}

// pulse remembers the last answer about health for a second, so that anyone
// may ask as often as they like.
type pulse struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

func (p *pulse) feel(ctx context.Context, check func(context.Context) error, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := now.Sub(p.at); p.at.IsZero() || age < 0 || age >= time.Second {
		// Whoever asked may go away; the others still want the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		p.err, p.at = check(ctx), now
	}
	return p.err
}

// Probe is for the loopback listener of an orchestrator: 204 when healthy, 503
// when not, and nothing else.
func Probe(check func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusNoContent
		if check(r.Context()) != nil {
			status = http.StatusServiceUnavailable
		}
		w.WriteHeader(status)
	})
}
