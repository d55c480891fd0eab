// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// The readers below turn one raw JSON value into one Go value and answer ""
// or the code of what is wrong. None of them keeps or echoes the input.

// Text reads a non-empty text of at most max characters without control
// characters.
func Text(raw jsontext.Value, max int) (string, gateway.Code) {
	if raw.Kind() != '"' {
		return "", gateway.CodeWrongType
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	switch {
	case err != nil:
		return "", gateway.CodeEncoding
	case len(b) == 0:
		return "", gateway.CodeBadForm
	case utf8.RuneCount(b) > max:
		return "", gateway.CodeTooLong
	}
	s := string(b)
	for _, r := range s {
		if r > unicode.MaxASCII && unicode.IsNumber(r) {
			return "", gateway.CodeBadForm // no Dutch name or address has them, and a number could hide in them
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return "", gateway.CodeControlChar
		}
	}
	return s, ""
}

// Personal reads a text that may not hold a BSN.
func Personal(raw jsontext.Value, max int) (gateway.Personal, gateway.Code) {
	s, code := Text(raw, max)
	if code == "" && HoldsBSN(s) {
		code = gateway.CodeBSN
	}
	if code != "" {
		return gateway.Personal{}, code
	}
	return gateway.NewPersonal(s), ""
}

// Choice reads one of a closed set of texts.
func Choice[T ~string](raw jsontext.Value, choices ...T) (T, gateway.Code) {
	s, code := Text(raw, 200)
	if code != "" {
		return "", code
	}
	for _, c := range choices {
		if string(c) == s {
			return c, ""
		}
	}
	return "", gateway.CodeUnknownValue
}

// ID reads a canonical UUID.
func ID[T ~string](raw jsontext.Value) (T, gateway.Code) {
	s, code := Text(raw, 36)
	if code != "" {
		return "", code
	}
	id, err := gateway.ParseUUID(s)
	if err != nil {
		return "", gateway.CodeBadForm
	}
	return T(id), ""
}

// Day reads a date.
func Day(raw jsontext.Value) (gateway.Date, gateway.Code) {
	s, code := Text(raw, 32)
	if code != "" {
		return gateway.Date{}, code
	}
	d, err := gateway.ParseDate(s)
	if err != nil {
		return gateway.Date{}, gateway.CodeBadForm
	}
	return d, ""
}

// Bool reads true or false.
func Bool(raw jsontext.Value) (bool, gateway.Code) {
	switch raw.Kind() {
	case 't':
		return true, ""
	case 'f':
		return false, ""
	}
	return false, gateway.CodeWrongType
}

// Whole reads a whole number written without fraction or exponent, of at most
// eighteen digits.
func Whole(raw jsontext.Value) (int64, gateway.Code) {
	if raw.Kind() != '0' {
		return 0, gateway.CodeWrongType
	}
	var n int64
	digits, negative := []byte(raw), false
	if digits[0] == '-' {
		negative, digits = true, digits[1:]
	}
	if len(digits) > 18 {
		return 0, gateway.CodeTooLong
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, gateway.CodeBadForm
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, ""
}
