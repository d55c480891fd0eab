// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

// importOf makes an edition of rows "6511AA;1;0268".
func importOf(t testing.TB, year string, rows ...string) *Import {
	t.Helper()
	var b strings.Builder
	b.WriteString("PC6;Huisnummer;Buurt" + year + ";Wijk" + year + ";Gemeente" + year + "\n")
	for _, r := range rows {
		cell := strings.Split(r, ";")
		b.WriteString(cell[0] + ";" + cell[1] + ";;;" + cell[2] + "\n")
	}
	imp, _, err := readCBS("pc6hnr"+year+"0801_gwb.csv", b.String(), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

func changesOf(t testing.TB, rows ...string) []Change {
	t.Helper()
	changes, err := ReadChanges(strings.NewReader("ingangsdatum;oude_code;nieuwe_code;soort;status\n" + strings.Join(rows, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func lettersOf(t testing.TB, rows ...string) []Letter {
	t.Helper()
	letters, err := ReadLetters(strings.NewReader("postcode;huisnummer;huisletter;gemeentecode\n" + strings.Join(rows, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

func compiled(t testing.TB, imp *Import, changes []Change, letters []Letter, options CompileOptions) (*Table, Diff) {
	t.Helper()
	options.Sample = true
	table, diff, err := Compile(imp, changes, letters, options)
	if err != nil {
		t.Fatal(err)
	}
	return table, diff
}

func TestMidYearMergerAndSplit(t *testing.T) {
	changes := changesOf(t,
		"2021-01-01;GM0788;GM0757;gesplitst;geldend", "2021-01-01;GM0788;GM0824;gesplitst;geldend",
		"2022-03-24;GM0457;GM0363;opgegaan;geldend", "2023-01-01;GM0501;GM1992;samengevoegd;geldend",
		"2025-01-01;GM1992;GM0599;opgegaan;geldend")
	table2022, _ := compiled(t, importOf(t, "2022", "1381AA;1;0457", "1011AB;1;0363", "3231AA;1;501", "3231AB;1;501", "3231AB;2;614", "1381AB;1;0457", "1381AB;2;0363"),
		changes, nil, CompileOptions{})
	ask(t, table2022, []question{
		{postcode: "1381AA", number: 1, on: "2022-03-23", municipality: "GM0457", step: StepPostcode},
		{postcode: "1381AA", number: 1, on: "2022-03-24", municipality: "GM0363", step: StepPostcode},
		{postcode: "1381AB", number: 9, on: "2022-03-23", code: gateway.CodeNumberUnknown},
		{postcode: "1381AB", number: 9, on: "2022-03-24", municipality: "GM0363", step: StepPostcode},
		// Two mergers after another.
		{postcode: "3231AA", number: 1, on: "2022-12-31", municipality: "GM0501", step: StepPostcode},
		{postcode: "3231AA", number: 1, on: "2023-01-01", municipality: "GM1992", step: StepPostcode},
		{postcode: "3231AA", number: 1, on: "2025-01-01", municipality: "GM0599", step: StepPostcode},
	})
	if v := table2022.Version(); v.Municipalities != 4 {
		t.Errorf("%d municipalities; successors that the file does not name do not count", v.Municipalities)
	}
	table2020, _ := compiled(t, importOf(t, "2020", "5296AA;1;0788", "5296AB;1;0788", "5296AB;2;0757", "5296AC;1;788", "5296AC;1;757"), changes, nil, CompileOptions{})
	ask(t, table2020, []question{
		{postcode: "5296AA", number: 1, on: "2020-12-31", municipality: "GM0788", step: StepPostcode},
		{postcode: "5296AA", number: 1, on: "2021-01-01", code: gateway.CodeMunicipalityEnded},
		{postcode: "5296AB", number: 1, on: "2021-01-01", code: gateway.CodeMunicipalityEnded},
		{postcode: "5296AB", number: 2, on: "2021-01-01", municipality: "GM0757", step: StepNumber},
		{postcode: "5296AB", number: 3, on: "2021-01-01", code: gateway.CodeNumberUnknown},
		{postcode: "5296AC", number: 1, on: "2021-01-01", code: gateway.CodeAddressAmbiguous},
	})
}

func TestSuccessor(t *testing.T) {
	changes := changesOf(t, "2022-03-24;GM0457;GM0363;opgegaan;geldend", "2022-06-01;GM0788;GM0757;gesplitst;geldend", "2022-06-01;GM0788;GM0824;gesplitst;geldend")
	table, _ := compiled(t, importOf(t, "2022", "1381AA;1;0457", "1011AB;1;0363", "5296AA;1;0788"), changes, nil, CompileOptions{})
	for _, c := range []struct {
		m    gateway.Municipality
		on   string
		want gateway.Municipality
	}{
		{"GM0457", "2022-03-23", "GM0457"}, {"GM0457", "2022-03-24", "GM0363"}, {"GM0363", "2022-03-24", "GM0363"},
		{"GM0788", "2022-05-31", "GM0788"}, {"GM0788", "2022-06-01", ""}, {"GM0001", "2022-06-01", ""},
	} {
		on, err := gateway.ParseDate(c.on)
		got, ok := table.Successor(c.m, on)
		if err != nil || got != c.want || ok != (c.want != "") {
			t.Errorf("%s on %s: %q, %t", c.m, c.on, got, ok)
		}
	}
}

// What letters say is added to what the file says, never put in its place.
func TestLettersNeverOverrule(t *testing.T) {
	imp := importOf(t, "2025", "9354TB;4;1969", "9354TB;5;1969", "9354TC;1;1969", "9354TD;1;1699")
	table, diff := compiled(t, imp, nil, lettersOf(t,
		"9354TB;4;A;GM1699", "9354TB;4;b;GM1969", "9354TB;9;A;GM1699", "9354TC;1;A;GM1969", "9999XL;1;A;GM1969"), CompileOptions{})
	ask(t, table, []question{
		{postcode: "9354TB", number: 4, letter: "A", municipality: "GM1699", step: StepLetter},
		{postcode: "9354TB", number: 4, letter: "B", municipality: "GM1969", step: StepLetter},
		{postcode: "9354TB", number: 4, code: gateway.CodeAddressAmbiguous},
		{postcode: "9354TB", number: 5, letter: "A", municipality: "GM1969", step: StepNumber},
		// A number that only the letters know.
		{postcode: "9354TB", number: 9, letter: "A", municipality: "GM1699", step: StepLetter},
		{postcode: "9354TB", number: 9, code: gateway.CodeAddressAmbiguous},
		{postcode: "9354TB", number: 6, code: gateway.CodeNumberUnknown},
		{postcode: "9354TC", number: 1, letter: "A", municipality: "GM1969", step: StepPostcode},
	})
	if diff.LettersUnused != 1 || diff.Straddling != 1 || diff.Unsettled != 2 {
		t.Errorf("diff %+v", diff)
	}
}

func TestCompileRefuses(t *testing.T) {
	imp := importOf(t, "2025", "6511AA;1;0268", "2312AA;1;0546")
	both := Municipalities{"GM0268": "Nijmegen", "GM0546": "Leiden"}
	small := CompileOptions{Expected: both, MinPairs: 2, MinPostcodes: 2}
	with := func(change func(*CompileOptions)) CompileOptions {
		o := small
		change(&o)
		return o
	}
	cases := []struct {
		about   string
		changes []Change
		letters []Letter
		options CompileOptions
		want    []error
	}{
		{"nothing said", nil, nil, CompileOptions{}, []error{ErrTooFewPairs, ErrTooFewPostcodes, ErrNoExpected}},
		{"one pair short", nil, nil, with(func(o *CompileOptions) { o.MinPairs = 3 }), []error{ErrTooFewPairs}},
		{"one postcode short", nil, nil, with(func(o *CompileOptions) { o.MinPostcodes = 3 }), []error{ErrTooFewPostcodes}},
		{"one missing", nil, nil, with(func(o *CompileOptions) {
			o.Expected = Municipalities{"GM0268": "", "GM0546": "", "GM0363": ""}
		}), []error{ErrMunicipalitySet}},
		{"one extra", nil, nil, with(func(o *CompileOptions) { o.Expected = Municipalities{"GM0268": ""} }), []error{ErrMunicipalitySet}},
		{"one extra in a sample", nil, nil, CompileOptions{Sample: true, Expected: Municipalities{"GM0268": ""}}, []error{ErrMunicipalitySet}},
		{"ended before", changesOf(t, "2025-01-01;GM0546;GM0268;opgegaan;geldend"), nil, small, []error{ErrEndedMunicipality}},
		{"ends twice", changesOf(t, "2026-01-01;GM0546;GM0268;opgegaan;geldend", "2027-01-01;GM0546;GM0268;opgegaan;geldend"), nil, small, []error{ErrChangeTable}},
		{"two successors", changesOf(t, "2026-01-01;GM0546;GM0268;opgegaan;geldend", "2026-01-01;GM0546;GM0363;opgegaan;geldend"), nil, small, []error{ErrChangeTable}},
		{"into one that was gone", changesOf(t, "2020-01-01;GM0363;GM0599;opgegaan;geldend", "2026-01-01;GM0546;GM0363;opgegaan;geldend"), nil, small, []error{ErrChangeTable}},
		{"in a circle on one day", changesOf(t, "2026-01-01;GM0546;GM0268;opgegaan;geldend", "2026-01-01;GM0268;GM0546;opgegaan;geldend"), nil, small, []error{ErrChangeTable}},
		{"in a circle", changesOf(t, "2026-01-01;GM0546;GM0268;opgegaan;geldend", "2027-01-01;GM0268;GM0546;opgegaan;geldend"), nil, small, []error{ErrChangeTable}},
		{"letter elsewhere", nil, lettersOf(t, "6511AA;1;A;GM0363"), small, []error{ErrLetterCode}},
	}
	for _, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			table, _, err := Compile(imp, c.changes, c.letters, c.options)
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("error %v, want %v", err, want)
				}
			}
			if table != nil {
				t.Error("a table beside a refusal")
			}
		})
	}
	if _, _, err := Compile(imp, nil, nil, small); err != nil {
		t.Errorf("exactly enough: %v", err)
	}
}

func TestDiffAndUnexplainedMoves(t *testing.T) {
	previous, first := compiled(t, importOf(t, "2024", "1231AA;1;1696", "1231AB;1;1696", "6511AA;1;0268", "6511AB;1;0268", "2312AA;1;0546"), nil, nil, CompileOptions{})
	if first.Previous != (Version{}) || first.Changed != 0 {
		t.Errorf("the first diff: %+v", first)
	}
	merger := changesOf(t, "2025-01-01;GM1696;GM0402;opgegaan;geldend")
	next := importOf(t, "2025", "1231AA;1;0402", "1231AB;1;0402", "6511AA;1;1945", "6511AC;1;0268", "2312AA;1;0546")
	options := CompileOptions{Sample: true, Previous: previous}
	table, diff, err := Compile(next, merger, nil, options)
	if !errors.Is(err, ErrUnexplained) || table != nil {
		t.Fatalf("one of five moved without a change: %v", err)
	}
	wantMoves := []Move{{"GM1696", "GM0402", 2, true}, {"GM0268", "GM1945", 1, false}}
	if diff.Added != 1 || diff.Removed != 1 || diff.Changed != 3 || diff.Unexplained != 1 || !slices.Equal(diff.Moves, wantMoves) {
		t.Errorf("diff %+v", diff)
	}
	if _, diff, err = Compile(next, nil, nil, options); !errors.Is(err, ErrUnexplained) || diff.Unexplained != 3 {
		t.Errorf("without the change: %d unexplained, %v", diff.Unexplained, err)
	}
	options.MaxUnexplained = 200
	if _, _, err = Compile(next, merger, nil, options); err != nil {
		t.Errorf("one in five allowed: %v", err)
	}
	options.MaxUnexplained, options.AcceptMoves = 0, true
	if _, _, err = Compile(next, nil, nil, options); err != nil {
		t.Errorf("accepted by an operator: %v", err)
	}
}

// A postcode that becomes split between the old and another municipality is no
// merger, and a split explains only its own parts.
func TestExplains(t *testing.T) {
	changes := changesOf(t, "2021-01-01;GM0788;GM0757;gesplitst;geldend", "2021-01-01;GM0788;GM0824;gesplitst;geldend", "2023-01-01;GM0757;GM0001;opgegaan;geldend")
	for _, c := range []struct {
		old, now string
		want     bool
	}{
		{"GM0788", "GM0757", true}, {"GM0788", "GM0757 GM0824", true}, {"GM0788", "GM0001", true}, {"GM0788", "GM0855", false},
		{"GM0268", "GM0268 GM1945", false}, {"GM0268 GM1945", "GM0268", false}, {"GM0788 GM0824", "GM0824", true},
	} {
		var lists [2][]gateway.Municipality
		for i, s := range []string{c.old, c.now} {
			for _, m := range strings.Fields(s) {
				lists[i] = append(lists[i], gateway.Municipality(m))
			}
		}
		if got := explains(changes, lists[0], lists[1]); got != c.want {
			t.Errorf("%s to %s: %v", c.old, c.now, got)
		}
	}
}
