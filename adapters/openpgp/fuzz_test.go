// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

// FuzzOpenFile gives arbitrary bytes as a file, and as the packets inside one
// that was encrypted to us. Nothing that the creditor did not sign opens, and
// the library does not panic.
func FuzzOpenFile(f *testing.F) {
	s, plain := newScene(f, noon), lines(300)
	for _, v := range s.forms(f, plain) {
		f.Add(v.sealed)
	}
	me := s.creditor.secret()
	signed := signedOnly(f, plain, []*openpgp.Entity{me})
	f.Add(signed)
	f.Add([]byte("-----BEGIN PGP MESSAGE-----\n\n"))
	to := mustEntity(f, s.intake)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, sealed := range [][]byte{data, protect(t, to, data)} {
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
	f.Add(statement)
	f.Add(append(bytes.Clone(statement[:300]), k.Public()...))
	f.Fuzz(func(t *testing.T, data []byte) {
		oin, found, err := ReadKeyStatement(data, noon)
		if errors.Is(err, errLibrary) {
			t.Fatal(err)
		}
		if err == nil && (oin != creditorOIN || len(found) != 2 || found[0].ID != k.ID()) {
			t.Fatalf("%s states %v", oin, found)
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
