// SPDX-License-Identifier: EUPL-1.2

package intake_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

const reportID gateway.ReportID = "0190f5d4-9c3e-7b2a-8f00-000000000001"

var now = time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)

// plain opens letters that were never closed.
type plain struct{}

func (plain) Open(_ context.Context, letters []intake.Letter) []intake.Content {
	contents := make([]intake.Content, len(letters))
	for i, l := range letters {
		contents[i].Payload = l.Token
	}
	return contents
}

func peer(numberFormat string) gateway.Peer {
	return gateway.Authenticated(gateway.Party{OIN: "00000099000000110001", Kind: gateway.KindCreditor,
		Name: "Voorbeeld Energie", State: gateway.PartyActive, NumberFormat: numberFormat}, "")
}

func open(t testing.TB, numberFormat string, payloads ...[]byte) []intake.Opened {
	t.Helper()
	batch := make([]intake.Submission, len(payloads))
	for i, p := range payloads {
		batch[i] = intake.Submission{Peer: peer(numberFormat), ID: reportID, Token: p, At: now, Trace: gateway.NewTrace()}
	}
	opened, refused := intake.Open(context.Background(), plain{}, batch)
	if len(opened) != len(payloads) || len(refused) != 0 {
		t.Fatalf("opened %d of %d", len(opened), len(payloads))
	}
	return opened
}

// findings reads one payload and gives "code@pointer" of each finding.
func findings(t testing.TB, payload []byte) []string {
	t.Helper()
	return ownFormat(t, "", payload)
}

func ownFormat(t testing.TB, numberFormat string, payload []byte) []string {
	t.Helper()
	accepted, refused := intake.Read(open(t, numberFormat, payload))
	if len(accepted)+len(refused) != 1 {
		t.Fatalf("one report became %d accepted and %d refused", len(accepted), len(refused))
	}
	var all []string
	for _, r := range refused {
		if r.Err.Kind != gateway.KindInvalid {
			t.Errorf("kind %s", r.Err.Kind)
		}
		for _, f := range r.Err.Findings {
			if f.Rule == "" || f.Text == "" {
				t.Errorf("%s has no rule or sentence", f.Code)
			}
			all = append(all, string(f.Code)+"@"+f.Pointer)
		}
	}
	return all
}

type object = map[string]any

// full is a report with every field filled.
func full() object {
	return object{
		"meldingId": string(reportID), "soort": "Energie", "grondslag": "toestemming", "toestemmingsdatum": "2026-10-01",
		"regeling": "gemeentebelastingen", "kenmerk": "K-2026-0001", "signaaldatum": "2026-11-02", "ontstaansdatum": "2026-09-15",
		"bedragInCenten": 45000, "crisissignaal": true, "warmeOverdracht": true, "eindeLevering": "2026-12-15",
		"inspanningen": object{"persoonlijkContact": "2026-10-20", "gewezenOpHulp": "2026-10-21",
			"herinneringen": []any{"2026-10-01", "2026-10-14"}, "aanbod": "2026-10-22", "betalingsregeling": "2026-10-23", "bezwaar": false},
		"persoon": object{"voorletters": "V.", "voorvoegsel": "van der", "achternaam": "Voorbeeld", "geboortedatum": "1969-12-31"},
		"adres": object{"postcode": "6511 aa", "huisnummer": 90001, "huisletter": "b", "huisnummertoevoeging": "bis",
			"straat": "Verzonnenstraat", "plaats": "Nijmegen"},
		"contact": object{"telefoon": "+31 (0)20 555 12 34", "email": "voorbeeld@voorbeeld.example"},
		"zout":    "AAAAAAAAAAAAAAAAAAAAAA",
	}
}

// with puts a value at a JSON pointer of a full report; nil takes it away.
func with(pointer string, value any) object { return put(full(), pointer, value) }

func put(o object, pointer string, value any) object {
	at, path := o, strings.Split(pointer, "/")[1:]
	for _, step := range path[:len(path)-1] {
		at = at[step].(object)
	}
	if last := path[len(path)-1]; value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
	return o
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // every fixture can be marshalled
	}
	return b
}

// replaced swaps raw text in an encoded report, for what encoders refuse to
// write.
func replaced(t testing.TB, o object, old, now string) []byte {
	t.Helper()
	text := string(encode(o))
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q stands %d times in the fixture", old, strings.Count(text, old))
	}
	return []byte(strings.Replace(text, old, now, 1))
}
