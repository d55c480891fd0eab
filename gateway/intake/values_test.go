// SPDX-License-Identifier: EUPL-1.2

package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/intake"
)

func TestSyntax(t *testing.T) {
	deep := func(n int, open, shut string) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	good := string(encode(full()))
	for name, c := range map[string]struct{ payload, want string }{
		"empty":                  {"", "geen-json@"},
		"text":                   {"hallo", "geen-json@"},
		"cut off":                {good[:len(good)-1], "geen-json@"},
		"two values":             {good + good, "geen-json@"},
		"trailing comma":         {`{"meldingId":"x",}`, "geen-json@"},
		"comment":                {"{/* */}", "geen-json@"},
		"byte order mark":        {"\ufeff" + good, "geen-json@"},
		"NaN":                    {string(replaced(t, full(), "45000", "NaN")), "geen-json@"},
		"array":                  {"[" + good + "]", "verkeerd-type@"},
		"null":                   {"null", "verkeerd-type@"},
		"number":                 {"1", "verkeerd-type@"},
		"duplicate":              {string(replaced(t, full(), `"soort":`, `"signaaldatum":"2026-11-01","soort":`)), "veld-dubbel@"},
		"duplicate in object":    {string(replaced(t, full(), `"bezwaar":false`, `"bezwaar":true,"bezwaar":false`)), "veld-dubbel@"},
		"duplicate by escape":    {string(replaced(t, full(), `"soort":`, `"\u0073oort":"Huur","soort":`)), "veld-dubbel@"},
		"duplicate in unknown":   {string(replaced(t, full(), `"soort":`, `"x":{"a":1,"a":2},"soort":`)), "veld-dubbel@"},
		"invalid UTF-8":          {string(replaced(t, full(), "Verzonnenstraat", "Verzonnen\xffstraat")), "geen-utf-8@"},
		"overlong UTF-8":         {string(replaced(t, full(), "Verzonnenstraat", "\xc0\xaf")), "geen-utf-8@"},
		"surrogate in UTF-8":     {string(replaced(t, full(), "Verzonnenstraat", "\xed\xa0\x80")), "geen-utf-8@"},
		"invalid UTF-8 in name":  {string(replaced(t, full(), `"soort":`, "\"\xff\":1,\"soort\":")), "geen-utf-8@"},
		"lone high surrogate":    {string(replaced(t, full(), "Verzonnenstraat", `\ud83d`)), "geen-utf-8@"},
		"lone low surrogate":     {string(replaced(t, full(), "Verzonnenstraat", `\ude00`)), "geen-utf-8@"},
		"10,000 arrays":          {deep(10_000, "[", "]"), "verkeerd-type@"},
		"10,000 objects":         {deep(10_000, `{"a":`, "}"), "te-diep@"},
		"10,000 arrays in field": {string(replaced(t, full(), `"V."`, deep(10_000, "[", "]"))), "te-diep@"},
		"10,000 unclosed":        {`{"soort":` + strings.Repeat("[", 10_000), "te-diep@"},
		"too large":              {`{"soort":"` + strings.Repeat("x", intake.MaxPayload) + `"}`, "bericht-te-groot@"},
	} {
		if got := findings(t, []byte(c.payload)); !slices.Contains(got, c.want) || len(got) > 2 {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
	}
}

func TestUnknownFields(t *testing.T) {
	for pointer, want := range map[string]string{"/bsn": "", "/persoon/bsn": "/persoon", "/adres/land": "/adres",
		"/contact/fax": "/contact", "/inspanningen/opmerking": "/inspanningen"} {
		if got := findings(t, encode(with(pointer, "x"))); !slices.Equal(got, []string{"veld-onbekend@" + want}) {
			t.Errorf("%s: %v", pointer, got)
		}
	}
	for _, name := range []string{"Soort", "SOORT", "soort ", "ſoort"} { // names compare byte for byte
		if got := findings(t, replaced(t, full(), `"soort"`, `"`+name+`"`)); !slices.Contains(got, "veld-onbekend@") || !slices.Contains(got, "veld-ontbreekt@/soort") {
			t.Errorf("%q counts as soort: %v", name, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	for form, want := range map[string]string{
		"1": "", "100000000": "", "100000001": "bedrag-boven-grens", "0": "bedrag-niet-positief", "-0": "bedrag-niet-positief",
		"-1": "bedrag-niet-positief", "1e2": "verkeerde-vorm", "1E2": "verkeerde-vorm", "1.0": "verkeerde-vorm", "0.5": "verkeerde-vorm",
		"10000000000000000000": "bedrag-boven-grens", "9223372036854775808": "bedrag-boven-grens", "999999999999999999": "bedrag-boven-grens",
		`"45000"`: "verkeerd-type", "null": "verkeerd-type", "true": "verkeerd-type", "[1]": "verkeerd-type",
		"01": "geen-json", "+1": "geen-json", "0x1": "geen-json", "1_000": "geen-json",
	} {
		got := findings(t, replaced(t, full(), "45000", form))
		switch {
		case want == "" && len(got) == 0:
		case want == "geen-json" && slices.Contains(got, "geen-json@"):
		case slices.Equal(got, []string{want + "@/bedragInCenten"}):
		default:
			t.Errorf("%s: got %v, want %q", form, got, want)
		}
	}
	for form, want := range map[string]string{"0": "verkeerde-vorm", "-1": "verkeerde-vorm", "100000": "verkeerde-vorm", "99999": "", "1.0": "verkeerde-vorm",
		"9223372036854775807": "te-lang", "100000000000000001": "verkeerde-vorm", `"12"`: "verkeerd-type"} {
		if got := strings.Join(findings(t, replaced(t, full(), "90001", form)), " "); got != strings.TrimSuffix(want+"@/adres/huisnummer", map[bool]string{true: "@/adres/huisnummer"}[want == ""]) {
			t.Errorf("house number %s: got %q, want %q", form, got, want)
		}
	}
}

// texts are the free text fields with their greatest length; kenmerk has
// rules of its own for numbers.
var texts = map[string]int{"/kenmerk": 40, "/persoon/voorletters": 20, "/persoon/voorvoegsel": 20, "/persoon/achternaam": 200,
	"/adres/huisletter": 1, "/adres/huisnummertoevoeging": 4, "/adres/straat": 80, "/adres/plaats": 80}

func TestTexts(t *testing.T) {
	for pointer, longest := range texts {
		for name, c := range map[string]struct {
			value any
			want  string
		}{
			"longest": {strings.Repeat("é", longest), ""}, "too long": {strings.Repeat("é", longest+1), "te-lang"},
			"empty": {"", "verkeerde-vorm"}, "number": {1, "verkeerd-type"}, "object": {object{}, "verkeerd-type"}, "yes": {true, "verkeerd-type"},
		} {
			got := findings(t, encode(with(pointer, c.value)))
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{c.want + "@" + pointer}) {
				t.Errorf("%s %s: got %v, want %q", pointer, name, got, c.want)
			}
		}
		for _, r := range []rune{0, '\n', '\t', 0x1b, 0x7f, 0x85, 0x9b, 0x200b, 0x200e, 0x202a, 0x202e, 0x2066, 0x2069, 0x2028, 0x2029, 0xfeff, 0xad, 0xe0041} {
			if got := findings(t, encode(with(pointer, string(r)))); !slices.Equal(got, []string{"stuurteken@" + pointer}) {
				t.Errorf("%s with %U: %v", pointer, r, got)
			}
		}
	}
	for pointer, values := range map[string][]string{
		"/adres/postcode":    {"0123AB", "1234A", "1234 ABC", "1234SS", "1234SA", "1234sd", "12345A", "١٢٣٤AB", "1234  AB", "1234ÀB"},
		"/contact/telefoon":  {"1234567", "0612345678a", "06+12345678", "1234567890123456", "٠٦١٢٣٤٥٦٧٨"},
		"/contact/email":     {"x", "@voorbeeld.example", "a@b", "a@b c.example", "a b@voorbeeld.example", "a@b@voorbeeld.example"},
		"/zout":              {"kort", "AAAAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAAAAAAA=="},
		"/meldingId":         {"0190F5D4-9C3E-7B2A-8F00-000000000001", "00000000-0000-0000-0000-000000000000"},
		"/soort":             {"energie", "ENERGIE"},
		"/grondslag":         {"gerechtvaardigd belang"},
		"/regeling":          {"iets"},
		"/toestemmingsdatum": {"gisteren"},
	} {
		for _, v := range values {
			got := findings(t, encode(with(pointer, v)))
			if len(got) != 1 || !strings.HasSuffix(got[0], "@"+pointer) {
				t.Errorf("%s = %q: %v", pointer, v, got)
			}
		}
	}
	many := make([]any, 25)
	for i := range many {
		many[i] = fmt.Sprintf("2026-10-%02d", i+1)
	}
	if got := findings(t, encode(with("/inspanningen/herinneringen", many))); !slices.Equal(got, []string{"te-lang@/inspanningen/herinneringen"}) {
		t.Errorf("25 reminders: %v", got)
	}
}
