// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// Journal is the contract of [oversight.Journal]. open gives an empty store, a
// new one at each call.
func Journal(t *testing.T, open func(t *testing.T) Truth) {
	for name, test := range map[string]func(*testing.T, *Office){
		"the life of a claim, and whose it is":  journalLife,
		"what was refused is tied to nothing":   journalStrangers,
		"the same id of two creditors":          journalSameID,
		"what hangs on an erased signal":        journalErased,
		"a municipality that went into another": journalPassed,
		"pages without gaps":                    journalPages,
		"every filter against all entries":      journalFilters,
		"volumes against all entries":           journalVolumes,
		"nothing of a failed write":             journalFailed,
		"an empty log":                          journalEmpty,
	} {
		t.Run(name, func(t *testing.T) { test(t, NewOffice(t, open(t))) })
	}
}

// Serves is the scope of an officer of parties.
func Serves(t testing.TB, parties ...gateway.Party) oversight.Scope {
	t.Helper()
	c := oversight.Claims{Account: "00000000-0000-4000-8000-000000000001", Roles: []oversight.Role{oversight.RoleParty}, Origin: audit.Local}
	for _, p := range parties {
		c.Parties = append(c.Parties, p.OIN)
	}
	return admitted(t, c)
}

// ServesAll is the scope of the processor's officer.
func ServesAll(t testing.TB) oversight.Scope {
	t.Helper()
	return admitted(t, oversight.Claims{Account: "00000000-0000-4000-8000-000000000002", Roles: []oversight.Role{oversight.RoleProcessor}, Origin: audit.Local})
}

func admitted(t testing.TB, c oversight.Claims) oversight.Scope {
	t.Helper()
	o, err := oversight.Admit(c)
	if err != nil {
		t.Fatal(err)
	}
	return o.Scope()
}

// Found searches, and fails the test when the store fails.
func Found(t testing.TB, truth Truth, q oversight.Query) []oversight.Hit {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = oversight.MaxHits
	}
	found, err := truth.Journal.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Lived gives the life of an object.
func Lived(t testing.TB, truth Truth, s oversight.Scope, id string) []oversight.Hit {
	t.Helper()
	found, err := truth.Journal.Life(t.Context(), s, gateway.UUID(id))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// EventsOf names what happened, in order, with a mark on what did not go well.
func EventsOf(hits []oversight.Hit) (all []string) {
	for _, h := range hits {
		event := h.Entry.Event
		if h.Entry.Result != proof.ResultDone {
			event += " (" + h.Entry.Result + ")"
		}
		all = append(all, event)
	}
	return all
}

func numbersOf(hits []oversight.Hit) (all []int64) {
	for _, h := range hits {
		all = append(all, h.Number)
	}
	return all
}

// generated fills a log with entries of all sorts, nearly in order of time, and
// gives with each whom it concerns.
func generated(t *testing.T, o *Office, n int) []memoryHit {
	t.Helper()
	d := &dice{uint64(n) + 1}
	var all []memoryHit
	for len(all) < n {
		var part []audit.Entry
		for range 1 + d.roll(40) {
			part = append(part, o.generate(t, d, len(all)+len(part)))
		}
		if err := o.Truth.Journal.Write(t.Context(), part); err != nil {
			t.Fatal(err)
		}
		for _, e := range part {
			known := logbook.Known{}
			for _, m := range o.Municipalities() {
				if slices.Contains(splitObject(e.Content()), string(m.Municipality)) {
					known.Named = append(known.Named, m.OIN)
				}
			}
			all = append(all, memoryHit{Hit: oversight.Hit{Number: int64(len(all)) + 1, Entry: e.Content()}, concerns: logbook.Concerns(e.Content(), known)})
		}
	}
	return all
}

// generate makes one entry. Its object is nothing that truth knows, so that the
// entry alone says whom it concerns.
func (o *Office) generate(t testing.TB, d *dice, n int) audit.Entry {
	t.Helper()
	at := o.At.Add(time.Duration(n)*time.Minute + time.Duration(d.roll(9000))*time.Millisecond)
	if d.roll(50) == 0 {
		at = at.Add(-time.Duration(d.roll(200)) * time.Hour) // a clock was put right
	}
	id := func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", d.roll(60)) }
	by := audit.By{Origin: audit.Local, Trace: Trace(1 + d.roll(30))}
	creditor, municipality := string(o.Creditors()[d.roll(3)].OIN), o.Municipalities()[d.roll(2)]
	var event audit.Event
	var object string
	var options []audit.Option
	codes := []audit.Option{audit.Refused("code-een"), audit.Refused("code-twee"), audit.Refused("code-een", "code-twee", "code-een"), audit.Codes("code-drie")}
	switch d.roll(8) {
	case 0, 1:
		by.Actor, by.Role, event, object = creditor, audit.Creditor, audit.ReportReceived, audit.Object(audit.KindReport, creditor, id())
	case 2:
		by.Actor, by.Role, event, object = creditor, audit.Creditor, audit.ReportRefused, audit.Object(audit.KindReport, creditor, id())
		options = append(options, codes[d.roll(3)])
	case 3:
		by.Actor, by.Role, event, object = string(municipality.OIN), audit.Municipality, audit.SignalRead, audit.Object(audit.KindSignal, id())
	case 4:
		by.Actor, by.Role, event = string(municipality.OIN), audit.Municipality, audit.FeedbackReceived
		object = audit.Object(audit.KindFeedback, id(), id())
	case 5:
		by.Actor, by.Role, event, object = audit.ActorGateway, audit.Gateway, audit.KeyDestroyed, audit.Object(audit.KindKey, string(municipality.Municipality), "2026-11")
		options = append(options, codes[3])
	case 6:
		by.Actor, by.Role, event, object = audit.ActorOperator, audit.Operator, audit.AgreementConcluded, audit.Object(audit.KindAgreement, creditor, string(municipality.OIN))
	default:
		by.Actor, by.Role, event, object = audit.ActorGateway, audit.Gateway, audit.ServiceStarted, audit.Object(audit.KindService)
	}
	e, err := audit.New(event, by, object, at, options...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// dice rolls the same numbers each time.
type dice struct{ state uint64 }

func (d *dice) roll(sides int) int {
	d.state = d.state*6364136223846793005 + 1442695040888963407
	return int(d.state>>33) % sides
}

// scopes are some officers' scopes, with a word for each.
func (o *Office) scopes(t testing.TB) map[string]oversight.Scope {
	return map[string]oversight.Scope{
		"energy": Serves(t, o.Energy), "water": Serves(t, o.Water), "nijmegen": Serves(t, o.Nijmegen), "leiden": Serves(t, o.Leiden),
		"water and leiden": Serves(t, o.Water, o.Leiden), "all": ServesAll(t), "nobody": {},
	}
}

// naive answers a query from all entries.
func naive(q oversight.Query, all []memoryHit) (found []oversight.Hit) {
	scope := q.Scope.To(q.Party)
	for _, h := range slices.Backward(all) {
		in := scope.All() || slices.ContainsFunc(h.concerns, func(c logbook.Concern) bool { return scope.Has(c.Party) })
		if in && len(found) < q.Limit && Asked(q, h.Hit) {
			found = append(found, h.Hit)
		}
	}
	return found
}

func journalFilters(t *testing.T, o *Office) {
	all := generated(t, o, 2500)
	d := &dice{7}
	answered := 0
	for i := range rounds(600) {
		for name, scope := range o.scopes(t) {
			q := o.ask(d, i)
			q.Scope = scope
			want := naive(q, all)
			if got := Found(t, o.Truth, q); !reflect.DeepEqual(got, want) {
				t.Fatalf("officer of %s, query %+v: entries %v, not %v", name, q, numbersOf(got), numbersOf(want))
			}
			if len(want) > 0 {
				answered++
			}
		}
	}
	if answered < rounds(500) {
		t.Errorf("only %d queries found anything", answered)
	}
}

// ask makes query i: the first ones have one filter each, later ones some.
func (o *Office) ask(d *dice, i int) oversight.Query {
	q := oversight.Query{Limit: 1 + d.roll(60)}
	creditor, municipality := o.Creditors()[d.roll(3)], o.Municipalities()[d.roll(2)]
	id := gateway.UUID(fmt.Sprintf("00000000-0000-4000-8000-%012x", d.roll(62)))
	filters := []func(){
		func() {},
		func() { q.Party = []gateway.OIN{creditor.OIN, municipality.OIN, Issuer}[d.roll(3)] },
		func() { q.Since = o.At.Add(time.Duration(d.roll(2500)) * time.Minute) },
		func() { q.Until = o.At.Add(time.Duration(d.roll(2500))*time.Minute + 500*time.Microsecond) },
		func() { q.Events = []audit.Event{audit.ReportReceived, audit.SignalRead}[:1+d.roll(2)] },
		func() { q.Events = []audit.Event{audit.KeyDestroyed, audit.PauseStarted} },
		func() {
			q.Kind = []audit.Kind{audit.KindReport, audit.KindKey, audit.KindFeedback, audit.KindPause}[d.roll(4)]
		},
		func() { q.Object = id },
		func() {
			q.Holder = []string{string(creditor.OIN), string(municipality.OIN), string(municipality.Municipality)}[d.roll(3)]
		},
		func() {
			q.Actor = []string{string(creditor.OIN), string(municipality.OIN), audit.ActorGateway, audit.ActorOperator}[d.roll(4)]
		},
		func() { q.Result = []string{proof.ResultDone, proof.ResultRefused, proof.ResultFailed}[d.roll(3)] },
		func() { q.Trace = Trace(1 + d.roll(31)) },
		func() { q.Before = int64(1 + d.roll(2500)) },
	}
	if i < 4*len(filters) {
		filters[i%len(filters)]()
		return q
	}
	for range 2 + d.roll(3) {
		filters[d.roll(len(filters))]()
	}
	return q
}

func journalPages(t *testing.T, o *Office) {
	all := generated(t, o, 700)
	for name, scope := range o.scopes(t) {
		for _, limit := range []int{1, 7, 100} {
			q := oversight.Query{Scope: scope, Limit: len(all), Kind: audit.KindReport}
			if limit > 7 {
				q.Kind = ""
			}
			want := naive(q, all)
			var got []oversight.Hit
			for q.Limit = limit; ; q.Before = got[len(got)-1].Number {
				page := Found(t, o.Truth, q)
				if got = append(got, page...); len(page) < limit {
					break
				}
				// What is written meanwhile moves no page.
				if len(got) == limit {
					extra := o.generate(t, &dice{3}, 701)
					if err := o.Truth.Journal.Write(t.Context(), []audit.Entry{extra}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if first := len(got) - len(want); first < 0 || !slices.Equal(numbersOf(got[first:]), numbersOf(want)) {
				t.Errorf("officer of %s, pages of %d: %d entries, not %d", name, limit, len(got), len(want))
			}
		}
		if many := Found(t, o.Truth, oversight.Query{Scope: scope, Limit: 10 * oversight.MaxHits}); len(many) > oversight.MaxHits {
			t.Errorf("a page of %d entries", len(many))
		}
	}
}

func journalVolumes(t *testing.T, o *Office) {
	all := generated(t, o, 1500)
	today := gateway.Today(o.At)
	for name, scope := range o.scopes(t) {
		for _, days := range [][2]int{{-30, 30}, {0, 0}, {1, 2}, {5, 4}} {
			from, through := today.AddDays(days[0]), today.AddDays(days[1])
			got, err := o.Truth.Journal.Volumes(t.Context(), scope, from, through)
			if err != nil {
				t.Fatal(err)
			}
			want := map[oversight.Volume]int64{}
			for _, h := range all {
				times := int64(0)
				for _, c := range h.concerns {
					if !scope.All() && scope.Has(c.Party) {
						times++
					}
				}
				if scope.All() {
					times = 1
				}
				v := oversight.Volume{Day: gateway.Today(h.Entry.At()), Event: audit.Event(h.Entry.Event), Result: h.Entry.Result}
				if times == 0 || from.After(v.Day) || v.Day.After(through) {
					continue
				}
				want[v] += times
				codes := slices.Clone(h.Entry.Codes)
				slices.Sort(codes)
				for _, v.Code = range slices.Compact(codes) {
					want[v] += times
				}
			}
			counted := map[oversight.Volume]int64{}
			for i, v := range got {
				if i > 0 && got[i-1].Day.After(v.Day) {
					t.Error("days out of order")
				}
				n := v.Count
				v.Count = 0
				counted[v] += n
			}
			if !reflect.DeepEqual(counted, want) {
				t.Errorf("officer of %s, days %v: %v, not %v", name, days, counted, want)
			}
		}
	}
}

func journalFailed(t *testing.T, o *Office) {
	fault := errors.New("a fault")
	err := o.Truth.Register.Write(t.Context(), func(tx register.Tx) error {
		_, err := tx.Append([]audit.Entry{o.generate(t, &dice{1}, 1)})
		return errors.Join(err, fault)
	})
	if !errors.Is(err, fault) {
		t.Fatal(err)
	}
	if found := Found(t, o.Truth, oversight.Query{Scope: ServesAll(t)}); len(found) > 0 {
		t.Errorf("%d entries of a transaction that failed", len(found))
	}
	all := generated(t, o, 60) // the first write after it is whole
	if found := Found(t, o.Truth, oversight.Query{Scope: ServesAll(t)}); len(found) != len(all) {
		t.Errorf("%d entries, not %d", len(found), len(all))
	}
}

func journalEmpty(t *testing.T, o *Office) {
	for name, scope := range o.scopes(t) {
		volumes, err := o.Truth.Journal.Volumes(t.Context(), scope, gateway.Today(o.At), gateway.Today(o.At))
		found := Found(t, o.Truth, oversight.Query{Scope: scope, Object: "00000000-0000-4000-8000-000000000001", Trace: Trace(99), Since: o.At})
		life := append(Lived(t, o.Truth, scope, "00000000-0000-4000-8000-000000000001"), Lived(t, o.Truth, scope, "no id")...)
		if err != nil || len(volumes)+len(found)+len(life) > 0 {
			t.Errorf("officer of %s: %v %v %v, %v", name, volumes, found, life, err)
		}
	}
}

// rounds is how many draws a property gets: with -short, as under the race
// detector, a fifth.
func rounds(n int) int {
	if testing.Short() {
		return n / 5
	}
	return n
}
