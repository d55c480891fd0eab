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
// party, and the party's own limit. leave gives the room back.
func (d *door) enter(v *visit) (leave func(), fail *gateway.Error) {
	l := d.working
	switch {
	case v.route.waits:
		l = d.waiting
	case v.route.streams:
		l = d.flowing
	}
	if !l.enter() {
		return nil, ownRefusal(gateway.KindUnavailable, gateway.CodeBusy)
	}
	if v.route.kind == "" {
		return l.leave, nil
	}
	if fail := d.admit(v); fail != nil {
		l.leave()
		return nil, fail
	}
	if !l.enterAs(v.peer.OIN()) {
		l.leave()
		return nil, ownRefusal(kindBusy, gateway.CodeBusy)
	}
	return func() { l.leaveAs(v.peer.OIN()); l.leave() }, nil
}

// admit finds the peer and whether its kind may use the route. Every refusal
// goes into the audit log.
func (d *door) admit(v *visit) *gateway.Error {
	peer, fail := d.Peers.Peer(v.ctx, v.Request.TLS)
	if fail == nil {
		v.peer = peer
		v.Set(keyOIN, string(peer.OIN()))
		if peer.Is(v.route.kind) {
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
		d.options.Logger.Error("", slog.String("gebeurtenis", "weigering-niet-vastgelegd"), slog.String("spoor", string(v.trace)))
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
