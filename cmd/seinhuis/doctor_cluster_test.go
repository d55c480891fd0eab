// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDoctorOfEngines: each engine that does not let a node in is a line of its
// own, with whose task the remedy is, and hides no other.
func TestDoctorOfEngines(t *testing.T) {
	e := newEngines(t)
	dir := filepath.Join(t.TempDir(), "knooppunt")
	e.prepare(t, dir, "--oin", string(demoOIN))
	examine := func() map[string]finding {
		t.Helper()
		d := &doctor{dir: dir, with: string(profileCluster), now: time.Now()}
		if err := d.examine(t.Context()); err != nil {
			t.Fatal(err)
		}
		found := map[string]finding{}
		for _, f := range d.findings {
			found[f.Check] = f
		}
		return found
	}
	sound := examine()
	for _, check := range []string{"PostgreSQL", "S3", "Vault", "watch", "keys", "log"} {
		if f := sound[check]; f.Health != healthy {
			t.Errorf("%s: %+v", check, f)
		}
	}
	for _, c := range []struct {
		secret, check string
		who           keeper
	}{
		{"postgres-deur", "PostgreSQL seinhuis_deur", keeperDatabase},
		{"vault-bewaring", "Vault bewaring", keeperVault},
		{"s3", "S3", keeperStorage},
	} {
		path := filepath.Join(dir, secretsDir, c.secret)
		right, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("anders\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		found := examine()
		if f := found[c.check]; f.Health != failing || f.Who != c.who || f.Remedy == "" {
			t.Errorf("wrong %s: %+v", c.secret, f)
		}
		for check, f := range found {
			if strings.Contains(f.Detail+f.Remedy, strings.TrimSpace(string(right))) {
				t.Errorf("%s tells a secret", check)
			}
		}
		if err := os.WriteFile(path, right, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := &doctor{dir: dir, with: string(profileStandalone), now: time.Now()}
	if err := d.examine(t.Context()); err == nil {
		t.Error("a node passes for a standalone installation")
	}
}
