// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys/keyring"
)

const (
	testGateway  = "00000099000000001000"
	testCreditor = "00000099000000110001"
	testCity     = "00000099000000220001"
)

// trial makes a trial installation with one creditor and one municipality.
func trial(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "proef")
	c := config{OIN: testGateway, Listen: "127.0.0.1:8443", Unlock: "ontgrendeling", Routing: "routering.bin"}
	if err := makeInstallation(t.Context(), dir, c, true, keyring.Options{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	operate(t, dir, "party", "add", "--oin", testCreditor, "--name", "Voorbeeld Energie", "--kind", "meldende-partij")
	operate(t, dir, "party", "add", "--oin", testCity, "--name", "Gemeente Nijmegen", "--kind", "gemeente", "--municipality", "GM0268")
	return dir
}

// operate runs one command that must succeed and gives what it printed.
func operate(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := try(t, dir, args...)
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return out
}

func try(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetErr(&bytes.Buffer{})
	root.SetArgs(append(args, "--dir", dir))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestAgreementGetsItsLastDay(t *testing.T) {
	dir := trial(t)
	added := operate(t, dir, "agreement", "add", "--creditor", testCreditor, "--municipality", "GM0268",
		"--kinds", "Energie", "--from", "2026-01-01", "--json")
	var views []agreementView
	if err := json.Unmarshal([]byte(added), &views); err != nil || len(views) != 1 {
		t.Fatalf("%v: %s", err, added)
	}
	id := views[0].ID
	for _, wrong := range []string{"2025-12-31", "geen"} {
		if _, err := try(t, dir, "agreement", "end", id, "--on", wrong); err == nil {
			t.Errorf("an agreement ended on %s", wrong)
		}
	}
	operate(t, dir, "agreement", "end", id, "--on", "2026-03-31")
	if _, err := try(t, dir, "agreement", "end", id, "--on", "2026-12-31"); err == nil {
		t.Error("an ended agreement was made longer")
	}
	if list := operate(t, dir, "agreement", "list"); !strings.Contains(list, "2026-01-01 to 2026-03-31") {
		t.Error(list)
	}
}
