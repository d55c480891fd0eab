// SPDX-License-Identifier: EUPL-1.2

package oversight_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

const (
	nijmegen = gateway.OIN("00000001000000000001")
	leiden   = gateway.OIN("00000001000000000002")
	report   = "01a19b7c-a680-7fdf-999a-4575d839a3d7"
)

func visit(t *testing.T, roles []oversight.Role, parties ...gateway.OIN) oversight.Visit {
	t.Helper()
	o, err := oversight.Admit(oversight.Claims{Account: "00000000-0000-4000-8000-00000000000a", Roles: roles, Parties: parties, Origin: audit.Local})
	if err != nil {
		t.Fatal(err)
	}
	return oversight.Visit{Officer: o, At: gatewaytest.Now(), Trace: gateway.NewTrace()}
}

// desk has a log in which one signal of each municipality was read.
func desk(t *testing.T) (*oversight.Desk, *gatewaytest.Memory) {
	t.Helper()
	m := gatewaytest.NewMemory()
	for i, p := range []gateway.OIN{nijmegen, leiden} {
		by := audit.By{Actor: string(p), Role: audit.Municipality, Origin: audit.Local, Trace: gateway.NewTrace()}
		e, err := audit.New(audit.SignalRead, by, audit.Object(audit.KindSignal, fmt.Sprintf("%s%d", report[:35], i)), gatewaytest.Now())
		if err = errors.Join(err, m.Journal.Write(t.Context(), []audit.Entry{e})); err != nil {
			t.Fatal(err)
		}
	}
	return oversight.NewDesk(m.Journal), m
}

// last gives the newest entries of the log, oldest first.
func last(t *testing.T, m *gatewaytest.Memory, n int) (all []proof.Entry) {
	t.Helper()
	leaves := m.Entries()
	for _, leaf := range leaves[len(leaves)-n:] {
		e, err := proof.Decode(leaf)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// asks is every question of the desk about what is Leiden's, with what it gave.
func asks(t *testing.T, d *oversight.Desk) map[string]func(oversight.Visit) (int, error) {
	today := gateway.Today(gatewaytest.Now())
	return map[string]func(oversight.Visit) (int, error){
		"search": func(v oversight.Visit) (int, error) {
			all, err := oversight.Admit(oversight.Claims{Account: "00000000-0000-4000-8000-00000000000b", Roles: []oversight.Role{oversight.RoleProcessor}, Origin: audit.Local})
			if err != nil {
				t.Fatal(err)
			}
			found, err := d.Search(t.Context(), v, oversight.Query{Scope: all.Scope(), Actor: string(leiden)}) // a scope of somebody else
			return len(found), err
		},
		"entry": func(v oversight.Visit) (int, error) {
			h, err := d.Entry(t.Context(), v, 2)
			return int(h.Number) / 2, err
		},
		"life": func(v oversight.Visit) (int, error) {
			found, err := d.Life(t.Context(), v, gateway.UUID(report[:35]+"1"))
			return len(found), err
		},
		"volumes": func(v oversight.Visit) (int, error) {
			found, err := d.Volumes(t.Context(), v, leiden, today, today)
			return len(found), err
		},
	}
}

func TestScopeIsTheOfficersOwn(t *testing.T) {
	processor, party := []oversight.Role{oversight.RoleProcessor}, []oversight.Role{oversight.RoleParty}
	d, m := desk(t)
	for name, ask := range asks(t, d) {
		for _, v := range []oversight.Visit{visit(t, party, leiden), visit(t, processor)} {
			if n, err := ask(v); n == 0 || err != nil {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		before := len(m.Entries())
		n, err := ask(visit(t, party, nijmegen))
		if n != 0 {
			t.Errorf("%s gives the officer of another what is Leiden's", name)
		}
		if e := gateway.AsError(err); err != nil && (e.Kind != gateway.KindNotFound || !slices.Contains(e.Codes(), oversight.CodeScope)) {
			t.Errorf("%s: %v", name, err)
		}
		if len(m.Entries()) != before+1 {
			t.Errorf("%s found nothing and left no entry", name)
		}
	}
}

// Absent and withheld look the same, in every byte.
func TestAbsentIsAsWithheld(t *testing.T) {
	d, _ := desk(t)
	v := visit(t, []oversight.Role{oversight.RoleParty}, nijmegen)
	_, withheld := d.Entry(t.Context(), v, 2)
	for _, number := range []int64{99999, 0, -1} {
		if _, absent := d.Entry(t.Context(), v, number); fmt.Sprintf("%#v", gateway.AsError(absent)) != fmt.Sprintf("%#v", gateway.AsError(withheld)) {
			t.Errorf("%v and %v", absent, withheld)
		}
	}
	_, withheld = d.Life(t.Context(), v, gateway.UUID(report[:35]+"1"))
	for _, id := range []gateway.UUID{gateway.UUID(report[:35] + "9"), "x"} {
		if _, absent := d.Life(t.Context(), v, id); fmt.Sprintf("%#v", gateway.AsError(absent)) != fmt.Sprintf("%#v", gateway.AsError(withheld)) {
			t.Errorf("%v and %v", absent, withheld)
		}
	}
}

func TestEveryLookIsLogged(t *testing.T) {
	d, m := desk(t)
	v := visit(t, []oversight.Role{oversight.RoleParty}, leiden)
	if _, err := d.Search(t.Context(), v, oversight.Query{}); err != nil {
		t.Fatal(err)
	}
	e := last(t, m, 1)[0]
	if e.Event != string(audit.LogRead) || e.Actor != audit.ActorOfficer(string(v.Officer.Account())) || e.Role != string(audit.Officer) ||
		e.Object != "logboek/"+string(leiden) || e.Count != 1 || e.Trace != v.Trace.ID() {
		t.Errorf("%+v", e)
	}
	// The look itself is there at the next, for the party's officers.
	if found, err := d.Search(t.Context(), v, oversight.Query{Events: []audit.Event{audit.LogRead}}); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
	// Of several parties each finds the look, and none learns of the others.
	if _, err := d.Search(t.Context(), visit(t, []oversight.Role{oversight.RoleParty}, leiden, nijmegen), oversight.Query{}); err != nil {
		t.Fatal(err)
	}
	for i, e := range last(t, m, 2) {
		if e.Object != "logboek/"+string([]gateway.OIN{leiden, nijmegen}[i]) || e.Count != 0 {
			t.Errorf("%+v", e)
		}
	}
	all := visit(t, []oversight.Role{oversight.RoleProcessor})
	for party, want := range map[gateway.OIN]string{"": "logboek", leiden: "logboek/" + string(leiden)} {
		if _, err := d.Search(t.Context(), all, oversight.Query{Party: party}); err != nil || last(t, m, 1)[0].Object != want {
			t.Errorf("%+v, %v", last(t, m, 1), err)
		}
	}
	// Whoever asks outside his scope names nobody in the log.
	if _, err := d.Search(t.Context(), v, oversight.Query{Party: nijmegen}); err != nil || last(t, m, 1)[0].Object != "logboek" {
		t.Errorf("%+v, %v", last(t, m, 1), err)
	}
}

// No log, no answer (invariant I5).
func TestNoLogNoAnswer(t *testing.T) {
	d, m := desk(t)
	for name, ask := range asks(t, d) {
		for _, fault := range []gatewaytest.Fault{gatewaytest.Failed, gatewaytest.FailedButDone} {
			m.FailWrites(fault)
			if n, err := ask(visit(t, []oversight.Role{oversight.RoleParty}, leiden)); n != 0 || !errors.Is(err, gatewaytest.ErrFault) {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		m.FailReads(true)
		if n, err := ask(visit(t, []oversight.Role{oversight.RoleParty}, leiden)); n != 0 || !errors.Is(err, gatewaytest.ErrFault) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		m.FailReads(false)
		v := visit(t, []oversight.Role{oversight.RoleParty}, leiden)
		v.Trace = gateway.Trace{} // no entry can be made of it
		if n, err := ask(v); n != 0 || !errors.Is(err, audit.ErrEntry) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

func TestLimits(t *testing.T) {
	d, m := desk(t)
	by := audit.By{Actor: string(leiden), Role: audit.Municipality, Origin: audit.Local, Trace: gateway.NewTrace()}
	var many []audit.Entry
	for range oversight.MaxHits + 100 {
		e, err := audit.New(audit.SignalsListed, by, audit.Object(audit.KindParty, string(leiden)), gatewaytest.Now())
		if err != nil {
			t.Fatal(err)
		}
		many = append(many, e)
	}
	if err := m.Journal.Write(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	v := visit(t, []oversight.Role{oversight.RoleParty}, leiden)
	for limit, want := range map[int]int{-1: oversight.PageHits, 0: oversight.PageHits, 7: 7, 1 << 30: oversight.MaxHits} {
		if found, err := d.Search(t.Context(), v, oversight.Query{Limit: limit}); err != nil || len(found) != want {
			t.Errorf("limit %d: %d, %v", limit, len(found), err)
		}
	}
	today := gateway.Today(v.At.Add(24 * time.Hour))
	for _, from := range []gateway.Date{today.AddDays(-oversight.MaxDays), {}} {
		if _, err := d.Volumes(t.Context(), v, "", from, today); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindInvalid {
			t.Errorf("from %s: %v", from, err)
		}
	}
	// Whoever may only change policy sees no entry, and is no reader of the log.
	before := len(m.Entries())
	if _, err := d.Search(t.Context(), visit(t, []oversight.Role{oversight.RolePolicy}), oversight.Query{}); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindForbidden || len(m.Entries()) != before {
		t.Error(err)
	}
}
