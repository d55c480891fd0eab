// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

// The hours after the Dutch midnight in which the gateway writes its store
// anew: few reports come then, and what was due that day is erased. In the two
// nights in which the clock is changed they are an hour off.
const (
	quietFrom  = 3 * time.Hour
	quietUntil = 5 * time.Hour
	quietAgain = 15 * time.Minute // after a failure
)

// rewriter is a store whose file can be written anew.
type rewriter interface {
	Erased(ctx context.Context) (newest int64, err error)
	Compact(ctx context.Context) error
}

// nightly lets the file of the store be written anew once a night, when
// something was erased since. The zero value takes it that it was: after a start
// nobody knows.
type nightly struct {
	on     gateway.Date // done on this day
	erased int64        // until this deletion receipt
	after  time.Time    // not before
}

// compact does it when it is time. Doors that write wait meanwhile; how long is
// with adapters/sqlite.
func (n *nightly) compact(ctx context.Context, store rewriter, now time.Time) error {
	if store == nil { // the engine clears away by itself
		return nil
	}
	today := gateway.Today(now)
	if since := now.Sub(today.Begins()); since < quietFrom || since >= quietUntil || n.on == today || now.Before(n.after) {
		return nil
	}
	newest, err := store.Erased(ctx)
	if err == nil && newest == n.erased {
		return nil
	}
	if err == nil {
		err = store.Compact(ctx)
	}
	if err != nil {
		n.after = now.Add(quietAgain)
		return err
	}
	n.on, n.erased = today, newest
	return nil
}

// compactView is what writing the store anew did to its size, in bytes.
type compactView struct {
	Before int64 `json:"bytesBefore"`
	After  int64 `json:"bytesAfter"`
}

func newRetentionCompact(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "compact", Short: "Write the store anew, so that no byte of what was erased is left in it", Args: exactly(0),
		Long: `Writes the file of the store anew and empties its journal. Erasing zeroes what it
deletes, but the database may have left an older copy in the unused middle of a
page; afterwards there is none. The gateway does this by itself between three and
five at night, when something was erased. It needs the size of the store twice as
room: in TMPDIR and beside the store. Beside a running gateway reports wait for it,
and are answered 503 after five seconds.`,
		Example: "  seinhuis retention compact",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				v, err := b.compact(cmd.Context())
				if err != nil {
					return err
				}
				return show(cmd, g, v, func(w io.Writer) { fmt.Fprintf(w, "store\t%d bytes before\t%d bytes after\n", v.Before, v.After) })
			})
		},
	}
}

// errOwnEngine answers a command that is about the file of a store.
var errOwnEngine = errors.New("this installation has no file of its own: PostgreSQL clears away what was erased by itself (docs/cluster.md)")

func (b *books) compact(ctx context.Context) (v compactView, err error) {
	size := func() (n int64) {
		info, e := os.Stat(in(b.dir, databaseFile))
		if e != nil {
			err = e
			return 0
		}
		return info.Size()
	}
	v.Before = size()
	if b.truth.File == nil {
		return v, notReady(errOwnEngine)
	}
	if err := b.truth.File.Compact(ctx); err != nil {
		return v, fmt.Errorf("not compacted, or the file keeps its old pages until readers are out of the way: %w", err)
	}
	v.After = size()
	return v, err
}
