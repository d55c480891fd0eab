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

// Extent is the contract of [oversight.Extent]. open gives an empty store, a new
// one at each call.
func Extent(t *testing.T, open func(t *testing.T) Truth) {
	for name, test := range map[string]func(*testing.T, *Office){"touches": touchedEntries, "persons": countedPersons} {
		t.Run(name, func(t *testing.T) { test(t, NewOffice(t, open(t))) })
	}
}

// touchedEntries: what a municipality does inside its mailbox touches no
// creditor, and a municipality that passed stands for its successor.
func touchedEntries(t *testing.T, o *Office) {
	d := o.Report(t, o.Energy, 1)
	signal := d.Sealed().Body().ID
	write := func(event audit.Event, by audit.By, object string) int64 {
		t.Helper()
		e, err := audit.New(event, by, object, o.At)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Truth.Journal.Write(t.Context(), []audit.Entry{e}); err != nil {
			t.Fatal(err)
		}
		return Found(t, o.Truth, oversight.Query{Scope: ServesAll(t), Limit: 1})[0].Number
	}
	trace := gateway.NewTrace()
	read := write(audit.SignalRead, audit.ByPeer(gateway.Authenticated(o.Nijmegen, ""), trace), audit.Object(audit.KindSignal, string(signal)))
	received := write(audit.ReportReceived, audit.ByPeer(gateway.Authenticated(o.Energy, ""), trace),
		audit.Object(audit.KindReport, string(o.Energy.OIN), string(d.Slip().ReportID)))
	started := write(audit.ServiceStarted, audit.ByGateway(trace), string(audit.KindService))
	numbers := []int64{read, received, started, 99_999}
	want := []oversight.Touch{
		{Parties: []gateway.OIN{o.Nijmegen.OIN}, Signal: signal, Kind: gateway.ReportEnergy},
		{Parties: []gateway.OIN{o.Energy.OIN, o.Nijmegen.OIN}, Signal: signal, Kind: gateway.ReportEnergy}, {}, {},
	}
	got, err := o.Truth.Extent.Touches(t.Context(), numbers)
	counted(t, got, err, want...)
	Pass(t, o.Truth, o.Leiden.Municipality, o.Nijmegen.Municipality)
	want[0].Parties, want[1].Parties = []gateway.OIN{o.Leiden.OIN}, []gateway.OIN{o.Energy.OIN, o.Leiden.OIN}
	got, err = o.Truth.Extent.Touches(t.Context(), numbers)
	counted(t, got, err, want...)
	got, err = o.Truth.Extent.Touches(t.Context(), nil)
	counted(t, got, err)
}

// countedPersons: the same person in two reports is one, in two municipalities
// two, and one whose pseudonyms are erased is none.
func countedPersons(t *testing.T, o *Office) {
	one, again, other := o.Report(t, o.Energy, 1), o.Report(t, o.Water, 1), o.Report(t, o.Energy, 2)
	paper := o.Deposits(t, o.Submission(o.Energy, o.Paper(o.Energy, o.Leiden, 1)))[0]
	File(t, o.Truth, paper)
	ids := []gateway.SignalID{one.Sealed().Body().ID, again.Sealed().Body().ID, other.Sealed().Body().ID, paper.Sealed().Body().ID}
	count := func(want oversight.Persons, of ...gateway.SignalID) {
		t.Helper()
		if got, err := o.Truth.Extent.Persons(t.Context(), of); err != nil || got != want {
			t.Errorf("%+v, want %+v, %v", got, want, err)
		}
	}
	count(oversight.Persons{})
	count(oversight.Persons{Distinct: 1}, ids[0], ids[1])
	count(oversight.Persons{Distinct: 3}, ids...)
	o.forget(t)
	count(oversight.Persons{Unlinked: 4}, ids...)
	count(oversight.Persons{}, "00000000-0000-4000-8000-000000000009")
}

// forget erases the pseudonyms whose term is over in half a year.
func (o *Office) forget(t testing.TB) {
	t.Helper()
	c := retention.CutoffAt(o.At.AddDate(0, 8, 0))
	for _, s := range retention.Steps() {
		if s.Kind != retention.KindTokens {
			continue
		}
		due, err := o.Truth.Retention.Due(t.Context(), s, c)
		if err != nil || len(due) == 0 {
			t.Fatal(due, err)
		}
		var refs []string
		for _, r := range due {
			refs = append(refs, r.Ref)
		}
		if err := o.Truth.Retention.Write(t.Context(), func(tx retention.Tx) error {
			_, err := tx.Erase(s, c, refs)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
