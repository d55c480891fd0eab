// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit"
)

// rows counts what the log holds or waits for.
func rows(t *testing.T, b *books) int64 {
	t.Helper()
	n, err := b.waiting(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// An act and its entry stand or fall together.
func TestLogged(t *testing.T) {
	dir := trial(t)
	err := withBooks(t.Context(), &globals{dir: dir}, func(b *books) error {
		entry := deed{event: audit.LogRead, object: "logboek"}
		broken := errors.New("broken")
		before := rows(t, b)
		if err := b.logged(t.Context(), func() ([]deed, error) { return nil, broken }, entry); !errors.Is(err, broken) {
			t.Errorf("an act that fails gives %v", err)
		}
		if n := rows(t, b); n != before {
			t.Errorf("an act that failed left %d entries", n-before)
		}
		acted := false
		if err := b.logged(t.Context(), func() ([]deed, error) { acted = true; return nil, nil }, deed{event: "bestaat-niet", object: "logboek"}); err == nil || acted {
			t.Errorf("an act without an entry: acted %t, %v", acted, err)
		}
		if err := b.logged(t.Context(), func() ([]deed, error) { return []deed{entry}, nil }, entry); err != nil {
			t.Error(err)
		}
		if n := rows(t, b); n != before+2 {
			t.Errorf("%d entries, want 2", n-before)
		}
		err := b.logged(t.Context(), func() ([]deed, error) { return []deed{{event: "bestaat-niet", object: "logboek"}}, nil })
		if err == nil || !strings.Contains(err.Error(), "it was done and could not be logged") {
			t.Errorf("an act whose entry is lost gives %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckScope(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for scope, good := range map[string]bool{
		"GM0268/2026-10": true, testCreditor + "/2025-12": true,
		"GM0268/2026-11": false, "GM0268/2026-12": false, "GM0268/2027-01": false, // not passed
		"GM0268": false, "GM0268/": false, "GM0268/2026-1": false, "GM0268/2026-00": false, "GM268/2026-10": false,
		"/2026-10": false, "": false, "GM0268/2026-10/x": false, "GM0268/2026-10-01": false,
	} {
		if err := checkScope(scope, now); (err == nil) != good {
			t.Errorf("%q: %v", scope, err)
		}
	}
}

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tabel")
	for _, content := range []string{"een", "twee"} {
		if err := replaceFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := replaceFile(filepath.Join(dir, "weg", "tabel"), nil, 0o600); err == nil {
		t.Error("a file was put in a folder that is not there")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
}

// The doctor judges by its own moment, so a test can look ahead.
func TestDoctorLooksAhead(t *testing.T) {
	dir := trial(t)
	soonOver := time.Now().AddDate(0, 0, 10).Format(time.DateOnly)
	operate(t, dir, "agreement", "add", "--creditor", testCreditor, "--municipality", "GM0268", "--kinds", "Energie", "--from", "2026-01-01", "--until", soonOver)
	for _, c := range []struct {
		name  string
		now   time.Time
		check string
		want  health
	}{
		{"today", time.Now(), "server certificate", healthy},
		{"in 350 days", time.Now().AddDate(0, 0, 350), "server certificate", warning},
		{"in 400 days", time.Now().AddDate(0, 0, 400), "server certificate", failing},
		{"yesterday", time.Now().AddDate(0, 0, -1), "server certificate", failing},
		{"in 364 days", time.Now().AddDate(0, 0, 364), "revocation list", warning},
		{"in 400 days", time.Now().AddDate(0, 0, 400), "revocation list", failing},
		{"in 3 years", time.Now().AddDate(3, 0, 0), "client authorities", failing},
		{"an hour back", time.Now().Add(-time.Hour), "clock", failing},
		{"today", time.Now(), "agreements", warning},
		{"in 20 days", time.Now().AddDate(0, 0, 20), "agreements", healthy},
	} {
		d := &doctor{dir: dir, now: c.now}
		if err := d.examine(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := health("nothing")
		for _, f := range d.findings {
			if f.Check == c.check {
				got = f.Health
			}
			if f.Health != healthy && f.Remedy == "" {
				t.Errorf("%s: no remedy for %s", f.Check, f.Detail)
			}
		}
		if got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.name, c.check, got, c.want)
		}
	}
}
