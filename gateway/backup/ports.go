// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"context"
	"errors"
	"io/fs"
	"iter"

	"github.com/seinhuis/seinhuis/gateway"
)

// Three tables that this package reads in passing. The rest it only carries.
const (
	headTable    = "audit_head" // size, note: the last signed checkpoint
	rowTable     = "audit_row"  // number, leaf: the log
	passageTable = "passage"    // restores and moves
)

var (
	// ErrNotEmpty says that there is something in the store already. Nothing was changed.
	ErrNotEmpty = errors.New("the store to restore into is not empty")
	// ErrNewer says that the rows are of a schema that this program does not know. Restore with the newer program.
	ErrNewer = errors.New("the archive is of a newer program; restore it with that one")
)

// Source is a truth store that is read. Filled by adapters/sqlite and
// adapters/postgres.
type Source interface {
	// Snapshot runs fn on truth as it is at one moment. Writers are not kept
	// waiting. What fn gets is valid until it returns.
	Snapshot(ctx context.Context, fn func(Snapshot) error) error
}

// Snapshot is truth at one moment.
type Snapshot interface {
	// Schema counts the changes of the tables' shape. Stores that differ keep
	// one count: equal numbers have equal tables and columns.
	Schema() int
	// Tables gives every table in a fixed order: one comes after those that its
	// rows refer to, and audit_head before audit_row. Columns have a fixed order too.
	Tables() []Table
	// Rows gives the rows of a table in a fixed order: that of their number, or
	// in which they were added. The rows of audit_row come by number, and those of
	// body as (number, scope, wrapped, expires_on), wherever bodies rest. A row is
	// valid until the next one.
	Rows(ctx context.Context, t Table) iter.Seq2[[]Value, error]
}

// Sink is an empty truth store that is filled.
type Sink interface {
	// Load runs fn and then makes all that it added durable, brought up to the
	// store's own schema; when fn fails or the process ends, the store is as empty
	// as before. It fails with ErrNotEmpty, and with ErrNewer for a schema that the
	// store does not know yet.
	Load(ctx context.Context, schema int, fn func(Load) error) error
}

// Load takes rows.
type Load interface {
	// Begin says of which table the next rows are. The order is that of
	// Snapshot.Tables; a table that the store does not have, or not with these
	// columns, is an error.
	Begin(ctx context.Context, t Table) error
	// Add adds one row. It does not keep the values.
	Add(ctx context.Context, row []Value) error
}

// Signer signs statements, each at its own place. Filled by adapters/jose with
// the receipt-signing key.
type Signer interface {
	Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error)
}

// Folder is files that go along, under a name of their own. A file that is gone
// before it is read is passed over when its name says nothing (it was done with
// meanwhile), and counted.
type Folder struct {
	Name  string
	Files fs.FS
	Names []string // of the files; nil for all that are there
}

// Shelf is where restored files go. Filled by cmd/seinhuis. It refuses a file
// that is there already.
type Shelf interface {
	Put(ctx context.Context, folder, name string, data []byte) error
}
