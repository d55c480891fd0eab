// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
)

var (
	errCodeTaken = errors.New("postgres: another active municipality has this code")
	errPublicKey = errors.New("postgres: a party's key is no public key that can be stored")
)

// storedKey is a row of party_key.
type storedKey struct {
	id, use, algorithm string
	spki               []byte
	from, until        *int64
}

// open gives the key in the type that its use asks for: SubjectPublicKeyInfo
// has one form for P-256, whether it signs or agrees.
func (k storedKey) open() (gateway.PartyKey, error) {
	public, err := k.public()
	if err != nil {
		return gateway.PartyKey{}, errPublicKey
	}
	if p256, ok := public.(*ecdsa.PublicKey); ok && gateway.KeyUse(k.use) == gateway.KeyEncrypt {
		if public, err = p256.ECDH(); err != nil {
			return gateway.PartyKey{}, errPublicKey
		}
	}
	return gateway.PartyKey{ID: k.id, Use: gateway.KeyUse(k.use), Algorithm: k.algorithm, Public: public,
		From: at(k.from), Until: at(k.until)}, nil
}

// public reads the column in the form that the algorithm has.
func (k storedKey) public() (any, error) {
	switch k.algorithm {
	case gateway.AlgOpenPGP:
		return gateway.OpenPGPKey(k.spki), nil
	case gateway.AlgSSH:
		return gateway.SSHKey(k.spki), nil
	}
	return x509.ParsePKIXPublicKey(k.spki)
}

// publicBytes is the inverse of public. The algorithm and the type of the key
// must agree, or it could not be read back.
func publicBytes(k gateway.PartyKey) ([]byte, error) {
	switch public := k.Public.(type) {
	case gateway.OpenPGPKey:
		if k.Algorithm == gateway.AlgOpenPGP && len(public) > 0 {
			return public, nil
		}
	case gateway.SSHKey:
		if k.Algorithm == gateway.AlgSSH && len(public) > 0 {
			return public, nil
		}
	default:
		if k.Algorithm != gateway.AlgOpenPGP && k.Algorithm != gateway.AlgSSH {
			return x509.MarshalPKIXPublicKey(public)
		}
	}
	return nil, errPublicKey
}

func (t *tx) putKey(owner gateway.OIN, position int, k gateway.PartyKey) error {
	spki, err := publicBytes(k)
	if err != nil {
		return failed(t.fail(errPublicKey))
	}
	_, err = t.exec(`INSERT INTO party_key (oin, position, id, use, algorithm, spki, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(owner), position, k.ID, string(k.Use), k.Algorithm, spki, moment(k.From), moment(k.Until))
	return err
}
