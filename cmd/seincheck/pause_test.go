// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
)

// pauseKey signs documents as a gateway's key for one use would.
func pauseKey(t *testing.T, kid, use string) (sign func(typ, claims string) []byte, jwk string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwk = fmt.Sprintf(`{"kty":"EC","crv":"P-256","kid":"%s","alg":"ES256","use":"sig","doel":"%s","x":"%s","y":"%s"}`, kid, use, b64(point[1:33]), b64(point[33:]))
	return func(typ, claims string) []byte {
		signed := b64(fmt.Appendf(nil, `{"alg":"ES256","kid":"%s","typ":"%s"}`, kid, typ)) + "." + b64([]byte(claims))
		sum := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return []byte(signed + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)) + "\n")
	}, jwk
}

func TestPause(t *testing.T) {
	s := newStage(t)
	sign, jwk := pauseKey(t, "n", "notice-signing")
	notice := func(kind, moment string, step int, until string) []byte {
		return sign("bericht+jwt", fmt.Sprintf(`{"iss":"00000099000000001000","aud":"00000099000000002000","berichtId":"019ac9e0-1c00-7e31-a2b4-5d6e7f809102",`+
			`"soort":"%s","meldingId":"019aa5d2-4e00-7a11-8c3d-0f1e2d3c4b5a","gemeente":"GM0268","datum":"2026-11-28","uitgegevenOp":"%s",`+
			`"pauze":{"pauzeId":"019ac9e0-1c00-7f42-b3c5-6e7f80910213","volgnummer":%d,"ingangsdatum":"2026-11-28","einddatum":"%s"}}`, kind, moment, step, until))
	}
	s.file(t, "jwks.json", []byte(`{"keys":[`+jwk+`]}`))
	s.file(t, "begun.jws", notice("hulp-geaccepteerd", "2026-11-28T09:30:00Z", 1, "2026-12-10"))
	s.file(t, "longer.jws", notice("pauze-verlengd", "2026-12-08T09:30:00Z", 2, "2027-01-05"))
	s.file(t, "third.jws", notice("pauze-gehandhaafd", "2026-12-09T09:30:00Z", 3, "2027-01-05"))
	forged := notice("pauze-verlengd", "2026-12-08T09:30:00Z", 2, "2027-01-05")
	forged[len(forged)-9] ^= 4
	s.file(t, "forged.jws", forged)

	contains(t, s.check(t, exitOK, "pause", "--on", "2026-12-20", "--keys", "jwks.json", "begun.jws", "longer.jws"), "in force on 2026-12-20", "as far as these documents know")
	contains(t, s.check(t, exitFailed, "pause", "--on", "2027-01-06", "--keys", "jwks.json", "begun.jws", "longer.jws"), "not in force on 2027-01-06")
	contains(t, s.check(t, exitFailed, "pause", "--on", "2026-12-20", "--keys", "jwks.json", "begun.jws", "third.jws"), "incomplete", "step 2")
	for _, words := range [][]string{{"begun.jws", "forged.jws"}, {"absent.jws"}, {}, {"begun.jws", "--pause", "019ac9e0-1c00-7f42-b3c5-6e7f80910214"}} {
		s.check(t, exitUsage, append([]string{"pause", "--on", "2026-12-20", "--keys", "jwks.json"}, words...)...)
	}
	s.check(t, exitUsage, "pause", "--keys", "jwks.json", "begun.jws")
	var doc struct {
		OK    bool `json:"ok"`
		Pause struct {
			Answer string `json:"antwoord"`
			Until  string `json:"bekendTot"`
		} `json:"pause"`
	}
	if err := json.Unmarshal([]byte(s.check(t, exitOK, "pause", "--on", "2026-12-01", "--keys", "jwks.json", "begun.jws", "--json")), &doc); err != nil ||
		!doc.OK || doc.Pause.Answer != "in-werking" || doc.Pause.Until != "2026-11-28T09:30:00Z" {
		t.Errorf("%+v, %v", doc, err)
	}
}
