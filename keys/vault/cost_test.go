// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"fmt"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// commitSize is the largest group that one commit takes.
const commitSize = 256

// calls counts what an act costs.
func (b *bench) calls(t testing.TB, act func() error) uint64 {
	t.Helper()
	before := b.Calls()
	must(t, act())
	return b.Calls() - before
}

func bodies(scopes int) []keys.WrapItem {
	items := make([]keys.WrapItem, commitSize)
	for i := range items {
		items[i] = keys.WrapItem{Scope: fmt.Sprintf("GM%04d/2026-11", i%scopes), ID: fmt.Sprint(i), Data: make([]byte, 1536)}
	}
	return items
}

func values(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, "v1|GM0268|signaal|person|%d", i)
	}
	return out
}

func digests(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = make([]byte, 32)
		out[i][0], out[i][1] = byte(i), byte(i>>8)
	}
	return out
}

// What a commit of 256 reports costs in round trips: well under one per report.
func TestCallsPerCommit(t *testing.T) {
	b := newBench(t)
	sign := func(n int) func() error {
		return func() error {
			_, h, err := b.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
			if err != nil {
				return err
			}
			all, err := h.(keys.BatchSigner).SignBatch(t.Context(), digests(n), optsOf(keys.ES256))
			if err == nil && len(all) != n {
				t.Errorf("%d signatures for %d", len(all), n)
			}
			return err
		}
	}
	blind := func(n int) func() error {
		return func() error { _, err := b.MAC(t.Context(), values(n)); return err }
	}
	var wrapped [][]byte
	wrap := func(scopes int) func() error {
		return func() (err error) { wrapped, err = b.Wrap(t.Context(), bodies(scopes)); return err }
	}
	unwrap := func(scopes int) func() error {
		return func() error {
			items := bodies(scopes)
			for i := range items {
				items[i].Data = wrapped[i]
			}
			_, err := b.Unwrap(t.Context(), items)
			return err
		}
	}
	for _, c := range []struct {
		name string
		act  func() error
		want uint64
	}{
		{"256 receipts", sign(commitSize), 1},
		{"400 receipts", sign(maxBatch), 1},
		{"401 receipts", sign(maxBatch + 1), 2},
		{"256 pseudonyms", blind(commitSize), 1},
		{"four pseudonyms of 256 reports", blind(4 * commitSize), 3},
		{"no pseudonyms", blind(0), 0},
		{"256 bodies of 40 new scopes", wrap(40), 40 * 5}, // data key, tombstone, make, data key, tombstone
		{"256 bodies of the same scopes", wrap(40), 0},
		{"opening them here", unwrap(40), 0},
	} {
		if got := b.calls(t, c.act); got != c.want {
			t.Errorf("%s: %d calls, want %d", c.name, got, c.want)
		}
	}
	must(t, b.Rotate(t.Context(), keys.SubjectBlinding))
	if got := b.calls(t, blind(commitSize)); got != 2 {
		t.Errorf("256 pseudonyms with two live versions: %d calls, want 2", got)
	}
	b.clock.advance(dataKeyLife) // the data keys go, and the register is looked at again
	if got := b.calls(t, wrap(40)); got != 2*40 {
		t.Errorf("new data keys for 40 scopes: %d calls, want 80", got)
	}
	b.clock.advance(dataKeyLife)
	if got := b.calls(t, unwrap(40)); got != 2*40 {
		t.Errorf("opening a mailbox of 40 scopes: %d calls, want 80", got)
	}
	b.clock.advance(time.Second)
	if got := b.calls(t, sign(1)); got != 2 {
		t.Errorf("one receipt in the next second: %d calls, want the look and the signature", got)
	}
}

func BenchmarkMAC(b *testing.B) {
	for _, n := range []int{1, commitSize, 4 * commitSize} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, in := newBench(b), values(n)
			before := s.Calls()
			for b.Loop() {
				if _, err := s.MAC(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
			perCall(b, s, before, n)
		})
	}
}

func BenchmarkSign(b *testing.B) {
	for _, c := range []struct {
		use keys.Use
		alg string
		n   int
	}{
		{keys.ReceiptSigning, keys.ES256, 1}, {keys.ReceiptSigning, keys.ES256, commitSize},
		{keys.CheckpointSigning, keys.EdDSA, 1}, {keys.ReceiptSigning, keys.PS256, 1}, {keys.ReceiptSigning, keys.PS256, 64},
	} {
		b.Run(fmt.Sprintf("%s/%d", c.alg, c.n), func(b *testing.B) {
			s, in := newBench(b), digests(c.n)
			must(b, s.EnsurePS256(b.Context()))
			_, h, err := s.Signer(b.Context(), c.use, c.alg)
			must(b, err)
			before := s.Calls()
			for b.Loop() {
				if _, err := h.(keys.BatchSigner).SignBatch(b.Context(), in, optsOf(c.alg)); err != nil {
					b.Fatal(err)
				}
			}
			perCall(b, s, before, c.n)
		})
	}
}

// Wrapping with data keys in memory, and fetching one for each of 40 scopes.
func BenchmarkWrap(b *testing.B) {
	for name, after := range map[string]time.Duration{"held": 0, "fetched": dataKeyLife} {
		b.Run(name, func(b *testing.B) {
			s, items := newBench(b), bodies(40)
			_, err := s.Wrap(b.Context(), items)
			must(b, err)
			before := s.Calls()
			for b.Loop() {
				s.clock.advance(after)
				if _, err := s.Wrap(b.Context(), items); err != nil {
					b.Fatal(err)
				}
			}
			perCall(b, s, before, commitSize)
		})
	}
}

func perCall(b *testing.B, s *bench, before uint64, members int) {
	calls := float64(s.Calls() - before)
	b.ReportMetric(calls/float64(b.N), "calls/op")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(members), "µs/member")
}
