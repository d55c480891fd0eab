// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// enter lets a visit in: the overall limit first, so that nobody can keep the
// certificate check busy without end, then certificate and party, the kind of
// party, and the limit of the party, or at a public route of the address. The
// place among all is given back when the answer begins; leave gives back the
// rest, after it was written.
func (d *door) enter(v *visit) (leave func(), fail *gateway.Error) {
	l := d.room(v.route)
	if !l.enter() {
		return nil, ownRefusal(gateway.KindUnavailable, gateway.CodeBusy)
	}
	free := sync.OnceFunc(l.leave)
	key, fail := d.identify(v)
	if fail == nil && !l.enterAs(key) {
		kind := kindBusy
		if v.route.public() {
			kind = gateway.KindUnavailable
		}
		fail = ownRefusal(kind, gateway.CodeBusy)
	}
	if fail != nil {
		free()
		return nil, fail
	}
	v.answer.before = free
	return func() { l.leaveAs(key); free() }, nil
}

// room is the limit of a route. Whoever needs no certificate, and whoever
// waits, takes no place of the others.
func (d *door) room(r *route) *limit {
	switch {
	case r.public():
		return d.public
	case r.waits:
		return d.waiting
	case r.streams:
		return d.flowing
	}
	return d.working
}

// identify admits the peer at its pace, and says as whom the visit counts.
func (d *door) identify(v *visit) (string, *gateway.Error) {
	if v.route.public() {
		return addressOf(v.Request.RemoteAddr), nil
	}
	if fail := d.admit(v); fail != nil {
		return "", fail
	}
	ok, tell := d.rate.take(v.peer.OIN(), v.at)
	if !ok {
		v.Set(keySilent, !tell)
		return "", gateway.Refuse(kindBusy, gateway.Finding{Code: gateway.CodeBusy, Rule: "Seinhuis formats",
			Text: "Er kwamen te veel verzoeken in korte tijd."})
	}
	return string(v.peer.OIN()), nil
}

// admit finds the peer and whether its kind may use the route. Every refusal
// goes into the audit log.
func (d *door) admit(v *visit) *gateway.Error {
	peer, fail := d.Peers.Peer(v.ctx, v.Request.TLS)
	if fail == nil {
		v.peer = peer
		v.Set(keyOIN, string(peer.OIN()))
		if v.route.serves(peer) {
			return nil
		}
		fail = ownRefusal(gateway.KindForbidden, gateway.CodePartyKind)
	}
	d.logRefusal(v, fail)
	return fail
}

// logRefusal writes toegang-geweigerd. That the entry could not be written is
// ours to notice; the refusal stands either way.
func (d *door) logRefusal(v *visit, fail *gateway.Error) {
	code, print := codeOf(fail), ""
	if s := v.Request.TLS; s != nil && len(s.PeerCertificates) > 0 {
		sum := sha256.Sum256(s.PeerCertificates[0].Raw)
		print = hex.EncodeToString(sum[:])
	}
	if !d.refusals.fresh(code, print, v.at) {
		return
	}
	if err := d.AccessRefused(v.ctx, code, print, v.at, v.trace); err != nil {
		d.options.Metrics.auditFailed()
		d.options.Logger.Error("", slog.String("gebeurtenis", "weigering-niet-vastgelegd"), slog.String("spoor", v.trace.ID()))
	}
}

// refusals thins entries: whoever keeps knocking, with the same certificate or
// without one, fills one line a second and not the log. The metrics count all.
type refusals struct {
	mu     sync.Mutex
	second int64
	seen   map[string]bool
}

// maxRefusals bounds the entries of one second.
const maxRefusals = 64

func (r *refusals) fresh(code gateway.Code, print string, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := at.Unix(); s != r.second || r.seen == nil {
		r.second, r.seen = s, map[string]bool{}
	}
	key := string(code) + " " + print
	if r.seen[key] || len(r.seen) >= maxRefusals {
		return false
	}
	r.seen[key] = true
	return true
}
