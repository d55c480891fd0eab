// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/register"
)

type memoryRegister struct{ m *Memory }

// Version fills register.Store.
func (r memoryRegister) Version(context.Context) (int64, error) {
	s, err := r.m.read()
	if err != nil {
		return 0, err
	}
	return s.version, nil
}

// Parties fills register.Store.
func (r memoryRegister) Parties(context.Context) ([]gateway.Party, error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	var parties []gateway.Party
	for _, oin := range slices.Sorted(maps.Keys(s.parties)) {
		parties = append(parties, s.parties[oin])
	}
	return parties, nil
}

// Agreements fills register.Store.
func (r memoryRegister) Agreements(context.Context) ([]gateway.Agreement, error) {
	s, err := r.m.read()
	if err != nil {
		return nil, err
	}
	var agreements []gateway.Agreement
	for _, id := range slices.Sorted(maps.Keys(s.agreements)) {
		agreements = append(agreements, s.agreements[id])
	}
	return agreements, nil
}

// Write fills register.Store.
func (r memoryRegister) Write(ctx context.Context, fn func(register.Tx) error) error {
	return r.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// PutParties fills register.Tx.
func (t *memoryTx) PutParties(parties []gateway.Party) error {
	for _, p := range parties {
		p.Keys = slices.Clone(p.Keys)
		t.s.parties[p.OIN] = p
	}
	codes := map[gateway.Municipality]bool{}
	for _, p := range t.s.parties {
		if p.Kind != gateway.KindMunicipality || p.State != gateway.PartyActive {
			continue
		}
		if codes[p.Municipality] {
			return gateway.Fail(gateway.KindConflict, errors.New("memory: another active municipality has this code"))
		}
		codes[p.Municipality] = true
	}
	t.s.version++
	return nil
}

// PutAgreements fills register.Tx.
func (t *memoryTx) PutAgreements(agreements []gateway.Agreement) error {
	for _, a := range agreements {
		t.s.agreements[a.ID] = a
	}
	t.s.version++
	return nil
}
