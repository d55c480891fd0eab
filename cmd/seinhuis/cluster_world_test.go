// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

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
	return enginesOn(t, postgrestest.Start(t), vaulttest.Start(t))
}

// ownEngines are servers that the test may stop, seal and fill.
func ownEngines(t testing.TB) *engines {
	t.Helper()
	return enginesOn(t, postgrestest.Own(t), vaulttest.StartOwn(t))
}

func enginesOn(t testing.TB, database *postgrestest.Server, vault *vaulttest.Server) *engines {
	t.Helper()
	e := &engines{postgres: database, s3: s3test.Start(t), logins: map[string]vaulttest.Login{}}
	e.vault = vault.Setup(t)
	e.database = e.postgres.Database(t, "", nil)
	e.buckets = e.s3.Config(t)
	for _, role := range []string{"poort", "bewaring", "beheer"} {
		e.logins[role] = e.vault.Login(t, role)
	}
	return e
}

// nodeParts is what turns an init of a standalone trial into one of a node. It is
// handed to the stories' processes as a file.
type nodeParts struct {
	Init    []string          // flags
	Secrets map[string]string // by file in secretsDir
	Role    string            // role id of beheer
}

// preparation is what a node over these engines needs.
func (e *engines) preparation(t testing.TB) nodeParts {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "postgres-ca.pem")
	if err := os.WriteFile(ca, e.postgres.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	p := nodeParts{Init: []string{"--profile", "cluster",
		"--postgres", strings.Replace(e.postgres.Address, "127.0.0.1", "localhost", 1), "--database", e.database, "--postgres-ca", ca,
		"--s3", e.s3.Endpoint, "--s3-ca", e.s3.CAFile, "--s3-key-id", e.s3.KeyID, "--s3-path-style", "--s3-buckets", strings.TrimSuffix(e.buckets.Bodies, "-inhoud"),
		"--vault", e.vault.Address, "--vault-ca", e.vault.CAFile(t), "--vault-mount", e.vault.Mount,
		"--vault-role-id", e.logins["poort"].RoleID, "--vault-retention-role-id", e.logins["bewaring"].RoleID},
		Secrets: map[string]string{"s3": e.s3.Secret, "vault-poort": e.secret(t, "poort"), "vault-bewaring": e.secret(t, "bewaring"), "vault-beheer": e.secret(t, "beheer")},
		Role:    e.logins["beheer"].RoleID}
	for _, name := range []string{"postgres-poort", "postgres-deur", "postgres-console", "postgres-bewaring", "postgres-beheer"} {
		p.Secrets[name] = e.postgres.Password
	}
	return p
}

// make makes the directory of a node with its secrets, prepares the engines, and
// gives the node the login of the operator too. do runs a command.
func (p nodeParts) make(dir string, args []string, do func(args ...string) error) error {
	if err := do(slices.Concat([]string{"init"}, args, p.Init)...); err != nil {
		return err
	}
	for name, secret := range p.Secrets {
		if err := os.WriteFile(filepath.Join(dir, secretsDir, name), []byte(secret+"\n"), 0o600); err != nil {
			return err
		}
	}
	c, err := readConfig(dir)
	if err != nil {
		return err
	}
	c.Vault.Roles.Operator = &vaultRole{RoleID: p.Role, SecretID: secretsDir + "/vault-beheer"}
	c.Drain = time.Millisecond
	if err := errors.Join(os.Remove(filepath.Join(dir, configFile)), writeConfig(dir, c)); err != nil {
		return err
	}
	return do("cluster", "setup", "--dir", dir, "--owner-password", filepath.Join(dir, secretsDir, "postgres-beheer"))
}

// prepare makes a node in dir; args go to init as they are.
func (e *engines) prepare(t testing.TB, dir string, args ...string) {
	t.Helper()
	if err := e.preparation(t).make(dir, append([]string{"--dir", dir, "--trial"}, args...), func(args ...string) error { e.run(t, args...); return nil }); err != nil {
		t.Fatal(err)
	}
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

// asNode runs seinhuis in a story over real engines: init makes a node there, and
// prepares them. file holds what it needs.
func asNode(file string, args []string) int {
	if len(args) == 0 || args[0] != "init" || slices.Contains(args, "--profile") {
		return run(args)
	}
	var p nodeParts
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	dir := os.Getenv("SEINHUIS_DIR")
	if at := slices.Index(args, "--dir"); at >= 0 {
		dir = args[at+1]
	}
	code := 0
	if err == nil {
		err = p.make(dir, args[1:], func(args ...string) error {
			if code = run(args); code != 0 {
				return errors.New("seinhuis " + args[0])
			}
			return nil
		})
	}
	if err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = exitFailed
	}
	return code
}

// enginesFile names the file for asNode in the environment of a story.
const enginesFile = "SEINHUIS_TEST_ENGINES"

// bothProfiles plays stories on a standalone installation, and then on a node of
// a cluster over real servers. [standalone] and [cluster] hold in one of them.
func bothProfiles(t *testing.T, p testscript.Params) {
	setup, condition := p.Setup, p.Condition
	for _, on := range []profile{profileStandalone, profileCluster} {
		t.Run(string(on), func(t *testing.T) {
			if on == profileCluster {
				newEngines(t) // skips here, and not in the middle of a story
			}
			p.Setup = func(env *testscript.Env) error {
				if on == profileCluster {
					text, err := json.Marshal(newEngines(t).preparation(t))
					if err != nil {
						return err
					}
					env.Setenv(enginesFile, filepath.Join(env.WorkDir, ".engines"))
					if err := os.WriteFile(env.Getenv(enginesFile), text, 0o600); err != nil {
						return err
					}
				}
				return setup(env)
			}
			p.Condition = func(name string) (bool, error) {
				if name == string(profileStandalone) || name == string(profileCluster) {
					return name == string(on), nil
				}
				if condition == nil {
					return false, fmt.Errorf("unknown condition %q", name)
				}
				return condition(name)
			}
			testscript.Run(t, p)
		})
	}
}
