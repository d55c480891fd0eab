// SPDX-License-Identifier: EUPL-1.2

package feedback_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestNoticesRestWrapped(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	posted, err := o.notices.Prepare(t.Context(), []gateway.NoticeDraft{{To: o.Energy, Notice: gateway.Notice{
		ID: gateway.NoticeID(gateway.NewUUID(o.at, nil)), Kind: gateway.NoticeHelpAccepted, ReportID: o.reports[0], IssuedAt: o.at}}})
	if err != nil {
		t.Fatal(err)
	}
	if p := posted[0]; p.To != o.Energy.OIN || p.Scope != string(o.Energy.OIN)+"/2026-11" || p.Digest == (gateway.Digest{}) ||
		strings.Contains(string(p.Wrapped), string(gateway.NoticeHelpAccepted)) {
		t.Errorf("%+v", p)
	}
	if n := len(o.got(t, o.Energy)); n != 0 {
		t.Errorf("preparing posted %d notices", n)
	}
}

func TestListIsOwnAndLogged(t *testing.T) {
	o := newOffice(t, energyWater)
	for range 3 {
		if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultPaid, nil)); got != "" {
			t.Fatal(got)
		}
	}
	if n := len(o.got(t, o.Water)); n != 0 {
		t.Errorf("another creditor sees %d notices", n)
	}
	before := len(o.memory.Entries())
	first, err := o.notices.List(t.Context(), visitOf(o.Energy, o.at), 0, 2, 0)
	if err != nil || len(first) != 2 {
		t.Fatal(len(first), err)
	}
	rest, err := o.notices.List(t.Context(), visitOf(o.Energy, o.at), first[1].Sequence, 0, 0)
	if err != nil || len(rest) != 1 || rest[0].ID == first[1].ID {
		t.Fatal(len(rest), err)
	}
	if n := len(o.memory.Entries()) - before; n != 5 {
		t.Errorf("%d log entries of 2 looks at 3 new notices", n)
	}
	if again, err := o.notices.List(t.Context(), visitOf(o.Energy, o.at), 0, 0, 0); err != nil || len(again) != 3 || len(o.memory.Entries())-before != 6 {
		t.Errorf("%d entries after a third look, %v", len(o.memory.Entries())-before, err)
	}
	o.memory.FailWrites(gatewaytest.Failed) // invariant I5: no log, no act
	if shown, err := o.notices.List(t.Context(), visitOf(o.Energy, o.at), 0, 0, 0); err == nil || shown != nil {
		t.Errorf("%d notices shown without a log entry", len(shown))
	}
}

func TestConfirmMovesForward(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultFollowUp, nil)); got != "" {
		t.Fatal(got)
	}
	id := o.got(t, o.Energy)[0].ID
	confirm := func(p gateway.Party, hours int, id gateway.NoticeID, progress gateway.NoticeProgress) (time.Time, error) {
		return o.notices.Confirm(t.Context(), visitOf(p, o.at.Add(time.Duration(hours)*time.Hour)), id, progress, nil)
	}
	for _, c := range []struct {
		hours, want int
		progress    gateway.NoticeProgress
	}{
		{1, 1, gateway.NoticeReceived}, {2, 1, gateway.NoticeReceived}, {3, 3, gateway.NoticeApplied}, {4, 3, gateway.NoticeApplied},
	} {
		at, err := confirm(o.Energy, c.hours, id, c.progress)
		if err != nil || !at.Equal(o.at.Add(time.Duration(c.want)*time.Hour)) {
			t.Errorf("after %d hours %s: %v, %v", c.hours, c.progress, at, err)
		}
	}
	var e *gateway.Error
	if _, err := confirm(o.Water, 1, id, gateway.NoticeReceived); !errors.As(err, &e) || e.Kind != gateway.KindNotFound {
		t.Errorf("another creditor confirms: %v", err)
	}
	if _, err := confirm(o.Energy, 1, gateway.NoticeID(gateway.NewUUID(o.at, nil)), gateway.NoticeReceived); !errors.As(err, &e) || e.Kind != gateway.KindNotFound {
		t.Errorf("no notice is confirmed: %v", err)
	}
	for _, p := range []gateway.NoticeProgress{"", "klaar", "gelezen"} {
		if _, err := confirm(o.Energy, 1, id, p); !errors.As(err, &e) || e.Kind != gateway.KindInvalid {
			t.Errorf("progress %q: %v", p, err)
		}
	}
}

func TestLongPollWakes(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	type shown struct {
		n   int
		err error
	}
	done := make(chan shown, 1)
	go func() {
		got, err := o.notices.List(t.Context(), visitOf(o.Energy, o.at), 0, 0, time.Minute)
		done <- shown{len(got), err}
	}()
	if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultPaid, nil)); got != "" {
		t.Fatal(got)
	}
	if s := <-done; s.n != 1 || s.err != nil { // the test's own limit stands for the minute
		t.Errorf("%d notices, %v", s.n, s.err)
	}
	if got, err := o.notices.List(t.Context(), visitOf(o.Energy, o.at), 1, 0, time.Millisecond); len(got) != 0 || err != nil {
		t.Errorf("%d notices after patience ended, %v", len(got), err)
	}
}

// TestAwaitShowsNothing: waiting leaves no trace and opens no notice; it ends at
// once when there is one, at the bell, and when time or caller is gone.
func TestAwaitShowsNothing(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	rung := make(chan struct{})
	go func() { defer close(rung); o.notices.Await(t.Context(), o.Energy.OIN, 0, time.Minute) }()
	if got := o.codes(t, o.Nijmegen, o.word(gateway.ResultPaid, nil)); got != "" {
		t.Fatal(got)
	}
	<-rung // the test's own limit stands for the minute
	before := len(o.memory.Entries())
	o.notices.Await(t.Context(), o.Energy.OIN, 0, time.Hour) // there is one
	o.notices.Await(t.Context(), o.Energy.OIN, 1, time.Millisecond)
	gone, leave := context.WithCancel(t.Context())
	leave()
	o.notices.Await(gone, o.Energy.OIN, 1, time.Hour)
	if n := len(o.memory.Entries()) - before; n != 0 {
		t.Errorf("%d log entries of waiting", n)
	}
}
