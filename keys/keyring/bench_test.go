// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"crypto"
	"fmt"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

// Four inputs is one report: person and address under two purposes.
func BenchmarkMAC(b *testing.B) {
	k := newBench(b)
	in := make([][]byte, 4)
	for i := range in {
		in[i] = fmt.Appendf(nil, "v1|GM0268|signaal|person|j|de vries|1980-01-0%d", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.MAC(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrap(b *testing.B) {
	k := newBench(b)
	items := []keys.WrapItem{{Scope: "GM0268/2026-11", ID: "0192", Data: make([]byte, 1536)}}
	b.SetBytes(1536)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Wrap(b.Context(), items); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnwrap(b *testing.B) {
	k := newBench(b)
	items := []keys.WrapItem{{Scope: "GM0268/2026-11", ID: "0192", Data: make([]byte, 1536)}}
	out, err := k.Wrap(b.Context(), items)
	must(b, err)
	items[0].Data = out[0]
	b.SetBytes(1536)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Unwrap(b.Context(), items); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	for _, c := range []struct {
		use  keys.Use
		alg  string
		opts crypto.SignerOpts
	}{{keys.ReceiptSigning, keys.ES256, crypto.SHA256}, {keys.CheckpointSigning, keys.EdDSA, crypto.Hash(0)}} {
		b.Run(c.alg, func(b *testing.B) {
			k := newBench(b)
			digest := make([]byte, 32)
			b.ReportAllocs()
			for b.Loop() {
				_, h, err := k.Signer(b.Context(), c.use, c.alg)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := h.Sign(nil, digest, c.opts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A new scope in a file that already holds a year of every municipality: the worst write of the first of a month.
func BenchmarkNewScope(b *testing.B) {
	k := newBench(b)
	var items []keys.WrapItem
	for m := range 12 {
		for g := range 342 {
			items = append(items, keys.WrapItem{Scope: fmt.Sprintf("GM%04d/2026-%02d", g, m+1), ID: "a"})
		}
	}
	if _, err := k.Wrap(b.Context(), items); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(k.raw(b))), "bytes/file")
	n := 0
	for b.Loop() {
		n++
		wrapOne(b, k.Keyring, fmt.Sprintf("GM9999/%09d", n), "a", "x")
	}
}
