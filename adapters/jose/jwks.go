// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// PublishedKey is a key of the gateway as it stands in GET /v1/sleutels.
// Purpose is the one use it is bound to (member doel): a receipt that a
// notice key signed does not verify.
type PublishedKey struct {
	gateway.PartyKey
	Purpose keys.Use
}

// JWKS writes the key set for GET /v1/sleutels: per key kty and its numbers,
// kid, use, alg, and three members of our own: doel (the one use), geldigVan
// and geldigTot. Order in is order out, so the same keys give the same bytes.
//
// An RSA intake key says key_ops encrypt and wrapKey. An ECDH key says none: a public
// key has no operation in RFC 7517 but deriveKey and deriveBits, with which
// Web Crypto (and so npm jose) refuses to import it.
func JWKS(publics []keys.Public) ([]byte, error) {
	set := []byte(`{"keys":[`)
	for i, p := range publics {
		key := gateway.PartyKey{ID: p.KID, Use: keyUse(p.Use), Algorithm: p.Algorithm, Public: p.Key}
		if err := sound(key.Use, key.Algorithm, key.Public); err != nil {
			return nil, fmt.Errorf("published key %d: %w", i, err)
		}
		if i > 0 {
			set = append(set, ',')
		}
		var o object
		o.publicKey(key)
		if _, ok := p.Key.(*rsa.PublicKey); ok && key.Use == gateway.KeyEncrypt {
			o.raw("key_ops", []byte(`["encrypt","wrapKey"]`))
		}
		o.text("doel", string(p.Use))
		o.text("geldigVan", moment(p.From))
		o.text("geldigTot", moment(p.Until))
		set = append(set, o.close()...)
	}
	return append(set, ']', '}'), nil
}

func keyUse(use keys.Use) gateway.KeyUse {
	switch {
	case use.Signs():
		return gateway.KeySign
	case use == keys.IntakeDecryption:
		return gateway.KeyEncrypt
	}
	return "" // a symmetric use is never published; sound refuses it
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ParseJWKS reads a key set of the gateway. Keys and members that it does not
// know are passed over, as RFC 7517 (4 and 5) asks, so that the gateway may
// add some; what it does know is read strictly. An error says only that it is no key set.
func ParseJWKS(data []byte) ([]PublishedKey, error) {
	var published []PublishedKey
	err := whole(data, func(d *jsontext.Decoder) error {
		return eachMember(d, func(name string) error {
			if name != "keys" {
				return d.SkipValue()
			}
			return eachElement(d, func() error {
				j, err := readPublished(d)
				if err != nil {
					return err
				}
				if key, ok := j.published(); ok {
					published = append(published, key)
				}
				return nil
			})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("key set: %w", errForm)
	}
	return published, nil
}

func readPublished(d *jsontext.Decoder) (jwk, error) {
	var j jwk
	err := eachMember(d, func(name string) error {
		into := j.member(name)
		switch name {
		case "doel":
			into = &j.purpose
		case "geldigVan":
			into = &j.validFrom
		case "geldigTot":
			into = &j.until
		}
		if into == nil {
			return d.SkipValue()
		}
		return readText(d, into)
	})
	return j, err
}

// published gives the key, or false for one that we cannot use.
func (j jwk) published() (PublishedKey, bool) {
	key, err := j.partyKey()
	if err != nil {
		return PublishedKey{}, false
	}
	k := PublishedKey{PartyKey: key, Purpose: keys.Use(j.purpose)}
	for _, m := range []struct {
		text string
		into *time.Time
	}{{j.validFrom, &k.From}, {j.until, &k.Until}} {
		if m.text == "" {
			continue
		}
		if *m.into, err = time.Parse(time.RFC3339, m.text); err != nil {
			return PublishedKey{}, false
		}
	}
	return k, true
}

// Recipient gives the first key to which content for the gateway may be
// encrypted at that moment, or ErrNoKey.
func Recipient(published []PublishedKey, at time.Time) (gateway.PartyKey, error) {
	for _, k := range published {
		if k.Purpose == keys.IntakeDecryption && k.Use == gateway.KeyEncrypt && k.ValidAt(at) {
			return k.PartyKey, nil
		}
	}
	return gateway.PartyKey{}, ErrNoKey
}

// eachElement reads one array and calls read before each element; read must
// consume it.
func eachElement(d *jsontext.Decoder, read func() error) error {
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != '[' {
		return errForm
	}
	for d.PeekKind() != ']' {
		if err := read(); err != nil {
			return err
		}
	}
	_, err = d.ReadToken()
	return err
}
