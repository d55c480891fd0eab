// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"bytes"
	"crypto/sha256"
	"errors"
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

// Whatever loads, whoever wrote it, is written again as the same bytes and
// answers without a panic.
func FuzzLoad(f *testing.F) {
	full := written(f, sampleTable(f, CompileOptions{IncludePlanned: true}))
	f.Add(full[:len(full)-sha256.Size])
	small, _ := compiled(f, importOf(f, "2020", "5296AA;1;0788", "5296AB;1;0788", "5296AB;2;0757"),
		changesOf(f, "2021-01-01;GM0788;GM0757;gesplitst;geldend"), nil, CompileOptions{})
	data := written(f, small)
	f.Add(data[:len(data)-sha256.Size])
	f.Fuzz(func(t *testing.T, body []byte) {
		data := resealed(body)
		table, err := Load(bytes.NewReader(data))
		if err != nil {
			return
		}
		if !bytes.Equal(written(t, table), data) {
			t.Fatal("written again, the bytes differ")
		}
		on := day(t, "2030-01-01")
		table.each(func(p postcode, value uint16) {
			table.Resolve(p.String(), 1, "", "", on)
			if value&exceptional != 0 {
				for _, r := range table.group(value) {
					table.Resolve(p.String(), int(r.number), string(rune(r.letter)), "", on)
				}
			}
		})
	})
}
