// SPDX-License-Identifier: EUPL-1.2

package oversight_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/docs"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/request"
	"github.com/seinhuis/seinhuis/policies"
)

// house is every desk over one store.
type house struct {
	*gatewaytest.Office
	memory     *gatewaytest.Memory
	overviews  *oversight.Overviews
	agreements *oversight.AgreementDesk
	keys       *oversight.KeyDesk
	requests   *oversight.RequestDesk
	breaches   *oversight.BreachDesk
	exports    *oversight.ExportDesk
	reports    *oversight.ReportDesk
	registers  *oversight.RegisterDesk
}

// papers are the gateway's own keys and certificates.
type papers struct{ now time.Time }

func (p papers) Keys(context.Context) ([]oversight.Credential, error) {
	return []oversight.Credential{{Kind: oversight.CredentialGateway, Use: "receipt-signing", ID: "k", From: p.now.AddDate(-1, 0, 0)}}, nil
}

func (p papers) Certificates(context.Context) ([]oversight.Credential, error) {
	return []oversight.Credential{{Kind: oversight.CredentialServer, ID: "c", From: p.now.AddDate(-1, 0, 0), Until: p.now.AddDate(0, 0, 10)}}, nil
}

func newHouse(t *testing.T) house {
	t.Helper()
	m := gatewaytest.NewMemory()
	h := house{Office: gatewaytest.NewOffice(t, m.Truth), memory: m}
	if err := m.Register.Write(t.Context(), func(tx register.Tx) error {
		return errors.Join(tx.PutParties(h.Parties()), tx.PutAgreements(h.Agreements))
	}); err != nil {
		t.Fatal(err)
	}
	bundle, err := policies.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	own := papers{h.At}
	h.overviews = oversight.NewOverviews(oversight.OverviewPorts{Parties: m.Register, Standing: m.Standing, Webhooks: m.Webhooks, Requests: m.Requests, Credentials: own, Log: m.Journal})
	h.agreements = oversight.NewAgreementDesk(m.Register, m.Journal, m.Journal)
	h.keys = oversight.NewKeyDesk(m.Register, own, m.Journal)
	h.requests = oversight.NewRequestDesk(m.Requests, m.Register, m.Journal)
	h.breaches = oversight.NewBreachDesk(oversight.BreachPorts{Issuer: gatewaytest.Issuer, Store: m.Breaches, Extent: m.Extent, Journal: m.Journal, Parties: m.Register, Log: m.Journal})
	h.exports = oversight.NewExportDesk(m.Journal, m.Journal)
	h.reports = oversight.NewReportDesk(oversight.ReportPorts{Counts: m.Journal, Standing: m.Standing, Parties: m.Register, Heads: m.Heads, Log: m.Journal})
	h.registers = oversight.NewRegisterDesk(oversight.RegisterPorts{Processor: oversight.Processor{OIN: gatewaytest.Issuer, Name: "Seinhuis"}, List: m.Register,
		Threats: oversight.ReadThreatModel(docs.ThreatModel()), Policy: func() *policies.Bundle { return bundle }, Log: m.Journal})
	return h
}

// visit is a request of an officer who serves these parties; of none, the
// processor's.
func (h house) visit(t *testing.T, of ...gateway.Party) oversight.Visit {
	t.Helper()
	c := oversight.Claims{Account: "5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10", Roles: []oversight.Role{oversight.RoleProcessor}, Origin: strings.Repeat("cd", 32)}
	for _, p := range of {
		c.Roles, c.Parties = []oversight.Role{oversight.RoleParty}, append(c.Parties, p.OIN)
	}
	o, err := oversight.Admit(c)
	if err != nil {
		t.Fatal(err)
	}
	return oversight.Visit{Officer: o, At: h.At, Trace: gateway.NewTrace()}
}

func ok[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// absent fails unless the answer is that of what is not there.
func absent(t *testing.T, what string, err error) {
	t.Helper()
	if want := "niet-gevonden niet-gevonden"; err == nil || err.Error() != want {
		t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

// life plays a month of one creditor in Nijmegen: a pause that is late, a
// refusal of the service, and requests.
func (h house) life(t *testing.T, from gateway.Party, n int) {
	t.Helper()
	h.Begin(t, h.Report(t, from, n), 5)
	h.Report(t, from, n+1)
	h.entry(t, audit.ReportRefused, audit.By{Actor: string(from.OIN), Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()},
		audit.Object(audit.KindReport, string(from.OIN), string(gateway.NewUUID(h.At, nil))), audit.Refused("geen-overeenkomst"))
	ok[request.Request](t)(h.requests.Open(t.Context(), h.visit(t, from), request.Request{Kind: request.Access, Controller: from.OIN,
		Instruction: gateway.NewUUID(h.At, nil), Received: gateway.Today(h.At).AddDays(-20)}))
}

func (h house) entry(t *testing.T, event audit.Event, by audit.By, object string, options ...audit.Option) {
	t.Helper()
	e, err := audit.New(event, by, object, h.At, options...)
	if err = errors.Join(err, h.memory.Journal.Write(t.Context(), []audit.Entry{e})); err != nil {
		t.Fatal(err)
	}
}

// answers is all that an officer of one party gets, as text without what is
// random or counts the whole log (decision 0008).
func (h house) answers(t *testing.T, of gateway.Party) map[string]string {
	t.Helper()
	v, ctx := h.visit(t, of), t.Context()
	all := map[string]string{}
	say := func(name string, answer any, err error) {
		text, _ := json.Marshal(answer)
		all[name] = scrub(string(text)) + fmt.Sprint(err)
	}
	overview, err := h.overviews.Show(ctx, v)
	say("overview", overview, err)
	agreements, err := h.agreements.List(ctx, v)
	say("agreements", agreements, err)
	keys, err := h.keys.List(ctx, v)
	for i := range keys {
		keys[i].ID = "" // made anew for each world
	}
	say("keys", keys, err)
	requests, err := h.requests.List(ctx, v, true)
	say("requests", requests, err)
	_, err = h.requests.Extend(ctx, v, "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11", request.Many)
	say("extend another's", nil, err)
	breach, err := h.breaches.Open(ctx, v, oversight.NewBreach{Nature: oversight.Confidentiality, Discovered: h.At, Filter: oversight.BreachFilter{Since: h.At.AddDate(0, 0, -30)}})
	say("breach", breach, err)
	cases, err := h.breaches.List(ctx, v)
	say("breaches", cases, err)
	texts, err := h.breaches.Case(ctx, v, breach.ID)
	say("case", texts, err)
	for _, f := range oversight.Formats() {
		var out strings.Builder
		e, err := h.exports.Prepare(ctx, v, oversight.Query{}, f)
		if err == nil {
			err = e.Write(&out)
		}
		say("export "+string(f), out.String(), err)
	}
	month, err := h.reports.Month(ctx, v, of.OIN, "2026-11")
	month.Checkpoint = oversight.Anchor{}
	say("month", month, err)
	reg, err := h.registers.Register(ctx, v)
	say("register", reg, err)
	annex, err := h.registers.Annex(ctx, v)
	say("annex", annex, err)
	return all
}

var random = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|[0-9a-f]{32}|\\"nummer\\":[0-9]+|\\n[0-9]+;`)

func scrub(text string) string { return random.ReplaceAllString(text, "*") }

// TestRecordsOfOneParty: nothing that the officer of one party gets depends on
// another party, here another creditor in the same town (invariant I8).
func TestRecordsOfOneParty(t *testing.T) {
	play := func(others bool) map[string]string {
		h := newHouse(t)
		h.entry(t, audit.ServiceStarted, audit.ByGateway(gateway.NewTrace()), string(audit.KindService))
		h.life(t, h.Energy, 1)
		if others {
			h.life(t, h.Water, 1) // the same person
			h.life(t, h.Water, 30)
			water := h.Water
			water.Keys = append(slices.Clone(water.Keys), water.Keys[0])
			water.Keys[0].Until = h.At.AddDate(0, 0, 3)
			water.Name = "Anders"
			if err := h.memory.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties([]gateway.Party{water}) }); err != nil {
				t.Fatal(err)
			}
			ok[oversight.Breach](t)(h.breaches.Open(t.Context(), h.visit(t, h.Water), oversight.NewBreach{Nature: oversight.Integrity, Discovered: h.At,
				Filter: oversight.BreachFilter{Party: h.Water.OIN}}))
			ok[oversight.Breach](t)(h.breaches.Open(t.Context(), h.visit(t), oversight.NewBreach{Nature: oversight.Integrity, Discovered: h.At,
				Filter: oversight.BreachFilter{Since: h.At.AddDate(0, 0, -1)}}))
		}
		h.Later(3)
		h.Sweep(t)
		return h.answers(t, h.Energy)
	}
	alone, among := play(false), play(true)
	for name := range alone {
		if alone[name] != among[name] {
			t.Errorf("%s depends on another party:\n%s\n%s", name, alone[name], among[name])
		}
		if strings.Contains(among[name], "Anders") || strings.Contains(among[name], "00000099000000110002") {
			t.Errorf("%s names another creditor", name)
		}
		if alone[name] == "" || strings.HasPrefix(alone[name], "null") && name != "extend another's" {
			t.Errorf("%s is empty: %s", name, alone[name])
		}
	}
}

// TestRecordsAreLogged: each desk writes the log before it answers, with the
// officer as actor, and answers nothing when it cannot.
func TestRecordsAreLogged(t *testing.T) {
	h := newHouse(t)
	h.life(t, h.Energy, 1)
	h.answers(t, h.Energy)
	hits := gatewaytest.Found(t, h.memory.Truth, oversight.Query{Scope: gatewaytest.Serves(t, h.Energy), Actor: "functionaris/5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10"})
	events := gatewaytest.EventsOf(hits)
	for _, e := range []audit.Event{audit.OverviewSeen, audit.AgreementsRead, audit.KeysRead, audit.RequestsRead, audit.RequestOpened, audit.BreachOpened, audit.BreachExamined,
		audit.BreachRead, audit.LogExported, audit.ReportMade, audit.RegisterMade} {
		if !slices.Contains(events, string(e)) {
			t.Errorf("the party finds no %s in its log: %v", e, events)
		}
	}
	before := len(h.memory.Entries())
	for name, answer := range func() map[string]string {
		h.memory.FailWrites(slices.Repeat([]gatewaytest.Fault{gatewaytest.Failed}, 40)...)
		return h.answers(t, h.Energy)
	}() {
		if strings.HasSuffix(answer, "<nil>") {
			t.Errorf("%s answers without its entry", name)
		}
	}
	if h.memory.FailWrites(); len(h.memory.Entries()) != before {
		t.Error("something was written")
	}
	policyOnly := ok[oversight.Officer](t)(oversight.Admit(oversight.Claims{Account: "5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10", Roles: []oversight.Role{oversight.RolePolicy}, Origin: audit.Local}))
	_, err := h.overviews.Show(t.Context(), oversight.Visit{Officer: policyOnly, At: h.At, Trace: gateway.NewTrace()})
	absent(t, "the policy role", err)
}

// handedMeanwhile is a store in which something happens between an officer's
// look and his act.
type handedMeanwhile struct {
	request.Store
	meanwhile func()
}

func (h handedMeanwhile) WriteRequests(ctx context.Context, fn func(request.Tx) error) error {
	h.meanwhile()
	return h.Store.WriteRequests(ctx, fn)
}

// TestRequestHandedOnMeanwhile: a request that another officer handed on is not
// its former controller's to change any more, and looks as one that is not
// there.
func TestRequestHandedOnMeanwhile(t *testing.T) {
	h := newHouse(t)
	officer := h.visit(t, h.Energy)
	for name, act := range map[string]func(*oversight.RequestDesk, gateway.UUID) error{
		"extend": func(d *oversight.RequestDesk, id gateway.UUID) error {
			_, err := d.Extend(t.Context(), officer, id, request.Many)
			return err
		},
		"hand on": func(d *oversight.RequestDesk, id gateway.UUID) error {
			_, err := d.HandOn(t.Context(), officer, id, h.Energy.OIN)
			return err
		},
		"close": func(d *oversight.RequestDesk, id gateway.UUID) error {
			_, err := d.Close(t.Context(), officer, id, request.Refused)
			return err
		},
	} {
		r := ok[request.Request](t)(h.requests.Open(t.Context(), officer, request.Request{Kind: request.Access, Controller: h.Energy.OIN,
			Instruction: gateway.NewUUID(h.At, nil), Received: gateway.Today(h.At)}))
		late := oversight.NewRequestDesk(handedMeanwhile{h.memory.Requests, func() {
			ok[request.Request](t)(h.requests.HandOn(t.Context(), officer, r.ID, h.Water.OIN))
		}}, h.memory.Register, h.memory.Journal)
		absent(t, name, act(late, r.ID))
		all := ok[[]oversight.RequestView](t)(h.requests.List(t.Context(), h.visit(t, h.Water), true))
		i := slices.IndexFunc(all, func(v oversight.RequestView) bool { return v.ID == r.ID })
		if i < 0 || !all[i].Open() || all[i].Extended != "" {
			t.Errorf("%s: the request of another was changed: %+v", name, all)
		}
	}
}

// TestLooksAtTwoPartiesCountForNeither: the entries about what an officer of two
// parties saw do not tell the one how much there is of the other.
func TestLooksAtTwoPartiesCountForNeither(t *testing.T) {
	h := newHouse(t)
	h.life(t, h.Energy, 1)
	h.life(t, h.Water, 11)
	both, one := h.visit(t, h.Energy, h.Water), h.visit(t, h.Energy)
	newest := func(event audit.Event) int64 {
		t.Helper()
		hits := gatewaytest.Found(t, h.memory.Truth, oversight.Query{Scope: gatewaytest.Serves(t, h.Energy), Events: []audit.Event{event}, Limit: 1})
		if len(hits) != 1 {
			t.Fatal("no entry")
		}
		return hits[0].Entry.Count
	}
	for v, counts := range map[*oversight.Visit]bool{&both: false, &one: true} {
		ok[[]oversight.RequestView](t)(h.requests.List(t.Context(), *v, true))
		ok[oversight.Export](t)(h.exports.Prepare(t.Context(), *v, oversight.Query{}, oversight.FormatCSV))
		if newest(audit.RequestsRead) > 0 != counts || newest(audit.LogExported) > 0 != counts {
			t.Errorf("%t: %d and %d", counts, newest(audit.RequestsRead), newest(audit.LogExported))
		}
	}
}
