// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/seal"
)

const stream = 100 << 20

// month is a file whose lines differ, as a real one's do.
func month(size int) []byte {
	b := make([]byte, 0, size+200)
	for i := uint64(1); len(b) < size; i++ {
		h := i * 0x9E3779B97F4A7C15
		b = fmt.Appendf(b, `{"meldingId":"019aa6b2-%04x-7000-8000-%012x","soort":"Energie","bedragInCenten":%d}`+"\n", h>>48, h&0xffffffffffff, h>>40%100000)
	}
	return b[:size]
}

func BenchmarkOpenFile(b *testing.B) {
	s := newScene(b, noon)
	for _, v := range s.forms(b, month(stream)) {
		b.Run(v.name, func(b *testing.B) {
			b.SetBytes(stream)
			b.ReportAllocs()
			for b.Loop() {
				r, err := NewOpener(s.ring).OpenFile(b.Context(), s.party, noon, bytes.NewReader(v.sealed))
				must(b, err)
				_, err = io.Copy(io.Discard, r)
				must(b, err)
			}
		})
	}
}

func BenchmarkEncryptSign(b *testing.B) {
	s, plain := newScene(b, noon), month(stream)
	b.SetBytes(stream)
	b.ReportAllocs()
	for b.Loop() {
		s.seal(b, plain, noon)
	}
}

// 100 letters is one commit.
func BenchmarkSeal(b *testing.B) {
	s := newScene(b, noon)
	letters := make([]seal.Letter, 100)
	key := encKey(b, newKey(b, "Gemeente", noon))
	for i := range letters {
		letters[i] = seal.Letter{Key: key, Content: lines(1500)}
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := NewSealer(s.ring, clock).Seal(b.Context(), letters)
		must(b, err)
	}
}
