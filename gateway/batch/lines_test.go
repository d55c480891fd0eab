// SPDX-License-Identifier: EUPL-1.2

package batch_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

func read(layout batch.Layout, text string) (all []batch.Line, faults []gateway.Finding, err error) {
	r := batch.NewReader(layout, iotest.OneByteReader(strings.NewReader(text)))
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, r.Faults(), nil
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, l)
	}
}

func brief(findings []gateway.Finding) (s []string) {
	for _, f := range findings {
		s = append(s, strings.TrimSuffix(string(f.Code)+"@"+f.Pointer, "@"))
	}
	return s
}

const (
	header  = "meldingId;soort;signaaldatum;ontstaansdatum;bedragInCenten;crisissignaal;warmeOverdracht;inspanningen.bezwaar;persoon.achternaam;adres.postcode;adres.huisnummer"
	row     = "id;Energie;2026-11-02;1-9-2026;45000;nee;JA;false;Voorbeeld;1234AB;90001"
	rowJSON = `{"meldingId":"id","soort":"Energie","signaaldatum":"2026-11-02","ontstaansdatum":"2026-09-01","bedragInCenten":45000,` +
		`"crisissignaal":false,"warmeOverdracht":true,"inspanningen":{"bezwaar":false},"persoon":{"achternaam":"Voorbeeld"},` +
		`"adres":{"postcode":"1234AB","huisnummer":90001}}`
)

func TestNDJSON(t *testing.T) {
	for _, c := range []struct {
		text   string
		want   []string
		faults []string
	}{
		{"{}\n[]\n", []string{"{}", "[]"}, nil},
		{"\xef\xbb\xbf{}\r\n{}", []string{"{}", "{}"}, nil},
		{"", nil, []string{"bestand-leeg"}},
		{"\xef\xbb\xbf", nil, []string{"bestand-leeg"}},
		{"{}\n\n{}\n\r\n", []string{"{}", "{}"}, []string{"regel-leeg@/regels/2", "regel-leeg@/regels/4"}},
		{strings.Repeat("x", batch.MaxLine) + "\r\n", []string{strings.Repeat("x", batch.MaxLine)}, nil},
		{"{}\n" + strings.Repeat("x", batch.MaxLine+1) + "\n{}", []string{"{}", "{}"}, []string{"regel-te-lang@/regels/2"}},
		{"{}\n" + strings.Repeat("x", 3*batch.MaxLine), []string{"{}"}, []string{"regel-te-lang@/regels/2"}},
		{"\xfe\xff\x00{", nil, []string{"geen-utf-8"}},
	} {
		lines, faults, err := read(batch.LayoutNDJSON, c.text)
		var got []string
		for i, l := range lines {
			got = append(got, string(l.Payload))
			if l.Number != int64(i+1) {
				t.Errorf("line %d has number %d", i+1, l.Number)
			}
		}
		if err != nil || !slices.Equal(got, c.want) || !slices.Equal(brief(faults), c.faults) {
			t.Errorf("%.20q: %.60q, %v, %v", c.text, got, brief(faults), err)
		}
	}
}

func TestManyFaults(t *testing.T) {
	lines, faults, err := read(batch.LayoutNDJSON, strings.Repeat("\n", 10_000)+"{}")
	if err != nil || len(lines) != 1 || len(faults) != 50 {
		t.Errorf("%d lines, %d faults, %v", len(lines), len(faults), err)
	}
}

func TestReaderPassesErrorsOn(t *testing.T) {
	for _, text := range []string{"", "{", "{}\n", strings.Repeat("x", 2*batch.MaxLine), "\xff\xfe"} {
		r := batch.NewReader(batch.LayoutNDJSON, io.MultiReader(strings.NewReader(text), iotest.ErrReader(errTest)))
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, errTest) {
			t.Errorf("%.10q: %v", text, err)
		}
	}
}

var errTest = errors.New("found at the very end")

func TestCSV(t *testing.T) {
	comma := func(s string) string { return strings.ReplaceAll(s, ";", ",") }
	for name, c := range map[string]struct {
		text   string
		rows   int
		faults []string
	}{
		"plain":          {header + "\n" + row + "\n" + row, 2, nil},
		"Excel":          {"\xef\xbb\xbf" + header + "\r\n" + row + "\r\n", 1, nil},
		"commas":         {comma(header + "\n" + row), 1, nil},
		"quoted":         {`"` + strings.ReplaceAll(header, ";", `";"`) + "\"\n\"" + strings.ReplaceAll(row, ";", `";"`) + `"`, 1, nil},
		"only a header":  {header, 0, []string{"bestand-leeg"}},
		"newline inside": {header + "\n" + strings.Replace(row, "Voorbeeld", "\"Voor\nbeeld\"", 1) + "\n" + row, 1, []string{"aanhalingsteken@/regels/2", "aanhalingsteken@/regels/3"}},
		"bare quote":     {header + "\n" + strings.Replace(row, "Voorbeeld", `Voor"beeld`, 1), 0, []string{"aanhalingsteken@/regels/2"}},
		"after a quote":  {header + "\n" + strings.Replace(row, "Voorbeeld", `"Voor"beeld`, 1), 0, []string{"aanhalingsteken@/regels/2"}},
		"too few, many":  {header + "\n" + row + ";\n" + row[3:] + "\n" + row, 1, []string{"aantal-cellen@/regels/2", "aantal-cellen@/regels/3"}},
		"Windows-1252":   {header + "\n" + row + "\n" + strings.Replace(row, "Voorbeeld", "Voorb\xebeld", 1), 1, []string{"geen-utf-8@/regels/3"}},
		"a bad header":   {"\xeb" + header + "\n" + row, 0, []string{"geen-utf-8@/regels/1"}},
		"columns": {"bsn;" + strings.Replace(header, "persoon.achternaam", "soort", 1) + "\n" + row, 0,
			[]string{"kolom-onbekend@/kolommen/1", "kolom-dubbel@/kolommen/10", "kolom-ontbreekt@/persoon/achternaam"}},
		"blank header": {"\n" + header + "\n" + row, 0, []string{"regel-leeg@/regels/1"}},
	} {
		lines, faults, err := read(batch.LayoutCSV, c.text)
		if err != nil || len(lines) != c.rows || !slices.Equal(brief(faults), c.faults) {
			t.Errorf("%s: %d rows, %v, %v", name, len(lines), brief(faults), err)
		}
		for _, l := range lines {
			if string(l.Payload) != rowJSON || len(l.Findings) > 0 {
				t.Errorf("%s: %s, %v", name, l.Payload, brief(l.Findings))
			}
		}
	}
}

func TestRowJSON(t *testing.T) {
	all, required := batch.Columns()
	with := func(name, cell string) (string, []string) {
		cells := make([]string, len(all))
		cells[slices.Index(all, name)] = cell
		payload, findings := batch.RowJSON(all, cells)
		return string(payload), brief(findings)
	}
	for _, c := range []struct {
		name, cell, want string
		findings         []string
	}{
		{"meldingId", "", `{"inspanningen":{},"persoon":{},"adres":{}}`, nil},
		{"kenmerk", `a"b\c é` + "\x01", `{"kenmerk":"a\"b\\c é\u0001","inspanningen":{},"persoon":{},"adres":{}}`, nil},
		{"bedragInCenten", "-5", `{"bedragInCenten":-5,"inspanningen":{},"persoon":{},"adres":{}}`, nil},
		{"bedragInCenten", "007", `{"bedragInCenten":"007","inspanningen":{},"persoon":{},"adres":{}}`, nil},
		{"bedragInCenten", "450,00", `{"bedragInCenten":"450,00","inspanningen":{},"persoon":{},"adres":{}}`, nil},
		{"crisissignaal", "Waar", `{"crisissignaal":true,"inspanningen":{},"persoon":{},"adres":{}}`, nil},
		{"crisissignaal", "misschien", `{"crisissignaal":"misschien","inspanningen":{},"persoon":{},"adres":{}}`, nil},
		{"inspanningen.herinneringen", "1-9-2026|2026-10-01|x", `{"inspanningen":{"herinneringen":["2026-09-01","2026-10-01","x"]},"persoon":{},"adres":{}}`, nil},
		{"contact.email", "a@example.nl", `{"inspanningen":{},"persoon":{},"adres":{},"contact":{"email":"a@example.nl"}}`, nil},
		{"zout", "AAAA", `{"inspanningen":{},"persoon":{},"adres":{},"zout":"AAAA"}`, nil},
		{"contact.telefoon", "+31 6 12345678", `{"inspanningen":{},"persoon":{},"adres":{},"contact":{"telefoon":"+31 6 12345678"}}`, nil},
		{"contact.telefoon", "+cmd|' /C calc'!A0", `{"inspanningen":{},"persoon":{},"adres":{},"contact":{"telefoon":"+cmd|' /C calc'!A0"}}`, []string{"formule-niet-toegestaan@/contact/telefoon"}},
		{"adres.straat", "=1+1", `{"inspanningen":{},"persoon":{},"adres":{"straat":"=1+1"}}`, []string{"formule-niet-toegestaan@/adres/straat"}},
		{"bedragInCenten", "-1+1", `{"bedragInCenten":"-1+1","inspanningen":{},"persoon":{},"adres":{}}`, []string{"formule-niet-toegestaan@/bedragInCenten"}},
		{"persoon.achternaam", "＝1", `{"inspanningen":{},"persoon":{"achternaam":"＝1"},"adres":{}}`, []string{"formule-niet-toegestaan@/persoon/achternaam"}},
	} {
		if got, findings := with(c.name, c.cell); got != c.want || !slices.Equal(findings, c.findings) {
			t.Errorf("%s %q: %s, %v", c.name, c.cell, got, findings)
		}
	}
	for _, r := range required {
		rest := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == r })
		if _, findings := batch.RowJSON(rest, make([]string, len(rest))); !strings.HasPrefix(brief(findings)[0], "kolom-ontbreekt@/") {
			t.Errorf("without %s: %v", r, brief(findings))
		}
	}
}

// TestColumnsAreTheSchema: a row with every column filled is read by the
// strict door without an unknown or missing member.
func TestColumnsAreTheSchema(t *testing.T) {
	all, required := batch.Columns()
	for _, names := range [][]string{all, required} {
		payload, _ := batch.RowJSON(names, slices.Repeat([]string{"1"}, len(names)))
		_, refused := intake.Read(opened(payload))
		for _, f := range refused[0].Err.Findings {
			if f.Code == gateway.CodeUnknownField || f.Code == gateway.CodeMissingField && f.Pointer != "/toestemmingsdatum" {
				t.Errorf("%s at %q of %s", f.Code, f.Pointer, payload)
			}
		}
	}
}

func opened(payload []byte) []intake.Opened {
	all, _ := intake.OfFile([]intake.Line{{Payload: payload}})
	return all
}

// Whatever comes in: every byte is read, numbers rise by one, payloads of CSV
// are JSON that reads back, and a second reading gives the same.
func fuzzReader(f *testing.F, layout batch.Layout) {
	f.Fuzz(func(t *testing.T, text string) {
		in := strings.NewReader(text)
		r := batch.NewReader(layout, in)
		var all []batch.Line
		for {
			l, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, l)
			if l.Number != int64(len(all)) || len(l.Payload) == 0 {
				t.Fatalf("line %d has number %d and %d bytes", len(all), l.Number, len(l.Payload))
			}
			if layout == batch.LayoutCSV && !jsontext.Value(l.Payload).IsValid() {
				t.Fatalf("no JSON: %q", l.Payload)
			}
			if layout == batch.LayoutNDJSON && bytes.ContainsAny(l.Payload, "\n") {
				t.Fatalf("two lines in one: %q", l.Payload)
			}
		}
		if in.Len() != 0 || len(all) == 0 && len(r.Faults()) == 0 {
			t.Fatalf("%d bytes are left, %d lines, %d faults", in.Len(), len(all), len(r.Faults()))
		}
		again, _, _ := read(layout, text)
		if len(again) != len(all) {
			t.Fatalf("%d lines, then %d", len(all), len(again))
		}
		for i := range again {
			if !bytes.Equal(again[i].Payload, all[i].Payload) {
				t.Fatalf("line %d: %q, then %q", i, all[i].Payload, again[i].Payload)
			}
		}
	})
}

func FuzzNDJSON(f *testing.F) {
	for _, s := range []string{"", "{}\n{}", "\xef\xbb\xbf{}\r\n", "\n", "\xff\xfe", "\x00\n\x00"} {
		f.Add(s)
	}
	fuzzReader(f, batch.LayoutNDJSON)
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", header + "\n" + row, strings.ReplaceAll(header, ";", ",") + "\r\n\"a\"\"b\",", header + "\n;;;;;;;;;;\n=1;\"\"\";;;-;;;;;;\n"} {
		f.Add(s)
	}
	fuzzReader(f, batch.LayoutCSV)
}
