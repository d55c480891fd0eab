// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// open hands a payload on as if it had been sealed and signed.
type open struct{}

func (open) Open(_ context.Context, letters []intake.Letter) []intake.Content {
	return []intake.Content{{Payload: letters[0].Token}}
}

// read asks intake whether a report is well formed.
func read(t testing.TB, report map[string]any) *gateway.Error {
	t.Helper()
	b, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	peer := gateway.Authenticated(gateway.Party{OIN: energy, Kind: gateway.KindCreditor}, "")
	opened, _ := intake.Open(t.Context(), open{}, []intake.Submission{{Peer: peer, ID: idA, Token: b, At: noon}})
	if _, refused := intake.Read(opened); len(refused) > 0 {
		return refused[0].Err
	}
	return nil
}

// example is the report of the document, made anew each time.
func example(t testing.TB) map[string]any {
	t.Helper()
	b, err := json.Marshal(contract(t).Components.Schemas["Melding"].Value.Examples[0])
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]any
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// TestReportSchemaIsIntake changes the example of the document at every member
// and holds document and intake to the same answer.
func TestReportSchemaIsIntake(t *testing.T) {
	if err := read(t, example(t)); err != nil {
		t.Fatalf("intake refuses the example: %v", err)
	}
	seen := 0
	var walk func(name, at string, s *openapi3.Schema)
	walk = func(name, at string, s *openapi3.Schema) {
		agree(t, at+": unknown member", func(o map[string]any) { in(o, at)["onbekend"] = 1 })
		for member := range maps.Keys(s.Properties) {
			p, place := s.Properties[member].Value, strings.TrimPrefix(at+"."+member, ".")
			agree(t, place+": absent", func(o map[string]any) { delete(in(o, at), member) })
			agree(t, place+": null", func(o map[string]any) { in(o, at)[member] = nil })
			switch {
			case p.Properties != nil:
				walk(member, place, p)
			case p.Type.Is("string") && p.MaxLength != nil && p.Enum == nil && member != "telefoon" && member != "email" && member != "postcode" && member != "meldingId":
				seen++
				most := int(*p.MaxLength)
				agree(t, place+": longest", func(o map[string]any) { in(o, at)[member] = strings.Repeat("x", most) })
				agree(t, place+": too long", func(o map[string]any) { in(o, at)[member] = strings.Repeat("x", most+1) })
				agree(t, place+": empty", func(o map[string]any) { in(o, at)[member] = "" })
				if read(t, with(t, func(o map[string]any) { in(o, at)[member] = strings.Repeat("x", most) })) != nil {
					t.Errorf("%s: the longest value is refused by both", place)
				}
			case p.Type.Is("integer"):
				for _, n := range []float64{*p.Min - 1, *p.Min, *p.Max, *p.Max + 1, 1.5} {
					agree(t, place+": number", func(o map[string]any) { in(o, at)[member] = n })
				}
			default:
				agree(t, place+": wrong type", func(o map[string]any) { in(o, at)[member] = 12 })
				agree(t, place+": other text", func(o map[string]any) { in(o, at)[member] = "2026-13-40" })
			}
		}
	}
	walk("Melding", "", contract(t).Components.Schemas["Melding"].Value)
	if seen < 9 {
		t.Fatalf("only %d texts with a length", seen)
	}
	for _, v := range []any{"1234ab", "1234 AB", "0234AB", "1234", "1234  AB"} {
		agree(t, "postcode", func(o map[string]any) { in(o, "adres")["postcode"] = v })
	}
	for n := range 26 {
		agree(t, "reminders", func(o map[string]any) {
			in(o, "inspanningen")["herinneringen"] = strings.Split(strings.TrimSuffix(strings.Repeat("2026-10-01,", n), ","), ",")[:n]
		})
	}
}

// in finds the object at a place, making it when the example leaves it out.
func in(o map[string]any, place string) map[string]any {
	if place == "" {
		return o
	}
	for _, name := range strings.Split(place, ".") {
		next, ok := o[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			o[name] = next
		}
		o = next
	}
	return o
}

func with(t testing.TB, change func(map[string]any)) map[string]any {
	o := example(t)
	change(o)
	return o
}

func agree(t *testing.T, name string, change func(map[string]any)) {
	t.Helper()
	o := with(t, change)
	b, _ := json.Marshal(o)
	document, code := violates(t, "Melding", b), read(t, o)
	if (document == nil) != (code == nil) {
		t.Errorf("%s: document says %v, intake says %v", name, document, code)
	}
}
