// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// MaxHits bounds one page of a search.
const MaxHits = 500

// Query asks for entries of the log. Fields that are empty ask nothing; all
// others must hold together.
type Query struct {
	Scope  Scope         // of who asks
	Party  gateway.OIN   // entries that concern it; outside the scope: none
	Since  time.Time     // at or after
	Until  time.Time     // before
	Events []audit.Event // any of these
	Kind   audit.Kind    // first word of the object
	Object gateway.UUID  // an identifier in the object
	Holder string        // OIN or municipality code in the object
	Actor  string        // whole actor
	Result string        // proof.ResultDone, ResultRefused, ResultFailed
	Trace  gateway.Trace
	Before int64 // numbers below it: the next page
	Limit  int   // 1 to MaxHits
}

// Hit is one entry with its number in the log, from 1.
type Hit struct {
	Number int64
	Entry  proof.Entry
}

// Volume is how often something happened on a day (in the Netherlands). With a
// code it counts entries that bear the code; without, all.
type Volume struct {
	Day    gateway.Date
	Event  audit.Event
	Result string
	Code   string
	Count  int64
}

// Journal is the log as officers search it: an index beside the leaves, written
// in the transaction of every act. Filled by the truth store.
type Journal interface {
	// Search gives the newest entries first, at most Limit. It answers from an
	// index whatever the filters: the time does not grow with the log.
	Search(ctx context.Context, q Query) ([]Hit, error)
	// Life gives, oldest first and at most MaxHits, the entries in scope about
	// one object and what hangs on it: of a report, a signal, a pause, a notice or
	// feedback all that was ever logged of the whole chain. None when the id is
	// unknown or outside the scope.
	Life(ctx context.Context, s Scope, id gateway.UUID) ([]Hit, error)
	// Volumes counts per day, from a day through a day, in order of day, event,
	// result and code. In a scope of several parties each counts its own: what
	// concerns two of them counts twice.
	Volumes(ctx context.Context, s Scope, from, through gateway.Date) ([]Volume, error)
	// Write appends to the log, durably: the looks of officers themselves.
	Write(ctx context.Context, entries []audit.Entry) error
}
