// SPDX-License-Identifier: EUPL-1.2

package retention_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

const (
	first  = gateway.UUID("11111111-1111-4111-8111-111111111111")
	second = gateway.UUID("22222222-2222-4222-8222-222222222222")
)

func TestHoldTakesTwoOfficers(t *testing.T) {
	p := newPlace(t, 1)
	holds := retention.NewHolds(p.memory.Holds, p.clock)
	c := retention.Claim{Creditor: p.Energy.OIN, ReportID: p.filed[0].Slip().ReportID}
	today := gateway.Today(p.now)
	fails := func(code gateway.Code, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), string(code)) {
			t.Errorf("%v, want %s", err, code)
		}
	}
	_, err := holds.Propose(t.Context(), first, c, "zomaar", today.AddDays(5))
	fails(gateway.CodeUnknownValue, err)
	for _, until := range []gateway.Date{{}, today, today.AddDays(retention.MaxHold + 1)} {
		_, err = holds.Propose(t.Context(), first, c, retention.HoldLegalClaim, until)
		fails(retention.CodeHoldTerm, err)
	}
	_, err = holds.Propose(t.Context(), first, retention.Claim{Creditor: p.Water.OIN, ReportID: c.ReportID}, retention.HoldLegalClaim, today.AddDays(5))
	fails(gateway.CodeUnknownReport, err)

	rows := len(p.memory.Entries())
	h, err := holds.Propose(t.Context(), first, c, retention.HoldSupervisor, today.AddDays(retention.MaxHold))
	must(t, err)
	_, err = holds.Confirm(t.Context(), first, h.ID)
	fails(retention.CodeHoldOfficer, err)
	_, err = holds.Confirm(t.Context(), second, gateway.NewUUID(p.now, nil))
	fails(retention.CodeUnknownHold, err)
	p.now = p.now.Add(retention.ConfirmWithin)
	_, err = holds.Confirm(t.Context(), second, h.ID)
	fails(retention.CodeHoldState, err)
	if h.State(p.now) != retention.HoldLapsed {
		t.Error(h.State(p.now))
	}

	h, err = holds.Propose(t.Context(), first, c, retention.HoldRestriction, today.AddDays(5))
	must(t, err)
	p.now = p.now.Add(retention.ConfirmWithin - time.Second)
	h, err = holds.Confirm(t.Context(), second, h.ID)
	must(t, err)
	_, err = holds.Confirm(t.Context(), second, h.ID)
	fails(retention.CodeHoldState, err)
	if h.State(p.now) != retention.HoldInForce || !h.InForce(h.Until) || h.InForce(h.Until.AddDays(1)) {
		t.Errorf("%+v", h)
	}
	h, err = holds.Lift(t.Context(), first, h.ID)
	must(t, err)
	_, err = holds.Lift(t.Context(), first, h.ID)
	fails(retention.CodeHoldState, err)
	object := " opschorting/" + string(c.Creditor) + "/" + string(c.ReportID) + "/" + string(h.ID)
	events := p.events(rows)
	want := []string{"opschorting-voorgesteld", "opschorting-ingegaan", "opschorting-opgeheven"}
	if len(events) != 4 {
		t.Fatalf("%v", events)
	}
	for i, event := range events[1:] {
		if event != want[i]+object {
			t.Errorf("%q, want %q", event, want[i]+object)
		}
	}
	list, err := holds.List(t.Context())
	if err != nil || len(list) != 2 || list[1] != h {
		t.Errorf("%+v, %v", list, err)
	}
}

// A proposal keeps nothing: one officer alone cannot.
func TestProposalKeepsNothing(t *testing.T) {
	p := newPlace(t, 1)
	p.days(30)
	holds := retention.NewHolds(p.memory.Holds, p.clock)
	h, err := holds.Propose(t.Context(), first, retention.Claim{Creditor: p.Energy.OIN, ReportID: p.filed[0].Slip().ReportID},
		retention.HoldLegalClaim, gateway.Today(p.now).AddDays(5))
	must(t, err)
	p.days(1)
	p.now = p.now.Add(-time.Hour)
	if done := p.sweep(); done.Erased[retention.KindBody] != 1 {
		t.Errorf("%+v", done)
	}
	if _, err := holds.Confirm(t.Context(), second, h.ID); err != nil { // the rest of the claim can still be kept
		t.Error(err)
	}
}

func TestShelf(t *testing.T) {
	p := newPlace(t, 2)
	p.days(31)
	p.sweep()
	shelf := retention.NewShelf(p.memory.Shelf)
	visit := func(party gateway.Party) gateway.Visit {
		return gateway.Visit{Peer: gateway.Authenticated(party, strings.Repeat("ab", 32)), At: p.now, Trace: gateway.NewTrace()}
	}
	rows := len(p.memory.Entries())
	own, err := shelf.List(t.Context(), visit(p.Nijmegen), 0, 0)
	if err != nil || len(own) != 1 {
		t.Fatalf("%+v, %v", own, err)
	}
	if found, err := shelf.Receipt(t.Context(), visit(p.Nijmegen), own[0].ID); err != nil || string(found.Receipt) != string(own[0].Receipt) {
		t.Errorf("%+v, %v", found, err)
	}
	for _, other := range []gateway.Party{p.Leiden, p.Energy} {
		if _, err := shelf.Receipt(t.Context(), visit(other), own[0].ID); err == nil || gateway.AsError(err).Kind != gateway.KindNotFound {
			t.Errorf("%s sees another's receipt: %v", other.Name, err)
		}
	}
	if found, err := shelf.List(t.Context(), visit(p.Energy), 0, 10); err != nil || len(found) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	want := []string{"verwijderingen-opgevraagd partij/" + string(p.Nijmegen.OIN), "bewijs-gegeven verwijdering/" + string(p.Nijmegen.OIN) + "/" + string(own[0].ID),
		"verwijderingen-opgevraagd partij/" + string(p.Energy.OIN)}
	if events := p.events(rows); strings.Join(events, ",") != strings.Join(want, ",") {
		t.Errorf("%v", events)
	}
	p.memory.FailWrites(gatewaytest.Failed, gatewaytest.Failed)
	if found, err := shelf.List(t.Context(), visit(p.Nijmegen), 0, 0); err == nil || found != nil {
		t.Error("shown without an entry")
	}
	if found, err := shelf.Receipt(t.Context(), visit(p.Nijmegen), own[0].ID); err == nil || found.Receipt != nil {
		t.Error("given without an entry")
	}
}
