// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/subtle"
	"math/big"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// Marshal writes the key as a private JWK (RFC 7517, RFC 7518 6). The caller keeps
// the bytes in a file that only its owner can read.
func (k PrivateKey) Marshal() ([]byte, error) {
	if k.IsZero() {
		return nil, ErrUnsoundKey
	}
	var o object
	o.publicKey(k.public)
	switch key := k.raw().(type) {
	case *ecdsa.PrivateKey:
		d, err := key.Bytes()
		if err != nil {
			return nil, ErrUnsoundKey
		}
		o.octets("d", d)
	case *ecdh.PrivateKey:
		o.octets("d", key.Bytes())
	case ed25519.PrivateKey:
		o.octets("d", key.Seed())
	case *rsa.PrivateKey:
		o.octets("d", key.D.Bytes())
		o.octets("p", key.Primes[0].Bytes())
		o.octets("q", key.Primes[1].Bytes())
		o.octets("dp", key.Precomputed.Dp.Bytes())
		o.octets("dq", key.Precomputed.Dq.Bytes())
		o.octets("qi", key.Precomputed.Qinv.Bytes())
	}
	return o.close(), nil
}

// ParsePrivateKey reads what Marshal wrote, and JWKs of others with the same
// members. It refuses a key whose public half does not belong to its private half. The
// error says nothing about the content.
func ParsePrivateKey(data []byte) (PrivateKey, error) {
	var j jwk
	err := whole(data, func(d *jsontext.Decoder) (err error) {
		j, err = readJWK(d, (*jwk).privateMember)
		return err
	})
	if err != nil {
		return PrivateKey{}, ErrUnsoundKey
	}
	public, err := j.partyKey()
	if err != nil {
		return PrivateKey{}, ErrUnsoundKey
	}
	key, err := j.private(public)
	if err != nil {
		return PrivateKey{}, ErrUnsoundKey
	}
	k, err := newPrivateKey(public.Use, public.Algorithm, key, nil)
	if err != nil || k.public.ID != public.ID {
		return PrivateKey{}, ErrUnsoundKey
	}
	return k, nil
}

func (j jwk) private(public gateway.PartyKey) (any, error) {
	if rsaKey, ok := public.Public.(*rsa.PublicKey); ok {
		return j.privateRSA(rsaKey)
	}
	if j.p != "" || j.q != "" || j.dp != "" || j.dq != "" || j.qi != "" {
		return nil, errForm
	}
	d, err := coordinate(j.d)
	if err != nil {
		return nil, err
	}
	switch k := public.Public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	case ed25519.PublicKey:
		return ed25519.NewKeyFromSeed(d), nil
	case *ecdh.PublicKey:
		return k.Curve().NewPrivateKey(d)
	}
	return nil, errForm
}

// privateRSA wants all members of a two-prime key and checks that they belong
// together.
func (j jwk) privateRSA(public *rsa.PublicKey) (any, error) {
	var n [6]*big.Int
	for i, text := range []string{j.d, j.p, j.q, j.dp, j.dq, j.qi} {
		var err error
		if n[i], err = natural(text); err != nil {
			return nil, err
		}
	}
	key := &rsa.PrivateKey{PublicKey: *public, D: n[0], Primes: []*big.Int{n[1], n[2]}}
	if err := key.Validate(); err != nil {
		return nil, errForm
	}
	key.Precompute()
	same := subtle.ConstantTimeCompare(key.Precomputed.Dp.Bytes(), n[3].Bytes()) &
		subtle.ConstantTimeCompare(key.Precomputed.Dq.Bytes(), n[4].Bytes()) &
		subtle.ConstantTimeCompare(key.Precomputed.Qinv.Bytes(), n[5].Bytes())
	if same != 1 {
		return nil, errForm
	}
	return key, nil
}
