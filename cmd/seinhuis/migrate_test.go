// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// emptyNode makes the directory of a node over engines that are prepared for a
// move: no schema, no buckets, no keys. It gives the flags of migrate.
func (e *engines) emptyNode(t *testing.T, dir string) (flags []string) {
	t.Helper()
	p := e.preparation(t)
	err := p.make(dir, []string{"--dir", dir, "--trial", "--oin", string(demoOIN)}, func(args ...string) error {
		if args[0] != "cluster" {
			e.run(t, args...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := os.ReadFile("../../deploy/vault/verhuizing.hcl")
	if err != nil {
		t.Fatal(err)
	}
	mover := e.vault.Role(t, "verhuizing", strings.ReplaceAll(string(policy), "\"seinhuis/", "\""+e.vault.Mount+"/"))
	return []string{"--to", dir, "--owner-password", filepath.Join(dir, secretsDir, "postgres-beheer"), "--vault-role-id", mover.RoleID, "--vault-secret-id", mover.SecretIDFile}
}

// TestMigrate moves a gateway that has lived a little to real engines: its
// receipts, bodies, pseudonyms and log are there, its log goes on, and the old
// one serves no more.
func TestMigrate(t *testing.T) {
	e := newEngines(t)
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &story{world: w, out: &testWriter{}}
	stop := w.serve(t.Context())
	if err := s.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	receipts := map[gateway.ReportID]string{}
	for _, m := range prepared(t, 25) {
		r, err := s.creditors[energy].Send(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		receipts[m.ID()] = r.Compact
	}
	if err := errors.Join(stop(), w.close()); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "knooppunt")
	flags := e.emptyNode(t, dir)

	// A try that stops halfway is gone on with.
	half := &move{from: w.home(), to: dir, sample: 0, now: time.Now(), strong: strong{ownerPassword: flags[3], roleID: flags[5], secretID: flags[7]}}
	if err := half.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	n, err := func() (*cluster, error) {
		if err := half.prepare(t.Context()); err != nil {
			return nil, err
		}
		return half.engines(t.Context())
	}()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(half.copy(t.Context(), n), n.Close(), half.ring.Close(), half.old.truth.Close()); err != nil {
		t.Fatal(err)
	}
	// Neither end serves: there would be two truths.
	for _, end := range []string{w.home(), dir} {
		if err := serve(t.Context(), end, "", discard(), nil); !errors.Is(err, backup.ErrMoved) {
			t.Errorf("in the middle of the move %s serves: %v", end, err)
		}
	}
	out := e.run(t, append([]string{"migrate", "--from", w.home(), "--sample", "0"}, flags...)...)
	if !strings.Contains(out, "the same in both stores") || !strings.Contains(out, "25 bodies opened") {
		t.Error(out)
	}
	t.Log(out)

	if err := serve(t.Context(), w.home(), "", discard(), nil); !errors.Is(err, backup.ErrMoved) {
		t.Errorf("the old gateway serves: %v", err)
	}
	node, err := openInstallation(t.Context(), dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	for id, receipt := range receipts {
		found, err := node.truth.Ledger.Records(t.Context(), []journey.Key{{Creditor: demoCreditors[energy].OIN, ReportID: id}})
		if err != nil || string(found[0].Receipt) != receipt {
			t.Fatalf("report %s: %v", id, err)
		}
	}
	before, _, err := node.truth.Heads.LastHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after, err := integrated(t, node); err != nil || after < before || after == 0 {
		t.Errorf("the log goes from %d to %d, %v", before, after, err)
	}
	if v := e.run(t, "audit", "verify", "--dir", dir); !strings.Contains(v, "whole") {
		t.Error(v)
	}
	if err := errors.Join(func() error { _, err := node.truth.Passages.Last(t.Context()); return err }(), node.notRestoredOrMoved(t.Context())); err != nil {
		t.Errorf("the new gateway does not serve: %v", err)
	}
}

// TestBackupOfACluster makes an archive of a node over real engines and fills
// other engines with it, where the same keys are not: what rests there is whole,
// and does not serve before it is settled.
func TestBackupOfACluster(t *testing.T) {
	e := newEngines(t)
	dir := filepath.Join(t.TempDir(), "knooppunt")
	e.prepare(t, dir, "--oin", string(demoOIN))
	safe := t.TempDir()
	e.run(t, "backup", "key", "new", "--to", filepath.Join(safe, "kluis"))
	e.run(t, "backup", "key", "register", filepath.Join(safe, "kluis.pub"), "--dir", dir)
	e.run(t, "party", "add", "--dir", dir, "--oin", testCreditor, "--name", "Voorbeeld Energie", "--kind", "meldende-partij")
	publishNode(t, dir)
	made, err := makeBackup(t.Context(), &globals{dir: dir}, safe)
	if err != nil {
		t.Fatal(err)
	}
	e.run(t, "backup", "verify", made.File, "--key", filepath.Join(safe, "kluis"), "--dir", dir)

	// The same node over a database and buckets that are new; Vault stays.
	if _, err := restoreBackup(t.Context(), dir, made.File, filepath.Join(safe, "kluis"), "", filepath.Join(dir, secretsDir, "postgres-beheer"), time.Now()); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("into engines that are in use: %v", err)
	}
	other := newEngines(t)
	c, err := readConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Postgres.Database = other.database
	c.S3.Buckets.Bodies, c.S3.Buckets.Log, c.S3.Buckets.Spool = other.buckets.Bodies, other.buckets.Log, other.buckets.Spool
	if err := errors.Join(os.Remove(filepath.Join(dir, configFile)), writeConfig(dir, c)); err != nil {
		t.Fatal(err)
	}
	owner := filepath.Join(dir, secretsDir, "postgres-beheer")
	e.run(t, "cluster", "setup", "--dir", dir, "--owner-password", owner)
	e.run(t, "backup", "restore", made.File, "--dir", dir, "--key", filepath.Join(safe, "kluis"), "--owner-password", owner)
	if err := serve(t.Context(), dir, "", discard(), nil); !errors.Is(err, backup.ErrRestored) {
		t.Errorf("a restored cluster serves: %v", err)
	}
	if v := e.run(t, "audit", "verify", "--dir", dir); !strings.Contains(v, "whole") {
		t.Error(v)
	}
	if list := e.run(t, "party", "list", "--dir", dir); !strings.Contains(list, testCreditor) {
		t.Error(list)
	}
}

func publishNode(t *testing.T, dir string) {
	t.Helper()
	node, err := openInstallation(t.Context(), dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := integrated(t, node); err != nil {
		t.Fatal(err)
	}
	if err := node.Close(); err != nil {
		t.Fatal(err)
	}
}

// integrated takes what waits into the log, as the node with the watch does.
func integrated(t *testing.T, node *installation) (int64, error) {
	t.Helper()
	s, err := newSequencer(t.Context(), node.config, node.ring, node.truth, node.tiles)
	if err != nil {
		return 0, err
	}
	return s.Integrate(t.Context())
}
