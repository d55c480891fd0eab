// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"

	"github.com/lestrrat-go/jwx/v3/jwe/jwebb"

	"github.com/seinhuis/seinhuis/gateway"
)

const (
	cekSize     = 32 // A256GCM
	ivSize      = 12
	tagSize     = 16
	wrappedSize = cekSize + 8 // AES key wrap, RFC 3394
)

// sealed is a compact JWE that passed the strict layer; nothing was decrypted.
type sealed struct {
	compact
	header header
}

// readSealed passes a compact JWE through the strict layer.
func readSealed(token []byte, limits Limits) (sealed, *gateway.Error) {
	c, refused := split(token, jweParts, limits)
	if refused != nil {
		return sealed{}, refused
	}
	h, findings := readHeader(c.decoded[partHeader], jweParts)
	if refused := refuseAll(findings); refused != nil {
		return sealed{}, refused
	}
	return sealed{c, h}, nil
}

// open decrypts with the one key that kid named; the caller has pinned alg to
// it. private is *ecdh.PrivateKey or *rsa.PrivateKey. Whatever fails
// from here on gives the same answer after the same steps: when the unwrap
// fails, a random content key takes the place of the real one and the tag decides.
func (s sealed) open(private any) ([]byte, *gateway.Error) {
	if len(s.decoded[partIV]) != ivSize || len(s.decoded[partTag]) != tagSize {
		return nil, undecryptable()
	}
	cek := make([]byte, cekSize)
	_, _ = rand.Read(cek) // never fails
	if unwrapped, err := s.unwrap(private); err == nil && len(unwrapped) == cekSize {
		copy(cek, unwrapped)
		clear(unwrapped)
	}
	defer clear(cek)
	content, err := jwebb.CreateContentCipher(encA256GCM)
	if err != nil {
		return nil, undecryptable()
	}
	plain, err := content.Decrypt(cek, s.decoded[partIV], s.decoded[partCipher], s.decoded[partTag], s.compact.head)
	if err != nil {
		return nil, undecryptable()
	}
	return plain, nil
}

func (s sealed) unwrap(private any) ([]byte, error) {
	wrapped := s.decoded[partKey]
	switch key := private.(type) {
	case *ecdh.PrivateKey:
		if len(wrapped) != wrappedSize {
			return nil, errForm
		}
		public, err := s.header.epk.on(key.Curve())
		if err != nil {
			return nil, err
		}
		return jwebb.KeyDecryptECDHESKeyWrap(nil, wrapped, algECDHES, nil, nil, key, public, cekSize)
	case *rsa.PrivateKey:
		if len(wrapped) != key.Size() {
			return nil, errForm
		}
		return jwebb.KeyDecryptRSAOAEP(nil, wrapped, s.header.alg, key)
	}
	return nil, ErrUnsoundKey
}

// on makes the point a key on the curve; a point that is not on it is refused,
// and so is any other curve.
func (e ephemeral) on(curve ecdh.Curve) (*ecdh.PublicKey, error) {
	switch {
	case curve == ecdh.P256() && e.kty == "EC" && e.crv == "P-256" && e.y != nil:
		point := make([]byte, 1, 65)
		point[0] = 4 // uncompressed
		return curve.NewPublicKey(append(append(point, e.x...), e.y...))
	case curve == ecdh.X25519() && e.kty == "OKP" && e.crv == "X25519" && e.y == nil:
		return curve.NewPublicKey(e.x)
	}
	return nil, errForm
}

// encrypt makes a compact JWE for the key, which must be sound for its
// algorithm. typ and cty go into the protected header.
func encrypt(plain []byte, key gateway.PartyKey, typ, cty string) ([]byte, error) {
	if err := sound(gateway.KeyEncrypt, key.Algorithm, key.Public); err != nil {
		return nil, err
	}
	cek := make([]byte, cekSize)
	_, _ = rand.Read(cek)
	defer clear(cek)
	wrapped, epk, err := wrapKey(cek, key)
	if err != nil {
		return nil, err
	}
	var o object
	o.text("alg", key.Algorithm)
	o.text("enc", encA256GCM)
	o.text("kid", key.ID)
	if epk != nil {
		o.raw("epk", epk)
	}
	o.text("typ", typ)
	o.text("cty", cty)
	head := strict64.AppendEncode(nil, o.close())
	iv := make([]byte, ivSize)
	_, _ = rand.Read(iv) // random is safe: every message has its own key
	gcm, err := newGCM(cek)
	if err != nil {
		return nil, err
	}
	box := gcm.Seal(make([]byte, 0, len(plain)+tagSize), iv, plain, head)
	return join(head, wrapped, iv, box[:len(plain)], box[len(plain):]), nil
}

// wrapKey wraps the content key, and gives the ephemeral key as a JWK when there is one.
func wrapKey(cek []byte, key gateway.PartyKey) (wrapped, epk []byte, err error) {
	if public, ok := key.Public.(*rsa.PublicKey); ok {
		w, err := jwebb.KeyEncryptRSAOAEP(cek, key.Algorithm, public)
		if err != nil {
			return nil, nil, err
		}
		return w.Bytes(), nil, nil
	}
	public := key.Public.(*ecdh.PublicKey) // sound has checked
	once, err := public.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	kek, err := jwebb.DeriveECDHES(algECDHES, nil, nil, once, public, cekSize)
	if err != nil {
		return nil, nil, err
	}
	defer clear(kek)
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, nil, err
	}
	wrapped, err = jwebb.Wrap(block, cek)
	var o object
	o.curvePoint(once.PublicKey())
	return wrapped, o.close(), err
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
