// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/keys"
)

// IntakeKeys gives the private keys that open what is sent to the gateway,
// current ones first and old ones until they are retired. It is asked once per
// slice of letters, so a rotation needs no restart. Filled by the key stores.
type IntakeKeys interface {
	IntakeKeys(ctx context.Context) ([]keys.Intake, error)
}

// Opener opens letters: JWE to the gateway around a JWS of the peer.
// It fills intake.Opener and is safe for concurrent use.
type Opener struct {
	keys   IntakeKeys
	limits Limits
}

// NewOpener makes an Opener; a zero limit means its default.
func NewOpener(k IntakeKeys, limits Limits) *Opener { return &Opener{k, limits.orDefault()} }

var _ intake.Opener = (*Opener)(nil)

// Open answers each letter at its own place: the payload that the peer signed,
// or why there is none. When the keys cannot be had, every letter that was not
// refused before that is unavailable and may be sent again.
func (o *Opener) Open(ctx context.Context, letters []intake.Letter) []intake.Content {
	contents := make([]intake.Content, len(letters))
	private, err := o.keys.IntakeKeys(ctx)
	for i, l := range letters {
		contents[i] = content(o.openOne(ctx, l, private, err))
	}
	return contents
}

func (o *Opener) openOne(ctx context.Context, l intake.Letter, private []keys.Intake, keysErr error) ([]byte, *gateway.Error) {
	if err := ctx.Err(); err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	s, refused := readSealed(l.Token, o.limits)
	if refused != nil {
		return nil, refused
	}
	if keysErr != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, keysErr)
	}
	key, refused := intakeKey(private, s.header, l.Peer.Party())
	if refused != nil {
		return nil, refused
	}
	inner, refused := s.open(key)
	if refused != nil {
		return nil, refused
	}
	return verifyLetter(inner, l, o.limits)
}

// intakeKey finds the key that kid names and pins alg to it. An RSA key opens
// RSA-OAEP as well, for a party that may use it.
func intakeKey(private []keys.Intake, h header, from gateway.Party) (any, *gateway.Error) {
	if h.alg == algRSAOAEP && !from.MayRSAOAEP {
		return nil, wrongAlgorithm(ruleJWEAlg)
	}
	for _, k := range private {
		if k.KID != h.kid {
			continue
		}
		if k.Algorithm != h.alg && !(k.Algorithm == algRSAOAEP256 && h.alg == algRSAOAEP) {
			return nil, wrongAlgorithm(ruleJWEAlg)
		}
		return k.Key, nil
	}
	return nil, unknownKey()
}

// verifyLetter verifies a bare JWS with a signing key of the peer that was
// valid when the letter came in.
func verifyLetter(token []byte, l intake.Letter, limits Limits) ([]byte, *gateway.Error) {
	return verifyFrom(l.Peer.Party(), l.At, token, limits)
}

func verifyFrom(from gateway.Party, at time.Time, token []byte, limits Limits) ([]byte, *gateway.Error) {
	s, refused := readSigned(token, limits)
	if refused != nil {
		return nil, refused
	}
	if s.header.typ == typKeyStatement || s.header.typ == typKeyProof {
		// A proof that a key is held was never meant as a message.
		return nil, refuse(gateway.CodeHeader, ruleStatement, "Een sleutelverklaring is geen bericht.")
	}
	for _, k := range from.Keys {
		if k.ID == s.header.kid && k.Use == gateway.KeySign && k.ValidAt(at) {
			return s.verify(k)
		}
	}
	return nil, unknownKey()
}

func content(payload []byte, refused *gateway.Error) intake.Content {
	if refused != nil {
		return intake.Content{Err: refused}
	}
	return intake.Content{Payload: payload}
}

// Verifier opens letters that are signed and not encrypted: feedback,
// withdrawals and confirmations. It fills intake.Opener as well.
type Verifier struct{ limits Limits }

// NewVerifier makes a Verifier; a zero limit means its default.
func NewVerifier(limits Limits) *Verifier { return &Verifier{limits.orDefault()} }

// Verify answers each letter at its own place: the payload that the peer
// signed, or why there is none.
func (v *Verifier) Verify(ctx context.Context, letters []intake.Letter) []intake.Content {
	contents := make([]intake.Content, len(letters))
	for i, l := range letters {
		if err := ctx.Err(); err != nil {
			contents[i].Err = gateway.Fail(gateway.KindUnavailable, err)
			continue
		}
		contents[i] = content(verifyLetter(l.Token, l, v.limits))
	}
	return contents
}
