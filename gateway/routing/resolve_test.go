// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

func day(t testing.TB, s string) gateway.Date {
	t.Helper()
	if s == "" {
		return gateway.Date{}
	}
	d, err := gateway.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sampleTable(t testing.TB, options CompileOptions) *Table {
	t.Helper()
	options.Sample = true
	table, err := compileSample(options)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// question is one row of a table of expected answers; exactly one of
// municipality and code is set.
type question struct {
	postcode         string
	number           int
	letter, addition string
	on               string // 2026-11-21 when empty
	municipality     gateway.Municipality
	step             Step
	code             gateway.Code
}

func ask(t *testing.T, table *Table, questions []question) {
	t.Helper()
	for _, q := range questions {
		if q.on == "" {
			q.on = "2026-11-21"
		}
		answer, code := table.Resolve(q.postcode, q.number, q.letter, q.addition, day(t, q.on))
		if code != q.code || answer.Municipality != q.municipality || answer.Step != q.step {
			t.Errorf("%s %d%s %s on %s: got %q by %q, code %q; want %q by %q, code %q", q.postcode, q.number, q.letter,
				q.addition, q.on, answer.Municipality, answer.Step, code, q.municipality, q.step, q.code)
		}
	}
}

func TestPostcodesInTwoMunicipalities(t *testing.T) {
	ask(t, sampleTable(t, CompileOptions{}), []question{
		{postcode: "6574AV", number: 11, municipality: "GM1945", step: StepNumber},
		{postcode: "6574AV", number: 12, municipality: "GM0268", step: StepNumber},
		{postcode: "6574AT", number: 2, municipality: "GM1945", step: StepNumber},
		{postcode: "6574AT", number: 1, municipality: "GM0268", step: StepNumber},
		{postcode: "5091WB", number: 2, municipality: "GM0823", step: StepNumber},
		{postcode: "5091WB", number: 1, municipality: "GM0798", step: StepNumber},
		{postcode: "7963RC", number: 20, municipality: "GM1701", step: StepNumber},
		{postcode: "7963RC", number: 22, municipality: "GM1690", step: StepNumber},
		{postcode: "7933TS", number: 13, municipality: "GM1701", step: StepNumber},
		{postcode: "7933TS", number: 15, municipality: "GM0118", step: StepNumber},
		{postcode: "7011EZ", number: 98, municipality: "GM0222", step: StepNumber},
		// Forty-nine to one is still no answer for a number that is not known.
		{postcode: "5091WB", number: 9001, code: gateway.CodeNumberUnknown},
		{postcode: "6574AV", number: 13, code: gateway.CodeNumberUnknown},
	})
}

func TestLettersDecide(t *testing.T) {
	ask(t, sampleTable(t, CompileOptions{}), []question{
		{postcode: "9354TB", number: 4, municipality: "GM1969", step: StepLetter},
		{postcode: "9354TB", number: 4, letter: "A", municipality: "GM1699", step: StepLetter},
		{postcode: "9354TB", number: 4, letter: "a", municipality: "GM1699", step: StepLetter},
		{postcode: "9354TB", number: 4, letter: "a", addition: "2", municipality: "GM1699", step: StepLetter},
		{postcode: "9354TB", number: 4, addition: "2", municipality: "GM1969", step: StepLetter},
		{postcode: "9354TB", number: 4, letter: "B", code: gateway.CodeAddressAmbiguous},
		{postcode: "9354TB", number: 4, letter: "AB", code: gateway.CodeAddressAmbiguous},
		// The letter in the addition: 4A of Noordenveld, or a part of 4 of Westerkwartier.
		{postcode: "9354TB", number: 4, addition: "A", code: gateway.CodeAddressAmbiguous},
		{postcode: "9354TB", number: 4, addition: "1-a", code: gateway.CodeAddressAmbiguous},
		{postcode: "9354TB", number: 5, letter: "A", municipality: "GM1969", step: StepNumber},
		{postcode: "9423TA", number: 15, municipality: "GM1731", step: StepLetter},
		{postcode: "9423TA", number: 15, letter: "b", municipality: "GM1731", step: StepLetter},
		{postcode: "9423TA", number: 15, letter: "A", municipality: "GM1701", step: StepLetter},
		{postcode: "9423TA", number: 15, letter: "t", municipality: "GM1701", step: StepLetter},
		{postcode: "7011EZ", number: 100, code: gateway.CodeAddressAmbiguous},
		{postcode: "7011EZ", number: 100, letter: "A", code: gateway.CodeAddressAmbiguous},
	})
}

func TestMergersByDate(t *testing.T) {
	t.Run("planned merger left out", func(t *testing.T) {
		ask(t, sampleTable(t, CompileOptions{}), []question{
			{postcode: "1216PA", number: 111, on: "2027-01-01", code: gateway.CodeAddressAmbiguous},
			{postcode: "1231AA", number: 9001, on: "2027-01-01", municipality: "GM1696", step: StepPostcode},
		})
	})
	ask(t, sampleTable(t, CompileOptions{IncludePlanned: true}), []question{
		{postcode: "1216PA", number: 109, municipality: "GM0402", step: StepNumber},
		{postcode: "1216PA", number: 111, on: "2026-12-31", code: gateway.CodeAddressAmbiguous},
		{postcode: "1216PA", number: 111, on: "2027-01-01", municipality: "GM0402", step: StepNumber},
		{postcode: "1216PA", number: 9001, on: "2026-12-31", code: gateway.CodeNumberUnknown},
		{postcode: "1216PA", number: 9001, on: "2027-01-01", municipality: "GM0402", step: StepPostcode},
		{postcode: "1231AA", number: 9001, on: "2026-12-31", municipality: "GM1696", step: StepPostcode},
		{postcode: "1231AA", number: 9001, on: "2027-01-01", municipality: "GM0402", step: StepPostcode},
		{postcode: "1394AA", number: 9001, on: "2026-12-31", municipality: "GM1696", step: StepPostcode},
		{postcode: "1394AA", number: 9001, on: "2027-06-30", municipality: "GM0402", step: StepPostcode},
		{postcode: "1394AA", number: 9001, on: "2020-01-01", municipality: "GM1696", step: StepPostcode},
	})
}

// first finds a sample postcode of a PC4, so that the tests name only PC4 where
// the whole of it lies in one municipality.
func first(t *testing.T, table *Table, pc4 uint16) string {
	t.Helper()
	n := pc4 - firstPC4
	if table.starts[n] == table.starts[n+1] {
		t.Fatalf("the sample has no postcode in %d", pc4)
	}
	return postcode{pc4, table.suffixes[table.starts[n]]}.String()
}

func TestDivisionOf2025(t *testing.T) {
	table := sampleTable(t, CompileOptions{})
	for pc4, want := range map[uint16]gateway.Municipality{
		1011: "GM0363", 6511: "GM0268", 2312: "GM0546", 3011: "GM0599", 8911: "GM0080", 5211: "GM0796",
		1381: "GM0363", 1384: "GM0363", 5296: "GM0757", 5076: "GM0824", 5074: "GM0855", 5268: "GM0865",
		3221: "GM1992", 3231: "GM1992", 7551: "GM0164", 7255: "GM1876", 2281: "GM0603", 4023: "GM0214",
		4284: "GM1959", 5854: "GM0893", 1861: "GM0373",
	} {
		ask(t, table, []question{{postcode: first(t, table, pc4), number: 9001, municipality: want, step: StepPostcode}})
	}
}

func TestRefusesWhatIsNotThere(t *testing.T) {
	ask(t, sampleTable(t, CompileOptions{}), []question{
		{postcode: "1000AE", number: 1, code: gateway.CodePostbus},
		{postcode: "2300PC", number: 1, code: gateway.CodePostbus},
		{postcode: "6503AA", number: 1, code: gateway.CodePostbus},
		{postcode: "1011ZZ", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "9997AA", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "0111AA", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "1231SS", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "1231A1", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "1231  AA", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "1231AA", number: 0, code: gateway.CodeNumberUnknown},
		{postcode: "1231AA", number: 100000, code: gateway.CodeNumberUnknown},
		{postcode: "1231 aa", number: 9001, municipality: "GM1696", step: StepPostcode},
		{postcode: "9999ZZ", number: 1, code: gateway.CodePostcodeUnknown},
		{postcode: "1000AA", number: 1, code: gateway.CodePostbus},
	})
}

// The pattern of PO boxes needs homes near by, and never hides a typing error
// in a PC4 that has homes.
func TestPostbusPattern(t *testing.T) {
	table, _ := compiled(t, importOf(t, "2025", "1060AA;1;0363", "1061AA;1;0363", "1112AA;1;0384", "1011AA;1;0363", "1101AA;1;0363"), nil, nil, CompileOptions{})
	for postcode, want := range map[string]gateway.Code{
		"1000AA": gateway.CodePostbus,         // homes begin at 1011
		"1009AA": gateway.CodePostbus,         // the same decade
		"1010AA": gateway.CodePostbus,         // ends in 0
		"1012AA": gateway.CodePostcodeUnknown, // absent, but not of the kind
		"1060AB": gateway.CodePostcodeUnknown, // one of the three that end in 0 and have homes
		"1102AA": gateway.CodePostcodeUnknown, // xx00-xx09 with homes in it
		"1100AA": gateway.CodePostbus,
		"1011AB": gateway.CodePostcodeUnknown,
		"9000AA": gateway.CodePostcodeUnknown, // nothing near by
	} {
		ask(t, table, []question{{postcode: postcode, number: 1, code: want}})
	}
}

func TestSampleServesTheDemonstration(t *testing.T) {
	table, err := Sample()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []gateway.Municipality{"GM0268", "GM0546", "GM0363"} {
		list := table.Postcodes(m)
		if len(list) < 25 {
			t.Errorf("%s has %d postcodes, the demonstration spreads reports over 25", m, len(list))
		}
		for _, p := range list {
			ask(t, table, []question{{postcode: p, number: 9001, municipality: m, step: StepPostcode}})
		}
	}
	if table.Name("GM0268") != "Nijmegen" || table.Name("GM9999") != "" {
		t.Errorf("names: %q, %q", table.Name("GM0268"), table.Name("GM9999"))
	}
	v := table.Version()
	if v.Year != 2025 || v.Source != sampleMain || v.Postcodes < 100 || v.Municipalities < 30 || v.Digest == [32]byte{} {
		t.Errorf("version %+v", v)
	}
}

func TestResolveMakesNoGarbage(t *testing.T) {
	table := sampleTable(t, CompileOptions{IncludePlanned: true})
	on := day(t, "2027-01-01")
	if n := testing.AllocsPerRun(100, func() {
		table.Resolve("9354TB", 4, "a", "", on)
		table.Resolve("1231 AA", 9001, "", "", on)
		table.Resolve("1000AE", 1, "", "", on)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
