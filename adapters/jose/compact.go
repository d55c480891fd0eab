// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"encoding/base64"

	"github.com/seinhuis/seinhuis/gateway"
)

// strict64 is base64url without padding; Strict refuses trailing bits, and
// decode64 refuses the line breaks that the standard library skips.
var strict64 = base64.RawURLEncoding.Strict()

// The parts of a compact JWS and JWE, in order.
const (
	partHeader    = 0
	partPayload   = 1 // JWS
	partSignature = 2 // JWS
	partKey       = 1 // JWE: the encrypted content key
	partIV        = 2
	partCipher    = 3
	partTag       = 4

	jwsParts = 3
	jweParts = 5
)

// compact is a token that was split and decoded; nothing of it is trusted yet.
type compact struct {
	token   []byte           // as received
	head    []byte           // the encoded header: the additional data of a JWE
	decoded [jweParts][]byte // one buffer, cut into parts
}

// split checks size, number of parts and canonical base64url, in that order
// and before any other work. Canonical means that encoding again gives the
// same text, so that one message has one text per part.
func split(token []byte, parts int, limits Limits) (compact, *gateway.Error) {
	if len(token) > limits.Token {
		return compact{}, tooLarge()
	}
	rule := ruleCompactJWS
	if parts == jweParts {
		rule = ruleCompactJWE
	}
	if bytes.Count(token, []byte{'.'}) != parts-1 {
		return compact{}, refuse(gateway.CodeNotCompact, rule, "Het bericht heeft niet de compacte vorm.")
	}
	c := compact{token: token}
	buffer := make([]byte, 0, strict64.DecodedLen(len(token)))
	rest := token
	for i := range parts {
		var text []byte
		text, rest, _ = bytes.Cut(rest, []byte{'.'})
		if i == partHeader {
			if len(text) > limits.Header {
				return compact{}, tooLarge()
			}
			c.head = text
		}
		start := len(buffer)
		var ok bool
		if buffer, ok = decode64(buffer, text); !ok {
			return compact{}, refuse(gateway.CodeNotCompact, ruleBase64, "Een deel van het bericht is geen base64url zonder opvulling.")
		}
		c.decoded[i] = buffer[start:len(buffer):len(buffer)]
	}
	return c, nil
}

// decode64 appends the decoded text to dst. It accepts canonical text alone:
// Strict leaves skipped line breaks as the only way in which two texts could
// decode to the same bytes, and these make the text longer than its encoding.
func decode64(dst, text []byte) ([]byte, bool) {
	out, err := strict64.AppendDecode(dst, text)
	if err != nil || strict64.EncodedLen(len(out)-len(dst)) != len(text) {
		return dst, false
	}
	return out, true
}

// join writes a compact token from raw parts after an encoded head.
func join(head []byte, parts ...[]byte) []byte {
	n := len(head)
	for _, p := range parts {
		n += 1 + strict64.EncodedLen(len(p))
	}
	out := append(make([]byte, 0, n), head...)
	for _, p := range parts {
		out = strict64.AppendEncode(append(out, '.'), p)
	}
	return out
}
