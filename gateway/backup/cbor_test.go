// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"reflect"
	"testing"
)

// The examples of RFC 8949, appendix A, that are of the types in use.
func TestValuesAreCBOR(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{IntOf(0), "00"}, {IntOf(1), "01"}, {IntOf(23), "17"}, {IntOf(24), "1818"}, {IntOf(100), "1864"}, {IntOf(1000), "1903e8"},
		{IntOf(1000000), "1a000f4240"}, {IntOf(1000000000000), "1b000000e8d4a51000"}, {IntOf(-1), "20"}, {IntOf(-10), "29"},
		{IntOf(-100), "3863"}, {IntOf(-1000), "3903e7"}, {IntOf(math.MaxInt64), "1b7fffffffffffffff"}, {IntOf(math.MinInt64), "3b7fffffffffffffff"},
		{BoolOf(false), "f4"}, {BoolOf(true), "f5"}, {Value{}, "f6"}, {BlobOf(nil), "40"}, {BlobOf([]byte{1, 2, 3, 4}), "4401020304"},
		{TextOf(""), "60"}, {TextOf("IETF"), "6449455446"}, {TextOf("ü"), "62c3bc"},
	} {
		got := appendValue(nil, c.v)
		if hex.EncodeToString(got) != c.want {
			t.Errorf("%v is %x, want %s", c.v, got, c.want)
		}
		back, err := readValue(bufio.NewReader(bytes.NewReader(got)))
		if err != nil || back.Kind() != c.v.Kind() || back.Int() != c.v.Int() || back.Text() != c.v.Text() || !bytes.Equal(back.Blob(), c.v.Blob()) {
			t.Errorf("%s is read as %v, %v", c.want, back, err)
		}
	}
}

func TestItemsThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no array": "01", "empty array": "80", "tag is text": "826161f6", "not shortest": "82180101", "not shortest length": "8158016100",
		"indefinite": "9f01ff", "float": "8201f90000", "map": "8201a0", "text that is no text": "820161ff", "too large": "82011b8000000000000000",
		"too long": "82015b0000000100000000", "break": "8201ff", "undefined": "8201f7", "simple value": "8201e0",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := readItem(bufio.NewReader(bytes.NewReader(b)), nil); !errors.Is(err, ErrItem) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := appendItem(nil, itemRow, IntOf(70000), TextOf("tekst"), BlobOf(make([]byte, 300)))
	for n := range whole {
		_, _, err := readItem(bufio.NewReader(bytes.NewReader(whole[:n])), nil)
		if n == 0 && err != io.EOF || n > 0 && !errors.Is(err, ErrCutOff) {
			t.Errorf("cut off at %d: %v", n, err)
		}
	}
}

// What is read is written the same again, and nothing makes it panic.
func FuzzItem(f *testing.F) {
	f.Add(appendItem(nil, itemRow, IntOf(-5), TextOf("a"), BlobOf([]byte{1}), BoolOf(true), Value{}))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.NewReader(b)
		r := bufio.NewReader(in)
		tag, values, err := readItem(r, nil)
		if err != nil {
			if values != nil {
				t.Error("values beside an error")
			}
			return
		}
		read := len(b) - in.Len() - r.Buffered()
		if again := appendItem(nil, tag, values...); !bytes.Equal(again, b[:read]) {
			t.Errorf("%x became %x", b[:read], again)
		}
		tag2, values2, err := readItem(bufio.NewReader(bytes.NewReader(b[:read])), nil)
		if err != nil || tag2 != tag || !reflect.DeepEqual(values, values2) {
			t.Error("read twice, it differs")
		}
	})
}
