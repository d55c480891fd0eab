// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// engines are the real servers of one cluster: a database, buckets and engines
// of Vault of its own on servers that the tests share.
type engines struct {
	postgres *postgrestest.Server
	database string
	s3       *s3test.Server
	buckets  s3.Config
	vault    vaulttest.Realm
	logins   map[string]vaulttest.Login
}

// newEngines starts what is not running yet; without the programs it skips.
func newEngines(t testing.TB) *engines {
	t.Helper()
	e := &engines{postgres: postgrestest.Start(t), s3: s3test.Start(t), logins: map[string]vaulttest.Login{}}
	e.vault = vaulttest.Start(t).Setup(t)
	e.database = e.postgres.Database(t, "", nil)
	e.buckets = e.s3.Config(t)
	for _, role := range []string{"poort", "bewaring", "beheer"} {
		e.logins[role] = e.vault.Login(t, role)
	}
	return e
}

// prepare makes the directory of a node, with its secrets, and everything in the
// engines. args go to init as they are.
func (e *engines) prepare(t testing.TB, dir string, args ...string) {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "postgres-ca.pem")
	if err := os.WriteFile(ca, e.postgres.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	prefix := strings.TrimSuffix(e.buckets.Bodies, "-inhoud")
	e.run(t, append([]string{"init", "--dir", dir, "--profile", "cluster", "--trial",
		"--postgres", strings.Replace(e.postgres.Address, "127.0.0.1", "localhost", 1), "--database", e.database, "--postgres-ca", ca,
		"--s3", e.s3.Endpoint, "--s3-ca", e.s3.CAFile, "--s3-key-id", e.s3.KeyID, "--s3-path-style", "--s3-buckets", prefix,
		"--vault", e.vault.Address, "--vault-ca", e.vault.CAFile(t), "--vault-mount", e.vault.Mount,
		"--vault-role-id", e.logins["poort"].RoleID, "--vault-retention-role-id", e.logins["bewaring"].RoleID}, args...)...)
	for name, secret := range map[string]string{"postgres-poort": e.postgres.Password, "postgres-deur": e.postgres.Password,
		"postgres-console": e.postgres.Password, "postgres-bewaring": e.postgres.Password, "beheer": e.postgres.Password, "s3": e.s3.Secret,
		"vault-poort": e.secret(t, "poort"), "vault-bewaring": e.secret(t, "bewaring"), "vault-beheer": e.secret(t, "beheer")} {
		if err := os.WriteFile(filepath.Join(dir, secretsDir, name), []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e.run(t, "cluster", "setup", "--dir", dir, "--owner-password", filepath.Join(dir, secretsDir, "beheer"),
		"--vault-role-id", e.logins["beheer"].RoleID, "--vault-secret-id", filepath.Join(dir, secretsDir, "vault-beheer"))
}

func (e *engines) secret(t testing.TB, role string) string {
	t.Helper()
	text, err := os.ReadFile(e.logins[role].SecretIDFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// run runs a command in this process and gives what it printed.
func (e *engines) run(t testing.TB, args ...string) string {
	t.Helper()
	root, out := newRoot(), new(bytes.Buffer)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(out)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("seinhuis %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out.String()
}

// operate gives the directory the login of the operator who changes keys.
func (e *engines) operate(t testing.TB, dir string) {
	t.Helper()
	c, err := readConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Vault.Roles.Operator = &vaultRole{RoleID: e.logins["beheer"].RoleID, SecretID: secretsDir + "/vault-beheer"}
	if err := os.Remove(filepath.Join(dir, configFile)); err != nil {
		t.Fatal(err)
	}
	if err := writeConfig(dir, c); err != nil {
		t.Fatal(err)
	}
}
