// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
)

func written(t testing.TB, table *Table) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := table.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("wrote %d of %d: %v", n, b.Len(), err)
	}
	return b.Bytes()
}

func TestWhatIsWrittenLoads(t *testing.T) {
	table := sampleTable(t, CompileOptions{IncludePlanned: true})
	data := written(t, table)
	loaded, err := Load(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Version() != table.Version() || !bytes.Equal(written(t, loaded), data) {
		t.Errorf("version %+v became %+v", table.Version(), loaded.Version())
	}
	ask(t, loaded, []question{
		{postcode: "9354TB", number: 4, letter: "A", municipality: "GM1699", step: StepLetter},
		{postcode: "1231AA", number: 1, on: "2027-01-01", municipality: "GM0402", step: StepPostcode},
	})
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	data := written(t, sampleTable(t, CompileOptions{IncludePlanned: true}))
	for i := range data {
		data[i] ^= 1 << (i % 8)
		if _, err := Load(bytes.NewReader(data)); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotATable) {
			t.Fatalf("byte %d of %d: %v", i, len(data), err)
		}
		data[i] ^= 1 << (i % 8)
	}
}

func TestCutAndStretchedFilesAreRefused(t *testing.T) {
	data := written(t, sampleTable(t, CompileOptions{}))
	for n := range data {
		if _, err := Load(bytes.NewReader(data[:n])); err == nil {
			t.Fatalf("%d of %d bytes were accepted", n, len(data))
		}
	}
	if _, err := Load(bytes.NewReader(append(bytes.Clone(data), 0))); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := Load(bytes.NewReader(make([]byte, largestTable+1))); !errors.Is(err, errTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// resealed puts the right digest under changed bytes, so that what is tested
// is not the digest but what stands behind it.
func resealed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(bytes.Clone(body), sum[:]...)
}

// holds checks a table that anybody may have written, digest and all: it is
// refused, or it is written again as the same bytes and answers without a
// panic.
func holds(t *testing.T, body []byte) (loaded bool) {
	t.Helper()
	data := resealed(body)
	table, err := Load(bytes.NewReader(data))
	if err != nil {
		return false
	}
	if !bytes.Equal(written(t, table), data) {
		t.Fatalf("written again, the bytes of %x differ", data)
	}
	for i, m := range table.municipalities {
		if at, ok := table.index(m.code); !ok || at != i {
			t.Fatalf("%s is in the table and is not found", m.code)
		}
	}
	on := day(t, "2030-01-01")
	table.each(func(p postcode, value uint16) {
		if found, ok := table.find(p); !ok || found != value || p.String()[4] > 'Z' {
			t.Fatalf("%s is in the table and is not found", p)
		}
		table.Resolve(p.String(), 1, "", "", on)
		if value&exceptional != 0 {
			for _, r := range table.group(value) {
				if !slices.Contains(ofLetter(ofNumber(table.group(value), r.number), r.letter), r) {
					t.Fatalf("number %d of %s is in the table and is not found", r.number, p)
				}
				table.Resolve(p.String(), int(r.number), string(rune(r.letter)), "", on)
			}
		}
	})
	return true
}

// smallBody is a table with one of everything, without its digest.
func smallBody(t testing.TB) []byte {
	table, _ := compiled(t, importOf(t, "2020", "5296AA;1;0788", "5296AB;1;0788", "5296AB;2;0757", "5297AA;1;0757", "5297AB;1;0757"),
		changesOf(t, "2021-01-01;GM0788;GM0757;gesplitst;geldend", "2022-01-01;GM0757;GM0824;opgegaan;geldend"),
		lettersOf(t, "5296AB;2;A;GM0788"), CompileOptions{})
	data := written(t, table)
	return data[:len(data)-sha256.Size]
}

func TestTablesWrittenWrong(t *testing.T) {
	body := smallBody(t)
	if !holds(t, body) {
		t.Fatal("the table itself does not load")
	}
	for i, was := range body {
		for b := range 256 {
			body[i] = byte(b)
			holds(t, body)
		}
		body[i] = was
	}
	if holds(t, append(bytes.Clone(body), 0)) {
		t.Error("a byte after the end was accepted")
	}
	// The index of PC4 begins right after the municipalities: two PC4 of two
	// postcodes each become three, of which one is empty.
	index := []byte{2, 0, 0xb0, 0x14, 2, 0, 0xb1, 0x14, 2, 0}
	if !bytes.Contains(body, index) {
		t.Fatal("the index of PC4 is not where it was")
	}
	empty := []byte{3, 0, 0xb0, 0x14, 2, 0, 0xb1, 0x14, 2, 0, 0xb2, 0x14, 0, 0}
	if holds(t, bytes.Replace(body, index, empty, 1)) {
		t.Error("a PC4 without postcodes was accepted")
	}
	back := []byte{2, 0, 0xb1, 0x14, 2, 0, 0xb0, 0x14, 2, 0}
	if holds(t, bytes.Replace(body, index, back, 1)) {
		t.Error("an index out of order was accepted")
	}
}

func FuzzLoad(f *testing.F) {
	full := written(f, sampleTable(f, CompileOptions{IncludePlanned: true}))
	f.Add(full[:len(full)-sha256.Size])
	f.Add(smallBody(f))
	f.Fuzz(func(t *testing.T, body []byte) { holds(t, body) })
}
