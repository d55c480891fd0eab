// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"io"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// What others could send and ours never would.

func signedOnly(t testing.TB, plain []byte, from []*openpgp.Entity) []byte {
	var b bytes.Buffer
	w, err := openpgp.Sign(&b, from, nil, profile(noon))
	must(t, err)
	return closed(t, &b, w, plain)
}

func passphrase(t testing.TB, plain []byte) []byte {
	var b bytes.Buffer
	w, err := openpgp.SymmetricallyEncrypt(&b, []byte("geheim"), nil, profile(noon))
	must(t, err)
	return closed(t, &b, w, plain)
}

func closed(t testing.TB, b *bytes.Buffer, w io.WriteCloser, plain []byte) []byte {
	t.Helper()
	_, err := w.Write(plain)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func textSigned(t testing.TB, plain []byte, to *openpgp.Entity, from []*openpgp.Entity) []byte {
	var b bytes.Buffer
	w, err := openpgp.EncryptWithParams(&b, []*openpgp.Entity{to}, nil, &openpgp.EncryptParams{Signers: from, TextSig: true, Config: profile(noon)})
	must(t, err)
	return closed(t, &b, w, plain)
}

func toTwo(t testing.TB, plain []byte, to, more *openpgp.Entity, from []*openpgp.Entity, hidden bool) []byte {
	var b bytes.Buffer
	open, shut := []*openpgp.Entity{to, more}, []*openpgp.Entity(nil)
	if hidden {
		open, shut = nil, []*openpgp.Entity{to}
	}
	w, err := openpgp.Encrypt(&b, open, shut, from, nil, profile(noon))
	must(t, err)
	return closed(t, &b, w, plain)
}

// protect encrypts packets as they are.
func protect(t testing.TB, to *openpgp.Entity, packets []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	key := bytes.Repeat([]byte{7}, 32)
	k, ok := to.EncryptionKey(noon, profile(noon))
	if !ok {
		t.Fatal("no key")
	}
	must(t, packet.SerializeEncryptedKey(&b, k.PublicKey, packet.CipherAES256, key, profile(noon)))
	w, err := packet.SerializeSymmetricallyEncrypted(&b, packet.CipherAES256, false, packet.CipherSuite{}, key, profile(noon))
	must(t, err)
	return closed(t, &b, w, packets)
}

// layered compresses a signed message a number of times.
func layered(t testing.TB, to *openpgp.Entity, plain []byte, times int, from *openpgp.Entity) []byte {
	packets := signedOnly(t, plain, []*openpgp.Entity{from})
	for range times {
		var b bytes.Buffer
		w, err := packet.SerializeCompressed(nopCloser{&b}, packet.CompressionZIP, nil)
		must(t, err)
		packets = closed(t, &b, w, packets)
	}
	return protect(t, to, packets)
}

// forwarded is a message to another that its reader encrypts to us.
func forwarded(t testing.TB, plain []byte, to, first *openpgp.Entity, from []*openpgp.Entity) []byte {
	sealed := pack(t, plain, first, from, nil, profile(noon))
	var clear bytes.Buffer
	// Decryption needs the first recipient's key; making the same signature is as good.
	_ = sealed
	w, err := openpgp.EncryptWithParams(&clear, []*openpgp.Entity{first}, []*openpgp.Entity{to},
		&openpgp.EncryptParams{Signers: from, SessionKey: bytes.Repeat([]byte{7}, 32), Config: profile(noon)})
	must(t, err)
	whole := closed(t, &clear, w, plain)
	body := whole[bytes.IndexByte(whole, 0xC0|tagProtected):]
	r := bytes.NewReader(whole)
	for range 2 {
		_, err := packet.Read(r)
		must(t, err)
	}
	body = whole[len(whole)-r.Len():]
	var b bytes.Buffer
	k, _ := to.EncryptionKey(noon, profile(noon))
	must(t, packet.SerializeEncryptedKey(&b, k.PublicKey, packet.CipherAES256, bytes.Repeat([]byte{7}, 32), profile(noon)))
	return append(b.Bytes(), body...)
}

// withoutMDC has a packet of type 9, which nothing protects.
func withoutMDC(t testing.TB, plain []byte, to *openpgp.Entity) []byte {
	var b bytes.Buffer
	k, _ := to.EncryptionKey(noon, profile(noon))
	must(t, packet.SerializeEncryptedKey(&b, k.PublicKey, packet.CipherAES256, bytes.Repeat([]byte{7}, 32), profile(noon)))
	b.Write([]byte{0xC0 | 9, 100})
	b.Write(plain[:100])
	return b.Bytes()
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
