// SPDX-License-Identifier: EUPL-1.2

package backup_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// entryOf is a row of the log that names a receipt.
func entryOf(t *testing.T, n int, receipt string) []byte {
	t.Helper()
	by := audit.By{Actor: "00000003123456780000", Role: audit.Creditor, Origin: audit.Local, Trace: gatewaytest.Trace(n + 1)}
	e, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, by.Actor, fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n)),
		madeAt.Add(time.Duration(n)*time.Minute), audit.Receipt(receipt))
	if err != nil {
		t.Fatal(err)
	}
	return e.Leaf()
}

// A restore that lacks the last entries is told which, and whose receipts.
func TestGap(t *testing.T) {
	s := newShop(t)
	var receipts []string
	for i := range 10 {
		payload, err := json.Marshal(gateway.Receipt{Issuer: gatewaytest.Issuer, Audience: "00000003123456780000", ID: gateway.NewUUID(madeAt, nil), About: "melding",
			ReportID: gateway.ReportID(fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i)), ReceivedAt: madeAt.Add(time.Duration(i) * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		signed, err := s.ports.Signer.Sign(t.Context(), []gateway.Statement{{Type: gateway.TypeReceipt, Payload: payload}})
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, string(signed[0]))
	}
	full, restored, other := new(audit.MemoryRows), new(audit.MemoryRows), new(audit.MemoryRows)
	for i, r := range receipts {
		leaf := entryOf(t, i, r)
		_ = full.Append(t.Context(), leaf)
		if i < 7 {
			_ = restored.Append(t.Context(), leaf)
			_ = other.Append(t.Context(), entryOf(t, 100+i, r))
		}
	}
	signer, _ := gatewaytest.AuditSigner(t, "log")
	checkpoint := func(rows *audit.MemoryRows) []byte {
		heads := new(audit.MemoryHeads)
		q, err := audit.NewSequencer(audit.Config{Rows: rows, Tiles: new(audit.MemoryTiles), Heads: heads, Signer: signer, Origin: gatewaytest.AuditOrigin})
		if err == nil {
			_, err = q.Integrate(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := heads.LastHead(t.Context())
		return text
	}
	newest, older := checkpoint(full), checkpoint(restored)
	find := func(rows audit.Rows, e backup.Evidence) backup.Gap {
		t.Helper()
		g, err := backup.FindGap(t.Context(), rows, s.log, s.signed, e)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	g := find(restored, backup.Evidence{Checkpoints: [][]byte{older, newest}, Receipts: append(receipts, "ey.ey.ey")})
	if g.Whole() || g.Forked() || g.First != 8 || g.Through != 10 || g.Missing() != 3 || len(g.Lost) != 3 || g.Strange != 1 || g.Receipts != 10 || g.Rows != 7 {
		t.Errorf("%+v", g)
	}
	if l := g.Lost[0]; l.ReportID != "00000007-0000-4000-8000-000000000007" || l.To != "00000003123456780000" || l.About != "melding" || l.Digest != gateway.DigestOf([]byte(receipts[7])) {
		t.Errorf("lost first: %+v", l)
	}
	if !g.Until.Equal(madeAt.Add(9*time.Minute)) || !g.Last.Equal(madeAt.Add(6*time.Minute)) {
		t.Errorf("from %s until %s", g.Last, g.Until)
	}
	if g := find(full, backup.Evidence{Checkpoints: [][]byte{older, newest}, Receipts: receipts}); !g.Whole() || g.Missing() != 0 {
		t.Errorf("nothing is missing: %+v", g)
	}
	if g := find(restored, backup.Evidence{Receipts: receipts[:7]}); !g.Whole() {
		t.Errorf("nothing that was brought is missing: %+v", g)
	}
	// Another history of the same length is a fork, and no loss.
	if g := find(other, backup.Evidence{Checkpoints: [][]byte{older}}); !g.Forked() || g.Whole() || g.Missing() != 0 {
		t.Errorf("another history: %+v", g)
	}
	stranger, _ := gatewaytest.AuditSigner(t, "somebody else")
	signer = stranger
	if _, err := backup.FindGap(t.Context(), restored, s.log, s.signed, backup.Evidence{Checkpoints: [][]byte{checkpoint(full)}}); !errors.Is(err, backup.ErrEvidence) {
		t.Errorf("a checkpoint by another gives %v", err)
	}
	signed, err := g.Sign(t.Context(), s.ports.Signer)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.signed.Open(string(signed))
	if err != nil || r.Type != string(gateway.TypeLoss) {
		t.Errorf("%s, %v", r.Type, err)
	}
}

// A copy goes through the key store once, in batches, each body under its own id.
func TestCopyRewraps(t *testing.T) {
	s := newShop(t)
	s.truth.table = append([]backup.Table{{Name: "signal", Columns: columns("id:blob number:int")}}, s.truth.table...)
	for i := range 900 {
		id := gateway.NewUUID(madeAt, nil)
		raw := make([]byte, 16)
		_, _ = fmt.Sscanf(string(id[:8]+id[9:13]+id[14:18]+id[19:23]+id[24:]), "%32x", &raw)
		s.truth.rows["signal"] = append(s.truth.rows["signal"], []backup.Value{backup.BlobOf(raw), backup.IntOf(int64(i))})
	}
	calls, wrong := 0, errors.New("asked for")
	into := &taken{truth: &truth{rows: map[string][][]backup.Value{}}}
	rewrap := func(_ context.Context, batch []backup.Wrapped) ([][]byte, error) {
		calls++
		out := make([][]byte, len(batch))
		for i, b := range batch {
			if b.ID == "" || b.Scope == "" {
				return nil, wrong
			}
			out[i] = append([]byte("nieuw"), b.Data...)
		}
		return out, nil
	}
	c, err := backup.Copy(t.Context(), s.truth, loadInto{into}, s.log, rewrap)
	if err != nil || c.Rewrapped != 900 || calls != 3 || c.Log.Size != 291 {
		t.Fatalf("%d in %d calls, %v", c.Rewrapped, calls, err)
	}
	for i, row := range into.rows["body"] {
		if want := "nieuw" + string(s.truth.rows["body"][i][3].Blob()); string(row[3].Blob()) != want || row[1].Int() != int64(i) {
			t.Fatalf("body %d is another", i)
		}
	}
	again, log, err := backup.Tally(t.Context(), s.truth, s.log, nil)
	if err != nil || log != c.Log || len(again) != len(c.Tables) || again[2] != c.Tables[2] {
		t.Errorf("counted again: %+v, %v", again, err)
	}
	s.truth.rows["signal"] = nil // bodies of nobody
	if _, err := backup.Copy(t.Context(), s.truth, loadInto{&taken{truth: &truth{rows: map[string][][]backup.Value{}}}}, s.log, rewrap); !errors.Is(err, wrong) {
		t.Errorf("a key store that fails gives %v", err)
	}
}

// loadInto is a Sink over what was taken.
type loadInto struct{ *taken }

func (l loadInto) Load(_ context.Context, _ int, fn func(backup.Load) error) error {
	return fn(l.taken)
}
