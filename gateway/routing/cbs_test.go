// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

// zipped makes a zip of name and content pairs.
func zipped(t testing.TB, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// stored makes a zip of one file that is not compressed.
func stored(t testing.TB, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func readCBS(name, content string, options ReadOptions) (*Import, Report, error) {
	return ReadCBS(name, strings.NewReader(content), int64(len(content)), options)
}

const latinNames = "Gemcode2020;Gemeentenaam2020\r\n268;Nijmegen\r\n1900;S\xfadwest-Frysl\xe2n\r\n"

func TestEveryEdition(t *testing.T) {
	editions := []struct {
		about, name, content string
		options              ReadOptions
		year                 int
		names                string
	}{
		{about: "2016, quotes", name: "2016-cbs-pc6huisnr20160801_buurt.zip", year: 2016,
			content: zipped(t, "pc6hnr20160801_gwb.csv", "\"PC6\";\"Huisnummer\";\"Buurt2016\";\"Wijk2016\";\"Gem2016\"\r\n\"6511AA\";\"1\";\"02680100\";\"026801\";\"0268\"\r\n",
				"gemeentenaam2016.dbf", "\x03binary")},
		{about: "2017, Gem", name: "a.zip", year: 2017, names: "gemeentenaam2017.csv",
			content: zipped(t, "pc6hnr20170801_gwb.csv", "PC6;Huisnummer;Buurt2017;Wijk2017;Gem2017\n6511AA;1;2680100;26801;268\n",
				"gemeentenaam2017.csv", "GEM2017,GEMNAAM\n268,Nijmegen\n")},
		{about: "2018, vs2", name: "a.zip", year: 2018, names: "gemeentenaam2018.csv",
			content: zipped(t, "pc6hnr20180801_gwb-vs2.csv", "PC6;Huisnummer;Buurt2018;Wijk2018;Gemeente2018\n6511AA;1;2680100;26801;268\n",
				"gemeentenaam2018.csv", "GWBcode8;GWBlabel\nGM0268;Nijmegen\n")},
		{about: "2019, codes without zeros", name: "a.zip", year: 2019, names: "gem2019.csv",
			content: zipped(t, "pc6hnr20190801_gwb.csv", "PC6;Huisnummer;Buurt2019;Wijk2019;Gemeente2019\n6511AA;1;2680100;26801;268\n",
				"gem2019.csv", "Gemcode2019;Gemeentenaam2019\n268;Nijmegen\n")},
		{about: "2020, names in Windows-1252", name: "a.zip", year: 2020, names: "gem2020.csv",
			content: zipped(t, "pc6hnr20200801_gwb.csv", "PC6;Huisnummer;Buurt2020;Wijk2020;Gemeente2020\n6511AA;1;2680100;26801;268\n", "gem2020.csv", latinNames)},
		{about: "2021, zip named after the year before", name: "2021-cbs-pc6huisnr20200801_buurt.zip", year: 2021,
			content: zipped(t, "pc6hnr20210801_gwb.csv", "PC6;Huisnummer;Buurt2021;Wijk2021;Gemeente2021\n6511AA;1;2680100;26801;268\n")},
		{about: "2022, CSV alone", name: "/tmp/pc6hnr20220801_gwb.csv", year: 2022,
			content: "PC6;Huisnummer;Buurt2022;Wijk2022;Gemeente2022\n6511AA;1;2680100;26801;268\n"},
		{about: "2023, subfolder, comma, Windows-1252", name: "a.zip", year: 2023, names: "gemeenten_2023.csv",
			content: zipped(t, "2023/__MACOSX/._pc6hnr20230801_gwb.csv", "x", "2023/pc6hnr20230801_gwb.csv",
				"PC6,Huisnummer,Buurt2023,Wijk2023,Gemeente2023\r\n6511AA,1,\"Benedenstad \x96 \xe9\xe9n\",26801,268\r\n",
				"2023/gemeenten_2023.csv", "GM_CODE,GM_NAAM\nGM0268,Nijmegen\n")},
		{about: "revised, lower-case header", name: "pc6hnr20230801_gwb.csv", year: 2023,
			content: "pc6,huisnummer,gwb_code,wijkcode,gemeentecode\n6511aa,1,BU02680100,WK026801,GM0268\n"},
		{about: "2024, byte order mark", name: "a.zip", year: 2024, names: "gem_2024.csv",
			content: zipped(t, "pc6hnr20240801_gwb.csv", "\xef\xbb\xbfPC6,Huisnummer,Buurt2024,Wijk2024,Gemeente2024\n6511 AA,1,02680100,026801,0268\n",
				"gem_2024.csv", "Gemeente2024;Gemeentenaam2024\n0268;Nijmegen\n", "wijk_2024.csv", "a;b\n", "buurt_2024.csv", "a;b\n")},
		{about: "2025, letters in buurt", name: "2025-cbs-pc6huisnr20250801_buurt.zip", year: 2025,
			content: zipped(t, "pc6hnr20250801_gwb.csv", "PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\n6511AA;1;0268AF01;0268AF;0268\n\n")},
		{about: "2026, by the pattern", name: "a.zip", year: 2026,
			content: zipped(t, "PC6HNR20260801_gwb.CSV", "PC6;Huisnummer;Buurt2026;Wijk2026;Gemeente2026\n6511AA;1;0268AF01;0268AF;0268")},
		{about: "year from the caller", name: "download.csv", year: 2025, options: ReadOptions{Year: 2025},
			content: "postcode;nr;buurt;wijk;gemeente\n6511AA;1;;;0268\n"},
	}
	for _, e := range editions {
		t.Run(e.about, func(t *testing.T) {
			imp, report, err := readCBS(e.name, e.content, e.options)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := parsePostcode("6511AA")
			if !slices.Equal(imp.pairs, []uint64{packPair(p, 1, 268)}) {
				t.Errorf("pairs %x", imp.pairs)
			}
			if report.Year != e.year || imp.year != e.year || report.NamesEntry != e.names || report.Rows != 1 || report.Rejected != 0 {
				t.Errorf("report %+v", report)
			}
			if e.names != "" && imp.names["GM0268"] != "Nijmegen" {
				t.Errorf("names %v", imp.names)
			}
		})
	}
}

func TestRefusedFiles(t *testing.T) {
	const header = "PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\n"
	const row = "6511AA;1;;;0268\n"
	cases := []struct {
		about, name, content string
		options              ReadOptions
		want                 error
	}{
		{about: "no main file", name: "a.zip", content: zipped(t, "gem2025.csv", "x"), want: ErrNoMainFile},
		{about: "two main files", name: "a.zip", want: ErrNoMainFile,
			content: zipped(t, "pc6hnr20250801_gwb.csv", header+row, "oud/pc6hnr20240801_gwb.csv", header+row)},
		{about: "torn zip", name: "a.zip", content: zipped(t, "pc6hnr20250801_gwb.csv", header+row)[:80], want: zip.ErrFormat},
		{about: "a byte changed in the zip", name: "a.zip", want: zip.ErrChecksum,
			content: strings.Replace(stored(t, "pc6hnr20250801_gwb.csv", header+row), "6511AA", "6511AB", 1)},
		{about: "columns swapped", name: "pc6hnr20250801_gwb.csv", content: "Huisnummer;PC6;Buurt2025;Wijk2025;Gemeente2025\n" + row, want: ErrHeader},
		{about: "a column more", name: "pc6hnr20250801_gwb.csv", content: "PC6;Huisnummer;Huisletter;Buurt2025;Wijk2025;Gemeente2025\n" + row, want: ErrHeader},
		{about: "no header", name: "pc6hnr20250801_gwb.csv", content: row + row, want: ErrHeader},
		{about: "empty", name: "pc6hnr20250801_gwb.csv", content: "", want: errNoHeader},
		{about: "years mixed in the columns", name: "a.csv", content: "PC6;Huisnummer;Buurt2024;Wijk2024;Gemeente2025\n" + row, want: ErrYear},
		{about: "years of name and columns differ", name: "pc6hnr20240801_gwb.csv", content: header + row, want: ErrYear},
		{about: "caller says another year", name: "pc6hnr20250801_gwb.csv", content: header + row, options: ReadOptions{Year: 2024}, want: ErrYear},
		{about: "no year at all", name: "a.csv", content: "PC6;Huisnummer;Buurt;Wijk;Gemeente\n" + row, want: ErrYear},
		{about: "older than any edition", name: "pc6hnr20150801_gwb.csv", content: "PC6;Huisnummer;Buurt;Wijk;Gemeente\n" + row, want: ErrYear},
		{about: "only a header", name: "pc6hnr20250801_gwb.csv", content: header, want: ErrNoRows},
		{about: "broken rows", name: "pc6hnr20250801_gwb.csv", content: header + row + "6511AA;x;;;0268\n", want: ErrTooManyBroken},
		{about: "endless line", name: "pc6hnr20250801_gwb.csv", content: header + row + strings.Repeat("x", longestLine+1), want: errLineLimit},
	}
	for _, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			imp, _, err := readCBS(c.name, c.content, c.options)
			if !errors.Is(err, c.want) || imp != nil {
				t.Errorf("got %v and error %v, want %v", imp, err, c.want)
			}
		})
	}
}

func TestBrokenRowsAreCountedAndShown(t *testing.T) {
	broken := []struct {
		row    string
		reason Reason
	}{
		{"6511AA;1;;0268", ReasonColumns},
		{"6511AA;1;;;;0268", ReasonColumns},
		{"0511AA;1;;;0268", ReasonPostcode},
		{"6511A;1;;;0268", ReasonPostcode},
		{";1;;;0268", ReasonPostcode},
		{"6511SD;1;;;0268", ReasonPostcode},
		{"6511AA;0;;;0268", ReasonNumber},
		{"6511AA;100000;;;0268", ReasonNumber},
		{"6511AA;1a;;;0268", ReasonNumber},
		{"6511AA;-1;;;0268", ReasonNumber},
		{"6511AA;1;;;", ReasonMunicipality},
		{"6511AA;1;;;0000", ReasonMunicipality},
		{"6511AA;1;;;GM268", ReasonMunicipality},
		{"6511AA;1;;;02680", ReasonMunicipality},
		{"\"6511AA;1;;;0268", ReasonQuotes},
		{"\"6511AA\"x;1;;;0268", ReasonQuotes},
	}
	var b strings.Builder
	b.WriteString("PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\n6511AA;1;;;0268\n6511AA;1;;;0268\n")
	for _, r := range broken {
		b.WriteString(r.row + "\n")
	}
	b.WriteString("6511AB;2;;;0268\n")
	imp, report, err := readCBS("a.csv", b.String(), ReadOptions{MaxRejected: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rejected != len(broken) || len(report.First) != len(broken) {
		t.Fatalf("%d rejected, %d shown, of %d broken", report.Rejected, len(report.First), len(broken))
	}
	for i, r := range broken {
		if want := (Rejection{i + 4, r.reason}); report.First[i] != want {
			t.Errorf("%s: %v, want %v", r.row, report.First[i], want)
		}
	}
	if len(imp.pairs) != 2 || report.Repeated != 1 || report.Pairs != 2 || report.Postcodes != 2 {
		t.Errorf("%d pairs, report %+v", len(imp.pairs), report)
	}
}

func TestManyBrokenRowsShowAHundred(t *testing.T) {
	content := "PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\n" + strings.Repeat("x;1;;;0268\n", 300)
	_, report, err := readCBS("a.csv", content, ReadOptions{})
	if !errors.Is(err, ErrTooManyBroken) || report.Rejected != 300 || len(report.First) != 100 || report.Reasons[ReasonPostcode] != 300 {
		t.Errorf("%v, %d rejected, %d shown", err, report.Rejected, len(report.First))
	}
}

func TestWindows1252(t *testing.T) {
	for in, want := range map[string]string{
		"S\xfadwest-Frysl\xe2n": "Súdwest-Fryslân",
		"\x80 \x93a\x94 \x9f":   "€ “a” Ÿ",
		"Súdwest-Fryslân":       "Súdwest-Fryslân",
	} {
		if got := string(decode([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	names, err := ReadMunicipalities(strings.NewReader(latinNames))
	if err != nil || names["GM1900"] != "Súdwest-Fryslân" {
		t.Errorf("%v, %v", names, err)
	}
}

func FuzzReadCBS(f *testing.F) {
	f.Add([]byte("PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\n6511AA;1;;;0268\n"))
	f.Add([]byte("pc6,huisnummer,gwb_code,wijkcode,gemeentecode2024\n\"6511 aa\",\"1\",a,b,GM0268\n"))
	f.Add([]byte(zipped(f, "pc6hnr20250801_gwb.csv", "PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		imp, report, err := ReadCBS("x", bytes.NewReader(b), int64(len(b)), ReadOptions{MaxRejected: 1000})
		if report.Rejected > report.Rows || report.Pairs+report.Repeated > report.Rows {
			t.Fatalf("the counts do not add up: %+v", report)
		}
		if err != nil {
			return
		}
		if _, _, err := Compile(imp, nil, nil, CompileOptions{Sample: true}); err != nil {
			t.Fatalf("what reads compiles: %v", err)
		}
	})
}

func ExampleReadCBS() {
	csv := "PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\n6511AA;1;02680100;026801;0268\n"
	imp, report, err := ReadCBS("pc6hnr20250801_gwb.csv", strings.NewReader(csv), int64(len(csv)), ReadOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	table, _, err := Compile(imp, nil, nil, CompileOptions{Sample: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, code := table.Resolve("6511 aa", 1, "", "", gateway.Date{})
	fmt.Println(report.Year, answer.Municipality, answer.Step, code == "")
	// Output: 2025 GM0268 postcode true
}
