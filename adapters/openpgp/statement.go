// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

const statementTitle = "seinhuis sleutelverklaring v1"

// MakeKeyStatement states, signed by the key itself, that the key is of the
// party: a cleartext-signed text of four lines (title, OIN, moment in RFC 3339,
// fingerprint) followed by the armored public key. The package doc shows how
// GnuPG makes the same.
func MakeKeyStatement(oin gateway.OIN, at time.Time, k PrivateKey) ([]byte, error) {
	if k.IsZero() || !sound(k.secret(), at) {
		return nil, ErrUnsoundKey
	}
	signer, _ := k.secret().SigningKey(at, profile(at))
	if signer.PrivateKey == nil {
		return nil, ErrUnsoundKey
	}
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, signer.PrivateKey, profile(at))
	if err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	text := strings.Join([]string{statementTitle, string(oin), at.UTC().Format(time.RFC3339), k.ID(), ""}, "\n")
	if _, err := w.Write([]byte(text)); err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	b.WriteString("\n")
	a, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	if _, err := a.Write(k.Public()); err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	if err := a.Close(); err != nil {
		return nil, fmt.Errorf("make statement: %w", err)
	}
	b.WriteString("\n")
	return b.Bytes(), nil
}

// ReadKeyStatement verifies a key statement and gives the OIN that it claims and
// the key, once for each use, valid from at until its own end; a party that
// prolongs its key registers it again. The caller must compare the OIN
// with the party at the door. A statement is taken until 30 days after it was
// made. The error is a *gateway.Error.
func ReadKeyStatement(statement []byte, at time.Time) (gateway.OIN, []gateway.PartyKey, error) {
	var oin gateway.OIN
	var found []gateway.PartyKey
	refused := guard(func() (refused *gateway.Error) {
		oin, found, refused = readKeyStatement(statement, at)
		return refused
	})
	if refused != nil {
		return "", nil, refused
	}
	return oin, found, nil
}

func readKeyStatement(statement []byte, at time.Time) (gateway.OIN, []gateway.PartyKey, *gateway.Error) {
	if len(statement) > maxCertificate {
		return "", nil, tooLarge()
	}
	block, rest := clearsign.Decode(statement)
	if block == nil || !bytes.HasPrefix(statement, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		return "", nil, badStatement(gateway.CodeBadForm, "De sleutelverklaring heeft niet de juiste vorm.")
	}
	lines := strings.Split(strings.TrimSuffix(string(block.Plaintext), "\n"), "\n")
	if len(lines) != 4 || lines[0] != statementTitle {
		return "", nil, badStatement(gateway.CodeBadForm, "De sleutelverklaring heeft niet de vier vaste regels.")
	}
	oin, err := gateway.ParseOIN(lines[1])
	made, timeErr := time.Parse(time.RFC3339, lines[2])
	if err != nil || timeErr != nil || made.After(at.Add(skew)) || made.Before(at.Add(-maxStatementAge)) {
		return "", nil, badStatement(gateway.CodeBadForm, "De sleutelverklaring heeft geen geldig OIN of is te oud of uit de toekomst.")
	}
	public, err := ReadPublic(bytes.TrimSpace(rest), at)
	if err != nil {
		return "", nil, badStatement(gateway.CodeKey,
			"Achter de verklaring moet één geldige publieke sleutel staan die kan tekenen en versleutelen (RSA vanaf 3072 bits of een kromme).")
	}
	e, err := readEntity(public)
	if err != nil || !strings.EqualFold(lines[3], fingerprint(e)) {
		return "", nil, badStatement(gateway.CodeKey, "De vingerafdruk in de verklaring is niet die van de sleutel.")
	}
	// The check of the signature reads all signatures and is content with one.
	if _, _, err := openpgp.VerifyDetachedSignature(openpgp.EntityList{e}, bytes.NewReader(block.Bytes),
		block.ArmoredSignature.Body, profile(at.Add(skew))); err != nil {
		return "", nil, badStatement(gateway.CodeSignature, "De handtekening onder de verklaring klopt niet.")
	}
	keys, err := partyKeys(public, at)
	if err != nil {
		return "", nil, badStatement(gateway.CodeKey, "De sleutel achter de verklaring is niet geldig.")
	}
	return oin, keys, nil
}

func badStatement(code gateway.Code, text string) *gateway.Error {
	return refuse(gateway.KindInvalid, code, ruleStatement, text)
}
