// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

func newAudit(g *globals) *cobra.Command {
	return group("audit", "Verify, search and export the audit log",
		`The log is a Merkle tree with signed checkpoints. An officer verifies a copy with
seincheck and a key of his own keeping, and needs nothing of this command.
Looking into the log is itself logged.`,
		newAuditVerify(g), newAuditSearch(g), newAuditExport(g), newAuditRestart(g))
}

// verifierKeys reads verifier.txt: one key on a line, # starts a comment.
func verifierKeys(dir string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, verifierFile))
	if err != nil {
		return nil, notReady(fmt.Errorf("the key to verify the log with: %w", err))
	}
	return keyLines(data), nil
}

func keyLines(data []byte) (list []string) {
	for line := range strings.Lines(string(data)) {
		if line, _, _ = strings.Cut(line, "#"); strings.TrimSpace(line) != "" {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

func logVerifiers(dir string) (note.Verifiers, error) {
	list, err := verifierKeys(dir)
	if err != nil {
		return nil, err
	}
	known, err := proof.Verifiers(list...)
	if err != nil {
		return nil, notReady(fmt.Errorf("%s: %w", verifierFile, err))
	}
	return known, nil
}

// verified is the outcome of a verification of the installation's log.
type verified struct {
	OK      bool         `json:"ok"`
	Waiting int64        `json:"waiting"` // rows that no checkpoint covers yet
	Log     proof.Report `json:"log"`
}

func newAuditVerify(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Recompute the whole log and compare it with its checkpoint", Args: exactly(0),
		Long: `Recomputes every entry and tile, compares the log with the last checkpoint that the
database remembers and every row of the database with the log, and tells how many
rows wait for the next checkpoint. A row that was changed is named. It
trusts the key in verifier.txt; seincheck does the same with a key of your own.`,
		Example: "  seinhuis audit verify",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				v, err := b.verifyAll(cmd.Context())
				if err != nil {
					return err
				}
				if err := show(cmd, g, v, v.print); err != nil {
					return err
				}
				if !v.OK {
					return errors.New("the log is not whole; keep a copy and follow docs/runbooks/log-fork.md")
				}
				return nil
			})
		},
	}
}

func (v verified) print(w io.Writer) {
	if v.OK {
		fmt.Fprintf(w, "whole\t%d entries of %s\n", v.Log.Size, orDash(v.Log.Origin))
	}
	for _, f := range v.Log.Findings {
		fmt.Fprintf(w, "WRONG\t%s: %s\n", f.Code, f.Text)
	}
	if v.Log.More > 0 {
		fmt.Fprintf(w, "\tand %d more\n", v.Log.More)
	}
	fmt.Fprintf(w, "waiting\t%d rows for the next checkpoint\n", v.Waiting)
}

// verifyLog verifies the log directory. each sees every entry, as proof.Verify
// gives them. A log without a checkpoint is whole only when the database
// remembers none.
func (b *books) verifyLog(ctx context.Context, each func(int64, []byte) error) (verified, error) {
	known, err := logVerifiers(b.dir)
	if err != nil {
		return verified{}, err
	}
	dir := b.log.FS()
	size, head, err := b.settledHead(ctx, dir, known)
	if err != nil {
		return verified{}, err
	}
	o := proof.Options{Verifiers: known, Origin: b.config.Origin, Each: each}
	if size > 0 {
		o.Previous = head
	}
	v := verified{}
	v.Log, err = proof.Verify(ctx, dir, o)
	switch {
	case errors.Is(err, fs.ErrNotExist) && size == 0: // nothing was published yet
		v.Log, err = proof.Report{Origin: b.config.Origin, Previous: -1, Findings: []proof.Finding{}}, nil
	case errors.Is(err, fs.ErrNotExist):
		v.Log, err = proof.Report{Origin: b.config.Origin, Previous: -1, Findings: []proof.Finding{{Code: proof.CheckpointRefused,
			Path: proof.CheckpointPath, Index: -1, Text: fmt.Sprintf("the checkpoint is missing; the database remembers one of %d entries", size)}}}, nil
	}
	if err != nil {
		return v, err
	}
	if err := b.behind(ctx, &v.Log); err != nil {
		return v, err
	}
	v.OK = v.Log.OK()
	v.Waiting, err = b.waiting(ctx, v.Log.Size)
	return v, err
}

// verifyAll verifies the log as verifyLog does, and then compares the rows of
// the database with it: what officers see comes from the rows.
func (b *books) verifyAll(ctx context.Context) (verified, error) {
	v, err := b.verifyLog(ctx, nil)
	if err != nil || v.Log.Size == 0 {
		return v, err
	}
	known, err := logVerifiers(b.dir)
	if err != nil {
		return v, err
	}
	dir := b.log.FS()
	text, err := fs.ReadFile(dir, proof.CheckpointPath)
	if err != nil {
		return v, err
	}
	head, err := proof.OpenCheckpoint(text, known)
	if err != nil { // found above, or replaced since
		return v, nil
	}
	rows, err := proof.VerifyLeaves(ctx, dir, head, func(after int64, limit int) ([][]byte, error) {
		return b.truth.Rows.Leaves(ctx, after, limit)
	}, nil)
	for _, f := range rows.Findings {
		if f.Code == proof.TileAltered || f.Code == proof.TileMissing || f.Code == proof.RootDiffers {
			continue // of the files, which verifyLog has judged
		}
		f.Path, f.Text = b.config.database(), "the database: "+f.Text
		v.Log.Findings = append(v.Log.Findings, f)
	}
	v.OK = v.Log.OK()
	return v, err
}

// behind finds a database that is older than the log: it was put back from a
// backup, and the gateway signs nothing any more. A head is put before it is
// published, so one that is read after the log is never smaller.
func (b *books) behind(ctx context.Context, log *proof.Report) error {
	size, _, err := b.truth.Heads.LastHead(ctx)
	if err == nil && size < log.Size {
		log.Findings = append(log.Findings, proof.Finding{Code: proof.LogForked, Path: b.config.database(), Index: -1,
			Text: fmt.Sprintf("%d entries are published and the database knows of %d: it is older than the log", log.Size, size)})
	}
	return err
}

// settledHead gives the head that the database remembers. A running gateway
// puts the head just before it writes the checkpoint file; a short wait keeps
// that moment from looking like a log that shrank.
func (b *books) settledHead(ctx context.Context, dir fs.FS, known note.Verifiers) (int64, []byte, error) {
	for try := 0; ; try++ {
		size, head, err := b.truth.Heads.LastHead(ctx)
		if err != nil || size == 0 || try == 10 {
			return size, head, err
		}
		text, err := fs.ReadFile(dir, proof.CheckpointPath)
		if err == nil {
			if c, err := proof.OpenCheckpoint(text, known); err != nil || c.Tree.N >= size {
				return size, head, nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// waiting counts the rows after the published ones.
func (b *books) waiting(ctx context.Context, after int64) (n int64, err error) {
	const page = 1000
	for {
		leaves, err := b.truth.Rows.Leaves(ctx, after+n, page)
		if err != nil {
			return n, err
		}
		n += int64(len(leaves))
		if len(leaves) < page {
			return n, nil
		}
	}
}

// looked logs that the operator looks into the log; it comes before the look.
func (b *books) looked(ctx context.Context, event audit.Event) error {
	return b.logged(ctx, nil, deed{event: event, object: string(audit.KindLog)})
}
