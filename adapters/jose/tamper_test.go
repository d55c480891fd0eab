// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// TestNoOracle changes every byte of key, iv, ciphertext and tag, for each
// kind of intake key: the answers must be equal in every field.
func TestNoOracle(t *testing.T) {
	w := theWorld()
	want := undecryptable()
	for alg, to := range w.open {
		p := parts(must(Wrap([]byte("x"), w.sign[algEdDSA], to.Public())))
		for part := partKey; part <= partTag; part++ {
			raw := must(strict64.DecodeString(p[part]))
			step := max(1, len(raw)/16)
			var tries [][]byte
			for i := 0; i < len(raw); i += step {
				changed := bytes.Clone(raw)
				changed[i] ^= 0x40
				tries = append(tries, changed)
			}
			tries = append(tries, nil, raw[:len(raw)-1], append(bytes.Clone(raw), 0))
			for _, try := range tries {
				q := append([]string{}, p...)
				q[part] = b64(string(try))
				got, refused := w.receive(w.party(), []byte(strings.Join(q, ".")))
				if got != nil || !reflect.DeepEqual(refused, want) {
					t.Fatalf("%s part %d with %d bytes: %v", alg, part, len(try), refused)
				}
			}
		}
	}
}

func TestTamperedHeader(t *testing.T) {
	w := theWorld()
	to := w.open[algECDHES].Public()
	p := parts(forgeJWE(t, withJWE(to.ID, `"typ":"a"`), must(SignPayload(payload, w.sign[algES256], "")), to))
	raw := must(strict64.DecodeString(p[0]))
	p[0] = b64(strings.Replace(string(raw), `"typ":"a"`, `"typ":"b"`, 1))
	if _, refused := w.receive(w.party(), []byte(strings.Join(p, "."))); !hasCode(refused, gateway.CodeUndecryptable) {
		t.Errorf("JWE header: %v", refused)
	}
	for part := range jwsParts {
		p := parts(must(SignPayload(payload, w.sign[algES256], "abc")))
		raw := must(strict64.DecodeString(p[part]))
		if part == partHeader {
			raw = bytes.Replace(raw, []byte("abc"), []byte("abd"), 1)
		} else {
			raw[5] ^= 1
		}
		p[part] = b64(string(raw))
		if _, refused := w.receiveSigned(w.party(), []byte(strings.Join(p, "."))); !hasCode(refused, gateway.CodeSignature) {
			t.Errorf("JWS part %d: %v", part, refused)
		}
	}
}

// TestOneTextPerPart tries other base64 texts of the same bytes in every part.
func TestOneTextPerPart(t *testing.T) {
	w := theWorld()
	token := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	others := map[string]func(string) string{
		"padding":        func(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4+1) },
		"line break":     func(s string) string { return s[:4] + "\n" + s[4:] },
		"carriage":       func(s string) string { return s + "\r" },
		"space":          func(s string) string { return " " + s },
		"trailing bits":  trailingBits,
		"plain alphabet": func(s string) string { return s[:1] + "+" + s[2:] },
		"one character":  func(s string) string { return s + strings.Repeat("A", (5-len(s)%4)%4) },
	}
	for name, change := range others {
		for i := range jweParts {
			p := parts(token)
			p[i] = change(p[i])
			if p[i] == parts(token)[i] {
				continue // no trailing bits in this part
			}
			if _, refused := w.receive(w.party(), []byte(strings.Join(p, "."))); !hasCode(refused, gateway.CodeNotCompact) {
				t.Errorf("%s in part %d: %v", name, i, refused)
			}
		}
	}
	for _, whole := range []string{string(token) + "\n", " " + string(token), "\ufeff" + string(token)} {
		if _, refused := w.receive(w.party(), []byte(whole)); !hasCode(refused, gateway.CodeNotCompact) {
			t.Errorf("around the token: %v", refused)
		}
	}
}

// trailingBits sets the lowest of the bits that do not count, when there are any.
func trailingBits(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if len(s)%4 == 0 {
		return s
	}
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + string(alphabet[last|1])
}

func TestSizeLimits(t *testing.T) {
	w := theWorld()
	token := must(Wrap(payload, w.sign[algES256], w.open[algECDHES].Public()))
	size, head := len(token), len(parts(token)[0])
	for _, c := range []struct {
		limits Limits
		ok     bool
	}{
		{Limits{Token: size}, true},
		{Limits{Token: size - 1}, false},
		{Limits{Header: head}, true},
		{Limits{Header: head - 1}, false},
	} {
		got := NewOpener(w.store, c.limits).Open(context.Background(), []intake.Letter{letterOf(w.party(), token)})[0]
		if c.ok != (got.Err == nil) {
			t.Errorf("%+v: %v", c.limits, got.Err)
		}
		if !c.ok && (got.Err.Kind != gateway.KindTooLarge || !hasCode(got.Err, gateway.CodeTooLarge)) {
			t.Errorf("%+v: %v", c.limits, got.Err)
		}
	}
	big := bytes.Repeat([]byte("."), DefaultToken+1)
	if _, refused := w.receive(w.party(), big); !hasCode(refused, gateway.CodeTooLarge) {
		t.Errorf("default limit: %v", refused)
	}
}
