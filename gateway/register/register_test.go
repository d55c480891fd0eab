// SPDX-License-Identifier: EUPL-1.2

package register_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/register"
)

func TestEveryChangeIsLogged(t *testing.T) {
	memory, actors := gatewaytest.NewMemory(), gatewaytest.NewActors(t)
	r := register.NewRegistrar(memory.Register, gatewaytest.Now)
	p, a := actors.Energy, actors.Agreements[0]
	for _, step := range []struct {
		want string
		do   func() error
	}{
		{"partij-ingeschreven", func() error { return r.Enrol(t.Context(), p) }},
		{"partij-gewijzigd", func() error { p.Name = "Voorbeeld Energie B"; return r.Enrol(t.Context(), p) }},
		{"partij-gewijzigd", func() error { p.State = gateway.PartySuspended; return r.Enrol(t.Context(), p) }},
		{"partij-ingetrokken", func() error { p.State = gateway.PartyEnded; return r.Enrol(t.Context(), p) }},
		{"overeenkomst-gesloten", func() error { return r.Conclude(t.Context(), a) }},
		{"overeenkomst-beeindigd", func() error { a.Until = a.From; return r.Conclude(t.Context(), a) }},
	} {
		before := len(memory.Entries())
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.want, err)
		}
		entries := memory.Entries()
		if len(entries) != before+1 || !strings.Contains(string(entries[before]), `"`+step.want+`"`) || strings.Contains(string(entries[before]), "Voorbeeld") {
			t.Errorf("%s: %d entries, last %s", step.want, len(entries)-before, entries[len(entries)-1])
		}
	}
	memory.FailWrites(gatewaytest.Failed)
	if err := r.Enrol(t.Context(), actors.Water); err == nil {
		t.Error("a change that was not written is reported as done")
	}
	if got, err := r.Party(t.Context(), actors.Water.OIN); err != nil || got.OIN != "" {
		t.Errorf("%v, %v", got.OIN, err)
	}
}

func TestRefusedPartiesAndAgreements(t *testing.T) {
	memory, actors := gatewaytest.NewMemory(), gatewaytest.NewActors(t)
	r := register.NewRegistrar(memory.Register, gatewaytest.Now)
	for name, change := range map[string]func(*gateway.Party){
		"no OIN": func(p *gateway.Party) { p.OIN = "1" }, "no kind": func(p *gateway.Party) { p.Kind = "" }, "no name": func(p *gateway.Party) { p.Name = "" },
		"no state": func(p *gateway.Party) { p.State = "" }, "creditor with a code": func(p *gateway.Party) { p.Municipality = "GM0268" },
		"municipality without one": func(p *gateway.Party) { p.Kind = gateway.KindMunicipality }, "unknown algorithm": func(p *gateway.Party) { p.ReceiptAlg = "none" },
		"no expression": func(p *gateway.Party) { p.NumberFormat = "(" },
	} {
		p := actors.Energy
		change(&p)
		if err := r.Enrol(t.Context(), p); !errors.Is(err, register.ErrParty) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*gateway.Agreement){
		"no id": func(a *gateway.Agreement) { a.ID = "a" }, "no kinds": func(a *gateway.Agreement) { a.Kinds = nil }, "unknown kind": func(a *gateway.Agreement) { a.Kinds = []gateway.ReportKind{"Krant"} },
		"no basis": func(a *gateway.Agreement) { a.Bases = nil }, "no first day": func(a *gateway.Agreement) { a.From = gateway.Date{} },
		"ends before it begins": func(a *gateway.Agreement) { a.Until = a.From.AddDays(-1) }, "31 days": func(a *gateway.Agreement) { a.PauseDays = 31 },
		"negative pause": func(a *gateway.Agreement) { a.PauseDays = -1 }, "negative threshold": func(a *gateway.Agreement) { a.ThresholdInCents = -1 },
	} {
		a := actors.Agreements[0]
		change(&a)
		if err := r.Conclude(t.Context(), a); !errors.Is(err, register.ErrParty) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(memory.Entries()); n != 0 {
		t.Errorf("%d log entries of nothing", n)
	}
}
