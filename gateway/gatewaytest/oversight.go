// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"reflect"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Standing is the contract of [oversight.Standing]. open gives an empty store,
// a new one at each call.
func Standing(t *testing.T, open func(t *testing.T) Truth) {
	for name, test := range map[string]func(*testing.T, *Office){
		"mailboxes": countedMailboxes, "pauses": countedPauses, "alarms": countedAlarms, "due": countedDue,
	} {
		t.Run(name, func(t *testing.T) { test(t, NewOffice(t, open(t))) })
	}
}

func controllersOf(parties ...gateway.Party) (all []retention.Controller) {
	for _, p := range parties {
		all = append(all, retention.ControllerOf(p))
	}
	return all
}

func counted[T any](t *testing.T, got []T, err error, want ...T) {
	t.Helper()
	if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v, %v", got, want, err)
	}
}

func countedMailboxes(t *testing.T, o *Office) {
	codes := []gateway.Municipality{o.Nijmegen.Municipality, o.Leiden.Municipality}
	count := func(want ...oversight.MailboxCount) {
		t.Helper()
		got, err := o.Truth.Standing.Mailboxes(t.Context(), codes)
		counted(t, got, err, want...)
	}
	count()
	none, err := o.Truth.Standing.Mailboxes(t.Context(), nil) // a creditor has no mailbox
	counted(t, none, err)
	first := o.Report(t, o.Energy, 1)
	paper := o.Paper(o.Water, o.Nijmegen, 2)
	paper.Crisis = true
	later := o.Submission(o.Water, paper)
	later.At = later.At.Add(time.Hour)
	d := o.Deposits(t, later)
	File(t, o.Truth, d...)
	begin, second := o.At, later.At
	count(oversight.MailboxCount{Municipality: codes[0], Waiting: 2, Oldest: begin, Crisis: 1, OldestCrisis: second})
	if got, err := o.Truth.Standing.Mailboxes(t.Context(), codes[1:]); err != nil || len(got) > 0 {
		t.Errorf("another municipality is told of %+v, %v", got, err)
	}
	o.collect(t, first)
	count(oversight.MailboxCount{Municipality: codes[0], Waiting: 1, Oldest: second, Crisis: 1, OldestCrisis: second})
}

func countedPauses(t *testing.T, o *Office) {
	all := controllersOf(o.Parties()...)
	count := func(want ...oversight.PauseCount) {
		t.Helper()
		got, err := o.Truth.Standing.Pauses(t.Context(), all)
		counted(t, got, err, want...)
	}
	count()
	none, err := o.Truth.Standing.Pauses(t.Context(), nil)
	counted(t, none, err)
	first, begin := o.Begin(t, o.Report(t, o.Energy, 1), 5), o.At
	o.Later(1)
	second := o.At
	o.Begin(t, o.Report(t, o.Water, 2), 5)
	nijmegen := func(running, open int, since time.Time) oversight.PauseCount {
		return oversight.PauseCount{Controller: all[3], Running: running, Unconfirmed: open, Oldest: since}
	}
	energy, water := oversight.PauseCount{Controller: all[0], Running: 1, Unconfirmed: 1, Oldest: begin}, oversight.PauseCount{Controller: all[1], Running: 1, Unconfirmed: 1, Oldest: second}
	count(energy, water, nijmegen(2, 2, begin))
	if got, err := o.Truth.Standing.Pauses(t.Context(), all[:1]); err != nil || len(got) != 1 || got[0] != energy {
		t.Errorf("%+v, %v", got, err)
	}
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeApplied)
	energy.Unconfirmed, energy.Oldest = 0, time.Time{}
	count(energy, water, nijmegen(2, 1, second))
	if got := o.Change(t, o.Nijmegen, first, pause.End, nil); got != "" {
		t.Fatal(got)
	}
	count(water, nijmegen(1, 1, second))
}

func countedAlarms(t *testing.T, o *Office) { // begun on a Monday
	o.Begin(t, o.Report(t, o.Energy, 1), 10)
	o.Later(1)
	o.Sweep(t)
	raised, both := o.At, controllersOf(o.Energy, o.Nijmegen)
	row := func(c retention.Controller) oversight.AlarmCount {
		return oversight.AlarmCount{Controller: c, Kind: gateway.NoticePauseNotFetched, Open: 1, Oldest: raised}
	}
	got, err := o.Truth.Standing.Alarms(t.Context(), controllersOf(o.Parties()...))
	counted(t, got, err, row(both[0]), row(both[1]))
	got, err = o.Truth.Standing.Alarms(t.Context(), both[1:])
	counted(t, got, err, row(both[1]))
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeApplied)
	got, err = o.Truth.Standing.Alarms(t.Context(), both)
	counted(t, got, err)
}

func countedDue(t *testing.T, o *Office) {
	first := o.Report(t, o.Energy, 1)
	o.Report(t, o.Water, 2)
	all := controllersOf(o.Parties()...)
	got, err := o.Truth.Standing.Due(t.Context(), retention.CutoffAt(o.At), all)
	counted(t, got, err)
	// A body that was confirmed is due after its grace, the other by its term;
	// together they are what the overview of all says.
	o.collect(t, first)
	for _, days := range []int{retention.Grace + 1, 33, 500, 4000} {
		c := retention.CutoffAt(o.At.AddDate(0, 0, days))
		backlog, err := o.Truth.Overview.Backlog(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		want, sum := map[retention.Kind][2]int64{}, map[retention.Kind][2]int64{}
		for _, b := range backlog {
			if b.Due > 0 && b.Kind != retention.KindFacts { // those belong to no controller
				want[b.Kind] = [2]int64{b.Due, b.Overdue}
			}
		}
		got, err := o.Truth.Standing.Due(t.Context(), c, all)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range got {
			sum[d.Kind] = [2]int64{sum[d.Kind][0] + d.Due, sum[d.Kind][1] + d.Overdue}
		}
		if len(want) == 0 || !reflect.DeepEqual(sum, want) {
			t.Errorf("after %d days %v, want %v", days, sum, want)
		}
		if got, err := o.Truth.Standing.Due(t.Context(), c, controllersOf(o.Leiden)); err != nil || len(got) > 0 {
			t.Errorf("another municipality is told of %+v, %v", got, err)
		}
	}
}
