// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/policies"
)

type memoryPolicy struct {
	adoption.Proposal
	files policies.Set
}

type memoryFact struct {
	facts policies.Facts
	count int
}

type memoryAdoptions struct{ m *Memory }

// History fills adoption.Store.
func (a memoryAdoptions) History(context.Context) (adoption.History, error) {
	s, err := a.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).PolicyHistory()
}

// Documents fills adoption.Store.
func (a memoryAdoptions) Documents(_ context.Context, id gateway.UUID) (policies.Set, error) {
	s, err := a.m.read()
	if err != nil {
		return policies.Set{}, err
	}
	for _, p := range s.policies {
		if p.ID == id {
			return p.files, nil
		}
	}
	return policies.Set{Documents: map[string][]byte{}, Cases: map[string][]byte{}}, nil
}

// WriteAdoption fills adoption.Store.
func (a memoryAdoptions) WriteAdoption(ctx context.Context, fn func(adoption.Tx) error) error {
	return a.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// PolicyHistory fills adoption.Tx.
func (t *memoryTx) PolicyHistory() (adoption.History, error) {
	var h adoption.History
	for _, p := range t.s.policies {
		p.Approvals = slices.Clone(p.Approvals)
		h = append(h, p.Proposal)
	}
	return h, nil
}

// AddProposal fills adoption.Tx.
func (t *memoryTx) AddProposal(p adoption.Proposal, files policies.Set) error {
	if slices.ContainsFunc(t.s.policies, func(o memoryPolicy) bool { return o.ID == p.ID }) {
		return fault("this proposal exists already")
	}
	p.At, p.AdoptedAt = millisOrZero(p.At), millisOrZero(p.AdoptedAt)
	t.s.policies = append(t.s.policies, memoryPolicy{p, policies.Set{Documents: maps.Clone(files.Documents), Cases: orNone(maps.Clone(files.Cases))}})
	return nil
}

func orNone(m map[string][]byte) map[string][]byte {
	if m == nil {
		return map[string][]byte{}
	}
	return m
}

func millisOrZero(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return millis(t)
}

// PutProposal fills adoption.Tx.
func (t *memoryTx) PutProposal(p adoption.Proposal) error {
	i := slices.IndexFunc(t.s.policies, func(o memoryPolicy) bool { return o.ID == p.ID })
	if i < 0 {
		return fault("no such proposal")
	}
	own := &t.s.policies[i]
	for n, a := range p.Approvals {
		if n < len(own.Approvals) && string(own.Approvals[n].Statement) != string(a.Statement) {
			return fault("an approval changed")
		}
	}
	own.State, own.AdoptedAt, own.EndedBy, own.EndedAt = p.State, millisOrZero(p.AdoptedAt), p.EndedBy, millisOrZero(p.EndedAt)
	own.Approvals = slices.Clone(p.Approvals)
	return nil
}

// keepFacts counts the facts of a decision with those of its month.
func (s *state) keepFacts(f policies.Facts, on gateway.Date) error {
	written, err := f.Text()
	if err != nil {
		return err
	}
	month, last := adoption.FactsTerm(on)
	name := "beslisfeiten/" + month + "/" + written
	s.facts[name] = memoryFact{f, s.facts[name].count + 1}
	s.terms[name] = memoryTerm{kind: retention.KindFacts, last: last, erase: func(s *state, _ time.Time) { delete(s.facts, name) }}
	return nil
}

// Facts fills adoption.Facts.
func (a memoryAdoptions) Facts(_ context.Context, month string, yield func(policies.Facts, int) error) error {
	s, err := a.m.read()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.facts)) {
		if strings.HasPrefix(name, "beslisfeiten/"+month+"/") {
			if err := yield(s.facts[name].facts, s.facts[name].count); err != nil {
				return err
			}
		}
	}
	return nil
}
