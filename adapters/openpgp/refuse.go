// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"context"
	"errors"
	"io"

	"github.com/seinhuis/seinhuis/gateway"
)

// The errors of the participants' half.
var (
	// ErrUnsoundKey: no key of the profile, expired, revoked, or more than one.
	ErrUnsoundKey = errors.New("openpgp: unsound key: one valid key that signs and encrypts is needed")
	// ErrLocked: the private key has a passphrase; export it without.
	ErrLocked = errors.New("openpgp: private key is locked with a passphrase")
	// errLibrary marks a panic of the library, which must not end the process:
	// the same file would end it again after every start.
	errLibrary = errors.New("openpgp: library failed")
)

// The rules that findings name.
const (
	ruleMessage   = "RFC 9580, 10.3"
	ruleIntegrity = "RFC 9580, 5.13"
	ruleRecipient = "RFC 9580, 5.1"
	ruleSignature = "RFC 9580, 5.2"
	ruleStatement = "Seinhuis, sleutelverklaring"
	ruleSize      = "Seinhuis, groottegrens"
)

func refuse(kind gateway.ErrorKind, code gateway.Code, rule, text string) *gateway.Error {
	return gateway.Refuse(kind, gateway.Finding{Code: code, Rule: rule, Text: text})
}

// undecryptable is the one answer to everything that goes wrong from the session
// key on, without a cause: a sender must not learn which. TestNoOracle holds it.
func undecryptable() *gateway.Error {
	return refuse(gateway.KindInvalid, gateway.CodeUndecryptable, ruleMessage, "Het bestand is niet te ontsleutelen.")
}

func notProtected() *gateway.Error {
	return refuse(gateway.KindInvalid, gateway.CodeUndecryptable, ruleIntegrity,
		"Het bestand is niet versleuteld met integriteitsbescherming (SEIPD versie 1 of 2) aan een sleutel.")
}

func wrongRecipient() *gateway.Error {
	return refuse(gateway.KindInvalid, gateway.CodeKey, ruleRecipient,
		"Versleutel het bestand aan de gepubliceerde sleutel van de ontvanger en aan geen andere.")
}

func tooLarge() *gateway.Error {
	return refuse(gateway.KindTooLarge, gateway.CodeTooLarge, ruleSize, "Het bestand is na uitpakken groter dan is toegestaan.")
}

func badSignature(text string) *gateway.Error {
	return refuse(gateway.KindInvalid, gateway.CodeSignature, ruleSignature, text)
}

// unknownKey is the same for a key that never was, is of another party, has
// expired or was revoked.
func unknownKey() *gateway.Error {
	return refuse(gateway.KindInvalid, gateway.CodeKey, ruleSignature,
		"De sleutel waarmee is getekend is niet bekend of niet geldig.")
}

// guard runs a step of the library and turns its panic into a refusal.
func guard(step func() *gateway.Error) (refused *gateway.Error) {
	defer func() {
		if recover() != nil {
			refused = undecryptable()
			refused.Cause = errLibrary
		}
	}()
	return step()
}

// source remembers a failure of the reader below, which is ours and must not
// look like a bad file. It ends with its context, also within one long step.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
