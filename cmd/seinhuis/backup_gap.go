// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/keys"
)

// evidenceFlags name what was kept outside.
type evidenceFlags struct {
	checkpoints []string
	receipts    string
	logs        []string
}

func (e *evidenceFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&e.checkpoints, "checkpoint", nil, "file with a checkpoint that an officer or witness kept (may be repeated)")
	c.Flags().StringArrayVar(&e.logs, "log", nil, "folder with a copy of the published log, such as the logboek that survived (may be repeated)")
	c.Flags().StringVar(&e.receipts, "receipts", "", "folder with receipts or evidence documents that parties kept")
}

func newBackupGap(g *globals) *cobra.Command {
	var e evidenceFlags
	var to string
	c := &cobra.Command{
		Use: "gap", Short: "Show which entries and receipts are not in this truth store", Args: exactly(0),
		Long: `Holds what others kept against the rows of the log: newer checkpoints (from officers,
witnesses, or tiles that survived) name the numbers of entries that are missing;
receipts that parties kept name the acts. The result is a signed statement. It says
nothing about what nobody brought: ask every officer for his last checkpoint, and
creditors for the receipts since the moment of the archive.

Exit code 1 when something is missing.`,
		Example: `  seinhuis backup gap --checkpoint van-functionaris.txt --receipts bewijzen/ --to verlies.jws`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				gap, err := b.gap(cmd.Context(), ring, e)
				if err != nil {
					return err
				}
				if to != "" {
					signed, err := gap.Sign(cmd.Context(), jose.NewIssuer(ring, keys.ReceiptSigning))
					if err := errors.Join(err, replaceFile(to, append(signed, '\n'), 0o644)); err != nil {
						return err
					}
				}
				if err := show(cmd, g, gap, func(w io.Writer) { printGap(w, gap) }); err != nil {
					return err
				}
				return gapError(gap)
			})
		},
	}
	e.add(c)
	c.Flags().StringVar(&to, "to", "", "file for the signed statement")
	return c
}

func gapError(g backup.Gap) error {
	switch {
	case g.Forked():
		return errors.New("rows that are here contradict a signed checkpoint: this is a fork and not a loss; follow docs/runbooks/log-fork.md")
	case !g.Whole():
		return fmt.Errorf("%d entries and %d receipts are missing; find a newer archive or database, or go on after loss (docs/runbooks/restore.md)", g.Missing(), len(g.Lost))
	}
	return nil
}

func printGap(w io.Writer, g backup.Gap) {
	fmt.Fprintf(w, "here\t%d entries, the last of %s\n", g.Rows, orDash(moment(g.Last)))
	for _, s := range g.Standings {
		state := map[bool]string{true: "covered", false: "NOT covered"}[s.Held]
		if s.Forked {
			state = "CONTRADICTED by the rows"
		}
		fmt.Fprintf(w, "checkpoint\t%d entries of %s: %s\n", s.Size, s.Origin, state)
	}
	if g.Missing() > 0 {
		fmt.Fprintf(w, "missing\tentries %d through %d\n", g.First, g.Through)
	}
	fmt.Fprintf(w, "receipts\t%d brought, %d of them lost, %d not of this gateway\n", g.Receipts, len(g.Lost), g.Strange)
	for _, l := range g.Lost {
		fmt.Fprintf(w, "lost\t%s\t%s\t%s\t%s\t%s\n", l.Type, orDash(l.About), orDash(string(l.To)), orDash(string(l.ReportID)), orDash(moment(l.At)))
	}
	if !g.Until.IsZero() && !g.Last.IsZero() {
		fmt.Fprintf(w, "loss\tbetween %s and at least %s (%s)\n", moment(g.Last), moment(g.Until), g.Until.Sub(g.Last).Round(time.Second))
	}
}

// gap holds the evidence against the rows.
func (b *books) gap(ctx context.Context, ring keyStore, flags evidenceFlags) (backup.Gap, error) {
	e, err := flags.read()
	if err != nil {
		return backup.Gap{}, err
	}
	known, err := logVerifiers(b.dir)
	if err != nil {
		return backup.Gap{}, err
	}
	doc, err := publicKeys{ring}.JWKS(ctx)
	if err != nil {
		return backup.Gap{}, err
	}
	signers, err := proof.ParseKeySet(doc)
	if err != nil {
		return backup.Gap{}, err
	}
	if err := b.looked(ctx, audit.LogRead); err != nil {
		return backup.Gap{}, err
	}
	last, err := b.truth.Passages.Last(ctx)
	if err != nil {
		return backup.Gap{}, err
	}
	rows := b.truth.Rows
	if last.Open() { // what commands wrote since the restore is not what was published once
		rows = firstRows{rows, last.Rows}
	}
	g, err := backup.FindGap(ctx, rows, known, signers, e)
	g.Issuer, g.ID, g.Made = gateway.OIN(b.config.OIN), gateway.NewUUID(b.now, nil), b.now.UTC().Truncate(time.Millisecond)
	if last.Kind == backup.Restored {
		g.Archive = last.Archive
	}
	return g, err
}

// firstRows are the rows that a restore brought back.
type firstRows struct {
	audit.Rows
	last int64
}

func (f firstRows) Leaves(ctx context.Context, after int64, limit int) ([][]byte, error) {
	if after >= f.last {
		return nil, nil
	}
	return f.Rows.Leaves(ctx, after, int(min(int64(limit), f.last-after)))
}

// read takes all evidence that the flags name.
func (f evidenceFlags) read() (e backup.Evidence, err error) {
	for _, path := range f.checkpoints {
		text, err := os.ReadFile(path)
		if err != nil {
			return e, err
		}
		e.Checkpoints = append(e.Checkpoints, text)
	}
	for _, dir := range f.logs {
		text, err := os.ReadFile(filepath.Join(dir, proof.CheckpointPath))
		if err != nil {
			return e, err
		}
		e.Checkpoints = append(e.Checkpoints, text)
	}
	if f.receipts == "" {
		return e, nil
	}
	err = filepath.WalkDir(f.receipts, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		more, err := receiptsIn(text)
		e.Receipts = append(e.Receipts, more...)
		return err
	})
	return e, err
}

// receiptsIn gives the receipts of a file: compact texts, one on a line, or an
// evidence document (bewijs) that holds one.
func receiptsIn(text []byte) (all []string, err error) {
	if text = bytes.TrimSpace(text); bytes.HasPrefix(text, []byte("{")) {
		var doc struct {
			Receipt string `json:"ontvangstbewijs"`
		}
		if err := json.Unmarshal(text, &doc); err != nil || doc.Receipt == "" {
			return nil, err
		}
		return []string{doc.Receipt}, nil
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.Count(line, ".") == 2 {
			all = append(all, line)
		}
	}
	return all, nil
}
