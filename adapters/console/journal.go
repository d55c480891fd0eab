// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Journal is the log as officers look into it. It narrows every answer to the
// scope of the visitor, writes the look into the log before it answers, and
// gives what lies outside the scope and what is not there the same error
// (gateway.KindNotFound). Filled by oversight.Desk.
type Journal interface {
	// Search gives the entries that fit, newest first.
	Search(ctx context.Context, v oversight.Visit, q oversight.Query) ([]oversight.Hit, error)
	// Entry gives the entry with a number.
	Entry(ctx context.Context, v oversight.Visit, number int64) (oversight.Hit, error)
	// Life gives all about an object and what hangs on it, oldest first.
	Life(ctx context.Context, v oversight.Visit, id gateway.UUID) ([]oversight.Hit, error)
	// Volumes counts per day, from a day through a day: of one party, or with an
	// empty party of all that the officer serves.
	Volumes(ctx context.Context, v oversight.Visit, party gateway.OIN, from, through gateway.Date) ([]oversight.Volume, error)
}
