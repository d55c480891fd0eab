// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/policies"
)

func contract(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestRoutesAreTheContract compares what gin really serves with the document,
// both ways, and who may come with what the document says.
func TestRoutesAreTheContract(t *testing.T) {
	doc := contract(t)
	served := map[string]string{}
	d := &door{options: Options{}.filled()}
	for _, r := range d.engine().Routes() {
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(strings.TrimPrefix(r.Path, base), "{$1}")
		served[r.Method+" "+path] = r.Path
	}
	written := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			written[method+" "+path] = op
		}
	}
	if a, b := slices.Sorted(maps.Keys(served)), slices.Sorted(maps.Keys(written)); !slices.Equal(a, b) {
		t.Fatalf("served:\n%s\nwritten:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	for _, r := range routes {
		op := written[r.method+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.path, "{$1}")]
		tags := []string{"Openbaar"}
		if !r.public() {
			tags = nil
		}
		for _, k := range r.kinds {
			tags = append(tags, map[gateway.PartyKind]string{gateway.KindCreditor: "Meldende partij", gateway.KindMunicipality: "Gemeente"}[k])
		}
		if public := op.Security != nil && len(*op.Security) == 0; public != r.public() || !slices.Equal(op.Tags, tags) {
			t.Errorf("%s %s: the document says otherwise who may come", r.method, r.path)
		}
		var query []string
		for _, p := range op.Parameters {
			if p.Value.In == "query" {
				query = append(query, p.Value.Name)
			}
		}
		if !slices.Equal(query, r.query) {
			t.Errorf("%s %s: query %v in the document, %v here", r.method, r.path, query, r.query)
		}
	}
	if doc.Info.Version != APIVersion {
		t.Errorf("the document is version %s", doc.Info.Version)
	}
}

func TestServedContractIsTheDocument(t *testing.T) {
	h := newHouse(t, Options{})
	w := h.do(get("/v1/openapi.json", ""))
	if w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Error("the contract cannot be read from a web page")
	}
	served, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	a, _ := served.MarshalJSON()
	doc := *contract(t)
	doc.Servers = served.Servers
	if b, _ := doc.MarshalJSON(); !bytes.Equal(a, b) {
		t.Error("openapi.json says something else than openapi.yaml")
	}
	if w := h.do(get("/v1/sleutels", "")); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("another answer is readable from any web page")
	}
}

// constantsOf reads the constants of a string type out of the source of
// package gateway, so that a new one cannot be forgotten in a list.
func constantsOf(t testing.TB, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob("../../gateway/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source of package gateway")
	}
	var values []string
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			t.Fatalf("package gateway does not parse: %v", err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := s.Type.(*ast.Ident); ok && id.Name == typeName {
				for _, v := range s.Values {
					if l, ok := v.(*ast.BasicLit); ok {
						text, _ := strconv.Unquote(l.Value)
						values = append(values, text)
					}
				}
			}
			return true
		})
	}
	if len(values) == 0 {
		t.Fatalf("no constants of type %s", typeName)
	}
	return values
}

func values[T ~string](list ...T) []string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return texts
}

func TestEnumsAreTheCode(t *testing.T) {
	bundle, err := policies.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	reasons := make([]string, 0)
	for _, r := range journey.WithdrawalReasons() {
		reasons = append(reasons, string(r))
	}
	for _, c := range []struct {
		schema, member string
		want           []string
	}{
		{"Code", "", slices.Concat(constantsOf(t, "Code"), bundle.Codes(), values(batch.Codes()...))},
		{"Probleem", "soort", constantsOf(t, "ErrorKind")},
		{"Soort", "", constantsOf(t, "ReportKind")},
		{"Melding", "grondslag", constantsOf(t, "Basis")},
		{"Terugkoppeling", "resultaat", constantsOf(t, "Result")},
		{"Berichtsoort", "", constantsOf(t, "NoticeKind")},
		{"Stand", "", constantsOf(t, "NoticeProgress")},
		{"Samenloop", "", constantsOf(t, "Coincidence")},
		{"Signaal", "toestand", constantsOf(t, "SignalState")},
		{"Signaal", "urgentie", constantsOf(t, "Urgency")},
		{"Signaal", "aard", constantsOf(t, "SignalNature")},
		{"Ouderdomsklasse", "", values(clocks.AgeClasses()...)},
		{"Intrekking", "reden", reasons},
		{"Aanlevering", "toestand", values(batch.Received, batch.Verifying, batch.Processing, batch.Done, batch.Rejected)},
		{"Aanlevering", "indeling", values(batch.LayoutCSV, batch.LayoutNDJSON)},
		{"Aanlevering", "verpakking", values(batch.EnvelopeJOSE, batch.EnvelopeOpenPGP)},
		{"Uitkomst", "uitkomst", values(batch.LineAccepted, batch.LineRefused, batch.LineDuplicate)},
		{"Verwijderingsbewijs", "soort", receiptKinds()},
		{"Verwijderingsbewijs", "reden", values(retention.Reasons()...)},
		{"Pauzestand", "stand", constantsOf(t, "PauseState")},
		{"Pauzealarm", "soort", values(pause.AlarmKinds()...)},
		{"Bewijs", "status", []string{proof.StatusPublished, proof.StatusPending}},
	} {
		s := contract(t).Components.Schemas[c.schema].Value
		if c.member != "" {
			s = s.Properties[c.member].Value
		}
		var got []string
		for _, v := range s.Enum {
			got = append(got, v.(string))
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if want := slices.Compact(c.want); !slices.Equal(got, want) {
			t.Errorf("%s %s: in the document %v, in the code %v", c.schema, c.member, got, want)
		}
	}
}

// receiptKinds are the kinds of records whose erasure gives a receipt: those of
// a sweep, but for deletion receipts themselves, events to a webhook and facts of
// decisions, and keys.
func receiptKinds() []string {
	kinds := []string{string(retention.KindKey)}
	for _, s := range retention.Steps() {
		if s.Kind != retention.KindDeletion && s.Kind != retention.KindEvent && s.Kind != retention.KindFacts && s.Kind != retention.KindBreach && !slices.Contains(kinds, string(s.Kind)) {
			kinds = append(kinds, string(s.Kind))
		}
	}
	return kinds
}

// TestSchemasAreTheStructs walks the JSON tags of every type that travels and
// compares names and required members with its schema.
func TestSchemasAreTheStructs(t *testing.T) {
	for name, v := range map[string]any{
		"Melding": gateway.Report{}, "Inspanningen": gateway.Efforts{}, "Persoon": gateway.Person{}, "Adres": gateway.Address{}, "Contact": gateway.Contact{},
		"Ontvangstbewijs": gateway.Receipt{}, "Beleid": gateway.PolicyRef{}, "Bericht": gateway.Notice{}, "Pauze": gateway.Pause{},
		"Terugkoppeling": gateway.Feedback{}, "Bevinding": gateway.Finding{}, "Probleem": problem{}, "Bewijs": proof.Evidence{},
		"SignaalInhoud": seal.Content{}, "GeminimaliseerdeMelding": seal.PlainReport{}, "Gezondheid": health{}, "Berichtenlijst": noticeList{},
		"Signalenlijst": signalList{}, "Signaal": signalRow{}, "Ontvangst": signalConfirmed{}, "Bevestigd": noticeConfirmed{}, "Aanlevering": batchStatus{}, "Aanleveringsbewijs": batch.Summary{},
		"Verwijderingsbewijs": retention.Receipt{}, "Verwijderingenlijst": deletionList{}, "Pauzelijst": pauseList{}, "Pauzestand": pauseRow{},
	} {
		compare(t, name, contract(t).Components.Schemas[name].Value, reflect.TypeOf(v))
	}
}

func compare(t *testing.T, path string, s *openapi3.Schema, typ reflect.Type) {
	t.Helper()
	var names, required []string
	for i := range typ.NumField() {
		name, rest, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		if !strings.Contains(rest, "omitzero") {
			required = append(required, name)
		}
		if inner := typ.Field(i).Type; inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct && inner.Elem().NumField() > 1 && s.Properties[name] != nil {
			compare(t, path+"."+name, s.Properties[name].Value.Items.Value, inner.Elem())
		}
	}
	slices.Sort(names)
	slices.Sort(required)
	need := slices.Sorted(slices.Values(s.Required))
	if have := slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(have, names) {
		t.Errorf("%s: members %v in the document, %v in the code", path, have, names)
	}
	if !slices.Equal(need, required) {
		t.Errorf("%s: required %v in the document, %v in the code", path, need, required)
	}
	if s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has {
		t.Errorf("%s is not closed", path)
	}
}

func TestExamplesAreValid(t *testing.T) {
	checked := 0
	for name, s := range contract(t).Components.Schemas {
		for _, e := range s.Value.Examples {
			b, _ := json.Marshal(e)
			if bad := violates(t, name, b); bad != nil {
				t.Errorf("%s: %v", name, bad)
			}
			checked++
		}
	}
	if checked < 8 {
		t.Fatalf("only %d examples", checked)
	}
}

// violates says how a JSON text breaks a schema of the contract.
func violates(t testing.TB, schema string, b []byte) error {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return contract(t).Components.Schemas[schema].Value.VisitJSON(v, openapi3.EnableJSONSchema2020(), openapi3.EnableFormatValidation())
}
