// SPDX-License-Identifier: EUPL-1.2

package proof

import "strings"

// The classes below are narrow on purpose: what is in the tree cannot be taken out, so no field may be able to hold a
// name, an address, free text or a nine-digit number.

// IsHex reports whether s is n lower-case hexadecimal digits.
func IsHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// IsUUID reports whether s is a UUID in its lower-case canonical form.
func IsUUID(s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	return IsHex(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:], 32)
}

// IsOIN reports whether s has the form of an organisation number: 20 characters, a prefix of six zeros and two digits, then
// digits or letters. Whether the number is known is not judged here.
func IsOIN(s string) bool {
	if len(s) != 20 || s[:6] != "000000" || !isDigit(s[6]) || !isDigit(s[7]) {
		return false
	}
	for i := 8; i < len(s); i++ {
		if c := s[i] | 0x20; !isDigit(s[i]) && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// IsCode reports whether s is a code in kebab-case: lower-case letters and digits in words joined by single hyphens,
// starting with a letter, 2 to 64 characters, with no more than six digits in a row, hyphens not counted: a year and month
// fit, a date of birth and a citizen number do not.
func IsCode(s string) bool {
	if len(s) < 2 || len(s) > 64 || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '-' {
		return false
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			if digits++; digits > 6 {
				return false
			}
		case c >= 'a' && c <= 'z':
			digits = 0
		case c == '-' && s[i-1] != '-': // digits run on over a hyphen: 123-456-789 is a number too
		default:
			return false
		}
	}
	return true
}

// isActor reports whether s can be an actor: an OIN, one of the three fixed words, or an officer by account number.
func isActor(s string) bool {
	switch s {
	case ActorGateway, ActorOperator, ActorUnknown:
		return true
	}
	account, ok := strings.CutPrefix(s, ActorOfficerPrefix)
	return IsOIN(s) || ok && IsUUID(account)
}

// isObject reports whether s is a kind and up to three identifiers: melding/<oin>/<uuid>, dienst, partij/<oin>.
func isObject(s string) bool {
	kind, rest, more := strings.Cut(s, "/")
	if !IsCode(kind) {
		return false
	}
	if !more {
		return true
	}
	parts := strings.Split(rest, "/")
	if len(parts) > 3 {
		return false
	}
	for _, p := range parts {
		if !isIdentifier(p) {
			return false
		}
	}
	return true
}

// isIdentifier reports whether s is an OIN, a UUID, a digest, a key id, a municipality or a month.
func isIdentifier(s string) bool {
	return IsOIN(s) || IsUUID(s) || IsHex(s, 64) || IsHex(s, 32) || isMunicipality(s) || isMonth(s)
}

// isMunicipality: GM and the four-digit CBS code.
func isMunicipality(s string) bool {
	return len(s) == 6 && s[:2] == "GM" && allDigits(s[2:])
}

// isMonth: 2026-11.
func isMonth(s string) bool {
	return len(s) == 7 && s[4] == '-' && allDigits(s[:4]) && allDigits(s[5:]) && s[5:] >= "01" && s[5:] <= "12"
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
