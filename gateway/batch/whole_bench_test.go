// SPDX-License-Identifier: EUPL-1.2

package batch_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/policies"
)

// BenchmarkFile is a file of b.N different lines over the real stores, keys
// and seals, from Receive to the signed summary; only the envelope of the file
// is a fake. For 100,000 lines: -benchtime 100000x.
func BenchmarkFile(b *testing.B) {
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	dir, clock := b.TempDir(), gatewaytest.Now
	ring, err := keyring.Create(filepath.Join(dir, "keyring"), keyring.NewUnlock(), clock(), keyring.Options{Clock: clock})
	must(b, err)
	defer ring.Close()
	db, err := sqlite.Open(ctx, filepath.Join(dir, "db"))
	must(b, err)
	defer db.Close()
	must(b, os.Mkdir(filepath.Join(dir, "spool"), 0o700))
	spool, err := files.OpenSpool(filepath.Join(dir, "spool"))
	must(b, err)
	defer spool.Close()
	policy, err := policies.Embedded()
	must(b, err)
	steps := gatewaytest.NewSteps(b)
	registrar := register.NewRegistrar(db.Register(), clock)
	for _, p := range append(steps.Municipalities(), steps.Energy) {
		must(b, registrar.Enrol(ctx, p))
	}
	for _, a := range steps.Agreements {
		if a.Creditor == steps.Energy.OIN {
			must(b, registrar.Conclude(ctx, a))
		}
	}
	bell, directory := feedback.NewBell(nil), register.NewDirectory(db.Register(), clock)
	receipts := jose.NewIssuer(ring, keys.ReceiptSigning)
	way := journey.New(journey.Ports{Issuer: gatewaytest.Issuer, Opener: jose.NewOpener(ring, jose.Limits{}), Tables: steps,
		Register: directory, Policy: func() *policies.Bundle { return policy }, Keyer: ring, Sealer: jose.NewSealer(), Wrapper: ring,
		Receipts: receipts, Notices: feedback.NewNotices(db.Feedback(), jose.NewIssuer(ring, keys.NoticeSigning), ring, bell),
		Ledger: db.Ledger(), Bell: bell, Objections: objection.NewDirectory(db.Objections(), clock)})
	desk := batch.New(batch.Ports{Issuer: gatewaytest.Issuer, Store: db.Batches(), Spool: spool, Journey: way, Signer: receipts,
		Openers: map[batch.Envelope]batch.Opener{batch.EnvelopeOpenPGP: gatewaytest.FileOpener{}}, Directory: directory, Clock: clock,
		Trouble: func(err error) { b.Error(err) }})
	var content bytes.Buffer
	for i := range b.N {
		content.Write(steps.Paper(steps.Energy, steps.Municipalities()[i%2], i).Payload())
		content.WriteByte('\n')
	}
	s := batch.Submission{Visit: gateway.Visit{Peer: gateway.Authenticated(steps.Energy, strings.Repeat("ab", 32)), At: clock(), Trace: gateway.NewTrace()},
		ID: gateway.BatchID(gateway.NewUUID(clock(), nil)), Envelope: batch.EnvelopeOpenPGP, Layout: batch.LayoutNDJSON}
	parcel := gatewaytest.Parcel(steps.Energy.OIN, content.Bytes(), "")
	b.ResetTimer()
	begin := time.Now()
	_, _, err = desk.Receive(ctx, s, bytes.NewReader(parcel))
	must(b, err)
	var done sync.WaitGroup
	done.Go(func() { _ = desk.Work(ctx) })
	var r batch.Record
	var most uint64
	for r.State != batch.Done && r.State != batch.Rejected && !b.Failed() {
		time.Sleep(5 * time.Millisecond)
		r, err = desk.Status(ctx, s.Visit, s.ID)
		must(b, err)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
	}
	b.ReportMetric(float64(b.N)/time.Since(begin).Seconds(), "lines/s")
	b.ReportMetric(float64(most)/(1<<20), "MiB")
	stop()
	done.Wait()
	if r.Accepted != int64(b.N) {
		b.Errorf("%d accepted, %d duplicate, %d refused of %d", r.Accepted, r.Duplicate, r.Refused, b.N)
	}
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
