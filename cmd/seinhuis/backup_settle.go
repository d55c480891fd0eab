// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
)

// settled is the outcome of a restore for machines.
type settled struct {
	Outcome backup.Outcome `json:"outcome"`
	Rows    int64          `json:"rows"`
	Origin  string         `json:"origin"`
	OldLog  string         `json:"oldLog,omitempty"`
}

func newBackupSettle(g *globals) *cobra.Command {
	var e evidenceFlags
	c := &cobra.Command{
		Use: "settle", Short: "Go on after a restore that lost nothing that was published", Args: exactly(0),
		Long: `Holds the newest checkpoints that are known elsewhere against the rows that were
restored. When the rows hold all of them, the gateway may serve again and its log goes
on. That you brought the newest is on your word, and in the log: what was published
after it and is not here will be found by whoever kept it.

When something is missing, this refuses. Then look for a newer archive, or go on under
another name of the log: seinhuis audit restart --after-loss.`,
		Example: `  seinhuis backup settle --checkpoint van-functionaris.txt --log /mnt/oud/logboek`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(e.checkpoints)+len(e.logs) == 0 {
				return usage(errors.New("give the newest checkpoint that is known elsewhere: --checkpoint or --log"))
			}
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				v, err := b.settle(cmd.Context(), ring, e)
				if err != nil {
					return err
				}
				return show(cmd, g, v, func(w io.Writer) { fmt.Fprintf(w, "settled\t%s: %d entries of %s\n", v.Outcome, v.Rows, v.Origin) })
			})
		},
	}
	e.add(c)
	return c
}

func (b *books) settle(ctx context.Context, ring keyStore, e evidenceFlags) (settled, error) {
	last, err := b.truth.Passages.Last(ctx)
	switch {
	case err != nil:
		return settled{}, err
	case !last.Open() || last.Kind != backup.Restored:
		return settled{}, errors.New("there is no restore to settle")
	}
	gap, err := b.gap(ctx, ring, e)
	if err == nil {
		err = gapError(gap)
	}
	if err != nil {
		return settled{}, err
	}
	if err := b.rebuildLog(ctx); err != nil {
		return settled{}, err
	}
	newest, err := newestCheckpoint(e, gap)
	if err != nil {
		return settled{}, err
	}
	err = b.conclude(ctx, last, backup.NoLoss, newest, deed{event: audit.ServiceRestored, object: string(audit.KindService)}, audit.Digest(gateway.DigestOf(newest)))
	return settled{Outcome: backup.NoLoss, Rows: gap.Rows, Origin: b.config.Origin}, err
}

// newestCheckpoint gives the largest that was brought.
func newestCheckpoint(e evidenceFlags, gap backup.Gap) ([]byte, error) {
	read, err := e.read()
	if err != nil || len(read.Checkpoints) == 0 {
		return nil, err
	}
	best := 0
	for i, s := range gap.Standings {
		if s.Size > gap.Standings[best].Size {
			best = i
		}
	}
	return read.Checkpoints[best], nil
}

// conclude settles a passage, with its entry in the same transaction.
func (b *books) conclude(ctx context.Context, p backup.Passage, o backup.Outcome, known []byte, n deed, options ...audit.Option) error {
	entry, err := audit.New(n.event, audit.ByOperator(gateway.NewTrace()), n.object, b.now, append(options, audit.Codes(string(o)))...)
	if err != nil {
		return err
	}
	return b.truth.Passages.Write(ctx, func(tx backup.PassageTx) error {
		if _, err := tx.Append([]audit.Entry{entry}); err != nil {
			return err
		}
		return tx.Conclude(p.Number, b.now, o, known)
	})
}

func newAuditRestart(g *globals) *cobra.Command {
	var afterLoss bool
	var e evidenceFlags
	c := &cobra.Command{
		Use: "restart --after-loss", Short: "Let the log go on under another name, when entries are lost for good", Args: exactly(0),
		Long: `For an installation that was restored and whose published log was longer: those
entries are lost, and the log may never grow under its old name, because another entry
in a place that was published is a fork.

Before this, give the log another name in seinhuis.yaml (logboek, for instance with /2
behind it), with the gateway stopped. The command writes an entry that names the state
that was restored, signs all rows under the new name, and puts the old log aside as it
is. verifier.txt gets a second line: send it to every officer and witness, with the
statement of backup gap. What the old log proved, it proves still.`,
		Example: `  seinhuis audit restart --after-loss --checkpoint van-functionaris.txt`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !afterLoss {
				return usage(errors.New("this cannot be undone; say --after-loss to do it"))
			}
			unlock, err := lockServing(g.dir)
			if err != nil {
				return err
			}
			defer unlock()
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				v, err := b.restart(cmd.Context(), ring, e)
				if err != nil {
					return err
				}
				return show(cmd, g, v, func(w io.Writer) {
					fmt.Fprintf(w, "log\t%d entries, from now on of %s\nold log\t%s\n", v.Rows, v.Origin, v.OldLog)
					fmt.Fprintf(w, "next\tsend %s to officers and witnesses\n", verifierFile)
				})
			})
		},
	}
	c.Flags().BoolVar(&afterLoss, "after-loss", false, "yes, entries are lost for good")
	e.add(c)
	return c
}

// restart can be repeated until it succeeds.
func (b *books) restart(ctx context.Context, ring keyStore, e evidenceFlags) (v settled, err error) {
	last, err := b.truth.Passages.Last(ctx)
	if err != nil {
		return v, err
	}
	size, head, err := b.truth.Heads.LastHead(ctx)
	if err != nil {
		return v, err
	}
	origin, _, _ := strings.Cut(string(head), "\n")
	switch {
	case last.Kind != backup.Restored || !last.Open() && last.Outcome != backup.AfterLoss:
		return v, errors.New("there is no restore to go on from")
	case origin == b.config.Origin && last.Open():
		return v, notReady(fmt.Errorf("give the log another name first: set logboek in %s to %s/2, for instance", configFile, origin))
	}
	if last.Open() {
		gap, err := b.gap(ctx, ring, e)
		if err != nil {
			return v, err
		}
		newest, err := newestCheckpoint(e, gap)
		if err != nil {
			return v, err
		}
		n := deed{event: audit.LogRestarted, object: string(audit.KindLog)}
		if err := b.conclude(ctx, last, backup.AfterLoss, newest, n, audit.Digest(gateway.DigestOf(head)), audit.Count(int(size))); err != nil {
			return v, err
		}
	}
	if v.OldLog, err = b.setLogAside(ctx, origin, size); err != nil {
		return v, err
	}
	signer, text, err := logSigner(ctx, b.config, ring)
	if err != nil {
		return v, err
	}
	if err := b.addVerifier(text); err != nil {
		return v, err
	}
	tiles, give, err := b.tiles()
	if err != nil {
		return v, err
	}
	v.Outcome, v.Origin = backup.AfterLoss, b.config.Origin
	v.Rows, err = audit.Restart(ctx, audit.Config{Rows: b.truth.Rows, Heads: b.truth.Heads, Tiles: tiles, Signer: signer, Origin: b.config.Origin})
	if errors.Is(err, audit.ErrSameLog) { // done before
		err = nil
	}
	return v, errors.Join(err, give())
}

// addVerifier adds the key of the new name to verifier.txt, once.
func (b *books) addVerifier(text string) error {
	list, err := verifierKeys(b.dir)
	if err != nil {
		return err
	}
	for _, known := range list {
		if known == text {
			return nil
		}
	}
	path := filepath.Join(b.dir, verifierFile)
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return replaceFile(path, append(append(old, '\n'), text+"\n"...), 0o644)
}
