// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// PassageKind is what happened to a whole installation. The constant is stored.
type PassageKind string

const (
	Restored PassageKind = "hersteld" // filled from an archive
	Moved    PassageKind = "verhuisd" // copied to another store, where it goes on
)

// Outcome is how a restore ended. The constant is stored.
type Outcome string

const (
	NoLoss    Outcome = "zonder-verlies" // all that was published is there
	AfterLoss Outcome = "na-verlies"     // entries were lost, and the log was begun anew under another name
)

// Passage is one restore or move, kept in the store that it is about. While the
// last one is open, the gateway serves nothing: after a restore somebody must
// first show what was lost, and a store that moved away is not truth any more.
type Passage struct {
	Number  int64
	Kind    PassageKind
	Archive gateway.UUID // empty for a move
	Made    time.Time    // moment of the archive
	At      time.Time
	Rows    int64     // rows of the log at that moment
	Settled time.Time // zero while it is open
	Outcome Outcome   // empty while it is open
	Known   []byte    // the newest checkpoint that was known elsewhere; nil for none
}

// Open reports whether the gateway may not serve yet.
func (p Passage) Open() bool { return p.Number != 0 && p.Settled.IsZero() }

var (
	// ErrRestored says that nobody has shown yet what a restore lost.
	ErrRestored = errors.New("this store was restored from an archive, and nobody has shown yet what was lost; run: seinhuis backup gap, then seinhuis backup settle (docs/runbooks/restore.md)")
	// ErrMoved says that this store was copied to another, which is truth now, or that it is the copy and migrate has not ended.
	ErrMoved = errors.New("this installation moved to another store, or migrate has not ended; it serves nothing (docs/runbooks/migrate.md)")
)

// Fit gives why an installation may not serve, nil when it may.
func (p Passage) Fit() error {
	switch {
	case !p.Open():
		return nil
	case p.Kind == Moved:
		return ErrMoved
	default:
		return ErrRestored
	}
}

// Passages is the truth store as restores and moves need it.
type Passages interface {
	// Last gives the newest passage, the zero one when there is none.
	Last(ctx context.Context) (Passage, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx PassageTx) error) error
}

// PassageTx is one open transaction of Passages.
type PassageTx interface {
	// AddPassage keeps a passage under the next number.
	AddPassage(p Passage) error
	// Conclude closes an open passage. One that is not there or not open is an error.
	Conclude(number int64, at time.Time, o Outcome, known []byte) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// row is an open passage as the table has it.
func (p Passage) row(t Table, number int64) []Value {
	row := make([]Value, len(t.Columns))
	for i, c := range t.Columns {
		switch c.Name {
		case "number":
			row[i] = IntOf(number)
		case "kind":
			row[i] = TextOf(string(p.Kind))
		case "archive":
			row[i] = BlobOf(bytesOf(p.Archive))
		case "made_at":
			row[i] = IntOf(p.Made.UnixMilli())
		case "at":
			row[i] = IntOf(p.At.UnixMilli())
		case "rows":
			row[i] = IntOf(p.Rows)
		}
	}
	return row
}

// bytesOf gives the 16 bytes of a canonical UUID.
func bytesOf(id gateway.UUID) []byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(string(id), "-", "")) // canonical: it was checked when it was read
	return b
}
