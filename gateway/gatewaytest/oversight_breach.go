// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Breaches is the contract of [oversight.BreachStore]. open gives an empty
// store, a new one at each call.
func Breaches(t *testing.T, open func(t *testing.T) Truth) {
	truth := open(t)
	write := func(fn func(tx oversight.BreachTx) error) error {
		return truth.Breaches.WriteBreaches(t.Context(), func(tx oversight.BreachTx) error {
			_, err := tx.Append([]audit.Entry{Entry(t, 3)})
			return errors.Join(err, fn(tx))
		})
	}
	list := func(want ...oversight.Breach) {
		t.Helper()
		got, err := truth.Breaches.Breaches(t.Context())
		counted(t, got, err, want...)
	}
	list()
	first := oversight.Breach{ID: gateway.NewUUID(Now(), nil), Nature: oversight.Confidentiality, OpenedBy: gateway.NewUUID(Now(), nil), OpenedAt: Now(),
		Discovered: Now().Add(-time.Hour), All: true, Filter: oversight.BreachFilter{Since: Now().Add(-48 * time.Hour), Actor: "beheer", Events: []audit.Event{audit.LogRead}},
		ExaminedAt: Now(), Entries: 7, More: true, Touched: []oversight.Touched{
			{Party: "00000099000000110001", Entries: 3, Signals: 2, Persons: 1, Unlinked: 1, Kinds: []gateway.ReportKind{gateway.ReportEnergy}},
			{Party: "00000099000000220001", Entries: 4}}}
	second := oversight.Breach{ID: gateway.NewUUID(Now(), nil), Nature: oversight.Availability, OpenedBy: first.OpenedBy, OpenedAt: Now(), Discovered: Now(),
		For: []gateway.OIN{"00000099000000110001"}, Filter: oversight.BreachFilter{Object: gateway.NewUUID(Now(), nil)}, ExaminedAt: Now()}
	if err := write(func(tx oversight.BreachTx) error { return errors.Join(tx.PutBreach(first), tx.PutBreach(second)) }); err != nil {
		t.Fatal(err)
	}
	list(second, first)
	first.Touched[0].ToldAt, first.Touched[0].AuthorityAt, first.Touched[0].PersonsAt = Now(), Now(), Now()
	for i := range first.Touched {
		first.Touched[i].ClosedAt, first.Touched[i].Outcome = Now(), oversight.OutcomeNoRisk
	}
	first.Touched, first.Entries, first.More = first.Touched[:1:1], 9, false
	if err := write(func(tx oversight.BreachTx) error {
		none, err := tx.Breach(gateway.NewUUID(Now(), nil))
		known, err2 := tx.Breach(second.ID)
		if none.Exists() || !reflect.DeepEqual(known, second) {
			t.Errorf("found %+v and %+v", none, known)
		}
		return errors.Join(err, err2, tx.PutBreach(first))
	}); err != nil {
		t.Fatal(err)
	}
	list(second, first)
	if err := write(func(tx oversight.BreachTx) error {
		return errors.Join(tx.PutBreach(oversight.Breach{ID: second.ID}), ErrFault)
	}); err == nil {
		t.Error("the fault was lost")
	}
	list(second, first)
	breachEnds(t, truth, first, second)
}

// breachEnds: a case stays through its last day, and one that touches nobody
// has one as well.
func breachEnds(t *testing.T, truth Truth, cases ...oversight.Breach) {
	last := gateway.Today(Now()).AddDays(oversight.KeepBreaches)
	for days, want := range map[int]int64{0: 0, 1: int64(len(cases))} {
		backlog, err := truth.Overview.Backlog(t.Context(), retention.CutoffAt(last.AddDays(days).Begins()))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range backlog {
			if b.Kind == retention.KindBreach && b.Due != want {
				t.Errorf("%d due %d days after the last day, want %d", b.Due, days, want)
			}
		}
	}
	for _, b := range cases {
		if b.KeepUntil() != last {
			t.Errorf("kept until %s", b.KeepUntil())
		}
	}
}
