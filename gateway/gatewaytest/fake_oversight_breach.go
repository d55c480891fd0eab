// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// Breaches fills oversight.BreachStore.
func (o memoryOversight) Breaches(context.Context) ([]oversight.Breach, error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	all := slices.Clone(s.breaches)
	slices.Reverse(all)
	return all, nil
}

// WriteBreaches fills oversight.BreachStore.
func (o memoryOversight) WriteBreaches(ctx context.Context, fn func(oversight.BreachTx) error) error {
	return o.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Breach fills oversight.BreachTx.
func (t *memoryTx) Breach(id gateway.UUID) (oversight.Breach, error) {
	if i := t.s.breach(id); i >= 0 {
		return t.s.breaches[i], nil
	}
	return oversight.Breach{}, nil
}

// PutBreach fills oversight.BreachTx.
func (t *memoryTx) PutBreach(b oversight.Breach) error {
	t.s.breaches = slices.Clone(t.s.breaches)
	b.Touched = slices.Clone(b.Touched)
	if i := t.s.breach(b.ID); i >= 0 {
		t.s.breaches[i] = b
	} else {
		t.s.breaches = append(t.s.breaches, b)
	}
	owner := retention.Controller("")
	if !b.All && len(b.For) > 0 {
		owner = t.s.controllerOf(b.For[0])
	}
	t.s.terms["datalek/"+string(b.ID)] = memoryTerm{kind: retention.KindBreach, controller: owner, last: b.KeepUntil(), erase: func(s *state, _ time.Time) {
		s.breaches = slices.DeleteFunc(slices.Clone(s.breaches), func(one oversight.Breach) bool { return one.ID == b.ID })
	}}
	return nil
}

func (s *state) breach(id gateway.UUID) int {
	return slices.IndexFunc(s.breaches, func(b oversight.Breach) bool { return b.ID == id })
}

// Touches fills oversight.Extent.
func (o memoryOversight) Touches(_ context.Context, numbers []int64) ([]oversight.Touch, error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	touches := make([]oversight.Touch, len(numbers))
	for i, n := range numbers {
		if n < 1 || n > int64(len(s.journal)) {
			continue
		}
		h := s.journal[n-1]
		if place, there := s.places[h.signal]; there {
			touches[i].Signal, touches[i].Kind = h.signal, s.signals[place].Kind
		}
		for _, c := range h.concerns {
			if now := s.standsFor(c.Party); !slices.Contains(touches[i].Parties, now) {
				touches[i].Parties = append(touches[i].Parties, now)
			}
		}
		slices.Sort(touches[i].Parties)
	}
	return touches, nil
}

// standsFor is who holds now what a municipality held; any other party stands
// for itself.
func (s *state) standsFor(oin gateway.OIN) gateway.OIN {
	p := s.parties[oin]
	if p.Kind != gateway.KindMunicipality {
		return oin
	}
	if now := s.parties[s.reader(s.holder(p.Municipality))]; now.State == gateway.PartyActive {
		return now.OIN
	}
	return oin
}

// Persons fills oversight.Extent.
func (o memoryOversight) Persons(_ context.Context, signals []gateway.SignalID) (p oversight.Persons, err error) {
	s, err := o.m.read()
	if err != nil {
		return p, err
	}
	seen := map[keys.Tag]bool{}
	for _, id := range signals {
		place, there := s.places[id]
		if !there {
			continue
		}
		if person, known := s.personOf(s.signals[place]); known {
			seen[person] = true
		} else {
			p.Unlinked++
		}
	}
	p.Distinct = len(seen)
	return p, nil
}

// personOf is the one token that stands for the person of a signal: tokens of
// two municipalities are never the same.
func (s *state) personOf(one memorySignal) (tag keys.Tag, known bool) {
	var best match.Trail
	for _, r := range s.trails[one.Municipality] {
		if r.Signal != cmp.Or(one.Concerns, one.ID) || r.Token != pseudonym.TokenPerson && r.Token != pseudonym.TokenResident {
			continue
		}
		if !known || r.Tag.Version > best.Tag.Version || r.Tag.Version == best.Tag.Version && r.Token == pseudonym.TokenPerson {
			best, known = r, true
		}
	}
	return best.Tag, known
}
