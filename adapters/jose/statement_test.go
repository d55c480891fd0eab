// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

func TestKeyStatement(t *testing.T) {
	w := theWorld()
	all := []PrivateKey{w.open[algECDHES], w.sign[algES256], w.sign[algEdDSA], w.sign[algPS256], w.open[algRSAOAEP256]}
	token := must(MakeKeyStatement(creditorOIN, now, all...))
	oin, registered, err := ReadKeyStatement(token, now.Add(time.Hour))
	if err != nil || oin != creditorOIN || len(registered) != len(all) {
		t.Fatalf("%s, %d keys: %v", oin, len(registered), err)
	}
	for i, k := range registered {
		want := all[i].Public()
		if k.ID != want.ID || k.Use != want.Use || k.Algorithm != want.Algorithm || k.From != now.Add(time.Hour) {
			t.Errorf("key %d: %+v", i, k)
		}
	}
	// What was registered works.
	p := gateway.Party{OIN: oin, Keys: registered}
	if _, refused := w.receive(p, must(Wrap(payload, w.sign[algES256], registered[0]))); !hasCode(refused, gateway.CodeKey) {
		t.Errorf("before it is valid: %v", refused)
	}
	if _, err := Decrypt(sealTo(t, registered[0]), all); err != nil {
		t.Error(err)
	}
}

func TestKeyStatementNeedsPossession(t *testing.T) {
	w := theWorld()
	own, stolen := w.sign[algES256], w.other
	if _, err := MakeKeyStatement(creditorOIN, now, own, w.open[X25519]); !errors.Is(err, ErrCannotProve) {
		t.Errorf("X25519: %v", err)
	}
	if _, err := MakeKeyStatement(creditorOIN, now, w.open[algECDHES]); !errors.Is(err, ErrNoKey) {
		t.Errorf("no signing key: %v", err)
	}
	proof := func(oin gateway.OIN, at time.Time, k PrivateKey) string { return string(must(makeProof(oin, at, k))) }
	good := proof(creditorOIN, now, own)
	publics := string(publicJWK(own)) + "," + string(publicJWK(stolen))
	statement := func(publics, proofs string) string {
		return `{"oin":"` + string(creditorOIN) + `","sleutels":[` + publics + `],"bewijzen":{` + proofs + `},"opgesteldOp":"` + moment(now) + `"}`
	}
	pair := func(k PrivateKey, proof string) string { return quote(k.public.ID) + ":" + quote(proof) }
	for name, c := range map[string]struct {
		payload string
		code    gateway.Code
	}{
		"no proof":                   {statement(publics, pair(own, good)), gateway.CodeNotCompact},
		"proof by another key":       {statement(publics, pair(own, good)+","+pair(stolen, good)), gateway.CodeHeader},
		"proof for another party":    {statement(publics, pair(own, good)+","+pair(stolen, proof("00000099000000002000", now, stolen))), gateway.CodeSignature},
		"proof of another moment":    {statement(publics, pair(own, good)+","+pair(stolen, proof(creditorOIN, now.Add(time.Second), stolen))), gateway.CodeSignature},
		"a message as proof":         {statement(publics, pair(own, good)+","+pair(stolen, string(must(SignPayload(payload, stolen, ""))))), gateway.CodeHeader},
		"proof too many":             {statement(string(publicJWK(own)), pair(own, good)+","+pair(stolen, proof(creditorOIN, now, stolen))), gateway.CodeKey},
		"key twice":                  {statement(string(publicJWK(own))+","+string(publicJWK(own)), pair(own, good)), gateway.CodeKey},
		"X25519":                     {statement(string(publicJWK(own))+","+string(publicJWK(w.open[X25519])), pair(own, good)+","+pair(w.open[X25519], good)), gateway.CodeAlgorithm},
		"private key":                {statement(string(privateJWK(own)), pair(own, good)), gateway.CodeBadForm},
		"no keys":                    {statement("", ""), gateway.CodeKey},
		"unknown member":             {strings.Replace(statement(string(publicJWK(own)), pair(own, good)), `{"oin"`, `{"x":1,"oin"`, 1), gateway.CodeBadForm},
		"no OIN":                     {strings.Replace(statement(string(publicJWK(own)), pair(own, good)), string(creditorOIN), "1", 1), gateway.CodeBadForm},
		"nine keys":                  {statement(strings.TrimSuffix(strings.Repeat(string(publicJWK(own))+",", 9), ","), pair(own, good)), gateway.CodeBadForm},
		"signer not among the keys":  {statement(string(publicJWK(stolen)), pair(stolen, proof(creditorOIN, now, stolen))), gateway.CodeKey},
		"nothing wrong with forging": {statement(publics, pair(own, good)+","+pair(stolen, proof(creditorOIN, now, stolen))), ""},
	} {
		_, registered, err := ReadKeyStatement(must(SignPayload([]byte(c.payload), own, typKeyStatement)), now)
		if c.code == "" {
			if err != nil || len(registered) != 2 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !hasCode(gateway.AsError(err), c.code) || registered != nil {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestKeyStatementMoment(t *testing.T) {
	own := theWorld().sign[algES256]
	token := must(MakeKeyStatement(creditorOIN, now, own))
	for at, ok := range map[time.Time]bool{
		now: true, now.Add(-maxStatementSkew): true, now.Add(maxStatementAge): true,
		now.Add(-maxStatementSkew - time.Second): false, now.Add(maxStatementAge + time.Second): false,
	} {
		if _, _, err := ReadKeyStatement(token, at); (err == nil) != ok {
			t.Errorf("at %s: %v", at, err)
		}
	}
	if _, _, err := ReadKeyStatement(must(SignPayload(payload, own, "")), now); !hasCode(gateway.AsError(err), gateway.CodeHeader) {
		t.Errorf("a message as statement: %v", err)
	}
}
