// SPDX-License-Identifier: EUPL-1.2

package batch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// world is a desk over working fakes and the real journey.
type world struct {
	*gatewaytest.Steps
	memory *gatewaytest.Memory
	spool  *gatewaytest.MemorySpool
	ports  batch.Ports
	desk   *batch.Desk
	lines  *lines
	state  gateway.PartyState // of every creditor
}

// lines is the real journey with a fault after it has written.
type lines struct {
	*journey.Journey
	mu    sync.Mutex
	fault error
	calls int
}

func (l *lines) Lines(ctx context.Context, all []intake.Line, check bool) ([]journey.Answer, error) {
	answers, err := l.Journey.Lines(ctx, all, check)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if l.fault != nil {
		err, l.fault = l.fault, nil
		return nil, err
	}
	return answers, err
}

func newWorld(t *testing.T) *world {
	w := &world{Steps: gatewaytest.NewSteps(t), memory: gatewaytest.NewMemory(), spool: gatewaytest.NewMemorySpool(), state: gateway.PartyActive}
	w.lines = &lines{Journey: journey.New(w.Steps.Ports(w.memory.Truth))}
	w.ports = batch.Ports{Issuer: gatewaytest.Issuer, Store: w.memory.Batches, Spool: w.spool, Journey: w.lines, Signer: gatewaytest.Signer{},
		Openers:   map[batch.Envelope]batch.Opener{batch.EnvelopeJOSE: gatewaytest.FileOpener{}, batch.EnvelopeOpenPGP: gatewaytest.FileOpener{}},
		Directory: w, Clock: gatewaytest.Now, Retry: time.Millisecond}
	w.desk = batch.New(w.ports)
	return w
}

// Party fills batch.Directory.
func (w *world) Party(_ context.Context, oin gateway.OIN) (gateway.Party, bool, error) {
	for _, p := range w.Creditors() {
		if p.OIN == oin {
			p.State = w.state
			return p, true, nil
		}
	}
	return gateway.Party{}, false, nil
}

func visit(p gateway.Party) gateway.Visit {
	return gateway.Visit{Peer: gateway.Authenticated(p, strings.Repeat("ab", 32)), At: gatewaytest.Now(), Trace: gateway.NewTrace()}
}

func (w *world) submission() batch.Submission {
	return batch.Submission{Visit: visit(w.Energy), ID: gateway.BatchID(gateway.NewUUID(gatewaytest.Now(), nil)),
		Envelope: batch.EnvelopeOpenPGP, Layout: batch.LayoutNDJSON}
}

// papers are n different reports as NDJSON.
func (w *world) papers(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.Write(w.Paper(w.Energy, w.Municipalities()[i%2], i).Payload())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (w *world) receive(t *testing.T, s batch.Submission, content []byte) batch.Record {
	t.Helper()
	r, replayed, err := w.desk.Receive(t.Context(), s, bytes.NewReader(gatewaytest.Parcel(s.Visit.Peer.OIN(), content, "1")))
	if err != nil || replayed {
		t.Fatalf("receive: replayed %t, error %v", replayed, err)
	}
	return r
}

// work runs a worker until the batch is at an end.
func (w *world) work(t *testing.T, desk *batch.Desk, s batch.Submission) batch.Record {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	var done sync.WaitGroup
	done.Go(func() { _ = desk.Work(ctx) })
	defer done.Wait()
	defer stop()
	for ctx.Err() == nil {
		r, err := w.memory.Batches.Batches(ctx, []batch.Key{{Creditor: s.Visit.Peer.OIN(), ID: s.ID}})
		if names, _ := w.spool.Names(ctx); err == nil && (r[0].State == batch.Done || r[0].State == batch.Rejected) && len(names) == 0 {
			return r[0]
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the batch came to no end, or its file stayed in the spool")
	return batch.Record{}
}

type outcome struct {
	Line     int64  `json:"regel"`
	Kind     string `json:"uitkomst"`
	ID       string `json:"meldingId"`
	Receipt  string `json:"ontvangstbewijs"`
	Findings []struct {
		Code    gateway.Code `json:"code"`
		Pointer string       `json:"pointer"`
	} `json:"bevindingen"`
}

func (w *world) outcomes(t *testing.T, s batch.Submission) (all []outcome, raw []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := w.desk.Outcomes(t.Context(), s.Visit, s.ID, &b); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b.Bytes()) {
		var o outcome
		if err := json.Unmarshal(line, &o); err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all, b.Bytes()
}

// events counts the codes of the log.
func (w *world) events() map[string]int {
	n := map[string]int{}
	for _, leaf := range w.memory.Entries() {
		_, rest, _ := strings.Cut(string(leaf), `"gebeurtenis":"`)
		code, _, _ := strings.Cut(rest, `"`)
		n[code]++
	}
	return n
}
