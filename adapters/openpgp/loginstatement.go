// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

const loginTitle = "seinhuis inlogsleutel v1"

// ReadLoginStatement verifies a cleartext-signed text of four lines (title,
// OIN, moment in RFC 3339, SSH public key as in an authorized_keys file) with
// the OpenPGP keys that the party registered before, and gives the key in SSH
// wire format. A statement is taken until 30 days after it was made. The error
// is a *gateway.Error.
func ReadLoginStatement(statement []byte, from gateway.Party, at time.Time) (gateway.SSHKey, error) {
	var key gateway.SSHKey
	refused := guard(func() (refused *gateway.Error) {
		key, refused = readLoginStatement(statement, from, at)
		return refused
	})
	if refused != nil {
		return nil, refused
	}
	return key, nil
}

func readLoginStatement(statement []byte, from gateway.Party, at time.Time) (gateway.SSHKey, *gateway.Error) {
	if len(statement) > maxCertificate {
		return nil, tooLarge()
	}
	block, rest := clearsign.Decode(statement)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 || !bytes.HasPrefix(statement, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		return nil, badStatement(gateway.CodeBadForm, "De verklaring heeft niet de juiste vorm.")
	}
	lines := strings.Split(strings.TrimSuffix(string(block.Plaintext), "\n"), "\n")
	if len(lines) != 4 || lines[0] != loginTitle {
		return nil, badStatement(gateway.CodeBadForm, "De verklaring heeft niet de vier vaste regels.")
	}
	made, err := time.Parse(time.RFC3339, lines[2])
	if err != nil || lines[1] != string(from.OIN) || made.After(at.Add(skew)) || made.Before(at.Add(-maxStatementAge)) {
		return nil, badStatement(gateway.CodeBadForm, "De verklaring is van een andere partij, te oud of uit de toekomst.")
	}
	words := strings.Fields(lines[3])
	if len(words) < 2 {
		return nil, badStatement(gateway.CodeBadForm, "De vierde regel is geen publieke SSH-sleutel.")
	}
	key, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil || len(key) == 0 {
		return nil, badStatement(gateway.CodeBadForm, "De vierde regel is geen publieke SSH-sleutel.")
	}
	known := publics(from, gateway.KeySign, at)
	if _, _, err := openpgp.VerifyDetachedSignature(known, bytes.NewReader(block.Bytes), block.ArmoredSignature.Body, profile(at.Add(skew))); err != nil {
		return nil, badStatement(gateway.CodeSignature, "De handtekening onder de verklaring is niet van een sleutel van deze partij.")
	}
	return key, nil
}
