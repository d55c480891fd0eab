// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestReadChangesInBothLayouts(t *testing.T) {
	want := []Change{
		{Date: day(t, "2021-01-01"), Old: "GM0788", New: "GM0757", Kind: ChangeSplit},
		{Date: day(t, "2023-01-01"), Old: "GM0501", New: "GM1992", Kind: ChangeMerged},
		{Date: day(t, "2027-01-01"), Old: "GM1696", New: "GM0402", Kind: ChangeAbsorbed, Planned: true},
	}
	for about, text := range map[string]string{
		"own": "ingangsdatum;oude_code;oude_naam;nieuwe_code;nieuwe_naam;soort;status;opmerking\n" +
			"2021-01-01;GM0788;Haaren;GM0757;Boxtel;gesplitst;geldend;Esch\n" +
			"2023-01-01;GM0501;Brielle;GM1992;Voorne aan Zee;samengevoegd;geldend;\n" +
			"2027-01-01;GM1696;Wijdemeren;GM0402;Hilversum;opgegaan;gepland;\"nog; geen \"\"wet\"\"\"\n",
		"own, the least": "ingangsdatum;oude_code;nieuwe_code;soort;status\n2021-01-01;GM0788;GM0757;gesplitst;geldend\n" +
			"2023-01-01;GM0501;GM1992;samengevoegd;geldend\n2027-01-01;GM1696;GM0402;opgegaan;gepland\n",
		"english": "effective_date,old_code,old_name,new_code,new_name,kind,status,note\n" +
			"2021-01-01,GM0788,Haaren,GM0757,Boxtel,split,in-force,Esch\n" +
			"2023-01-01,GM0501,Brielle,GM1992,Voorne aan Zee,merged-into-new,in-force,\n" +
			"2027-01-01,GM1696,Wijdemeren,GM0402,Hilversum,absorbed,planned,\"a, b\"\n",
	} {
		got, err := ReadChanges(strings.NewReader(text))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", about, got, err)
		}
	}
}

func TestKnownChanges(t *testing.T) {
	changes, err := KnownChanges()
	if err != nil || len(changes) != 22 {
		t.Fatalf("%d changes, %v", len(changes), err)
	}
	for _, c := range changes {
		if c.Planned != (c.Old == "GM1696") {
			t.Errorf("%s on %s: planned %v", c.Old, c.Date, c.Planned)
		}
	}
}

// All findings come at once, each with its line.
func TestListsRefuseWithEveryFinding(t *testing.T) {
	cases := []struct {
		about, text string
		read        func(string) error
		want        error
		findings    []string
	}{
		{"changes", "ingangsdatum;oude_code;nieuwe_code;soort;status\n2023-02-30;GM501;GM1992;fusie;misschien\n2023-01-01;GM0001;GM0001;opgegaan;geldend\n2023;x\n",
			func(s string) error { _, err := ReadChanges(strings.NewReader(s)); return err }, ErrChanges,
			[]string{"line 2: date", "line 2: old code", "line 2: kind", "line 2: status", "line 3: old and new", "line 4: columns"}},
		{"changes without a column", "ingangsdatum;oude_code;nieuwe_code;soort\n",
			func(s string) error { _, err := ReadChanges(strings.NewReader(s)); return err }, ErrChanges, []string{"column"}},
		{"letters", "postcode;huisnummer;huisletter;gemeentecode\n9354T;4;;GM1969\n9354TB;0;AB;Noordenveld\n9354TB;4;A\n",
			func(s string) error { _, err := ReadLetters(strings.NewReader(s)); return err }, ErrLetters,
			[]string{"line 2: postcode", "line 3: house number", "line 3: house letter", "line 3: municipality", "line 4: columns"}},
		{"letters with other columns", "postcode;huisnummer;huisletter;gemeente\n",
			func(s string) error { _, err := ReadLetters(strings.NewReader(s)); return err }, ErrLetters, []string{"columns"}},
		{"municipalities", "gemeentecode;gemeentenaam\n0268;Nijmegen\nGM0268;Nijmegen\nx;y\n0546\n",
			func(s string) error { _, err := ReadMunicipalities(strings.NewReader(s)); return err }, ErrMunicipalities,
			[]string{"line 3: municipality occurs twice", "line 4: municipality code", "line 5: columns"}},
		{"municipalities, none", "gemeentecode;gemeentenaam\n",
			func(s string) error { _, err := ReadMunicipalities(strings.NewReader(s)); return err }, ErrMunicipalities, []string{"no rows"}},
	}
	for _, c := range cases {
		err := c.read(c.text)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.about, err)
			continue
		}
		for _, f := range c.findings {
			if !strings.Contains(err.Error(), f) {
				t.Errorf("%s: %q is not in %q", c.about, f, err)
			}
		}
		if strings.Contains(err.Error(), "9354T") || strings.Contains(err.Error(), "Noordenveld") {
			t.Errorf("%s: an input value is in %q", c.about, err)
		}
	}
}
