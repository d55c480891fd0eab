// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// The reference data of the whole country are not in the repository; the
// tests here run when SEINHUIS_DATA names the folder that holds them.
const dataVariable = "SEINHUIS_DATA"

// country is the whole country as the reference data know it, kept apart from
// what the importer makes of it.
type country struct {
	zip      []byte   // edition 2025 as CBS would publish it
	truth    []uint64 // every pair, ascending
	homes    [][]string
	letters  []Letter
	expected Municipalities
	changes  []Change
	table    *Table
	report   Report
	reading  time.Duration
}

var wholeCountry = sync.OnceValues(func() (*country, error) { return readCountry(os.Getenv(dataVariable)) })

func theCountry(t testing.TB) *country {
	t.Helper()
	if testing.Short() {
		t.Skip("reads the whole country, in one goroutine")
	}
	if os.Getenv(dataVariable) == "" {
		t.Skip(dataVariable + " is not set: the reference data of the whole country are needed")
	}
	c, err := wholeCountry()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func readCountry(dir string) (*country, error) {
	c := &country{}
	if err := c.generate(filepath.Join(dir, "pc6_addresses.csv.gz")); err != nil {
		return nil, err
	}
	if err := c.readLists(dir); err != nil {
		return nil, err
	}
	start := time.Now()
	imp, report, err := ReadCBS("2025-cbs-pc6huisnr20250801_buurt.zip", bytes.NewReader(c.zip), int64(len(c.zip)), ReadOptions{})
	if err != nil {
		return nil, err
	}
	c.report = report
	c.table, _, err = Compile(imp, c.changes, c.letters, CompileOptions{Expected: c.expected, IncludePlanned: true})
	c.reading = time.Since(start)
	return c, err
}

// generate turns the reference table into the CBS layout of 2025.
func (c *country) generate(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	records, err := csv.NewReader(z).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range records[1:] {
		p, _ := parsePostcode(r[0])
		code, _ := parseCode([]byte(r[3]))
		for _, n := range numbersOf(r[4]) {
			c.truth = append(c.truth, packPair(p, n, code))
		}
	}
	slices.Sort(c.truth)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	entry, err := w.Create("2025/pc6hnr20250801_gwb.csv")
	if err != nil {
		return err
	}
	b := bufio.NewWriter(entry)
	fmt.Fprintln(b, "PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025")
	for _, p := range c.truth {
		code := string(municipalityOf(pairMunicipality(p)))[2:]
		fmt.Fprintf(b, "%s;%d;%sAA01;%sAA;%s\n", postcodeOfKey(pairKey(p)), pairNumber(p), code, code, code)
	}
	if err := b.Flush(); err != nil {
		return err
	}
	err = w.Close()
	c.zip = out.Bytes()
	return err
}

// numbersOf reads "1 4 7-9 11-15/2".
func numbersOf(s string) []uint32 {
	var list []uint32
	for _, part := range strings.Fields(s) {
		step := 1
		if run, by, ok := strings.Cut(part, "/"); ok {
			part = run
			step, _ = strconv.Atoi(by)
		}
		from, to, ok := strings.Cut(part, "-")
		if !ok {
			to = from
		}
		a, _ := strconv.Atoi(from)
		b, _ := strconv.Atoi(to)
		for n := a; n <= b; n += step {
			list = append(list, uint32(n))
		}
	}
	return list
}

func (c *country) readLists(dir string) error {
	f, err := os.ReadFile(filepath.Join(dir, "pc6_straddling_addresses.csv"))
	if err != nil {
		return err
	}
	records, err := csv.NewReader(bytes.NewReader(f)).ReadAll()
	if err != nil {
		return err
	}
	c.homes = records[1:]
	var own strings.Builder
	own.WriteString("postcode;huisnummer;huisletter;gemeentecode\n")
	for _, h := range c.homes {
		fmt.Fprintf(&own, "%s;%s;%s;%s\n", h[0], h[1], h[2], h[6])
	}
	if c.letters, err = ReadLetters(strings.NewReader(own.String())); err != nil {
		return err
	}
	read := func(name string, take func(io.Reader) error) error {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer f.Close()
		return take(f)
	}
	if err := read("municipalities.csv", func(r io.Reader) (err error) { c.expected, err = ReadMunicipalities(r); return }); err != nil {
		return err
	}
	return read("municipality_changes.csv", func(r io.Reader) (err error) { c.changes, err = ReadChanges(r); return })
}

// municipalitiesOf lists the municipalities of the pair at i by the truth.
func (c *country) municipalitiesOf(i int) []gateway.Municipality {
	const rest = municipalityBits
	for i > 0 && c.truth[i-1]>>rest == c.truth[i]>>rest {
		i--
	}
	var list []gateway.Municipality
	for j := i; j < len(c.truth) && c.truth[j]>>rest == c.truth[i]>>rest; j++ {
		list = append(list, municipalityOf(pairMunicipality(c.truth[j])))
	}
	return list
}

func TestWholeCountry(t *testing.T) {
	c := theCountry(t)
	r := c.report
	t.Logf("zip of %d bytes, %d rows, %d pairs, %d postcodes, %d rejected; read and compiled in %v", len(c.zip), r.Rows, r.Pairs, r.Postcodes, r.Rejected, c.reading)
	if r.Rejected != 0 || r.Rows != len(c.truth) || c.table.Version().Municipalities != 342 {
		t.Errorf("report %+v, version %+v", r, c.table.Version())
	}
	random := rand.New(rand.NewPCG(1, 2))
	on := day(t, "2026-11-21")
	wrong, refused, settled := 0, 0, 0
	for range 1_000_000 {
		i := random.IntN(len(c.truth))
		answer, code := c.table.Resolve(postcodeOfKey(pairKey(c.truth[i])).String(), int(pairNumber(c.truth[i])), "", "", on)
		want := c.municipalitiesOf(i)
		switch {
		case code != "" && len(want) == 1:
			t.Fatalf("an address in %s was refused: %s", want[0], code)
		case code != "":
			refused++
		case !slices.Contains(want, answer.Municipality):
			wrong++
		case len(want) > 1:
			settled++
		}
	}
	t.Logf("1,000,000 random addresses: %d wrong, %d refused as ambiguous, %d ambiguous and settled by the missing letter", wrong, refused, settled)
	if wrong != 0 {
		t.Errorf("%d wrong", wrong)
	}
}

func TestWholeCountryStraddlingHomes(t *testing.T) {
	c := theCountry(t)
	on := day(t, "2026-11-21")
	right, refused := 0, 0
	for _, h := range c.homes {
		n, _ := strconv.Atoi(h[1])
		answer, code := c.table.Resolve(h[0], n, h[2], h[3], on)
		switch {
		case code != "":
			refused++
		case string(answer.Municipality) == h[6]:
			right++
		default:
			t.Errorf("%s %s%s %s went to %s and lies in %s", h[0], h[1], h[2], h[3], answer.Municipality, h[6])
		}
		// As a creditor without a field for letters would send it.
		if answer, code = c.table.Resolve(h[0], n, "", h[2]+h[3], on); code == "" && string(answer.Municipality) != h[6] {
			t.Errorf("%s %s %s went to %s and lies in %s", h[0], h[1], h[2]+h[3], answer.Municipality, h[6])
		}
	}
	t.Logf("%d homes in straddling postcodes: %d right, %d refused", len(c.homes), right, refused)
	if right < len(c.homes)*9/10 {
		t.Errorf("only %d of %d right", right, len(c.homes))
	}
}

// Homes newer than the file: never wrong, refused where the postcode straddles.
func TestWholeCountryUnknownNumbers(t *testing.T) {
	c := theCountry(t)
	on := day(t, "2026-11-21")
	refused := 0
	for i := 0; i < len(c.truth); {
		to := i
		var in []gateway.Municipality
		for ; to < len(c.truth) && pairKey(c.truth[to]) == pairKey(c.truth[i]); to++ {
			if m := municipalityOf(pairMunicipality(c.truth[to])); !slices.Contains(in, m) {
				in = append(in, m)
			}
		}
		answer, code := c.table.Resolve(postcodeOfKey(pairKey(c.truth[i])).String(), 98765, "", "", on)
		switch {
		case len(in) == 1 && (code != "" || answer.Municipality != in[0]):
			t.Fatalf("got %v %q, want %v", answer, code, in)
		case len(in) > 1 && code != gateway.CodeNumberUnknown:
			t.Fatalf("got %v %q in %v", answer, code, in)
		case len(in) > 1:
			refused++
		}
		i = to
	}
	t.Logf("an unknown number in each postcode: %d refused, the others right", refused)
}

func TestWholeCountryIsSmall(t *testing.T) {
	c := theCountry(t)
	data := written(t, c.table)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	table, err := Load(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("compiled file %d bytes; loaded in %v; the table holds %d bytes", len(data), took, held)
	if held < int64(len(data))/2 || held > 64<<20 {
		t.Errorf("%d bytes", held)
	}
	// The file's bytes were there before and must still be counted after.
	runtime.KeepAlive(data)
	runtime.KeepAlive(table)
}

func benchmarkResolve(b *testing.B, table *Table, postcodes []string) {
	on := day(b, "2026-11-21")
	random := rand.New(rand.NewPCG(3, 4))
	random.Shuffle(len(postcodes), func(i, j int) { postcodes[i], postcodes[j] = postcodes[j], postcodes[i] })
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		table.Resolve(postcodes[i%len(postcodes)], 15, "", "", on)
		i++
	}
}

func (t *Table) allPostcodes() []string {
	var list []string
	t.each(func(p postcode, _ uint16) { list = append(list, p.String()) })
	return list
}

func BenchmarkResolveWholeCountry(b *testing.B) {
	c := theCountry(b)
	benchmarkResolve(b, c.table, c.table.allPostcodes())
}

func BenchmarkResolveSample(b *testing.B) {
	table := sampleTable(b, CompileOptions{})
	benchmarkResolve(b, table, table.allPostcodes())
}

func BenchmarkResolveStraddling(b *testing.B) {
	benchmarkResolve(b, sampleTable(b, CompileOptions{}), []string{"9423TA", "9354TB", "7933TS", "5091WB"})
}

func BenchmarkLoadWholeCountry(b *testing.B) {
	data := written(b, theCountry(b).table)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Load(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
