// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

func (o *Office) erase(t testing.TB, d mailbox.Deposit) {
	t.Helper()
	err := o.Truth.Mailbox.Write(t.Context(), func(tx mailbox.Tx) error {
		_, err := tx.Advance([]mailbox.Move{{ID: d.Sealed().Body().ID, To: gateway.SignalErased, At: o.At}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (o *Office) unanswered(t testing.TB, of gateway.Municipality, sinceDays, limit int) clocks.Unanswered {
	t.Helper()
	u, err := o.Truth.Clocks.Unanswered(t.Context(), of, gateway.Today(o.At).AddDays(-sinceDays), limit)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(u.Days, func(a, b clocks.UnansweredDay) int {
		return slices.Compare([]int{a.On.DaysSince(b.On), len(a.Kind)}, []int{0, len(b.Kind)})
	})
	return u
}

func withoutFeedback(t *testing.T, o *Office) {
	began := gateway.Today(o.At)
	first, erased, withdrawn := o.Report(t, o.Energy, 1), o.Report(t, o.Energy, 2), o.Report(t, o.Energy, 3)
	o.erase(t, erased)
	if _, err := o.Withdraw(t, o.Truth, withdrawn); err != nil {
		t.Fatal(err)
	}
	o.Later(2)
	collected, answered, water := o.Report(t, o.Energy, 4), o.Report(t, o.Energy, 5), o.Report(t, o.Water, 6)
	o.collect(t, collected)
	if a := o.Say(t, answered, gateway.ResultTakenUp, nil); a.Err != nil {
		t.Fatal(a.Err)
	}
	File(t, o.Truth, o.Deposits(t, o.Submission(o.Energy, o.Paper(o.Energy, o.Leiden, 7)))...)
	o.Later(1)
	o.erase(t, collected) // what was collected still waits for an answer

	u := o.unanswered(t, o.Nijmegen.Municipality, 10, 10)
	second := began.AddDays(2)
	if want := []clocks.UnansweredDay{{On: began, Kind: gateway.ReportEnergy, Count: 1, Uncollected: 1},
		{On: second, Kind: gateway.ReportWater, Count: 1, Uncollected: 1}, {On: second, Kind: gateway.ReportEnergy, Count: 1}}; !slices.Equal(u.Days, want) {
		t.Errorf("%+v, want %+v", u.Days, want)
	}
	id := func(d mailbox.Deposit) gateway.SignalID { return d.Sealed().Body().ID }
	if want := []clocks.UnansweredSignal{{ID: id(first), Kind: gateway.ReportEnergy, On: began}, {ID: id(collected), Kind: gateway.ReportEnergy, On: second},
		{ID: id(water), Kind: gateway.ReportWater, On: second}}; !slices.Equal(u.Oldest, want) {
		t.Errorf("%+v, want %+v", u.Oldest, want)
	}
	if u := o.unanswered(t, o.Nijmegen.Municipality, 10, 2); len(u.Oldest) != 2 || u.Oldest[0].ID != id(first) || len(u.Days) != 3 {
		t.Errorf("at most two: %+v", u)
	}
	if u := o.unanswered(t, o.Nijmegen.Municipality, 10, 0); len(u.Oldest) != 0 || len(u.Days) != 3 {
		t.Errorf("counts only: %+v", u)
	}
	if u := o.unanswered(t, o.Nijmegen.Municipality, 1, 10); len(u.Oldest) != 2 || len(u.Days) != 2 {
		t.Errorf("from a later day on: %+v", u)
	}
	if u := o.unanswered(t, "", 10, 10); len(u.Oldest)+len(u.Days) != 0 {
		t.Errorf("of nobody: %+v", u)
	}
	if u := o.unanswered(t, o.Leiden.Municipality, 10, 10); len(u.Oldest) != 1 {
		t.Errorf("of another: %+v", u)
	}
}
