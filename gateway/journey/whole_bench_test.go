// SPDX-License-Identifier: EUPL-1.2

package journey_test

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/policies"
)

// whole is the journey over its real adapters, without a door: what remains of
// a report when HTTP and TLS are left out.
type whole struct {
	*gatewaytest.Steps
	journey   *journey.Journey
	signer    jose.PrivateKey
	recipient gateway.PartyKey
	creditor  gateway.Party
}

func newWhole(b *testing.B) *whole {
	b.Helper()
	ctx, dir := b.Context(), b.TempDir()
	clock := gatewaytest.Now
	ring, err := keyring.Create(filepath.Join(dir, "keyring"), keyring.NewUnlock(), clock(), keyring.Options{Clock: clock})
	must(b, err)
	db, err := sqlite.Open(ctx, filepath.Join(dir, "db"))
	must(b, err)
	b.Cleanup(func() { _ = db.Close(); _ = ring.Close() })
	policy, err := policies.Embedded()
	must(b, err)

	w := &whole{Steps: gatewaytest.NewSteps(b)}
	w.signer, err = jose.NewSigningKey("ES256")
	must(b, err)
	w.creditor = w.Energy
	key := w.signer.Public()
	key.From = clock().AddDate(-1, 0, 0)
	w.creditor.Keys = []gateway.PartyKey{key}
	registrar := register.NewRegistrar(db.Register(), clock)
	for _, p := range append([]gateway.Party{w.creditor}, w.Municipalities()...) {
		must(b, registrar.Enrol(ctx, p))
	}
	for _, a := range w.Agreements {
		if a.Creditor == w.creditor.OIN {
			must(b, registrar.Conclude(ctx, a))
		}
	}
	publics, err := ring.Publics(ctx)
	must(b, err)
	set, err := jose.JWKS(publics)
	must(b, err)
	published, err := jose.ParseJWKS(set)
	must(b, err)
	w.recipient, err = jose.Recipient(published, clock())
	must(b, err)

	bell := feedback.NewBell(nil)
	w.journey = journey.New(journey.Ports{
		Issuer: gatewaytest.Issuer, Opener: jose.NewOpener(ring, jose.Limits{}), Tables: w.Steps,
		Register: register.NewDirectory(db.Register(), clock), Policy: func() *policies.Bundle { return policy },
		Keyer: ring, Sealer: jose.NewSealer(), Wrapper: ring, Receipts: jose.NewIssuer(ring, keys.ReceiptSigning),
		Notices: feedback.NewNotices(db.Feedback(), jose.NewIssuer(ring, keys.NoticeSigning), ring, bell),
		Ledger:  db.Ledger(), Bell: bell, Objections: objection.NewDirectory(db.Objections(), clock),
	})
	return w
}

// letters are n different reports, signed and encrypted beforehand.
func (w *whole) letters(b *testing.B, n int) []intake.Submission {
	b.Helper()
	batch := make([]intake.Submission, n)
	for i := range batch {
		p := w.Paper(w.creditor, w.Municipalities()[i%2], i)
		token, err := jose.Wrap(p.Payload(), w.signer, w.recipient)
		must(b, err)
		batch[i] = intake.Submission{Peer: gateway.Authenticated(w.creditor, fingerprint), ID: p.ID, Token: token,
			At: gatewaytest.Now(), Trace: gateway.NewTrace()}
	}
	return batch
}

const fingerprint = "00000000000000000000000000000000000000000000000000000000000000ab"

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWhole is a report from letter to durable receipt with 64 callers at
// a time, every commit with fsync: group commit shows here.
func BenchmarkWhole(b *testing.B) {
	w := newWhole(b)
	batch := w.letters(b, b.N)
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			answers, err := w.journey.Report(context.Background(), batch[next.Add(1)-1:][:1])
			if err != nil || answers[0].Err != nil {
				b.Errorf("%v %v", err, answers)
				return
			}
		}
	})
}

// BenchmarkWholeOne is one caller: the latency of a report on an idle gateway.
func BenchmarkWholeOne(b *testing.B) {
	w := newWhole(b)
	batch := w.letters(b, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		answers, err := w.journey.Report(context.Background(), batch[i:i+1])
		if err != nil || answers[0].Err != nil {
			b.Fatal(err, answers)
		}
	}
}

// BenchmarkWholeBatch is a chunk of 256 in one call, as bulk files will send.
func BenchmarkWholeBatch(b *testing.B) {
	const chunk = 256
	w := newWhole(b)
	batch := w.letters(b, b.N*chunk)
	b.ReportAllocs()
	b.ResetTimer()
	begin := time.Now()
	for i := range b.N {
		_, err := w.journey.Report(context.Background(), batch[i*chunk:(i+1)*chunk])
		must(b, err)
	}
	b.ReportMetric(float64(b.N*chunk)/time.Since(begin).Seconds(), "reports/s")
}

// BenchmarkFloor is the cryptography that no design can leave out, in the same
// run: two key agreements and a key pair (open, seal), one verification, one
// signature, one digest. The ratio of Whole to Floor is what the rest costs.
func BenchmarkFloor(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(b, err)
	digest := sha256.Sum256(make([]byte, 1024))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	must(b, err)
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	must(b, err)
	theirs, err := ecdh.P256().GenerateKey(rand.Reader)
	must(b, err)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = ours.ECDH(theirs.PublicKey())
			fresh, _ := ecdh.P256().GenerateKey(rand.Reader)
			_, _ = fresh.ECDH(theirs.PublicKey())
			_ = ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature)
			_, _ = ecdsa.SignASN1(rand.Reader, key, digest[:])
		}
	})
}
