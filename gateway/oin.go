// SPDX-License-Identifier: EUPL-1.2

package gateway

import "errors"

// OIN is the organisation identification number: 20 characters, eight of
// prefix, then number and suffix, zeros included (Logius, OIN-stelsel 3.0).
type OIN string

var oinPrefixes = map[string]bool{
	"00000001": true, "00000002": true, "00000003": true, "00000004": true,
	"00000006": true, "00000007": true, "00000008": true, "00000009": true,
	"00000011": true, "00000099": true,
}

// ErrOIN says that a text is no OIN; it never quotes the text.
var ErrOIN = errors.New("no OIN: 20 characters with a known prefix are needed")

// ParseOIN checks length, characters and prefix.
func ParseOIN(s string) (OIN, error) {
	if len(s) != 20 || !oinPrefixes[s[:8]] {
		return "", ErrOIN
	}
	for _, c := range []byte(s) {
		if !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return "", ErrOIN
		}
	}
	return OIN(s), nil
}

func (o OIN) String() string { return string(o) }

// Municipality is the code of a Dutch municipality, "GM" and four digits
// (CBS); GM0268 is Nijmegen.
type Municipality string

// ErrMunicipality says that a text is no municipality code.
var ErrMunicipality = errors.New("no municipality code: GM and four digits are needed")

// ParseMunicipality checks the form, not whether such a municipality exists.
func ParseMunicipality(s string) (Municipality, error) {
	if len(s) != 6 || s[:2] != "GM" {
		return "", ErrMunicipality
	}
	for _, c := range []byte(s[2:]) {
		if c < '0' || c > '9' {
			return "", ErrMunicipality
		}
	}
	return Municipality(s), nil
}
