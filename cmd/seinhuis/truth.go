// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/request"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
)

// truth is the truth store of an installation, one field per port that the
// gateway asks of it. Each profile fills all of them: standalone with
// adapters/sqlite, cluster with adapters/postgres. What a field promises is
// with its port.
type truth struct {
	Register        register.Store
	Ledger          journey.Ledger
	Mailbox         mailbox.Store
	Feedback        feedback.Store
	Batches         batch.Store
	Pauses          pause.Store
	Clocks          clocks.Store
	Webhooks        announce.Store
	Reorganisations reorganisation.Store
	Objections      objections
	Rights          rightsStore
	Requests        request.Store

	Rows         audit.Rows
	Heads        audit.Heads
	Cosignatures audit.Cosignatures
	Journal      journal
	Logbook      logbookStore

	Retention retention.Store
	Shelf     retention.ShelfStore
	Overview  retention.Overview
	Holds     retention.HoldStore

	Adoptions adoption.Store
	Facts     adoption.Facts
	Sights    oversight.Sights
	Standing  oversight.Standing
	Extent    oversight.Extent
	Breaches  oversight.BreachStore

	Backup   backup.Source
	Passages backup.Passages

	File  storeFile // nil where the engine keeps its own files in order
	Close func() error
}

// objections is what the door asks of stored objections, and the desk.
type objections interface {
	objection.Source
	objection.Store
}

// rightsStore is the store of rights, that also tells what rests on a version
// of the blinding key, so that one which is needed does not go.
type rightsStore interface {
	rights.Store
	Resting(ctx context.Context, version uint32, on gateway.Date) (objections int, trails bool, err error)
}

// journal is what officers search, that also counts the rows of the log and
// those of its index, so that the doctor can compare them.
type journal interface {
	oversight.Journal
	Whole(ctx context.Context) (rows, indexed int64, err error)
}

// logbookStore is the processing log, with how far each forwarder is.
type logbookStore interface {
	logbook.Source
	logbook.Book
	logbook.Cursors
}

// storeFile is the file of a truth store, which the gateway itself keeps free of
// bytes of what was erased.
type storeFile interface {
	rewriter
	Checkpoint(ctx context.Context) error // empties the journal beside the file
}

// emptied empties the journal of the store's file, where there is one.
func (t truth) emptied(ctx context.Context) error {
	if t.File == nil {
		return nil
	}
	return t.File.Checkpoint(ctx)
}
