// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
)

var (
	errCodeTaken = errors.New("sqlite: another active municipality has this code")
	errPublicKey = errors.New("sqlite: a party's key is no public key that can be stored")
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
	public, err := x509.ParsePKIXPublicKey(k.spki)
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

func (t *tx) putKey(owner gateway.OIN, position int, k gateway.PartyKey) error {
	spki, err := x509.MarshalPKIXPublicKey(k.Public)
	if err != nil {
		return failed(t.fail(errPublicKey))
	}
	_, err = t.exec(`INSERT INTO party_key (oin, position, id, use, algorithm, spki, from_at, until_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		string(owner), position, k.ID, string(k.Use), k.Algorithm, spki, moment(k.From), moment(k.Until))
	return err
}
