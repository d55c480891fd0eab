// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/objection"
)

// NoObjections fills objection.Lookup for tests about something else.
type NoObjections struct{}

// Objected fills objection.Lookup.
func (NoObjections) Objected(_ context.Context, questions []objection.Question) ([]bool, error) {
	return make([]bool, len(questions)), nil
}

// Objections is one store of objections through both its ports.
type Objections interface {
	objection.Lookup
	objection.Source
	objection.Store
}

type memoryObjections struct{ m *Memory }

// Objected fills objection.Lookup.
func (o memoryObjections) Objected(_ context.Context, questions []objection.Question) ([]bool, error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	objected := make([]bool, len(questions))
	for i, q := range questions {
		objected[i] = slices.ContainsFunc(s.objections, func(o objection.Objection) bool { return meets(o, q) })
	}
	return objected, nil
}

func meets(o objection.Objection, q objection.Question) bool {
	if o.Municipality != q.Municipality || o.Creditor != "" && o.Creditor != q.Creditor || q.On.After(o.Until) {
		return false
	}
	return slices.ContainsFunc(o.Tags, func(t objection.Tag) bool { return slices.Contains(q.Tags, t.Tag) })
}

// ObjectionVersion fills objection.Source.
func (o memoryObjections) ObjectionVersion(context.Context) (int64, error) {
	s, err := o.m.read()
	if err != nil {
		return 0, err
	}
	return s.objecting, nil
}

// Standing fills objection.Source.
func (o memoryObjections) Standing(context.Context) (all []objection.Standing, err error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	for _, one := range s.objections {
		for _, tag := range one.Tags {
			all = append(all, objection.Standing{Municipality: one.Municipality, Creditor: one.Creditor, Tag: tag.Tag, Until: one.Until})
		}
	}
	return all, nil
}

// Objections fills objection.Store.
func (o memoryObjections) Objections(_ context.Context, on gateway.Date) ([]objection.Objection, error) {
	s, err := o.m.read()
	if err != nil {
		return nil, err
	}
	var live []objection.Objection
	for _, one := range s.objections {
		if !on.After(one.Until) {
			one.Tags = nil
			live = append(live, one)
		}
	}
	slices.SortStableFunc(live, func(a, b objection.Objection) int {
		switch {
		case a.Municipality < b.Municipality:
			return -1
		case a.Municipality > b.Municipality:
			return 1
		}
		return 0
	})
	return live, nil
}

// WriteObjections fills objection.Store.
func (o memoryObjections) WriteObjections(ctx context.Context, fn func(objection.Tx) error) error {
	return o.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// PlaceObjection fills objection.Tx.
func (t *memoryTx) PlaceObjection(o objection.Objection) error {
	if slices.ContainsFunc(t.s.objections, func(old objection.Objection) bool { return old.ID == o.ID }) || len(o.Tags) == 0 {
		return fault("an objection under a taken id, or without tags")
	}
	t.s.objections = append(slices.Clip(t.s.objections), o)
	t.s.keepObjection(o)
	t.s.objecting++
	return nil
}

// Behind fills objection.Tx.
func (t *memoryTx) Behind(id gateway.UUID) (newest gateway.SignalID, err error) {
	for _, o := range t.s.objections {
		if o.ID != id {
			continue
		}
		for _, trail := range t.s.trails[o.Municipality] {
			place := t.s.places[trail.Signal]
			if slices.ContainsFunc(o.Tags, func(g objection.Tag) bool { return g.Tag == trail.Tag }) &&
				(o.Creditor == "" || t.s.signals[place].holds() == o.Creditor) && (newest == "" || place > t.s.places[newest]) {
				newest = trail.Signal
			}
		}
	}
	return newest, nil
}

// LiftObjection fills objection.Tx.
func (t *memoryTx) LiftObjection(id gateway.UUID, controller gateway.OIN, m gateway.Municipality) (bool, error) {
	before := len(t.s.objections)
	t.s.objections = slices.DeleteFunc(slices.Clone(t.s.objections), func(o objection.Objection) bool {
		return o.ID == id && o.Controller == controller && o.Municipality == m
	})
	if len(t.s.objections) == before {
		return false, nil
	}
	t.s.objecting++
	return true, nil
}
