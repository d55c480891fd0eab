// SPDX-License-Identifier: EUPL-1.2

package keys

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"
)

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The RSA vector is RFC 7638 section 3.1, the Ed25519 one RFC 8037 appendix A.3.
func TestThumbprintVectors(t *testing.T) {
	n := "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM" +
		"stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO" +
		"pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	for _, c := range []struct {
		name string
		key  any
		want string
	}{
		{"RSA", &rsa.PublicKey{N: new(big.Int).SetBytes(decode(t, n)), E: 65537}, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
		{"Ed25519", ed25519.PublicKey(decode(t, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
	} {
		if got, err := Thumbprint(c.key); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestThumbprintOfBothViewsOfAPoint(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := k.PublicKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	a, errA := Thumbprint(&k.PublicKey)
	b, errB := Thumbprint(other)
	if a != b || len(a) != 43 || errA != nil || errB != nil {
		t.Errorf("thumbprints %q and %q (%v, %v)", a, b, errA, errB)
	}
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	e384, _ := ecdh.P384().GenerateKey(rand.Reader)
	for _, bad := range []any{&p384.PublicKey, e384.PublicKey(), nil, "x", k} {
		if got, err := Thumbprint(bad); got != "" || !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%T: %q, %v; want ErrAlgorithm", bad, got, err)
		}
	}
}

func TestRedaction(t *testing.T) {
	mark := "geheim"
	tag := Tag{Version: 3}
	copy(tag.Sum[:], mark)
	secrets := []string{mark, fmt.Sprintf("%x", mark), fmt.Sprintf("%d", []byte(mark)), base64.StdEncoding.EncodeToString([]byte(mark))}
	item := WrapItem{Scope: "GM0268/2026-11", ID: "x", Data: []byte(mark)}
	key := Intake{KID: "kid", Algorithm: ECDHES, Key: &struct{ D string }{mark}}
	for _, v := range []any{tag, &tag, item, &item, key, &key, []Tag{tag}, []WrapItem{item}, map[string]Intake{"a": key}} {
		text := fmt.Sprintf("%v|%+v|%#v|%s|%x|%d|%q", v, v, v, v, v, v, v)
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("", "v", v)
		for _, s := range secrets {
			for path, out := range map[string]string{"fmt": text, "json": string(raw), "slog": log.String()} {
				if strings.Contains(out, s) {
					t.Errorf("%T tells its content by %s: %s", v, path, out)
				}
			}
		}
	}
}

func TestCheckItem(t *testing.T) {
	good := WrapItem{Scope: "00000003123456780000/2026-11", ID: "0192"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	if got := string(good.AAD()); got != "00000003123456780000/2026-11|0192" {
		t.Errorf("AAD is %q", got)
	}
	for _, bad := range []WrapItem{
		{}, {Scope: "a"}, {ID: "a"}, {Scope: "a|b", ID: "c"}, {Scope: "é", ID: "c"}, {Scope: "a b", ID: "c"},
		{Scope: strings.Repeat("a", 101), ID: "c"}, {Scope: "a", ID: strings.Repeat("c", 201)},
	} {
		if err := bad.Check(); !errors.Is(err, ErrItem) {
			t.Errorf("%v: %v, want ErrItem", bad, err)
		}
	}
}

func TestBatchError(t *testing.T) {
	if err := (BatchError)(nil).OrNil(); err != nil {
		t.Errorf("no failures is %v", err)
	}
	err := BatchError{{Index: 4, Err: ErrTampered}, {Index: 7, Err: ErrDestroyed}}.OrNil()
	if !errors.Is(err, ErrTampered) || !errors.Is(err, ErrDestroyed) || errors.Is(err, ErrUse) {
		t.Errorf("kinds of %v", err)
	}
	if got := err.Error(); got != "2 of the batch failed, first item 4: wrapped body does not verify" {
		t.Error(got)
	}
}

func TestUsesAreClosed(t *testing.T) {
	for _, u := range Uses() {
		if u.Signs() && len(u.Algorithms()) == 0 {
			t.Errorf("%s signs with nothing", u)
		}
	}
	for _, u := range []Use{"", "Receipt-Signing", "signing"} {
		if u.Signs() || u.Algorithms() != nil {
			t.Errorf("%q is no use, yet allows something", u)
		}
	}
}

func TestCurrent(t *testing.T) {
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from, until time.Time
		want        bool
	}{
		{at, time.Time{}, true}, {at.Add(1), time.Time{}, false}, {at.Add(-2), at, false}, {at.Add(-2), at.Add(1), true},
	} {
		if got := (Public{From: c.from, Until: c.until}).Current(at); got != c.want {
			t.Errorf("from %v until %v: %v", c.from, c.until, got)
		}
	}
}
