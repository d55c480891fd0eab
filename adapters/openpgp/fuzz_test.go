// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"slices"
	"testing"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

// splice puts data in the place of some bytes. The fuzzer's processes each make
// their own keys, so it changes messages that are made here.
func splice(base, data []byte, at uint32, drop uint16) []byte {
	i := int(at) % (len(base) + 1)
	j := min(i+int(drop), len(base))
	return slices.Concat(base[:i], data, base[j:])
}

// FuzzOpenFile gives arbitrary bytes as a file, as the packets inside one that
// was encrypted to us, and spliced into both. Nothing opens but what the
// creditor signed, and the library does not panic.
func FuzzOpenFile(f *testing.F) {
	s, plain := newScene(f, noon), lines(300)
	forms, to := s.forms(f, plain), mustEntity(f, s.intake)
	signed := signedOnly(f, plain, []*openpgp.Entity{s.creditor.secret()})
	f.Add([]byte{}, uint8(0), uint32(0), uint16(0))
	f.Add([]byte("x"), uint8(1), uint32(100), uint16(1))
	f.Add([]byte("-----BEGIN PGP MESSAGE-----\n\n"), uint8(2), uint32(0), uint16(9999))
	f.Add([]byte{0xC0 | tagMarker, 3, 'P', 'G', 'P'}, uint8(0), uint32(0), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, form uint8, at uint32, drop uint16) {
		for _, sealed := range [][]byte{data, protect(t, to, data),
			splice(forms[int(form)%len(forms)].sealed, data, at, drop), protect(t, to, splice(signed, data, at, drop))} {
			got, err := s.open(sealed, noon)
			if err == nil {
				if !bytes.Equal(got, plain) {
					t.Fatalf("opens to %d bytes that nobody signed", len(got))
				}
				continue
			}
			var e *gateway.Error
			if !errors.As(err, &e) || e.Kind == gateway.KindInternal || e.Kind == gateway.KindUnavailable || errors.Is(err, errLibrary) {
				t.Fatalf("%v", err)
			}
		}
	})
}

// FuzzReadKeyStatement: what is accepted names the key that signed.
func FuzzReadKeyStatement(f *testing.F) {
	k := newKey(f, "Energie BV", noon)
	statement, err := MakeKeyStatement(creditorOIN, noon, k)
	must(f, err)
	f.Add([]byte{}, uint32(0), uint16(0))
	f.Add([]byte("-----BEGIN PGP SIGNED MESSAGE-----\n\n"), uint32(0), uint16(36))
	f.Add([]byte("0"), uint32(70), uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, at uint32, drop uint16) {
		for _, bad := range [][]byte{data, splice(statement, data, at, drop)} {
			oin, found, err := ReadKeyStatement(bad, noon)
			if errors.Is(err, errLibrary) {
				t.Fatal(err)
			}
			if err == nil && (oin != creditorOIN || len(found) != 2 || found[0].ID != k.ID()) {
				t.Fatalf("%s states %v", oin, found)
			}
		}
	})
}

// A packet that claims to be large may not be kept in memory, wherever it stands.
func TestMemoryIsBounded(t *testing.T) {
	const size = 64 << 20
	s := newScene(t, noon)
	to, me := mustEntity(t, s.intake), s.creditor.secret()
	zeros := make([]byte, size)
	head := []byte{0xC0 | 13, 255, size >> 24, size >> 16 & 0xff, size >> 8 & 0xff, size & 0xff}
	for name, sealed := range map[string][]byte{
		"user id first":        append(head, zeros...),
		"user id inside":       protect(t, to, append(head, zeros...)),
		"signature after":      claimed(t, lines(1000), to, me, 2, size),
		"unknown packet after": claimed(t, lines(1000), to, me, 60, size),
		"content":              s.seal(t, zeros, noon),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r, err := NewOpener(s.ring).OpenFile(t.Context(), s.party, noon, bytes.NewReader(sealed))
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		runtime.ReadMemStats(&after)
		if (err == nil) != (name == "content") {
			t.Errorf("%s: %v", name, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
			t.Errorf("%s: %d MiB allocated for %d", name, got>>20, size>>20)
		}
	}
}
