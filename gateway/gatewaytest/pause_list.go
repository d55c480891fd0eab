// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// listed reads the pauses of a party, a page of one at a time.
func (o *Office) listed(t testing.TB, p gateway.Party) (all []pause.Listed) {
	t.Helper()
	for after := gateway.PauseID(""); ; after = all[len(all)-1].Pause.ID {
		page, err := o.Pauses.List(t.Context(), o.Visit(p), after, 1)
		if err != nil || len(page) > 1 || len(all) > 10 {
			t.Fatalf("%d pauses, %v", len(page), err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

func ids(all []pause.Listed) (ids []gateway.PauseID) {
	for _, l := range all {
		ids = append(ids, l.Pause.ID)
	}
	return ids
}

func ownPauses(t *testing.T, o *Office) {
	first := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	o.Later(1)
	second := o.Begin(t, o.Report(t, o.Energy, 2), 5)
	o.Later(1)
	third := o.Begin(t, o.Report(t, o.Water, 3), 5)
	o.Report(t, o.Energy, 4) // without a pause
	if got := o.Change(t, o.Nijmegen, first, pause.End, nil); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Energy, second, pause.Transfer, Object{"overnemer": o.Housing.OIN}); got != "" {
		t.Fatal(got)
	}
	nobody := o.Nijmegen
	nobody.Municipality = ""
	for _, c := range []struct {
		who  gateway.Party
		want []gateway.PauseID
	}{
		{o.Nijmegen, []gateway.PauseID{first, second, third}}, // also what is over
		{o.Energy, []gateway.PauseID{first}},                  // not what it sold
		{o.Housing, []gateway.PauseID{second}},
		{o.Water, []gateway.PauseID{third}},
		{o.Leiden, nil}, {nobody, nil},
	} {
		if got := ids(o.listed(t, c.who)); !slices.Equal(got, c.want) {
			t.Errorf("%s sees %v, want %v", c.who.Name, got, c.want)
		}
	}
	all, err := o.Truth.Pauses.Own(t.Context(), pause.Reader{Municipality: o.Nijmegen.Municipality}, first, 1)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	stands, err := o.Truth.Pauses.Pauses(t.Context(), []gateway.PauseID{second})
	if err != nil || !sameParty(all[0].Holder, o.Housing) || all[0].Pause != stands[0].Pause || all[0].Signal != stands[0].Signal || all[0].ReportID != stands[0].ReportID {
		t.Errorf("%+v, want %+v, %v", all[0].Standing, stands[0], err)
	}
	// Whoever takes over the code sees what was under it.
	Pass(t, o.Truth, o.Leiden.Municipality, o.Nijmegen.Municipality)
	if got := ids(o.listed(t, o.Leiden)); !slices.Equal(got, []gateway.PauseID{first, second, third}) {
		t.Errorf("the successor sees %v", got)
	}
	if got := o.listed(t, o.Nijmegen); len(got) != 0 {
		t.Errorf("the old code still sees %v", ids(got))
	}
}

// waits is what a party sees waiting about its one pause.
func (o *Office) waits(t testing.TB, p gateway.Party) string {
	t.Helper()
	all := o.listed(t, p)
	if len(all) != 1 {
		t.Fatalf("%s sees %d pauses", p.Name, len(all))
	}
	var open []string
	for _, a := range all[0].Alarms {
		if a.Since.IsZero() {
			t.Errorf("%s since no moment", a.Kind)
		}
		open = append(open, string(a.Kind)+"/"+string(a.Term))
	}
	return strings.Join(open, " ")
}

func ownAlarms(t *testing.T, o *Office) { // begun on a Monday
	id := o.Begin(t, o.Report(t, o.Energy, 1), 10)
	holder := o.Energy
	both := func(want string) {
		t.Helper()
		for _, p := range []gateway.Party{holder, o.Nijmegen} {
			if got := o.waits(t, p); got != want {
				t.Errorf("%s sees %q, want %q", p.Name, got, want)
			}
		}
	}
	both("")
	o.Later(1)
	o.Sweep(t)
	both("pauze-niet-ontvangen/24-uur")
	o.Later(3)
	o.Sweep(t)
	both("pauze-niet-ontvangen/24-uur pauze-niet-toegepast/3-werkdagen")
	// Whoever acts sees it at once: no clock looked since.
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeReceived)
	both("pauze-niet-toegepast/3-werkdagen")
	if got := o.Change(t, o.Energy, id, pause.Transfer, Object{"overnemer": o.Water.OIN}); got != "" {
		t.Fatal(got)
	}
	holder = o.Water
	both("") // the seller's lateness is not the buyer's
	o.Confirm(t, o.Water, gateway.NoticeClaimTaken, gateway.NoticeApplied)
	if got := o.Change(t, o.Water, id, pause.Contest, nil); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Nijmegen, id, pause.Prolong, Object{"einddatum": o.Day(10)}); got != "" {
		t.Fatal(got)
	}
	o.Confirm(t, o.Water, gateway.NoticePauseProlonged, gateway.NoticeApplied)
	o.Later(8) // beyond the fifth working day
	o.Sweep(t)
	both("betwisting-onbeantwoord/5-werkdagen")
	if got := o.Change(t, o.Nijmegen, id, pause.Uphold, nil); got != "" {
		t.Fatal(got)
	}
	both("")
}
