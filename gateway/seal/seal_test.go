// SPDX-License-Identifier: EUPL-1.2

package seal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

type object = map[string]any

// blinded takes edited papers through the real steps up to the seal.
func blinded(t testing.TB, s *gatewaytest.Steps, from, to gateway.Party, edits ...func(o object)) ([]objection.Cleared, []object) {
	t.Helper()
	batch, sent := make([]intake.Submission, len(edits)), make([]object, len(edits))
	for i, change := range edits {
		p, o := s.Paper(from, to, 1), object{}
		if err := json.Unmarshal(p.Payload(), &o); err != nil {
			t.Fatal(err)
		}
		change(o)
		payload, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		batch[i], sent[i] = s.Submission(from, p), o
		batch[i].Token = gatewaytest.Letter(from.OIN, payload)
	}
	opened, refused := intake.Open(t.Context(), gatewaytest.Opener{}, batch)
	accepted, misread := intake.Read(opened)
	addressed, unrouted := routing.Route(s.Table, accepted)
	permitted, unpermitted, err := permit.Judge(t.Context(), s, s.Policy, addressed)
	for _, r := range append(append(append(refused, misread...), unrouted...), unpermitted...) {
		err = errors.Join(err, r.Err)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := pseudonym.Blind(t.Context(), gatewaytest.Keyer{}, permitted)
	if err != nil {
		t.Fatal(err)
	}
	cleared, objected, err := objection.Clear(t.Context(), gatewaytest.NoObjections{}, b)
	if err != nil || len(objected) > 0 {
		t.Fatal(len(objected), err)
	}
	return cleared, sent
}

// filled is a report with every field filled, on the basis of consent.
func filled(o object) {
	o["grondslag"], o["toestemmingsdatum"], o["eindeLevering"], o["crisissignaal"] = "toestemming", "2026-10-01", "2026-12-15", true
	o["zout"], o["contact"] = "AAAAAAAAAAAAAAAAAAAAAA", object{"telefoon": "0205551234", "email": "voorbeeld@voorbeeld.example"}
	o["inspanningen"].(object)["betalingsregeling"] = "2026-10-15"
	person, address := o["persoon"].(object), o["adres"].(object)
	person["voorvoegsel"], person["geboortedatum"] = "van", "1980-02-03"
	address["huisletter"], address["huisnummertoevoeging"], address["straat"], address["plaats"] = "A", "bis", "Verzonnenstraat", "Nijmegen"
}

func world(t testing.TB) *gatewaytest.Steps {
	s := gatewaytest.NewSteps(t)
	for i := range s.Agreements {
		s.Agreements[i].BirthDateAllowed = true
		s.Agreements[i].Bases = append(s.Agreements[i].Bases, gateway.BasisConsent)
	}
	return s
}

// opened takes off both layers, as the mailbox and the municipality do.
func opened(t testing.TB, s *gatewaytest.Steps, b seal.Body) ([]byte, object) {
	t.Helper()
	sealed, err := s.Wraps.Unwrap(t.Context(), []keys.WrapItem{{Scope: b.Scope, ID: string(b.ID), Data: b.Wrapped}})
	if err != nil {
		t.Fatal(err)
	}
	if b.Size != len(sealed[0]) || b.Digest != gateway.DigestOf(sealed[0]) {
		t.Error("size or digest is not that of the sealed form")
	}
	content, keyID, err := gatewaytest.Unseal(sealed[0])
	if err != nil || keyID != b.KeyID {
		t.Fatalf("sealed to %s, body says %s: %v", keyID, b.KeyID, err)
	}
	o := object{}
	if err := json.Unmarshal(content, &o); err != nil {
		t.Fatal(err)
	}
	return content, o
}

// What the creditor sent and policy permits is what the municipality reads:
// every field, none changed, and nothing else.
func TestContentIsWhatWasPermitted(t *testing.T) {
	s := world(t)
	b, sent := blinded(t, s, s.Energy, s.Nijmegen, filled)
	sealed, err := seal.Seal(t.Context(), gatewaytest.Sealer{}, s.Wraps, b)
	if err != nil {
		t.Fatal(err)
	}
	_, got := opened(t, s, sealed[0].Body())
	want := sent[0]
	delete(want, "zout")
	delete(want, "meldingId") // stands beside the report
	roundTripped := object{}
	text, _ := json.Marshal(want)
	_ = json.Unmarshal(text, &roundTripped)
	if report := got["melding"].(object); !reflect.DeepEqual(report, roundTripped) {
		for name := range roundTripped {
			if !reflect.DeepEqual(report[name], roundTripped[name]) {
				t.Errorf("%s: got %v, want %v", name, report[name], roundTripped[name])
			}
		}
		t.Errorf("got %d members, want %d", len(report), len(roundTripped))
	}
	slip := b[0].Slip()
	for name, want := range map[string]any{"versie": 1.0, "signaalId": string(sealed[0].Body().ID), "aard": "melding", "gemeente": "GM0268",
		"meldingId": string(slip.ReportID), "sha256": slip.Digest.String(), "overeenkomst": s.Agreements[0].ID,
		"meldendePartij": object{"oin": string(s.Energy.OIN), "naam": s.Energy.Name}} {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if got["beleid"].(object)["naam"] != s.Policy.Ref().Name || got["ontvangenOp"] != "2026-11-02T09:00:00Z" {
		t.Errorf("policy %v, received %v", got["beleid"], got["ontvangenOp"])
	}
}

func TestDroppedFieldsAreNotInTheContent(t *testing.T) {
	s := gatewaytest.NewSteps(t) // without agreement on birth dates
	b, _ := blinded(t, s, s.Housing, s.Nijmegen, func(o object) {
		o["persoon"].(object)["geboortedatum"], o["kenmerk"], o["zout"] = "1980-02-03", "K-ZICHTBAAR", "AAAAAAAAAAAAAAAAAAAAAA"
	})
	sealed, err := seal.Seal(t.Context(), gatewaytest.Sealer{}, s.Wraps, b)
	if err != nil {
		t.Fatal(err)
	}
	content, _ := opened(t, s, sealed[0].Body())
	for _, gone := range []string{"1980", "geboortedatum", "ZICHTBAAR", "kenmerk", "AAAAAAAA", "zout", "afgeschermd", "contact", "eindeLevering"} {
		if bytes.Contains(content, []byte(gone)) {
			t.Errorf("content holds %s: %s", gone, content)
		}
	}
}

func TestSealedShowsNoPerson(t *testing.T) {
	s := world(t)
	b, _ := blinded(t, s, s.Energy, s.Nijmegen, filled, func(object) {})
	sealed, err := seal.Seal(t.Context(), gatewaytest.Sealer{}, s.Wraps, b)
	if err != nil {
		t.Fatal(err)
	}
	first, second := sealed[0], sealed[1]
	if first.Urgency() != gateway.UrgencyCrisis || second.Urgency() != gateway.UrgencyRegular || first.Kind() != gateway.ReportEnergy ||
		first.Municipality() != "GM0268" || first.Body().Format != "jose" || first.Body().Scope != "GM0268/2026-11" || first.Body().ID == second.Body().ID {
		t.Errorf("%s %s %s %s", first.Urgency(), second.Urgency(), first.Body().Scope, first.Body().ID)
	}
	for _, name := range []string{"Verzonnenstraat", "voorbeeld@", "1980-02-03"} {
		if bytes.Contains(first.Body().Wrapped, []byte(name)) {
			t.Errorf("the body at rest shows %s", name)
		}
	}
	for typ, i := reflect.TypeFor[seal.Sealed](), 0; i < typ.NumField(); i++ {
		if f := typ.Field(i).Type; f == reflect.TypeFor[gateway.Report]() || f == reflect.TypeFor[pseudonym.Blinded]() || f == reflect.TypeFor[permit.Permitted]() {
			t.Errorf("Sealed keeps the readable report in %s", typ.Field(i).Name)
		}
	}
}

func TestNewestValidKeyIsUsed(t *testing.T) {
	s := world(t)
	other := gatewaytest.NewActors(t).Nijmegen.Keys[0]
	old := s.Nijmegen.Keys[0]
	s.Nijmegen.Keys = []gateway.PartyKey{other, old} // newest first
	for _, future := range []bool{false, true} {
		want := other.ID
		if future {
			s.Nijmegen.Keys[0].From = gatewaytest.Now().AddDate(0, 0, 1)
			want = old.ID
		}
		b, _ := blinded(t, s, s.Energy, s.Nijmegen, func(object) {})
		sealed, err := seal.Seal(t.Context(), gatewaytest.Sealer{}, s.Wraps, b)
		if err != nil || sealed[0].Body().KeyID != want {
			t.Errorf("newest key in force is not used (it begins tomorrow: %t): %v", future, err)
		}
	}
}

type broken struct{ err error }

func (b broken) Seal(context.Context, []seal.Letter) ([][]byte, error)   { return nil, b.err }
func (b broken) Wrap(context.Context, []keys.WrapItem) ([][]byte, error) { return nil, b.err }

func TestFailureSealsNothing(t *testing.T) {
	s, cause := world(t), errors.New("no key store")
	b, _ := blinded(t, s, s.Energy, s.Nijmegen, filled)
	for name, do := range map[string]func() ([]seal.Sealed, error){
		"sealer": func() ([]seal.Sealed, error) { return seal.Seal(t.Context(), broken{cause}, s.Wraps, b) },
		"wrapper": func() ([]seal.Sealed, error) {
			return seal.Seal(t.Context(), gatewaytest.Sealer{}, broken{cause}, b)
		},
	} {
		if got, err := do(); got != nil || !errors.Is(err, cause) || strings.Contains(err.Error(), "Verzonnenstraat") {
			t.Errorf("%s: got %d, %v", name, len(got), err)
		}
	}
	if _, err := seal.Close(t.Context(), gatewaytest.Sealer{}, s.Wraps, []seal.Draft{{To: gateway.Party{OIN: s.Nijmegen.OIN}, Content: []byte("Zwartebloem")}}); err == nil || strings.Contains(err.Error(), "Zwartebloem") {
		t.Errorf("sealed to nobody: %v", err)
	}
}

func TestWithdrawalContent(t *testing.T) {
	s := world(t)
	b, _ := blinded(t, s, s.Energy, s.Nijmegen, func(object) {})
	w := seal.PlainWithdrawal{Concerns: "0190f5d4-9c3e-7b2a-8f00-000000000001", Reason: "betaald", Date: gateway.Today(gatewaytest.Now())}
	var got object
	if err := json.Unmarshal(seal.WithdrawalContent("0190f5d4-9c3e-7b2a-8f00-000000000002", "GM0268", b[0].Slip(), w), &got); err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(got))
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"aard", "gemeente", "intrekking", "meldendePartij", "meldingId", "ontvangenOp", "sha256", "signaalId", "versie"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	if !reflect.DeepEqual(got["intrekking"], object{"betreftSignaalId": string(w.Concerns), "reden": "betaald", "datum": "2026-11-02"}) {
		t.Errorf("got %v", got["intrekking"])
	}
}

func TestScopeIsTheDutchMonth(t *testing.T) {
	at := gatewaytest.Now().AddDate(0, 0, -2).Truncate(24 * 60 * 60e9).Add(23 * 60 * 60e9) // 31 October, 23:00 UTC
	if got := seal.Scope("GM0268", gateway.Slip{At: at}); got != "GM0268/2026-11" {
		t.Errorf("got %s", got)
	}
	if err := keys.CheckScope(seal.Scope("GM0268", gateway.Slip{At: at})); err != nil {
		t.Error(err)
	}
}

func BenchmarkSeal(b *testing.B) {
	s := world(b)
	reports, _ := blinded(b, s, s.Energy, s.Nijmegen, filled)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := seal.Seal(b.Context(), gatewaytest.Sealer{}, s.Wraps, reports); err != nil {
			b.Fatal(err)
		}
	}
}
