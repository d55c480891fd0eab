// SPDX-License-Identifier: EUPL-1.2

package permit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/policies"
)

type object = map[string]any

// edit changes a report before it is signed.
type edit func(o, person, address object)

func same(_, _, _ object) {}

// filled fills every field that is not required.
func filled(o, person, address object) {
	o["zout"], o["contact"] = "AAAAAAAAAAAAAAAAAAAAAA", object{"telefoon": "0205551234", "email": "voorbeeld@voorbeeld.example"}
	person["voorvoegsel"], person["geboortedatum"] = "van", "1980-02-03"
	address["huisletter"], address["huisnummertoevoeging"], address["straat"], address["plaats"] = "A", "bis", "Verzonnenstraat", "Nijmegen"
}

func addressed(t testing.TB, s *gatewaytest.Steps, from, to gateway.Party, edits ...edit) []routing.Addressed {
	t.Helper()
	batch := make([]intake.Submission, len(edits))
	for i, change := range edits {
		p, o := s.Paper(from, to, 1), object{}
		if err := json.Unmarshal(p.Payload(), &o); err != nil {
			t.Fatal(err)
		}
		change(o, o["persoon"].(object), o["adres"].(object))
		payload, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		batch[i] = s.Submission(from, p)
		batch[i].Token = gatewaytest.Letter(from.OIN, payload)
	}
	opened, refused := intake.Open(t.Context(), gatewaytest.Opener{}, batch)
	accepted, misread := intake.Read(opened)
	addressed, unrouted := routing.Route(s.Table, accepted)
	for _, r := range append(append(refused, misread...), unrouted...) {
		t.Fatal(r.Err)
	}
	return addressed
}

// codes judges one report and gives the codes of its refusal.
func codes(t testing.TB, s *gatewaytest.Steps, policy *policies.Bundle, a []routing.Addressed) string {
	t.Helper()
	permitted, refused, err := permit.Judge(t.Context(), s, policy, a)
	if err != nil || len(permitted)+len(refused) != 1 {
		t.Fatalf("%d permitted, %d refused, %v", len(permitted), len(refused), err)
	}
	if len(refused) == 0 {
		return ""
	}
	if refused[0].Err.Kind != gateway.KindRefused {
		t.Errorf("kind %s", refused[0].Err.Kind)
	}
	var all []string
	for _, f := range refused[0].Err.Findings {
		if f.Rule == "" || f.Text == "" {
			t.Errorf("%s has no rule or sentence", f.Code)
		}
		all = append(all, string(f.Code))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestPermitted(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	permitted, refused, err := permit.Judge(t.Context(), s, s.Policy, addressed(t, s, s.Energy, s.Nijmegen, filled))
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	p := permitted[0]
	if p.Municipality().OIN != s.Nijmegen.OIN || p.Agreement().ID != s.Agreements[0].ID || !p.Decision().Permit || p.Decision().Policy != s.Policy.Ref() {
		t.Error("what permitted it is not on the report")
	}
	if r := p.Report(); !r.Salt.IsZero() || !r.Person.BirthDate.IsZero() || r.Reference.IsZero() || r.Address.Street.IsZero() || r.Contact.Email.IsZero() {
		t.Error("not exactly the salt and the birth date were dropped")
	}
}

func TestMinimisation(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	s.Agreements[0].BirthDateAllowed = true // energy, Nijmegen
	for _, c := range []struct {
		name     string
		from, to gateway.Party
		birth    bool
		kenmerk  bool
	}{
		{"birth date allowed", s.Energy, s.Nijmegen, true, true},
		{"in another municipality", s.Energy, s.Leiden, false, true},
		{"for another creditor", s.Water, s.Nijmegen, false, true},
		{"rent: Bgs art. 2 names no customer number", s.Housing, s.Nijmegen, false, false},
	} {
		permitted, refused, err := permit.Judge(t.Context(), s, s.Policy, addressed(t, s, c.from, c.to, filled))
		if err != nil || len(refused) > 0 {
			t.Fatal(c.name, err, refused)
		}
		if r := permitted[0].Report(); r.Person.BirthDate.IsZero() == c.birth || r.Reference.IsZero() == c.kenmerk {
			t.Errorf("%s: birth date there %t, customer number there %t", c.name, !r.Person.BirthDate.IsZero(), !r.Reference.IsZero())
		}
	}
}

// Every field that a policy document may name is really dropped, alone and
// without its neighbours.
func TestEveryFieldCanBeDropped(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	reports := addressed(t, s, s.Energy, s.Nijmegen, filled)
	left := func(fields ...string) map[string]bool {
		policy, err := policies.Load(fstest.MapFS{
			"bundel.yaml": {Data: []byte("naam: proef\nversie: \"1\"\n")},
			"energie.yaml": {Data: []byte(fmt.Sprintf(`document: energie
voor: {soort: Energie}
geldig: {van: 2021-01-01}
toelichting: Proef.
regels:
  - {id: bewaren, wet: proef, nl: Bewaren., en: Keep., geldig: {van: 2021-01-01}, als: "true", gevolg: bewaren, dagen: {inhoud: 1, pseudoniemen: 1, bewijs: 1}}
  - {id: weg, wet: proef, nl: Weg., en: Away., geldig: {van: 2021-01-01}, als: "true", gevolg: beperken, velden: [%s]}
`, strings.Join(fields, ", ")))},
		})
		if err != nil {
			t.Fatal(err)
		}
		permitted, refused, err := permit.Judge(t.Context(), s, policy, reports)
		if err != nil || len(refused) > 0 {
			t.Fatal(err, refused)
		}
		r := permitted[0].Report()
		return map[string]bool{"kenmerk": !r.Reference.IsZero(), "persoon.voorletters": !r.Person.Initials.IsZero(), "persoon.voorvoegsel": !r.Person.Prefix.IsZero(),
			"persoon.geboortedatum": !r.Person.BirthDate.IsZero(), "adres.straat": !r.Address.Street.IsZero(), "adres.plaats": !r.Address.Place.IsZero(),
			"contact.telefoon": !r.Contact.Phone.IsZero(), "contact.email": !r.Contact.Email.IsZero(),
			"inspanningen": !r.Efforts.OfferMade.IsZero() && len(r.Efforts.Reminders) > 0}
	}
	for _, field := range policies.Fields() {
		there, known := left(field)[field]
		if !known || there {
			t.Errorf("%s cannot be dropped", field)
		}
		for other, kept := range left(field) {
			if other != field && !kept {
				t.Errorf("%s was dropped with %s", other, field)
			}
		}
	}
	for field, kept := range left(policies.Fields()...) {
		if kept {
			t.Errorf("%s stays when all are dropped", field)
		}
	}
}

func TestRefusals(t *testing.T) {
	world := func(change func(*gatewaytest.Steps)) *gatewaytest.Steps {
		s := gatewaytest.NewSteps(t)
		change(s)
		return s
	}
	objection := func(o, _, _ object) { o["inspanningen"].(object)["bezwaar"] = true }
	many := func(o, _, _ object) {
		o["inspanningen"] = object{"bezwaar": true}
		o["bedragInCenten"] = 1
	}
	expired := func(k []gateway.PartyKey) []gateway.PartyKey {
		k = slices.Clone(k)
		k[0].Until = gatewaytest.Now()
		return k
	}
	for _, c := range []struct {
		name string
		s    *gatewaytest.Steps
		edit edit
		want string
	}{
		{"nothing wrong", world(func(*gatewaytest.Steps) {}), same, ""},
		{"objection", world(func(*gatewaytest.Steps) {}), objection, "bezwaar-inwoner"},
		{"all reasons at once", world(func(s *gatewaytest.Steps) { s.Agreements[0].ThresholdInCents = 100 }), many,
			"aanbod-ontbreekt bezwaar-inwoner herinnering-ontbreekt onder-drempel persoonlijk-contact-ontbreekt verwijzing-naar-hulp-ontbreekt"},
		{"no agreement", world(func(s *gatewaytest.Steps) { s.Agreements = nil }), same, "geen-overeenkomst"},
		{"municipality suspended", world(func(s *gatewaytest.Steps) { s.Nijmegen.State = gateway.PartySuspended }), same, "gemeente-niet-aangesloten"},
		{"municipality unknown", world(func(s *gatewaytest.Steps) { s.Nijmegen = gateway.Party{} }), same, "gemeente-niet-aangesloten"},
		{"key expired", world(func(s *gatewaytest.Steps) { s.Nijmegen.Keys = expired(s.Nijmegen.Keys) }), same, "gemeente-zonder-sleutel"},
		{"key of another use", world(func(s *gatewaytest.Steps) { s.Nijmegen.Keys = s.Energy.Keys }), same, "gemeente-zonder-sleutel"},
	} {
		from, to := c.s.Energy, c.s.Leiden
		to.Municipality = "GM0268" // an address in Nijmegen, also when it is not in the world
		if got := codes(t, c.s, c.s.Policy, addressed(t, c.s, from, to, c.edit)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNoPolicyPermitsNothing(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	permitted, refused, err := permit.Judge(t.Context(), s, nil, addressed(t, s, s.Energy, s.Nijmegen, same, same))
	if len(permitted) != 0 || len(refused) != 2 || err != nil {
		t.Errorf("%d permitted, %d refused, %v", len(permitted), len(refused), err)
	}
}

type deaf struct{ err error }

func (d deaf) Standings(context.Context, []permit.Pair) ([]permit.Standing, error) { return nil, d.err }

func TestRegisterErrorPermitsNothing(t *testing.T) {
	s, broken := gatewaytest.NewSteps(t), errors.New("register does not answer")
	permitted, refused, err := permit.Judge(t.Context(), deaf{broken}, s.Policy, addressed(t, s, s.Energy, s.Nijmegen, same, same))
	if permitted != nil || refused != nil || !errors.Is(err, broken) {
		t.Errorf("%d permitted, %d refused, %v", len(permitted), len(refused), err)
	}
}

func TestPlacesStay(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	objection := func(o, _, _ object) { o["inspanningen"].(object)["bezwaar"] = true }
	permitted, refused, err := permit.Judge(t.Context(), s, s.Policy, addressed(t, s, s.Energy, s.Nijmegen, same, objection, same))
	if err != nil || len(permitted) != 2 || permitted[1].Slip().Place != 2 || len(refused) != 1 || refused[0].Slip.Place != 1 {
		t.Errorf("%d permitted, %d refused, %v", len(permitted), len(refused), err)
	}
}

// BenchmarkJudge is the policy's answer about one report, with the register in
// memory.
func BenchmarkJudge(b *testing.B) {
	s := gatewaytest.NewSteps(b)
	a := addressed(b, s, s.Energy, s.Nijmegen, filled)
	b.ReportAllocs()
	for b.Loop() {
		if p, _, err := permit.Judge(b.Context(), s, s.Policy, a); err != nil || len(p) != 1 {
			b.Fatal(len(p), err)
		}
	}
}

// A municipality's own terms only ever shorten what policy gives.
func TestOwnTermsOnlyShorten(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	retain := func(body, tokens int) policies.Retention {
		s.Nijmegen.BodyDays, s.Nijmegen.TokenDays = body, tokens
		permitted, _, err := permit.Judge(t.Context(), s, s.Policy, addressed(t, s, s.Energy, s.Nijmegen, same))
		if err != nil || len(permitted) != 1 {
			t.Fatal(len(permitted), err)
		}
		return permitted[0].Decision().Retain
	}
	policy := retain(0, 0)
	for _, c := range []struct{ body, tokens, wantBody, wantTokens int }{
		{policy.Body - 1, 0, policy.Body - 1, policy.Tokens}, {0, policy.Tokens - 1, policy.Body, policy.Tokens - 1},
		{policy.Body + 1, policy.Tokens + 1, policy.Body, policy.Tokens}, {-1, -1, policy.Body, policy.Tokens}, {1, 1, 1, 1},
	} {
		if got := retain(c.body, c.tokens); got.Body != c.wantBody || got.Tokens != c.wantTokens || got.Receipt != policy.Receipt {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}
