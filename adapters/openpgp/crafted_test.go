// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"io"
	"slices"
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
	b := bytes.NewBuffer(sessionKey(t, to))
	w, err := packet.SerializeSymmetricallyEncrypted(b, packet.CipherAES256, false, packet.CipherSuite{}, bytes.Repeat([]byte{7}, 32), profile(noon))
	must(t, err)
	return closed(t, b, w, packets)
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

// forwarded is a message to another that its reader passes on to us: the same
// protected packet, with the session key encrypted anew.
func forwarded(t testing.TB, plain []byte, to, first *openpgp.Entity, from []*openpgp.Entity) []byte {
	var b bytes.Buffer
	key := bytes.Repeat([]byte{7}, 32)
	w, err := openpgp.EncryptWithParams(&b, []*openpgp.Entity{first}, nil,
		&openpgp.EncryptParams{Signers: from, SessionKey: key, Config: profile(noon)})
	must(t, err)
	r := bytes.NewReader(closed(t, &b, w, plain))
	_, err = packet.Read(r) // the session key for the first reader
	must(t, err)
	body, err := io.ReadAll(r)
	must(t, err)
	return append(sessionKey(t, to), body...)
}

// sessionKey encrypts the session key of sevens.
func sessionKey(t testing.TB, to *openpgp.Entity) []byte {
	t.Helper()
	var b bytes.Buffer
	k, ok := to.EncryptionKey(noon, profile(noon))
	if !ok {
		t.Fatal("no key")
	}
	must(t, packet.SerializeEncryptedKey(&b, k.PublicKey, packet.CipherAES256, bytes.Repeat([]byte{7}, 32), profile(noon)))
	return b.Bytes()
}

// withoutMDC has a packet of type 9, which nothing protects.
func withoutMDC(t testing.TB, plain []byte, to *openpgp.Entity) []byte {
	return append(append(sessionKey(t, to), 0xC0|9, 100), plain[:100]...)
}

// packedInside has its one compressed packet below the signature.
func packedInside(t testing.TB, plain []byte, to, from *openpgp.Entity) []byte {
	packets := signedOnly(t, plain, []*openpgp.Entity{from})
	r := bytes.NewReader(packets)
	_, err := packet.Read(r)
	must(t, err)
	start := len(packets) - r.Len()
	p, err := packet.Read(r)
	must(t, err)
	_, err = io.Copy(io.Discard, p.(*packet.LiteralData).Body)
	must(t, err)
	end := len(packets) - r.Len()
	var b bytes.Buffer
	w, err := packet.SerializeCompressed(nopCloser{&b}, packet.CompressionZIP, nil)
	must(t, err)
	return protect(t, to, slices.Concat(packets[:start], closed(t, &b, w, packets[start:end]), packets[end:]))
}

// claimed is one signed message with a packet after the content that claims to
// be large, of the type given.
func claimed(t testing.TB, plain []byte, to, from *openpgp.Entity, tag byte, size int) []byte {
	packets := signedOnly(t, plain, []*openpgp.Entity{from})
	r := bytes.NewReader(packets)
	_, err := packet.Read(r)
	must(t, err)
	p, err := packet.Read(r)
	must(t, err)
	_, err = io.Copy(io.Discard, p.(*packet.LiteralData).Body)
	must(t, err)
	head := packets[:len(packets)-r.Len()]
	tail := make([]byte, size)
	copy(tail, []byte{6, 0, 22, 8, 0x3f, 0xff, 0xff, 0xff}) // a version 6 signature with a gigabyte of subpackets
	out := append(bytes.Clone(head), 0xC0|tag, 255, byte(size>>24), byte(size>>16), byte(size>>8), byte(size))
	return protect(t, to, append(out, tail...))
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
