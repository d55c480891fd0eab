// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// The key statement (sleutelverklaring) is how a party registers keys with
// proof of possession: a compact JWS by its new signing key over its OIN, the public keys, and per
// key a proof (sleutelbewijs), a compact JWS by that very key over OIN, thumbprint and
// moment. The types keep both from being taken for a message, and messages
// from being taken for them.
const (
	typKeyStatement = "sleutelverklaring+jwt"
	typKeyProof     = "sleutelbewijs+jwt"
)

// Bounds of a key statement.
const (
	maxStatementKeys = 8
	maxStatementAge  = 30 * 24 * time.Hour // onboarding takes letters and signatures on paper
	maxStatementSkew = 5 * time.Minute
)

// MakeKeyStatement registers the keys for the OIN at that moment. The first
// signing key among them signs the whole; without one it is ErrNoKey.
func MakeKeyStatement(oin gateway.OIN, at time.Time, keys ...PrivateKey) ([]byte, error) {
	var signer PrivateKey
	var publics []byte
	var proofs object
	for _, k := range keys {
		if k.public.Use == gateway.KeySign && signer.IsZero() {
			signer = k
		}
		public, err := MarshalPublicJWK(k.public)
		if err != nil {
			return nil, err
		}
		if publics != nil {
			publics = append(publics, ',')
		}
		publics = append(publics, public...)
		proof, err := makeProof(oin, at, k)
		if err != nil {
			return nil, err
		}
		proofs.text(k.public.ID, string(proof))
	}
	if signer.IsZero() {
		return nil, ErrNoKey
	}
	var o object
	o.text("oin", string(oin))
	o.raw("sleutels", append(append([]byte{'['}, publics...), ']'))
	o.raw("bewijzen", proofs.close())
	o.text("opgesteldOp", moment(at))
	return SignPayload(o.close(), signer, typKeyStatement)
}

// keyStatement is the payload of a key statement before anything in it is believed.
type keyStatement struct {
	oin    gateway.OIN
	keys   []gateway.PartyKey
	proofs map[string]string
	made   string
}

func readKeyStatement(payload []byte) (keyStatement, error) {
	s := keyStatement{proofs: map[string]string{}}
	var oin string
	err := whole(payload, func(d *jsontext.Decoder) error {
		return eachMember(d, func(name string) error {
			switch name {
			case "oin":
				return readText(d, &oin)
			case "opgesteldOp":
				return readText(d, &s.made)
			case "sleutels":
				return eachElement(d, func() error { return s.readKey(d) })
			case "bewijzen":
				return eachMember(d, func(kid string) error {
					var proof string
					err := readText(d, &proof)
					s.proofs[kid] = proof
					return err
				})
			}
			return errForm
		})
	})
	if err != nil {
		return s, err
	}
	s.oin, err = gateway.ParseOIN(oin)
	return s, err
}

func (s *keyStatement) readKey(d *jsontext.Decoder) error {
	if len(s.keys) == maxStatementKeys {
		return errForm
	}
	j, err := readJWK(d, (*jwk).member)
	if err != nil {
		return err
	}
	key, err := j.partyKey()
	if err != nil {
		return err
	}
	s.keys = append(s.keys, key)
	return nil
}

// ReadKeyStatement verifies a key statement and every proof in it, and gives
// the OIN that it claims and the keys, valid from at. The caller must compare
// the OIN with the party at the door, and refuse a key for RSA-OAEP when the
// party may not use that. A statement is taken until 30 days after it was made. The
// error is a *gateway.Error; X25519 is refused with CodeAlgorithm.
func ReadKeyStatement(token []byte, at time.Time) (gateway.OIN, []gateway.PartyKey, error) {
	outer, refused := readSigned(token, Limits{}.orDefault())
	if refused != nil {
		return "", nil, refused
	}
	if outer.header.typ != typKeyStatement {
		return "", nil, refuse(gateway.CodeHeader, ruleStatement, "Dit is geen sleutelverklaring.")
	}
	s, err := readKeyStatement(outer.decoded[partPayload])
	if err != nil {
		if e := (*gateway.Error)(nil); errors.As(err, &e) {
			return "", nil, e
		}
		return "", nil, refuse(gateway.CodeBadForm, ruleStatement, "De sleutelverklaring heeft niet de juiste vorm.")
	}
	if refused := s.check(outer, at); refused != nil {
		return "", nil, refused
	}
	for i := range s.keys {
		s.keys[i].From = at
	}
	return s.oin, s.keys, nil
}

// check verifies signature, moment and proofs; all findings about proofs come at once.
func (s keyStatement) check(outer signed, at time.Time) *gateway.Error {
	refused := unknownKey()
	for _, k := range s.keys {
		if k.ID == outer.header.kid && k.Use == gateway.KeySign {
			_, refused = outer.verify(k)
		}
	}
	if refused != nil {
		return refused
	}
	made, err := time.Parse(time.RFC3339, s.made)
	if err != nil || made.After(at.Add(maxStatementSkew)) || made.Before(at.Add(-maxStatementAge)) {
		return refuse(gateway.CodeBadForm, ruleStatement, "De sleutelverklaring is te oud of uit de toekomst.")
	}
	var findings []gateway.Finding
	seen := map[string]bool{}
	for _, k := range s.keys {
		if seen[k.ID] {
			findings = append(findings, finding(gateway.CodeKey, ruleStatement, "Een sleutel is tweemaal opgegeven."))
			continue
		}
		seen[k.ID] = true
		if e := s.proven(k); e != nil {
			findings = append(findings, e.Findings...)
		}
	}
	if len(s.proofs) != len(seen) {
		findings = append(findings, finding(gateway.CodeKey, ruleStatement, "Er zijn niet evenveel bewijzen als sleutels."))
	}
	return refuseAll(findings)
}
