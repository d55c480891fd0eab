// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/permit"
)

// Directory answers from memory. It looks at the store's version at most once
// per Refresh, so a revoked party is out within a second. When the store does
// not answer it answers nothing either (invariant I6).
type Directory struct {
	store Store
	clock gateway.Clock
	view  atomic.Pointer[view]
	mu    sync.Mutex // one refresh at a time
}

type view struct {
	version        int64
	checked        time.Time
	parties        map[gateway.OIN]gateway.Party
	municipalities map[gateway.Municipality]gateway.Party
	agreements     map[permit.Pair][]gateway.Agreement
	reorganised    gateway.Reorganisations
}

// NewDirectory makes a Directory; it reads the store at the first question.
func NewDirectory(store Store, clock gateway.Clock) *Directory {
	return &Directory{store: store, clock: clock}
}

// Party finds a party by OIN, of any state.
func (d *Directory) Party(ctx context.Context, oin gateway.OIN) (gateway.Party, bool, error) {
	v, err := d.current(ctx)
	if err != nil {
		return gateway.Party{}, false, err
	}
	p, ok := v.parties[oin]
	return p, ok, nil
}

// Standings fills permit.Register.
func (d *Directory) Standings(ctx context.Context, pairs []permit.Pair) ([]permit.Standing, error) {
	v, err := d.current(ctx)
	if err != nil {
		return nil, err
	}
	standings, today := make([]permit.Standing, len(pairs)), gateway.Today(d.clock())
	for i, p := range pairs {
		standings[i] = v.standing(p, today)
	}
	return standings, nil
}

// standing follows reorganisations: what the routing table in place still
// sends to a code that has passed is the successor's. On the day itself, for
// the moments until it is carried out, the agreements of those that go count
// for the successor already, so that nobody is refused for want of one.
func (v *view) standing(p permit.Pair, today gateway.Date) permit.Standing {
	p.Municipality = v.reorganised.Holder(p.Municipality)
	s := permit.Standing{Municipality: v.municipalities[p.Municipality], Agreements: v.agreements[p]}
	if s.Municipality.OIN == "" {
		return s
	}
	for _, former := range v.reorganised.Due(p.Municipality, today) {
		s.Agreements = append(slices.Clip(s.Agreements), v.agreements[permit.Pair{Creditor: p.Creditor, Municipality: former}]...)
	}
	s.Municipality.Formerly = v.reorganised.Formerly(p.Municipality, today.AddDays(-formerlyDays))
	return s
}

// formerlyDays is how long a former code is looked up beside the new one: no
// shorter than the window of matching (match.Since).
const formerlyDays = 186

// freshAt reports whether the view may still answer. A view from the future
// may not: the clock was set back, and nobody knows how old the view is.
func (v *view) freshAt(now time.Time) bool {
	return v != nil && !now.Before(v.checked) && now.Sub(v.checked) < Refresh
}

func (d *Directory) current(ctx context.Context) (*view, error) {
	if v := d.view.Load(); v.freshAt(d.clock()) {
		return v, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock() // again: another may have refreshed meanwhile
	v := d.view.Load()
	if v.freshAt(now) {
		return v, nil
	}
	version, err := d.store.Version(ctx)
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	if v != nil && v.version == version {
		next := *v
		next.checked = now
		d.view.Store(&next)
		return &next, nil
	}
	// The version is read before the content: a change in between is seen at
	// the next look.
	next, err := d.load(ctx)
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	next.version, next.checked = version, now
	d.view.Store(next)
	return next, nil
}

func (d *Directory) load(ctx context.Context) (*view, error) {
	parties, err := d.store.Parties(ctx)
	if err != nil {
		return nil, err
	}
	agreements, err := d.store.Agreements(ctx)
	if err != nil {
		return nil, err
	}
	reorganised, err := d.store.Reorganisations(ctx)
	if err != nil {
		return nil, err
	}
	v := &view{parties: map[gateway.OIN]gateway.Party{}, municipalities: map[gateway.Municipality]gateway.Party{},
		agreements: map[permit.Pair][]gateway.Agreement{}, reorganised: reorganised}
	for _, p := range parties {
		v.parties[p.OIN] = p
		if p.Kind == gateway.KindMunicipality && p.State == gateway.PartyActive {
			v.municipalities[p.Municipality] = p
		}
	}
	for _, a := range agreements {
		pair := permit.Pair{Creditor: a.Creditor, Municipality: a.Municipality}
		v.agreements[pair] = append(v.agreements[pair], a)
	}
	return v, nil
}
