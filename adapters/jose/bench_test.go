// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"context"
	"crypto/aes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v3/jwe/jwebb"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

// Each floor does the bare primitives of the benchmark before it, in the same
// run, so that the ratio shows what format and strictness cost. 1 KiB of content.

var report = []byte(`{"x":"` + strings.Repeat("a", 1024-8) + `"}`)

func benchmarkOpen(b *testing.B, alg string) {
	w := theWorld()
	token := must(Wrap(report, w.sign[alg], w.open[algECDHES].Public()))
	letters := []intake.Letter{letterOf(w.party(), token)}
	o := NewOpener(w.store, Limits{})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if c := o.Open(ctx, letters); c[0].Err != nil {
			b.Fatal(c[0].Err)
		}
	}
}

func BenchmarkOpenES256(b *testing.B) { benchmarkOpen(b, algES256) }
func BenchmarkOpenEdDSA(b *testing.B) { benchmarkOpen(b, algEdDSA) }

// openFloor is one key agreement and one GCM.
func openFloor(private *ecdh.PrivateKey, once []byte, cek, iv, box []byte) error {
	public, err := ecdh.P256().NewPublicKey(once)
	if err != nil {
		return err
	}
	if _, err := private.ECDH(public); err != nil {
		return err
	}
	_, err = must(newGCM(cek)).Open(nil, iv, box, nil)
	return err
}

func BenchmarkOpenES256Floor(b *testing.B) {
	w := theWorld()
	private := w.open[algECDHES].raw().(*ecdh.PrivateKey)
	key := w.sign[algES256].raw().(*ecdsa.PrivateKey)
	once := must(ecdh.P256().GenerateKey(rand.Reader)).PublicKey().Bytes()
	cek, iv := make([]byte, cekSize), make([]byte, ivSize)
	box := must(newGCM(cek)).Seal(nil, iv, report, nil)
	sum := sha256.Sum256(report)
	signature := must(ecdsa.SignASN1(rand.Reader, key, sum[:]))
	b.ReportAllocs()
	for b.Loop() {
		sum := sha256.Sum256(report)
		if openFloor(private, once, cek, iv, box) != nil || !ecdsa.VerifyASN1(&key.PublicKey, sum[:], signature) {
			b.Fatal("broken")
		}
	}
}

func BenchmarkOpenEdDSAFloor(b *testing.B) {
	w := theWorld()
	private := w.open[algECDHES].raw().(*ecdh.PrivateKey)
	key := w.sign[algEdDSA].raw().(ed25519.PrivateKey)
	once := must(ecdh.P256().GenerateKey(rand.Reader)).PublicKey().Bytes()
	cek, iv := make([]byte, cekSize), make([]byte, ivSize)
	box := must(newGCM(cek)).Seal(nil, iv, report, nil)
	signature := ed25519.Sign(key, report)
	public := key.Public().(ed25519.PublicKey)
	b.ReportAllocs()
	for b.Loop() {
		if openFloor(private, once, cek, iv, box) != nil || !ed25519.Verify(public, report, signature) {
			b.Fatal("broken")
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	letters := []seal.Letter{{Key: theWorld().open[algECDHES].Public(), Content: report}}
	ctx := context.Background()
	s := NewSealer()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Seal(ctx, letters); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealFloor(b *testing.B) {
	public := theWorld().open[algECDHES].public.Public.(*ecdh.PublicKey)
	cek, iv := make([]byte, cekSize), make([]byte, ivSize)
	b.ReportAllocs()
	for b.Loop() {
		once := must(ecdh.P256().GenerateKey(rand.Reader))
		kek := must(once.ECDH(public))
		must(jwebb.Wrap(must(aes.NewCipher(kek)), cek))
		must(newGCM(cek)).Seal(nil, iv, report, nil)
	}
}

func BenchmarkSign(b *testing.B) {
	i := NewIssuer(theWorld().store, keys.ReceiptSigning)
	one := []gateway.Statement{{Type: gateway.TypeReceipt, Payload: report}}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := i.Sign(ctx, one); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignFloor(b *testing.B) {
	key := theWorld().sign[algES256].raw().(*ecdsa.PrivateKey)
	b.ReportAllocs()
	for b.Loop() {
		sum := sha256.Sum256(report)
		must(ecdsa.SignASN1(rand.Reader, key, sum[:]))
	}
}
