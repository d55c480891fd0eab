// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

// ReadPublic reads one public key, binary or armored, that at the moment is
// valid, signs and encrypts within the profile; else ErrUnsoundKey. It gives
// the key in binary without what others signed.
func ReadPublic(raw []byte, at time.Time) (gateway.OpenPGPKey, error) {
	e, err := readEntity(raw)
	if err != nil || e.PrivateKey != nil || !sound(e, at) {
		return nil, ErrUnsoundKey
	}
	var b bytes.Buffer
	if err := e.Serialize(&b); err != nil {
		return nil, ErrUnsoundKey
	}
	return b.Bytes(), nil
}

// Fingerprint gives the id of a key, in lower-case hexadecimal.
func Fingerprint(key gateway.OpenPGPKey) (string, error) {
	e, err := readEntity(key)
	if err != nil {
		return "", err
	}
	return fingerprint(e), nil
}

func fingerprint(e *openpgp.Entity) string { return hex.EncodeToString(e.PrimaryKey.Fingerprint) }

// sound reports whether a key signs and encrypts at a moment. A key that was
// made just now on a machine whose clock is ahead is sound.
func sound(e *openpgp.Entity, at time.Time) bool {
	if made := e.PrimaryKey.CreationTime; made.After(at) && !made.After(at.Add(skew)) {
		at = made
	}
	_, signs := e.SigningKey(at, profile(at))
	_, encrypts := e.EncryptionKey(at, profile(at))
	return signs && encrypts
}

// readEntity reads exactly one key.
func readEntity(raw []byte) (e *openpgp.Entity, err error) {
	defer func() {
		if recover() != nil {
			e, err = nil, ErrUnsoundKey
		}
	}()
	if len(raw) > maxCertificate {
		return nil, ErrUnsoundKey
	}
	var r io.Reader = bytes.NewReader(raw)
	if len(raw) > 0 && raw[0]&0x80 == 0 {
		block, err := armor.Decode(r)
		if err != nil || block.Type != openpgp.PublicKeyType && block.Type != openpgp.PrivateKeyType {
			return nil, ErrUnsoundKey
		}
		r = block.Body
	}
	packets := packet.NewReader(bufio.NewReader(r))
	e, err = openpgp.ReadEntity(packets)
	if err != nil {
		return nil, ErrUnsoundKey
	}
	if _, err := packets.Next(); err != io.EOF {
		return nil, ErrUnsoundKey
	}
	return e, nil
}

// publics reads the OpenPGP keys of a party for one use that are valid at a
// moment. One that cannot be read is left out: it then verifies nothing.
func publics(from gateway.Party, use gateway.KeyUse, at time.Time) openpgp.EntityList {
	var list openpgp.EntityList
	for _, k := range from.KeysFor(use, at) {
		raw, ok := k.Public.(gateway.OpenPGPKey)
		if !ok || k.Algorithm != gateway.AlgOpenPGP {
			continue
		}
		if e, err := readEntity(raw); err == nil && fingerprint(e) == k.ID {
			list = append(list, e)
		}
	}
	return list
}
