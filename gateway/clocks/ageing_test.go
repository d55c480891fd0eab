// SPDX-License-Identifier: EUPL-1.2

package clocks_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// The bounds of the classes are those of the alarms: who has passed a clock
// is in the next class.
func TestAgeClasses(t *testing.T) {
	cut := clocks.CutoffsAt(gatewaytest.Now())
	for days, want := range map[int]clocks.AgeClass{0: clocks.UnderThreeDays, 2: clocks.UnderThreeDays, 3: clocks.UnderTwoWeeks, 13: clocks.UnderTwoWeeks,
		14: clocks.UnderFourWeeks, 27: clocks.UnderFourWeeks, 28: clocks.Older, 300: clocks.Older} {
		if got := cut.Class(cut.Today.AddDays(-days)); got != want {
			t.Errorf("%d days: %s, want %s", days, got, want)
		}
	}
}

func TestAgeingOfAMunicipality(t *testing.T) {
	m := gatewaytest.NewMemory()
	o := gatewaytest.NewOffice(t, m.Truth)
	overview := clocks.NewOverview(m.Clocks)
	oldest := o.Report(t, o.Energy, 1)
	o.Later(20)
	o.Report(t, o.Water, 2)
	o.Report(t, o.Energy, 3)
	o.Later(10)
	before := len(m.Entries())
	a, err := overview.Ageing(t.Context(), o.Visit(o.Nijmegen))
	if err != nil {
		t.Fatal(err)
	}
	if want := []clocks.AgeCount{{Class: clocks.UnderTwoWeeks, Kind: gateway.ReportEnergy, Count: 1, Uncollected: 1},
		{Class: clocks.UnderTwoWeeks, Kind: gateway.ReportWater, Count: 1, Uncollected: 1}, {Class: clocks.Older, Kind: gateway.ReportEnergy, Count: 1, Uncollected: 1}}; !slices.Equal(a.Counts, want) {
		t.Errorf("%+v", a.Counts)
	}
	if len(a.Oldest) != 3 || a.Oldest[0].ID != oldest.Sealed().Body().ID || a.Oldest[0].Class != clocks.Older || a.Oldest[2].Class != clocks.UnderTwoWeeks {
		t.Errorf("%+v", a.Oldest)
	}
	entries := m.Entries()[before:]
	if len(entries) != 1 || !bytes.Contains(entries[0], []byte(`"signalen-opgevraagd"`)) || !bytes.Contains(entries[0], []byte(o.Nijmegen.OIN)) {
		t.Errorf("%s", entries)
	}
	signals, err := m.Mailbox.Signals(t.Context(), []gateway.SignalID{a.Oldest[0].ID})
	if err != nil || signals[0].State != gateway.SignalWaiting {
		t.Error("ageing offers", err)
	}
	nobody := o.Nijmegen
	nobody.Municipality = ""
	for _, other := range []gateway.Party{o.Leiden, nobody} {
		if a, err := overview.Ageing(t.Context(), o.Visit(other)); err != nil || len(a.Counts)+len(a.Oldest) != 0 {
			t.Errorf("%+v %v", a, err)
		}
	}
	m.FailWrites(gatewaytest.Failed) // invariant I5: no log, no look
	if a, err := overview.Ageing(t.Context(), o.Visit(o.Nijmegen)); err == nil || a.Counts != nil || a.Oldest != nil {
		t.Errorf("%+v %v", a, err)
	}
}

// Every alarm that stays open is of a listed kind, and somebody must act.
func TestSomebodyActs(t *testing.T) {
	for _, kind := range clocks.AlarmKinds() {
		a := clocks.Alarm{Kind: kind, Holder: gateway.Party{OIN: gatewaytest.Issuer, Kind: gateway.KindCreditor}, Municipality: gateway.Party{OIN: gatewaytest.Issuer, Kind: gateway.KindMunicipality}}
		creditor := kind == gateway.NoticePauseNotFetched || kind == gateway.NoticePauseNotApplied
		if a.Reminds() || (a.Acts().Kind == gateway.KindCreditor) != creditor {
			t.Errorf("%s waits for %s", kind, a.Acts().Kind)
		}
	}
}
