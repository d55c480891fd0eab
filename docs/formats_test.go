// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"context"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

// The examples of docs/formats.md are read by the code that reads the real
// thing, so that the page stays true.

var (
	block   = regexp.MustCompile("(?ms)^(?:<!-- example: (\\S+) -->\n)?```(json|text)\n(.*?)\n```$")
	written = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) // when the examples were made
)

// examples gives the blocks of formats.md by name.
func examples(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, m := range block.FindAllStringSubmatch(page(t, "docs/formats.md"), -1) {
		if m[2] == "json" && !jsontext.Value(m[3]).IsValid() {
			t.Errorf("example %q is not strict JSON", m[1])
		}
		found[m[1]] = append(found[m[1]], m[3])
	}
	return found
}

// one gives the only example of a name.
func one(t *testing.T, name string) string {
	t.Helper()
	found := examples(t)[name]
	if len(found) != 1 {
		t.Fatalf("formats.md has %d examples of %s, want 1", len(found), name)
	}
	return found[0]
}

func compact(t *testing.T, text string) []byte {
	t.Helper()
	v := jsontext.Value(text)
	if err := v.Compact(); err != nil {
		t.Fatal(err)
	}
	return v
}

// opener stands in for the decryption: tokens are payloads.
type opener struct{}

func (opener) Open(_ context.Context, letters []intake.Letter) []intake.Content {
	contents := make([]intake.Content, len(letters))
	for i, l := range letters {
		contents[i].Payload = l.Token
	}
	return contents
}

func TestReportExampleIsAccepted(t *testing.T) {
	payload := compact(t, one(t, "melding"))
	creditor := gateway.Authenticated(gateway.Party{OIN: "00000099000000002000", Kind: gateway.KindCreditor}, "")
	submission := intake.Submission{Peer: creditor, ID: "019aa5d2-4e00-7a11-8c3d-0f1e2d3c4b5a", Token: payload, At: written}
	opened, refused := intake.Open(t.Context(), opener{}, []intake.Submission{submission})
	if len(refused) > 0 {
		t.Fatal(refused[0].Err)
	}
	accepted, refused := intake.Read(opened)
	if len(refused) > 0 {
		t.Fatal(refused[0].Err)
	}
	if n := accepted[0].Report().Address.Number.Reveal(); n < 90000 {
		t.Errorf("the example names house number %d, which may exist", n)
	}
	var receipt struct {
		Digest string `json:"sha256"`
	}
	if err := json.Unmarshal([]byte(one(t, "ontvangstbewijs")), &receipt); err != nil {
		t.Fatal(err)
	}
	if want := gateway.DigestOf(payload).String(); receipt.Digest != want {
		t.Errorf("the receipt says %s and the report has %s", receipt.Digest, want)
	}
	if err := json.Unmarshal(payload, new(client.Report), json.RejectUnknownMembers(true)); err != nil {
		t.Errorf("a partner's library does not know the report: %v", err)
	}
}

// The examples have the fields of the types that are written, no more, and
// all that are always there.
func TestExamplesHaveTheShapeOfTheirTypes(t *testing.T) {
	for name, example := range map[string]any{
		"melding": gateway.Report{}, "ontvangstbewijs": gateway.Receipt{}, "signaal": seal.Content{}, "terugkoppeling": gateway.Feedback{},
		"bericht": gateway.Notice{}, "vermelding": proof.Entry{}, "bewijs": proof.Evidence{}, "party.json": client.PartyFile{},
		"aanlevering": client.BatchStatus{}, "samenvatting": batch.Summary{}, "overzicht": rights.Overview{},
		"pauzewijziging": client.PauseChange{}, "pauzeverklaring": pause.Statement{}, "pauzestand": client.ListedPause{},
		"verwijderingsbewijs": retention.Receipt{},
	} {
		texts := examples(t)[name]
		if len(texts) == 0 {
			t.Errorf("formats.md has no example of %s", name)
		}
		for _, text := range texts {
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			checkShape(t, name, v, typeOf(example))
		}
	}
}

// TestProcessingExampleIsARow: every attribute of the example is one that a row can have.
func TestProcessingExampleIsARow(t *testing.T) {
	var list struct {
		Rows []struct {
			Trace      string         `json:"traceId"`
			Span       string         `json:"spanId"`
			Status     logbook.Status `json:"status"`
			Attributes map[string]any `json:"attributes"`
		} `json:"processingActivities"`
	}
	if err := json.Unmarshal([]byte(one(t, "verwerking")), &list); err != nil || len(list.Rows) != 1 {
		t.Fatal(err, list)
	}
	e, err := proof.Decode(compact(t, one(t, "vermelding")))
	if err != nil {
		t.Fatal(err)
	}
	trace, err := gateway.StoredTrace(e.Trace, "00f067aa0ba902b7", "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11")
	if err != nil {
		t.Fatal(err)
	}
	subject := logbook.Subject{Token: pseudonym.TokenResident, Tag: keys.Tag{Version: 1}}
	row, ok := logbook.Profile{Base: "https://seinhuis.example/v1"}.Row("00000099000000003000", logbook.Record{Number: 41, Entry: e, Trace: trace, Subject: subject})
	if !ok || row.Trace != list.Rows[0].Trace || row.Status != list.Rows[0].Status || len(row.Attributes) != len(list.Rows[0].Attributes) {
		t.Errorf("the row of the example entry is %+v", row)
	}
	for _, a := range row.Attributes {
		if got, there := list.Rows[0].Attributes[a.Key]; !there || a.Text != "" && a.Key != "dpl.core.data_subject_id" && a.Text != got {
			t.Errorf("%s is %q, in the example %v", a.Key, a.Text, got)
		}
	}
}

func TestConfirmationExampleIsRead(t *testing.T) {
	c, findings := intake.ReadDocument(compact(t, one(t, "bevestiging")), pause.ConfirmationFields())
	if len(findings) > 0 || c.Progress != gateway.NoticeApplied || len(c.Told) != 1 {
		t.Errorf("%+v, %v", c, findings)
	}
}

// The statement and the notice are of one pause; signed, they answer the
// question of a court as part 22 says.
func TestPauseExamplesAnswer(t *testing.T) {
	receipts, jwk := exampleKey(t, keys.ReceiptSigning)
	notices, other := exampleKey(t, keys.NoticeSigning)
	set, err := jose.JWKS([]keys.Public{jwk, other})
	if err != nil {
		t.Fatal(err)
	}
	known, err := proof.ParseKeySet(set)
	if err != nil {
		t.Fatal(err)
	}
	var docs []proof.PauseDocument
	for _, e := range []struct {
		name string
		typ  gateway.StatementType
		by   jose.PrivateKey
	}{{"pauzeverklaring", gateway.TypePauseStatement, receipts}, {"bericht", gateway.TypeNotice, notices}} {
		jws, err := jose.SignPayload(compact(t, one(t, e.name)), e.by, string(e.typ))
		if err != nil {
			t.Fatal(err)
		}
		d, err := known.OpenPauseDocument(string(jws))
		if err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		docs = append(docs, d)
	}
	for day, want := range map[string]proof.PauseAnswer{"2026-11-27": proof.PauseNotInForce, "2026-12-21": proof.PauseInForce, "2027-01-20": proof.PauseInForce, "2027-01-21": proof.PauseNotInForce} {
		if v, err := proof.VerifyPause(docs, "", day); err != nil || v.Answer != want {
			t.Errorf("%s: %+v, %v", day, v, err)
		}
	}
}

func exampleKey(t *testing.T, use keys.Use) (jose.PrivateKey, keys.Public) {
	t.Helper()
	k, err := jose.NewSigningKey("ES256")
	if err != nil {
		t.Fatal(err)
	}
	p := k.Public()
	return k, keys.Public{KID: p.ID, Use: use, Algorithm: keys.ES256, Key: p.Public, From: written}
}

func TestSignalExamplesAreReadByPartners(t *testing.T) {
	for _, text := range examples(t)["signaal"] {
		var c client.Content
		if err := json.Unmarshal([]byte(text), &c, json.RejectUnknownMembers(true)); err != nil {
			t.Error(err)
		}
		if (c.Report == nil) == (c.Withdrawal == nil) {
			t.Errorf("%s holds not exactly one of report and withdrawal", c.Nature)
		}
	}
}

func TestReceiptExampleVerifies(t *testing.T) {
	published, err := jose.ParseJWKS([]byte(one(t, "sleutels")))
	if err != nil {
		t.Fatal(err)
	}
	claims, err := jose.VerifyStatement([]byte(one(t, "ontvangstbewijs.jws")), published, gateway.TypeReceipt)
	if err != nil {
		t.Fatal(err)
	}
	if string(claims) != string(compact(t, one(t, "ontvangstbewijs"))) {
		t.Error("the claims shown are not those that were signed")
	}
}

func TestEvidenceExampleVerifies(t *testing.T) {
	keys, err := proof.ParseKeySet([]byte(one(t, "sleutels")))
	if err != nil {
		t.Fatal(err)
	}
	known, err := proof.Verifiers(one(t, "verifier"))
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range examples(t)["bewijs"] {
		e, err := proof.ParseEvidence([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		recorded, err := e.Verify(keys, known)
		if i == 1 {
			if err != proof.ErrPending {
				t.Errorf("the second example is to be pending: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if recorded.Entry.Object != "melding/00000099000000002000/019aa5d2-4e00-7a11-8c3d-0f1e2d3c4b5a" {
			t.Error("the entry is about another report")
		}
		if leaf, _ := base64.StdEncoding.DecodeString(e.Leaf); string(leaf) != one(t, "vermelding") {
			t.Error("the entry shown is not the one that is proven")
		}
	}
	c, err := proof.OpenCheckpoint([]byte(one(t, "checkpoint")+"\n"), known)
	if err != nil {
		t.Fatal(err)
	}
	if c.Tree.N != 2 {
		t.Errorf("the checkpoint is of %d entries", c.Tree.N)
	}
}

func TestDeletionExampleNamesItsObject(t *testing.T) {
	d, err := proof.ParseDeletion(proof.Receipt{Type: string(gateway.TypeDeletion), Payload: []byte(one(t, "verwijderingsbewijs"))})
	if err != nil || !d.Names("signaal/019aa5d2-5f40-7c64-95e7-809102132435/inhoud") || d.Names("signaal/019aa5d2-5f40-7c64-95e7-809102132435") {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestKeyStatementExampleIsTaken(t *testing.T) {
	oin, keys, err := jose.ReadKeyStatement([]byte(one(t, "sleutelverklaring.jws")), written)
	if err != nil {
		t.Fatal(err)
	}
	if oin != "00000099000000002000" || len(keys) != 1 {
		t.Errorf("the statement registers %d keys for %s", len(keys), oin)
	}
}

func TestPersonExampleIsRead(t *testing.T) {
	s, err := intake.ReadSubject([]byte(one(t, "persoon")))
	if err != nil {
		t.Fatal(err)
	}
	if s.Person.Surname.IsZero() || s.Person.BirthDate.IsZero() || s.Address.Number.Reveal() < 90000 {
		t.Error("the example is not read whole, or names a house that may exist")
	}
}

// The page lists closed sets; each value must stand there, in code quotes.
func TestFormatsListEveryValue(t *testing.T) {
	text := page(t, "docs/formats.md")
	values := []string{string(gateway.TypeReceipt), string(gateway.TypeFeedbackReceipt), string(gateway.TypeNotice), string(batch.TypeSummary),
		string(gateway.TypeChangeReceipt), string(gateway.TypePauseStatement), string(proof.PauseInForce), string(proof.PauseNotInForce), string(proof.PauseIncomplete)}
	for _, k := range client.PauseChangeKinds() {
		values = append(values, string(k))
		for _, r := range k.Reasons() {
			values = append(values, string(r))
		}
	}
	values = append(values, string(gateway.TypeDeletion))
	for _, s := range retention.Steps() {
		if s.Kind != retention.KindDeletion {
			values = append(values, string(s.Kind))
		}
	}
	for _, r := range retention.Reasons() {
		values = append(values, string(r))
	}
	for _, c := range batch.Codes() {
		values = append(values, string(c))
	}
	for _, s := range []batch.State{batch.Received, batch.Verifying, batch.Processing, batch.Done, batch.Rejected} {
		values = append(values, string(s))
	}
	for _, k := range []batch.OutcomeKind{batch.LineAccepted, batch.LineRefused, batch.LineDuplicate} {
		values = append(values, string(k))
	}
	for _, k := range gateway.ReportKinds() {
		values = append(values, string(k))
	}
	for _, r := range gateway.Results() {
		kind := gateway.NoticeOf(r)
		values = append(values, string(kind))
		if kind != gateway.NoticeClosed { // "every other result"
			values = append(values, string(r))
		}
	}
	for _, v := range values {
		if !strings.Contains(text, "`"+v+"`") {
			t.Errorf("formats.md does not name %q", v)
		}
	}
}
