// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

const plainManifest = "naam: proef\nversie: \"1\"\n"

const plainRule = `  - id: een
    wet: praktijk
    nl: Een zin.
    en: A sentence.
    geldig: {van: 2021-01-01}
    als: bezwaar
    gevolg: weigeren
    code: een-code
    pointer: /soort
`

const plainHead = `document: huur
voor: {soort: Huur}
geldig: {van: 2021-01-01}
toelichting: Proef.
regels:
`

func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

func TestLoadPlain(t *testing.T) {
	if _, err := Load(files("bundel.yaml", plainManifest, "huur.yaml", plainHead+plainRule)); err != nil {
		t.Fatal(err)
	}
}

func TestLoadRefusesRules(t *testing.T) {
	second := strings.Replace(plainRule, "id: een", "id: twee", 1)
	for _, c := range []struct{ name, old, new, want string }{
		{"no Dutch sentence", "    nl: Een zin.\n", "", `rule 1 "een": nl must be`},
		{"no English sentence", "    en: A sentence.\n", "", `rule 1 "een": en must be`},
		{"sentence too long", "A sentence.", strings.Repeat("x", 401), `rule 1 "een": en must be`},
		{"no law", "    wet: praktijk\n", "", "wet is missing"},
		{"unknown field", "    wet:", "    ernst: hoog\n    wet:", `unknown field "ernst"`},
		{"double field", "    wet:", "    nl: Dubbel.\n    wet:", "huur.yaml"},
		{"id not kebab-case", "id: een", "id: Een_1", "id is no kebab-case name"},
		{"bad date", "geldig: {van: 2021-01-01}", "geldig: {van: 2021-02-30}", "geldig.van is no date"},
		{"end before begin", "van: 2021-01-01", "van: 2021-01-01, tot: 2020-01-01", "geldig.tot is not after"},
		{"before its document", "van: 2021-01-01", "van: 2020-12-31", "outside the document's own period"},
		{"unknown name in condition", "als: bezwaar", "als: bsn == '1'", `rule 1 "een": als:`},
		{"type error in condition", "als: bezwaar", "als: soort > 3", `rule 1 "een": als:`},
		{"condition without yes or no", "als: bezwaar", "als: dagenAchterstand", "not a yes-or-no"},
		{"empty condition", "als: bezwaar", `als: ""`, `rule 1 "een": als:`},
		{"loop in condition", "als: bezwaar", "als: ingevuld.exists(x, x == 'kenmerk')", `rule 1 "een": als:`},
		{"long condition", "als: bezwaar", "als: " + strings.Repeat("bezwaar || ", 300) + "bezwaar", `rule 1 "een": als:`},
		{"deep condition", "als: bezwaar", "als: " + strings.Repeat("(", 200) + "bezwaar" + strings.Repeat(")", 200), `rule 1 "een": als:`},
		{"unknown effect", "gevolg: weigeren", "gevolg: toelaten", "gevolg is not"},
		{"no code", "    code: een-code\n", "", "code is no kebab-case name"},
		{"pointer", "pointer: /soort", "pointer: soort", "pointer is no JSON pointer"},
		{"field that cannot be dropped", "gevolg: weigeren\n    code: een-code\n    pointer: /soort", "gevolg: beperken\n    velden: [adres.postcode]", "cannot be dropped"},
		{"code with beperken", "gevolg: weigeren", "gevolg: beperken\n    velden: [kenmerk]", "belong to weigeren"},
		{"velden with weigeren", "gevolg: weigeren", "gevolg: weigeren\n    velden: [kenmerk]", "velden belongs to"},
		{"dagen with weigeren", "gevolg: weigeren", "gevolg: weigeren\n    dagen: {inhoud: 1}", "dagen belongs to"},
		{"tokens beyond 13 months", "gevolg: weigeren\n    code: een-code\n    pointer: /soort", "gevolg: bewaren\n    dagen: {pseudoniemen: 397}", "dagen outside"},
		{"alias", "wet: praktijk", "wet: &w praktijk", "anchors"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := strings.Replace(plainRule, c.old, c.new, 1)
			if changed == plainRule {
				t.Fatal("the change changes nothing")
			}
			_, err := Load(files("bundel.yaml", plainManifest, "huur.yaml", plainHead+changed+second))
			refused(t, err, c.want)
		})
	}
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want an error with %q", err, want)
	}
	if !strings.Contains(err.Error(), ".yaml") {
		t.Errorf("error names no file: %v", err)
	}
}

func TestLoadRefusesBundles(t *testing.T) {
	doc := plainHead + plainRule
	series := func(a, b string) string {
		one := strings.Replace(plainRule, "    wet:", "    reeks: r\n    wet:", 1)
		two := strings.Replace(one, "id: een", "id: twee", 1)
		return plainHead + strings.Replace(one, "{van: 2021-01-01}", a, 1) + strings.Replace(two, "{van: 2021-01-01}", b, 1)
	}
	tooMany := plainHead
	for i := range maxRules + 1 {
		tooMany += strings.Replace("  - {id: een, wet: p, nl: z, en: s, geldig: {van: 2021-01-01}, als: bezwaar, gevolg: weigeren, code: c}\n", "een", fmt.Sprintf("r%d", i), 1)
	}
	for _, c := range []struct {
		name string
		fsys fs.FS
		want string
	}{
		{"no manifest", files("huur.yaml", doc), "bundel.yaml is missing"},
		{"manifest without version", files("bundel.yaml", "naam: proef\n", "huur.yaml", doc), "versie"},
		{"two YAML documents", files("bundel.yaml", plainManifest, "huur.yaml", doc+"---\n"+doc), "more than one YAML document"},
		{"too large", files("bundel.yaml", plainManifest, "huur.yaml", doc+strings.Repeat("#", maxFileBytes)), "larger than"},
		{"brackets", files("bundel.yaml", plainManifest, "huur.yaml", strings.Repeat("[", 60_000)), "brackets nested"},
		{"name differs from file", files("bundel.yaml", plainManifest, "huur.yaml", strings.Replace(doc, "document: huur", "document: water", 1)), "not after its file"},
		{"id twice", files("bundel.yaml", plainManifest, "huur.yaml", doc+plainRule), `rule "huur/een": id is used twice`},
		{"overlapping series", files("bundel.yaml", plainManifest, "huur.yaml", series("{van: 2021-01-01}", "{van: 2022-01-01}")), "of the same reeks"},
		{"overlapping documents", files("bundel.yaml", plainManifest, "huur.yaml", doc, "huur-2.yaml", strings.Replace(doc, "document: huur", "document: huur-2", 1)), "same voor as"},
		{"unknown basis", files("bundel.yaml", plainManifest, "huur.yaml", strings.Replace(doc, "soort: Huur", "grondslag: vrij", 1)), "voor.grondslag"},
		{"no rules", files("bundel.yaml", plainManifest, "huur.yaml", plainHead+"  []\n"), "regels is empty"},
		{"too many rules", files("bundel.yaml", plainManifest, "huur.yaml", tooMany), "more than 400 rules"},
		{"yml", files("bundel.yaml", plainManifest, "huur.yaml", doc, "huur.yaml.yml", doc), "called *.yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(c.fsys)
			refused(t, err, c.want)
		})
	}
	if _, err := Load(files("bundel.yaml", plainManifest, "huur.yaml", series("{van: 2021-01-01, tot: 2022-01-01}", "{van: 2022-01-01}"))); err != nil {
		t.Errorf("rules that succeed one another: %v", err)
	}
	if _, err := Load(files("bundel.yaml", plainManifest)); err == nil {
		t.Error("a bundle without documents loads")
	}
}

func TestAllFindingsAtOnce(t *testing.T) {
	broken := strings.NewReplacer("nl: Een zin.", "nl: ''", "als: bezwaar", "als: onbekend", "code: een-code", "code: X").Replace(plainRule)
	_, err := Load(files("bundel.yaml", plainManifest, "huur.yaml", plainHead+broken))
	for _, want := range []string{"nl must be", "als:", "code is no"} {
		refused(t, err, want)
	}
}

func TestDigestFollowsContent(t *testing.T) {
	load := func(rule string) Ref {
		b, err := Load(files("bundel.yaml", plainManifest, "huur.yaml", plainHead+rule))
		if err != nil {
			t.Fatal(err)
		}
		return b.Ref()
	}
	one, again, other := load(plainRule), load(plainRule), load(plainRule+"# one comment more\n")
	if one != again || one.Digest == other.Digest {
		t.Errorf("digests %x %x %x", one.Digest, again.Digest, other.Digest)
	}
}

// What loads must decide without a panic, and never permit a zero question.
func FuzzLoad(f *testing.F) {
	f.Add(plainHead + plainRule)
	f.Add("document: huur\nvoor: {}\n")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Load(files("bundel.yaml", plainManifest, "huur.yaml", text))
		if err != nil {
			if b != nil {
				t.Fatal("a bundle beside an error")
			}
			return
		}
		if b.Decide(Question{}).Permit {
			t.Fatal("the zero question is permitted")
		}
	})
}

func TestRunCasesFindsDifferences(t *testing.T) {
	b := embeddedBundle(t)
	data, err := fs.ReadFile(EmbeddedCases(), "energie-compleet.txtar")
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.NewReplacer("toegestaan: true", "toegestaan: false", "inhoud: 30", "inhoud: 31").Replace(string(data))
	results, err := RunCases(b, files("wrong.txtar", wrong))
	if err != nil || len(results) != 1 || results[0].OK() || len(results[0].Differs) != 2 {
		t.Errorf("got %+v, %v; want two differences", results, err)
	}
	for name, text := range map[string]string{
		"no comment":    "-- question.yaml --\n-- expect.yaml --\n",
		"no question":   "Een zin.\n-- expect.yaml --\ntoegestaan: true\n",
		"unknown file":  "Een zin.\n-- vraag.yaml --\n",
		"unknown field": "Een zin.\n-- question.yaml --\nbsn: 1\n-- expect.yaml --\ntoegestaan: true\n",
		"bad date":      "Een zin.\n-- question.yaml --\nvandaag: gisteren\n-- expect.yaml --\ntoegestaan: true\n",
	} {
		if _, err := RunCases(b, files("x.txtar", text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := RunCases(b, files()); err == nil {
		t.Error("no cases at all: no error")
	}
}
