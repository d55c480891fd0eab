// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

// migrationView is what a move did, for machines.
type migrationView struct {
	From      string   `json:"from"`
	To        string   `json:"to"`
	Tables    int      `json:"tables"`
	Rows      int64    `json:"rows"`
	Rewrapped int64    `json:"bodiesAndNotices"`
	Opened    int      `json:"bodiesOpened"`
	Keys      int      `json:"keys"`
	Destroyed int      `json:"destroyedScopes"`
	Files     int      `json:"files"`
	Log       int64    `json:"log"`
	Origin    string   `json:"origin"`
	Root      string   `json:"root"`
	Resumed   bool     `json:"resumed,omitempty"`
	Seconds   float64  `json:"seconds"`
	Differs   []string `json:"differs,omitempty"`
}

func (v migrationView) print(w io.Writer) {
	fmt.Fprintf(w, "truth\t%d rows in %d tables, the same in both stores\n", v.Rows, v.Tables)
	if v.Resumed {
		fmt.Fprintln(w, "resumed\ttruth was copied by an earlier try")
	}
	fmt.Fprintf(w, "bodies\t%d bodies and notices wrapped anew, %d bodies opened and compared with their digests\n", v.Rewrapped, v.Opened)
	fmt.Fprintf(w, "keys\t%d published keys under their old ids, %d destroyed scopes stay destroyed\n", v.Keys, v.Destroyed)
	fmt.Fprintf(w, "files\t%d that wait\nlog\t%d entries of %s, root %s\n", v.Files, v.Log, v.Origin, v.Root)
	fmt.Fprintf(w, "took\t%.1f s\nold\t%s is marked as moved and serves no more\n", v.Seconds, v.From)
}

func newMigrate(g *globals) *cobra.Command {
	var s strong
	var from, to string
	var sample int
	c := &cobra.Command{
		Use: "migrate --from DIR --to DIR", Short: "Move a standalone installation to a cluster, with all it has", Args: exactly(0),
		Long: `Moves a standalone installation to PostgreSQL, S3 and Vault: truth row by row with its
ids, bodies and notices (opened with the keyring and wrapped by Vault), keys (closed
to Vault's own wrapping key, under their old ids, so that receipts stay verifiable and
pseudonyms stay what they were), files that wait, and the log, which goes on under
its own name. The gateway must be stopped. Then it compares both ends. From the moment that
it copies, neither end serves, and at the end the new one may.

--to is a node's directory of init --profile cluster with the same OIN and name of the
log (logboek), over engines that are empty: not after cluster setup. It may be run again
until it succeeds. docs/runbooks/migrate.md tells all steps and the way back.`,
		Example: `  seinhuis migrate --from /var/lib/seinhuis --to /etc/seinhuis/knooppunt \
      --owner-password beheer --vault-role-id 5f2d --vault-secret-id verhuizing-geheim`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var w wrongFlags
			w.need("from", from)
			w.need("to", to)
			w.need("owner-password", s.ownerPassword)
			if err := w.err(); err != nil {
				return err
			}
			m := &move{from: from, to: to, strong: s, sample: sample, now: time.Now()}
			if err := m.run(cmd.Context()); err != nil {
				return err
			}
			return show(cmd, g, m.view, m.view.print)
		},
	}
	f := c.Flags()
	f.StringVar(&from, "from", "", "directory of the standalone installation (required)")
	f.StringVar(&to, "to", "", "directory of a node (required)")
	f.IntVar(&sample, "sample", 1000, "how many bodies to open at the new end; 0 for all")
	f.StringVar(&s.ownerPassword, "owner-password", "", "file with the password of the schema's owner, seinhuis_beheer (required)")
	f.StringVar(&s.s3KeyID, "s3-key-id", "", "key id that may make buckets; empty for that of the node")
	f.StringVar(&s.s3Secret, "s3-secret", "", "file with its secret")
	f.StringVar(&s.roleID, "vault-role-id", "", "role id of a login with the policy deploy/vault/verhuizing.hcl")
	f.StringVar(&s.secretID, "vault-secret-id", "", "file with its secret id")
	f.StringVar(&s.cert, "vault-certificate", "", "certificate of that login, where the configuration logs in with certificates")
	f.StringVar(&s.priv, "vault-key", "", "its private key")
	return c
}

// move is one run of migrate.
type move struct {
	from, to string
	strong   strong
	sample   int
	now      time.Time
	view     migrationView

	known note.Verifiers
	old   *books
	ring  *keyring.Keyring
	next  config
}

// run does all steps in an order in which each can be done again.
func (m *move) run(ctx context.Context) (err error) {
	began := time.Now()
	unlock, err := lockInstallation(m.from)
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.ring.Close(), m.old.truth.Close()) }()
	if err := m.prepare(ctx); err != nil {
		return err
	}
	n, err := m.engines(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if err := m.copy(ctx, n); err != nil {
		return err
	}
	if err := m.files(ctx, n); err != nil {
		return err
	}
	if err := m.compare(ctx, n); err != nil {
		return err
	}
	err = m.settle(ctx, n)
	m.view.Seconds = time.Since(began).Seconds()
	return err
}

// leave marks the old installation as moved before its truth is copied. The mark
// is copied too, so that from here on neither end serves until the new one is
// known to be the same.
func (m *move) leave(ctx context.Context) error {
	last, err := m.old.truth.Passages.Last(ctx)
	if err != nil || last.Open() { // by an earlier try
		return err
	}
	return m.old.truth.Passages.Write(ctx, func(tx backup.PassageTx) error {
		return tx.AddPassage(backup.Passage{Kind: backup.Moved, Made: m.now, At: m.now})
	})
}

// settle lets the new end serve.
func (m *move) settle(ctx context.Context, n *cluster) error {
	last, err := n.db.Passages().Last(ctx)
	if err != nil || !last.Open() {
		return err
	}
	return n.db.Passages().Write(ctx, func(tx backup.PassageTx) error {
		return tx.Conclude(last.Number, m.now, backup.NoLoss, nil)
	})
}

// open opens the old installation and reads what the new one is to be.
func (m *move) open(ctx context.Context) (err error) {
	m.view.From, m.view.To = m.from, m.to
	if m.next, err = readConfig(m.to); err != nil {
		return err
	}
	if m.old, err = openBooks(ctx, &globals{dir: m.from}); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.old.truth.Close())
		}
	}()
	switch c := m.old.config; {
	case c.cluster():
		return notReady(errors.New("--from is a node of a cluster already"))
	case !m.next.cluster():
		return notReady(errors.New("--to is no node of a cluster; make one with: seinhuis init --profile cluster"))
	case c.OIN != m.next.OIN:
		return notReady(errors.New("--from and --to have other OINs"))
	case c.Origin != m.next.Origin:
		return notReady(fmt.Errorf("the log keeps its name: set logboek in %s to %s", filepath.Join(m.to, configFile), c.Origin))
	}
	last, err := m.old.truth.Passages.Last(ctx)
	if err == nil && last.Kind != backup.Moved { // one that was begun may be gone on with
		err = last.Fit()
	}
	if err != nil {
		return notReady(err)
	}
	if m.known, err = logVerifiers(m.from); err != nil {
		return err
	}
	m.ring, err = openKeyring(m.from, m.old.config)
	return err
}

// publish takes what waits into the old log, so that nothing is under no
// checkpoint. A log that contradicts itself does not move.
func (m *move) publish(ctx context.Context) error {
	tiles, err := files.Open(filepath.Join(m.from, logDir))
	if err != nil {
		return notReady(err)
	}
	s, err := newSequencer(ctx, m.old.config, m.ring, m.old.truth, tiles)
	if err == nil {
		_, err = s.Integrate(ctx)
	}
	return errors.Join(err, tiles.Close())
}

// prepare makes schema, buckets and keys at the new end.
func (m *move) prepare(ctx context.Context) error {
	if err := m.strong.schema(ctx, m.to, m.next); err != nil {
		return err
	}
	if err := m.strong.buckets(ctx, m.to, m.next); err != nil {
		return err
	}
	if err := m.takeKeys(ctx); err != nil {
		return err
	}
	for _, name := range []string{verifierFile, recoveryFile} {
		data, err := os.ReadFile(filepath.Join(m.from, name))
		if errors.Is(err, os.ErrNotExist) && name == recoveryFile {
			continue
		}
		if err := errors.Join(err, replaceFile(filepath.Join(m.to, name), data, 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// engines opens the new end as a node does, and without its doors.
func (m *move) engines(ctx context.Context) (n *cluster, err error) {
	n = &cluster{}
	if n.keys, err = openVault(ctx, m.to, m.next); err != nil {
		return nil, err
	}
	if n.store, err = openS3(m.to, m.next); err != nil {
		return nil, errors.Join(err, n.keys.Close())
	}
	if _, err := n.store.Probe(ctx); err != nil {
		return nil, errors.Join(notReady(fmt.Errorf("S3: %w", err)), n.keys.Close())
	}
	if n.db, err = openPostgres(ctx, m.to, m.next, n.store); err != nil {
		return nil, errors.Join(err, n.keys.Close())
	}
	n.log = n.store.Tiles()
	return n, nil
}

// Close gives the engines back.
func (n *cluster) Close() error { return errors.Join(n.db.Close(), n.keys.Close()) }

// files brings the files that wait and the published log.
func (m *move) files(ctx context.Context, n *cluster) error {
	spool, err := files.OpenSpool(filepath.Join(m.from, spoolDir))
	if err != nil {
		return err
	}
	if m.view.Files, err = moveSpool(ctx, spool, n.store.Spool()); err != nil {
		return errors.Join(err, spool.Close())
	}
	if err := spool.Close(); err != nil {
		return err
	}
	_, head, err := n.db.Audit().LastHead(ctx)
	if err != nil || len(head) == 0 {
		return err
	}
	_, err = audit.Rebuild(ctx, n.db.Audit(), n.log, head, m.known)
	return err
}

// moveSpool copies files as received. One that is there already came with an
// earlier try.
func moveSpool(ctx context.Context, from, to batch.Spool) (n int, err error) {
	names, err := from.Names(ctx)
	if err != nil {
		return 0, err
	}
	there, err := to.Names(ctx)
	if err != nil {
		return 0, err
	}
	had := map[string]bool{}
	for _, name := range there {
		had[name] = true
	}
	for _, name := range names {
		n++
		if had[name] {
			continue
		}
		in, err := from.Open(ctx, name)
		if err != nil {
			return n, err
		}
		_, _, err = to.Put(ctx, name, in)
		if err := errors.Join(err, in.Close()); err != nil {
			return n, err
		}
	}
	return n, nil
}
