// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// refused is somebody who was turned away.
type refused struct {
	code  gateway.Code
	print string       // of the key, or empty
	oin   gateway.OIN  // the registered party that was named, or empty
	from  netip.Prefix // addressOf
}

// refuse writes toegang-geweigerd. That the entry could not be written is ours
// to notice; the refusal stands either way.
func (d *Server) refuse(ctx context.Context, r refused) {
	at, trace := d.Clock(), gateway.NewTrace()
	d.tell(d.refusals.over(at))
	if !d.refusals.fresh(r, at) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.options.RequestTimeout)
	defer cancel()
	d.options.Logger.Warn("", slog.String("gebeurtenis", "toegang-geweigerd"), slog.String("reden", string(r.code)), slog.String("spoor", trace.ID()))
	if err := d.AccessRefused(ctx, r.code, r.print, at, trace); err != nil {
		d.options.Logger.Error("", slog.String("gebeurtenis", "weigering-niet-vastgelegd"), slog.String("spoor", trace.ID()))
	}
}

// tell writes how many refusals of a minute got no entry of their own.
func (d *Server) tell(thinned int) {
	if thinned > 0 {
		d.options.Logger.Warn("", slog.String("gebeurtenis", "toegang-geweigerd-samengevat"), slog.Int("aantal", thinned))
	}
}

// refusals thins entries, in two rooms. What names a registered party gets one
// entry a second for each party and reason, whatever others do. The rest, which
// is what scans bring, gets a few a minute for each address and each key, and
// is counted beyond that.
type refusals struct {
	mu      sync.Mutex
	named   map[namedRefusal]int64 // second of the last entry; no more of these than parties, times reasons
	minute  int64
	seen    map[any]int // entries of this minute by address and by fingerprint
	entries int         // of this minute, of no registered party
	thinned int         // of this minute, of all
}

type namedRefusal struct {
	oin  gateway.OIN
	code gateway.Code
}

// Entries a minute about nobody who is registered.
const (
	maxRefusalsEach = 3
	maxRefusals     = 30
)

// over begins a new minute when the last is over, and gives what it thinned.
func (r *refusals) over(at time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := at.Unix() / 60
	if m == r.minute && r.seen != nil {
		return 0
	}
	n := r.thinned
	r.minute, r.seen, r.entries, r.thinned = m, map[any]int{}, 0, 0
	return n
}

// fresh reports whether a refusal gets an entry.
func (r *refusals) fresh(x refused, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if x.oin != "" {
		key, second := namedRefusal{x.oin, x.code}, at.Unix()
		if last, ok := r.named[key]; ok && last == second {
			r.thinned++
			return false
		}
		if r.named == nil {
			r.named = map[namedRefusal]int64{}
		}
		r.named[key] = second
		return true
	}
	if r.entries >= maxRefusals || r.seen[x.from] >= maxRefusalsEach || x.print != "" && r.seen[x.print] >= maxRefusalsEach {
		r.thinned++
		return false
	}
	r.entries++
	r.seen[x.from]++
	if x.print != "" {
		r.seen[x.print]++
	}
	return true
}
