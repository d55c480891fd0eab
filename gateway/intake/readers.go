// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// MaxAmount is the highest amount that the schema takes, in cents; policy
// documents set lower limits of their own.
const MaxAmount = 100_000_000

const maxReminders = 24

func readAmount(_ *Document, r *gateway.Report, v jsontext.Value) (c gateway.Code) {
	r.AmountInCents, c = Whole(v)
	switch {
	case c == gateway.CodeTooLong, r.AmountInCents > MaxAmount:
		return gateway.CodeAmountTooHigh
	case c == "" && r.AmountInCents <= 0:
		return gateway.CodeAmountNegative
	}
	return c
}

// readSalt takes 128 to 512 random bits in base64url.
func readSalt(_ *Document, r *gateway.Report, v jsontext.Value) gateway.Code {
	s, c := Text(v, 86)
	if c != "" {
		return c
	}
	if len(s) < 22 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return gateway.CodeBadForm
	}
	r.Salt = gateway.NewPersonal(s)
	return ""
}

func readReminders(d *Document, e *gateway.Efforts, v jsontext.Value) gateway.Code {
	if v.Kind() != '[' {
		return gateway.CodeWrongType
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(v))
	_, _ = dec.ReadToken()
	for i := 0; dec.PeekKind() != ']'; i++ {
		raw, err := dec.ReadValue()
		if err != nil {
			return d.syntax(err)
		}
		if i >= maxReminders {
			return gateway.CodeTooLong
		}
		day, c := Day(raw)
		if c != "" {
			d.At(i, func() { d.Find(c, "") })
			continue
		}
		e.Reminders = append(e.Reminders, day)
	}
	return ""
}

// readPostcode takes "1234AB" or "1234 AB" in any case and keeps the first
// form. SA, SD and SS are never given out; whether the rest exists is for the
// routing table to say.
func readPostcode(_ *Document, a *gateway.Address, v jsontext.Value) gateway.Code {
	s, c := Text(v, 7)
	if c != "" {
		return c
	}
	s = strings.ToUpper(s)
	if len(s) == 7 && s[4] == ' ' {
		s = s[:4] + s[5:]
	}
	if len(s) != 6 || s[0] < '1' || s[0] > '9' {
		return gateway.CodeBadForm
	}
	for i := 1; i < 6; i++ {
		digit := s[i] >= '0' && s[i] <= '9'
		letter := s[i] >= 'A' && s[i] <= 'Z'
		if i < 4 && !digit || i >= 4 && !letter {
			return gateway.CodeBadForm
		}
	}
	if l := s[4:]; l == "SA" || l == "SD" || l == "SS" {
		return gateway.CodeBadForm
	}
	a.Postcode = gateway.NewPersonal(s)
	return ""
}

// readPhone takes a telephone number as people write it. All its digits are
// one number, so a country code keeps the rest from looking like a BSN.
func readPhone(_ *Document, k *gateway.Contact, v jsontext.Value) gateway.Code {
	s, c := Text(v, 20)
	if c != "" {
		return c
	}
	var number strings.Builder
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			number.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune(" ()-", r):
		default:
			return gateway.CodeBadForm
		}
	}
	if number.Len() < 8 || number.Len() > 15 {
		return gateway.CodeBadForm
	}
	if HoldsBSN(number.String()) {
		return gateway.CodeBSN
	}
	k.Phone = gateway.NewPersonal(s)
	return ""
}

func readEmail(_ *Document, k *gateway.Contact, v jsontext.Value) (c gateway.Code) {
	k.Email, c = Personal(v, 254)
	if c != "" {
		return c
	}
	local, domain, found := strings.Cut(k.Email.Reveal(), "@")
	if !found || local == "" || !strings.Contains(domain, ".") || strings.ContainsAny(domain, "@ ") || strings.Contains(local, " ") {
		return gateway.CodeBadForm
	}
	return ""
}
