// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// A checkpoint of a public test log of certificates with the cosignature of a public witness, as both publish them.
const (
	publicWitness    = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
	publicCheckpoint = "coachandhorses2026h1.staging.certificate.transparency.goog\n185550722\nYXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n"
	publicCosigned   = publicCheckpoint + "\n" +
		"— witness.navigli.sunlight.geomys.org o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/ZYczDIsvwvouiSjwOjn7a72ccxBk+lKnZ7dKqkYKER1s/KxLTaVwQD7lJZTC/CQ==\n"
)

func TestPublicWitness(t *testing.T) {
	w, err := proof.NewWitness(publicWitness)
	if err != nil || w.String() != publicWitness {
		t.Fatalf("%s, %v", w, err)
	}
	n, err := note.Open([]byte(publicCosigned), note.VerifierList(w))
	if err != nil || len(n.Sigs) != 1 || n.Text != publicCheckpoint {
		t.Fatalf("%+v, %v", n, err)
	}
	for i, c := range publicCosigned {
		if c > '~' {
			continue
		}
		if _, err := note.Open([]byte(publicCosigned[:i]+string(c^1)+publicCosigned[i+1:]), note.VerifierList(w)); err == nil && strings.Index(publicCosigned, "/CQ==")+2 != i {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
	raw, _ := base64.StdEncoding.DecodeString("o+AP4gAAAABqb7Dz")
	at := time.Unix(int64(raw[8])<<24|int64(raw[9])<<16|int64(raw[10])<<8|int64(raw[11]), 0)
	if at.Year() != 2026 {
		t.Errorf("signed at %s", at)
	}
}

func TestNewWitness(t *testing.T) {
	for name, vkey := range map[string]string{
		"of another type": strings.Replace(publicWitness, "+BNy/", "+ANy/", 1),
		"another id":      strings.Replace(publicWitness, "a3e00fe2", "a3e00fe3", 1),
		"another name":    "x" + publicWitness,
		"no name":         publicWitness[strings.Index(publicWitness, "+"):],
		"cut":             publicWitness[:len(publicWitness)-4],
		"nothing":         "",
	} {
		if _, err := proof.NewWitness(vkey); !errors.Is(err, proof.ErrWitness) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
