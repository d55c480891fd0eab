// SPDX-License-Identifier: EUPL-1.2

package audit_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// stand is a log with witnesses.
type stand struct {
	*audit.Witnesses
	m     *gatewaytest.Memory
	rows  *audit.MemoryRows
	tiles *audit.MemoryTiles
	seq   *audit.Sequencer
	key   proof.Witness
	sign  func([]byte, time.Time) []byte
	visit gateway.Visit
}

func newStand(t *testing.T, seed string) *stand {
	t.Helper()
	s := &stand{m: gatewaytest.NewMemory(), rows: new(audit.MemoryRows), tiles: new(audit.MemoryTiles)}
	signer, known := gatewaytest.AuditSigner(t, seed)
	var err error
	if s.seq, err = audit.NewSequencer(audit.Config{Rows: s.rows, Heads: new(audit.MemoryHeads), Tiles: s.tiles, Signer: signer, Origin: gatewaytest.AuditOrigin}); err != nil {
		t.Fatal(err)
	}
	s.key, s.sign = gatewaytest.Cosigner(t, "gemeente.test/getuige")
	peer := gateway.Authenticated(gatewaytest.NewActors(t).Nijmegen, "")
	s.visit = gateway.Visit{Peer: peer, At: gatewaytest.Now(), Trace: gateway.NewTrace()}
	s.Witnesses, err = audit.NewWitnesses(audit.WitnessConfig{Tiles: s.tiles, Cosignatures: s.m.Cosignatures, Verifiers: known, Origin: gatewaytest.AuditOrigin,
		Keys: map[gateway.OIN]proof.Witness{peer.OIN(): s.key}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stand) grow(t *testing.T, from, to int) []byte {
	t.Helper()
	for n := from; n < to; n++ {
		_ = s.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, n))
	}
	if _, err := s.seq.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, _ := s.tiles.Read(t.Context(), proof.CheckpointPath)
	return head
}

// The exchange as a witness sees it: an offer that goes on from his last, and a cosignature that is kept.
func TestWitness(t *testing.T) {
	s := newStand(t, "log")
	_, known := gatewaytest.AuditSigner(t, "log")
	if _, err := s.Offer(t.Context(), 0); gateway.AsError(err).Kind != gateway.KindNotFound {
		t.Errorf("before the first checkpoint: %v", err)
	}
	var last tlog.Tree
	for _, size := range []int{5, 300, 700, 700} {
		s.grow(t, int(last.N), size)
		body, err := s.Offer(t.Context(), last.N)
		if err != nil {
			t.Fatal(err)
		}
		old, growth, text, err := audit.ParseOffer(body)
		if err != nil || old != last.N {
			t.Fatalf("%d, %v", old, err)
		}
		head, err := proof.OpenCheckpoint(text, known)
		if err != nil || head.Tree.N != int64(size) {
			t.Fatalf("%+v, %v", head, err)
		}
		if last.N > 0 && last.N < head.Tree.N && tlog.CheckTree(growth, head.Tree.N, head.Tree.Hash, last.N, last.Hash) != nil {
			t.Errorf("the offer does not prove growth from %d to %d", last.N, head.Tree.N)
		}
		signed := s.sign(text, gatewaytest.Now())
		if err := s.Accept(t.Context(), s.visit, signed); err != nil {
			t.Fatal(err)
		}
		more := append(slices.Clone(signed), "— iemand "+base64.StdEncoding.EncodeToString([]byte("0123 what everybody then gets"))+"\n"...)
		if err := s.Accept(t.Context(), s.visit, more); err != nil {
			t.Fatal(err)
		}
		files, err := s.Cosigned(t.Context())
		if err != nil || len(files) != 1 || !bytes.Equal(files[0].Data, signed) || files[0].Path != s.key.CosignedPath() {
			t.Errorf("%+v, %v", files, err)
		}
		last = head.Tree
	}
	entries := s.m.Entries()
	if e, err := proof.Decode(entries[len(entries)-1]); err != nil || len(entries) != 8 || e.Event != string(audit.LogCosigned) || e.Actor != string(s.visit.Peer.OIN()) {
		t.Errorf("%d entries, %+v, %v", len(entries), e, err)
	}
	if _, err := s.Offer(t.Context(), 701); gateway.AsError(err).Kind != gateway.KindConflict {
		t.Errorf("a witness that saw more: %v", err)
	}
}

func TestCosignatureRefused(t *testing.T) {
	s := newStand(t, "log")
	old, head := s.grow(t, 0, 5), s.grow(t, 5, 300)
	fork := newStand(t, "log")
	_ = fork.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, 999))
	forked := fork.grow(t, 1, 200)
	foreign := newStand(t, "other").grow(t, 0, 5)
	_, another := gatewaytest.Cosigner(t, "iemand.anders/getuige")
	at := gatewaytest.Now()
	good := s.sign(head, at)
	changed := bytes.Clone(good)
	changed[len(changed)-5] ^= 1
	for name, c := range map[string][]byte{
		"no cosignature": head, "another witness": another(head, at), "another log's": s.sign(foreign, at), "a fork": s.sign(forked, at),
		"a byte changed": changed, "in the future": s.sign(head, at.Add(time.Hour)), "nothing": nil,
	} {
		if err := s.Accept(t.Context(), s.visit, c); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	stranger := s.visit
	stranger.Peer = gateway.Authenticated(gatewaytest.NewActors(t).Energy, "")
	if err := s.Accept(t.Context(), stranger, good); gateway.AsError(err).Kind != gateway.KindForbidden {
		t.Errorf("a party that is no witness: %v", err)
	}
	if err := s.Accept(t.Context(), s.visit, good); err != nil {
		t.Fatal(err)
	}
	if err := s.Accept(t.Context(), s.visit, s.sign(old, at)); gateway.AsError(err).Kind != gateway.KindConflict {
		t.Errorf("an older one after a newer one: %v", err)
	}
	if files, _ := s.Cosigned(t.Context()); len(files) != 1 || !bytes.Equal(files[0].Data, good) || len(s.m.Entries()) != 1 {
		t.Errorf("%d files, %d entries", len(files), len(s.m.Entries()))
	}
	for _, bad := range []string{"", "old 5\n", "old 05\n\nx", "old -1\n\nx", "old 5\nkort\n\nx", "new 5\n\nx"} {
		if _, _, _, err := audit.ParseOffer([]byte(bad)); !errors.Is(err, proof.ErrCheckpoint) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
