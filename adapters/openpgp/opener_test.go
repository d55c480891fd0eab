// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

func TestOpenFile(t *testing.T) {
	s := newScene(t, noon)
	for _, size := range []int{0, 1, 100, piece - 1, piece, piece + 1, 1 << 20} {
		plain := lines(size)
		sealed := s.seal(t, plain, noon)
		got, err := s.open(sealed, noon.Add(time.Hour))
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes: %d bytes, %v", size, len(got), err)
		}
		var text bytes.Buffer
		w, err := armor.Encode(&text, "PGP MESSAGE", nil)
		must(t, err)
		_, err = w.Write(sealed)
		must(t, err)
		must(t, w.Close())
		if got, err := s.open(text.Bytes(), noon); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes, armored: %v", size, err)
		}
	}
}

// A sender's clock may be a little ahead, not much.
func TestClocks(t *testing.T) {
	s := newScene(t, noon)
	ahead := s.seal(t, []byte("x"), noon.Add(skew))
	if _, err := s.open(ahead, noon); err != nil {
		t.Errorf("%s ahead: %v", skew, err)
	}
	if _, err := s.open(s.seal(t, []byte("x"), noon.Add(skew+time.Second)), noon); refusal(t, err) != gateway.CodeSignature {
		t.Errorf("further ahead: %v", err)
	}
}

func TestTruncated(t *testing.T) {
	s := newScene(t, noon)
	for _, v := range s.forms(t, lines(100_000)) {
		cuts := []int{len(v.sealed) - 1, len(v.sealed) - 22, len(v.sealed) - 200}
		for i := range 20 {
			cuts = append(cuts, i*len(v.sealed)/20)
		}
		for _, n := range cuts {
			if _, err := s.open(v.sealed[:n], noon); refusal(t, err) != gateway.CodeUndecryptable {
				t.Errorf("%s cut to %d of %d: %v", v.name, n, len(v.sealed), err)
			}
		}
		if _, err := s.open(append(v.sealed[:len(v.sealed):len(v.sealed)], v.sealed...), noon); refusal(t, err) != gateway.CodeUndecryptable {
			t.Errorf("%s twice: %v", v.name, err)
		}
	}
}

// No changed byte changes what comes out, and behind the session key all answers
// are one.
func TestNoOracle(t *testing.T) {
	s, plain := newScene(t, noon), lines(3000)
	for _, v := range s.forms(t, plain) {
		if _, err := s.open(v.sealed, noon); err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		for i := range v.sealed {
			bad := bytes.Clone(v.sealed)
			bad[i] ^= 1 << (i % 8)
			got, err := s.open(bad, noon)
			if err == nil && bytes.Equal(got, plain) {
				continue // the length of a number or of the last part, which carry nothing
			}
			if code := refusal(t, err); code != gateway.CodeUndecryptable && (i > 110 || code != gateway.CodeKey) {
				t.Fatalf("%s, byte %d of %d flipped: %v", v.name, i, len(bad), err)
			}
		}
	}
}

type form struct {
	name   string
	sealed []byte
}

// forms are the shapes that are accepted.
func (s scene) forms(t testing.TB, plain []byte) []form {
	compressed := profile(noon)
	compressed.DefaultCompressionAlgo = packet.CompressionZLIB
	aead := profile(noon)
	aead.AEADConfig = &packet.AEADConfig{ChunkSize: 1 << 10}
	to := mustEntity(t, s.intake)
	modern := mustEntity(t, s.intake)
	for _, i := range modern.Identities {
		i.SelfCertifications[0].Packet.SEIPDv2 = true
	}
	for _, e := range []*openpgp.Entity{to, modern} {
		for _, i := range e.Identities {
			i.SelfCertifications[0].Packet.PreferredCompression = []uint8{0, 1, 2}
		}
	}
	from := []*openpgp.Entity{s.creditor.secret()}
	return []form{
		{"SEIPDv1", s.seal(t, plain, noon)},
		{"compressed", pack(t, plain, to, from, nil, compressed)},
		{"SEIPDv2", pack(t, plain, modern, from, nil, aead)},
	}
}

func mustEntity(t testing.TB, key []byte) *openpgp.Entity {
	t.Helper()
	e, err := readEntity(key)
	must(t, err)
	return e
}

// pack makes a message as the library would, outside our profile if asked.
func pack(t testing.TB, plain []byte, to *openpgp.Entity, from []*openpgp.Entity, hints *openpgp.FileHints, c *packet.Config) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := openpgp.Encrypt(&b, []*openpgp.Entity{to}, nil, from, hints, c)
	must(t, err)
	_, err = w.Write(plain)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func TestRefused(t *testing.T) {
	s := newScene(t, noon)
	to, me, other := mustEntity(t, s.intake), s.creditor.secret(), newKey(t, "Iemand anders", noon)
	from := []*openpgp.Entity{me}
	plain := lines(1000)
	for name, c := range map[string]struct {
		sealed []byte
		code   gateway.Code
	}{
		"empty":           {nil, gateway.CodeUndecryptable},
		"plain text":      {plain, gateway.CodeUndecryptable},
		"unsigned":        {pack(t, plain, to, nil, nil, profile(noon)), gateway.CodeSignature},
		"not encrypted":   {signedOnly(t, plain, from), gateway.CodeUndecryptable},
		"passphrase":      {passphrase(t, plain), gateway.CodeUndecryptable},
		"no MDC":          {withoutMDC(t, plain, to), gateway.CodeUndecryptable},
		"other signer":    {pack(t, plain, to, []*openpgp.Entity{other.secret()}, nil, profile(noon)), gateway.CodeKey},
		"two signatures":  {pack(t, plain, to, []*openpgp.Entity{me, other.secret()}, nil, profile(noon)), gateway.CodeSignature},
		"text signature":  {textSigned(t, plain, to, from), gateway.CodeSignature},
		"other recipient": {pack(t, plain, mustEntity(t, other.Public()), from, nil, profile(noon)), gateway.CodeKey},
		"one more":        {toTwo(t, plain, to, mustEntity(t, other.Public()), from, false), gateway.CodeKey},
		"hidden":          {toTwo(t, plain, to, nil, from, true), gateway.CodeKey},
		"signed to other": {forwarded(t, plain, to, mustEntity(t, other.Public()), from), gateway.CodeSignature},
		"bomb":            {layered(t, to, bytes.Repeat([]byte{0}, 24<<20), 1, me), gateway.CodeTooLarge},
		"packed inside":   {packedInside(t, plain, to, me), gateway.CodeUndecryptable},
		"nested":          {layered(t, to, plain, 2, me), gateway.CodeSignature},
	} {
		got, err := s.open(c.sealed, noon)
		if code := refusal(t, err); code != c.code {
			t.Errorf("%s: %v after %d bytes, want %s", name, err, len(got), c.code)
		}
	}
}

// Keys are judged at the moment of opening.
func TestKeyPeriods(t *testing.T) {
	s := newScene(t, noon)
	sealed := s.seal(t, []byte("x"), noon)
	for name, spoil := range map[string]func(*gateway.PartyKey){
		"not yet":    func(k *gateway.PartyKey) { k.From = noon.Add(time.Hour) },
		"ended":      func(k *gateway.PartyKey) { k.Until = noon },
		"other use":  func(k *gateway.PartyKey) { k.Use = gateway.KeyEncrypt },
		"other id":   func(k *gateway.PartyKey) { k.ID = "00" },
		"other kind": func(k *gateway.PartyKey) { k.Algorithm = "ES256" },
		"expired": func(k *gateway.PartyKey) {
			e := mustEntity(t, s.creditor.Public())
			life := uint32(60)
			for _, i := range e.Identities {
				i.SelfCertifications[0].Packet.KeyLifetimeSecs = &life
				must(t, i.SelfCertifications[0].Packet.SignUserId(i.Name, e.PrimaryKey, s.creditor.secret().PrivateKey, profile(noon)))
			}
			k.Public = serialized(t, e)
		},
		"revoked": func(k *gateway.PartyKey) {
			raw, err := s.creditor.Marshal()
			must(t, err)
			e := mustEntity(t, raw)
			must(t, e.Revoke(packet.KeyCompromised, "", profile(noon.Add(time.Minute))))
			k.Public = serialized(t, e)
		},
	} {
		bad := s
		bad.party = partyOf(s.creditor.Public(), noon)
		spoil(&bad.party.Keys[0])
		if _, err := bad.open(sealed, noon.Add(2*time.Minute)); refusal(t, err) != gateway.CodeKey {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func serialized(t testing.TB, e *openpgp.Entity) gateway.OpenPGPKey {
	var b bytes.Buffer
	must(t, e.Serialize(&b))
	return b.Bytes()
}

// What fails below is not the sender's fault, and may be tried again.
func TestUnavailable(t *testing.T) {
	s := newScene(t, noon)
	sealed := s.seal(t, lines(100_000), noon)
	broken := errors.New("disk")
	for _, n := range []int{0, 50, 300, 50_000, len(sealed) - 5} {
		in := io.MultiReader(bytes.NewReader(sealed[:n]), iotest.ErrReader(broken))
		r, err := NewOpener(s.ring).OpenFile(t.Context(), s.party, noon, in)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable || !errors.Is(err, broken) {
			t.Errorf("read fails after %d: %v", n, err)
		}
	}
	if _, err := NewOpener(ring(nil)).OpenFile(t.Context(), s.party, noon, bytes.NewReader(sealed)); gateway.AsError(err).Kind != gateway.KindUnavailable {
		t.Errorf("no keys: %v", err)
	}
}
