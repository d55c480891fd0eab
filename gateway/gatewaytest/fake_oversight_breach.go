// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/retention"
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
