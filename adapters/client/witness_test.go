// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// witnessedLog is a log that grows, and what a gateway answers about it.
type witnessedLog struct {
	*audit.Witnesses
	rows *audit.MemoryRows
	seq  *audit.Sequencer
	key  string
}

func newWitnessedLog(t *testing.T, w client.Witness) *witnessedLog {
	t.Helper()
	sum := sha256.Sum256([]byte("log"))
	signer, key, err := audit.NewNoteSigner(gatewaytest.AuditOrigin, ed25519.NewKeyFromSeed(sum[:]))
	if err != nil {
		t.Fatal(err)
	}
	l := &witnessedLog{rows: new(audit.MemoryRows), key: key}
	tiles := new(audit.MemoryTiles)
	l.seq, err = audit.NewSequencer(audit.Config{Rows: l.rows, Tiles: tiles, Heads: new(audit.MemoryHeads), Signer: signer, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	known, err := proof.Verifiers(key)
	if err != nil {
		t.Fatal(err)
	}
	v, err := w.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	l.Witnesses, err = audit.NewWitnesses(audit.WitnessConfig{Tiles: tiles, Cosignatures: gatewaytest.NewMemory().Cosignatures, Verifiers: known,
		Origin: gatewaytest.AuditOrigin, Keys: map[gateway.OIN]proof.Witness{clienttest.MunicipalityOIN: v}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *witnessedLog) grow(t *testing.T, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		_ = l.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, n))
	}
	if _, err := l.seq.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (l *witnessedLog) serve(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	if r.Method == http.MethodGet {
		since, _ := strconv.ParseInt(r.URL.Query().Get("sinds"), 10, 64)
		body, err := l.Offer(context.Background(), since)
		if err != nil {
			w.WriteHeader(http.StatusConflict)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(body)
		return
	}
	signed, _ := io.ReadAll(r.Body)
	peer := gateway.Authenticated(gateway.Party{OIN: clienttest.MunicipalityOIN, Kind: gateway.KindMunicipality}, "")
	if err := l.Accept(context.Background(), gateway.Visit{Peer: peer, At: time.Now(), Trace: gateway.NewTrace()}, signed); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"bewaard"}`))
}

// A witness signs what goes on from his last, and nothing else, whatever the gateway shows.
func TestCosign(t *testing.T) {
	sum := sha256.Sum256([]byte("witness"))
	w := client.Witness{Name: "gemeente.test/getuige", Key: ed25519.NewKeyFromSeed(sum[:])}
	real, fork := newWitnessedLog(t, w), newWitnessedLog(t, w)
	g := clienttest.New(t)
	shown := real
	g.Around = func(out http.ResponseWriter, r *http.Request, routes http.Handler) { shown.serve(out, r, routes) }
	c := connect(t, g.Municipal(t), func(c *client.Config) { c.LogKeys, c.Attempts = []string{real.key}, 1 })
	var last []byte
	for _, numbers := range [][]int{{0, 1, 2}, {3, 4}, nil} {
		real.grow(t, numbers...)
		signed, err := c.Cosign(t.Context(), w, last)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.HandIn(t.Context(), signed); err != nil {
			t.Fatal(err)
		}
		last = signed
	}
	if files, err := real.Cosigned(t.Context()); err != nil || len(files) != 1 || !bytes.Equal(files[0].Data, last) {
		t.Errorf("%d files, %v", len(files), err)
	}
	shown = fork
	fork.grow(t, 0, 1, 2, 3, 99)
	for range 2 { // as long, then longer
		evidence, err := c.Cosign(t.Context(), w, last)
		if !errors.Is(err, client.ErrForked) || bytes.Contains(evidence, []byte(w.Name)) || !bytes.Contains(evidence, []byte(gatewaytest.AuditOrigin)) {
			t.Errorf("a fork: %v\n%s", err, evidence)
		}
		fork.grow(t, 5, 6)
	}
	shown = newWitnessedLog(t, w)
	shown.grow(t, 0, 1)
	if signed, err := c.Cosign(t.Context(), w, last); err == nil || signed != nil {
		t.Errorf("a log that shrank: %v", err)
	}
	stranger := connect(t, g.Municipal(t), func(c *client.Config) { c.LogKeys = []string{"x"} })
	if _, err := stranger.Cosign(t.Context(), w, nil); !errors.Is(err, client.ErrInput) {
		t.Errorf("without the key of the log: %v", err)
	}
}
