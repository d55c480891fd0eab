// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// ParsePublicJWK reads a party's public key. use and alg must be there, kid
// must be the RFC 7638 thumbprint when it is there, and no other member may be.
// It refuses what sound refuses: curves other than P-256, Ed25519 and X25519, RSA below 3072
// bits, an algorithm that is not the key's. The error is a *gateway.Error.
func ParsePublicJWK(data []byte) (gateway.PartyKey, error) {
	var j jwk
	err := whole(data, func(d *jsontext.Decoder) (err error) {
		j, err = readJWK(d, (*jwk).member)
		return err
	})
	if err != nil {
		return gateway.PartyKey{}, refuse(gateway.CodeBadForm, ruleJWK, "De sleutel is geen publieke JWK met alleen bekende velden.")
	}
	return j.partyKey()
}

// partyKey makes and checks the key; From and Until are the register's.
func (j jwk) partyKey() (gateway.PartyKey, error) {
	use := gateway.KeyUse(j.use)
	public, err := j.public(use)
	if err != nil {
		return gateway.PartyKey{}, refuse(gateway.CodeBadForm, ruleJWK, "De sleutel is geen geldige publieke sleutel.")
	}
	if sound(use, j.alg, public) != nil {
		return gateway.PartyKey{}, refuse(gateway.CodeAlgorithm, ruleJWK, "Gebruik, algoritme, kromme of lengte van de sleutel is niet toegestaan.")
	}
	kid, err := keys.Thumbprint(public)
	if err != nil || j.kid != "" && j.kid != kid {
		return gateway.PartyKey{}, refuse(gateway.CodeKey, "RFC 7638", "kid is niet de vingerafdruk van de sleutel.")
	}
	return gateway.PartyKey{ID: kid, Use: use, Algorithm: j.alg, Public: public}, nil
}

// public makes the key; a P-256 point is for signing or for agreement as use says.
func (j jwk) public(use gateway.KeyUse) (crypto.PublicKey, error) {
	switch {
	case j.kty == "EC" && j.crv == "P-256" && j.n == "" && j.e == "":
		return j.point(use)
	case j.kty == "OKP" && j.y == "" && j.n == "" && j.e == "":
		x, err := coordinate(j.x)
		switch {
		case err != nil:
			return nil, err
		case j.crv == "Ed25519":
			return ed25519.PublicKey(x), nil
		case j.crv == "X25519":
			return ecdh.X25519().NewPublicKey(x)
		}
	case j.kty == "RSA" && j.crv == "" && j.x == "" && j.y == "":
		return j.modulus()
	}
	return nil, errForm
}

func (j jwk) point(use gateway.KeyUse) (crypto.PublicKey, error) {
	x, err := coordinate(j.x)
	if err != nil {
		return nil, err
	}
	y, err := coordinate(j.y)
	if err != nil {
		return nil, err
	}
	point := append(append([]byte{4}, x...), y...)
	if use == gateway.KeyEncrypt {
		return ecdh.P256().NewPublicKey(point)
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

func (j jwk) modulus() (crypto.PublicKey, error) {
	n, err := natural(j.n)
	if err != nil {
		return nil, err
	}
	e, err := natural(j.e)
	if err != nil || e.BitLen() > 31 {
		return nil, errForm
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

// natural reads a positive integer without leading zero bytes (RFC 7518, 2).
func natural(text string) (*big.Int, error) {
	raw, err := octets(text)
	if err != nil || raw[0] == 0 || len(raw) > maxRSABits/8 {
		return nil, errForm
	}
	return new(big.Int).SetBytes(raw), nil
}

// MarshalPublicJWK writes a public key as a JWK with use, alg and kid, always
// in the same bytes. An unsound key gives ErrUnsoundKey.
func MarshalPublicJWK(key gateway.PartyKey) ([]byte, error) {
	if err := sound(key.Use, key.Algorithm, key.Public); err != nil {
		return nil, err
	}
	var o object
	o.publicKey(key)
	return o.close(), nil
}

func (o *object) publicKey(key gateway.PartyKey) {
	switch k := key.Public.(type) {
	case *ecdsa.PublicKey:
		if point, err := k.ECDH(); err == nil { // a sound key is on the curve
			o.curvePoint(point)
		}
	case *ecdh.PublicKey:
		o.curvePoint(k)
	case ed25519.PublicKey:
		o.text("kty", "OKP")
		o.text("crv", "Ed25519")
		o.octets("x", k)
	case *rsa.PublicKey:
		o.text("kty", "RSA")
		o.octets("n", k.N.Bytes())
		o.octets("e", big.NewInt(int64(k.E)).Bytes())
	}
	o.text("kid", key.ID)
	o.text("use", string(key.Use))
	o.text("alg", key.Algorithm)
}

// curvePoint writes kty, crv and coordinates of a P-256 or X25519 key.
func (o *object) curvePoint(k *ecdh.PublicKey) {
	point := k.Bytes()
	if k.Curve() == ecdh.X25519() {
		o.text("kty", "OKP")
		o.text("crv", "X25519")
		o.octets("x", point)
		return
	}
	o.text("kty", "EC")
	o.text("crv", "P-256")
	o.octets("x", point[1:33])
	o.octets("y", point[33:])
}
