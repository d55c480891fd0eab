// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"errors"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// ErrSightMoved says that the officer has seen a longer log meanwhile. Look again.
var ErrSightMoved = errors.New("the officer has seen another checkpoint meanwhile")

// KeepSight is how many days a checkpoint is remembered after the officer's
// last visit. Whoever stays away longer begins anew.
const KeepSight = 2 * 366

// Sight is the checkpoint that an officer saw last, and found to go on from the
// one before it.
type Sight struct {
	Size       int64
	Checkpoint []byte    // as signed
	At         time.Time // when it was seen
	Doubted    time.Time // since when what is published does not go on from it; zero: it does
}

// Exists is false when the officer never looked.
func (s Sight) Exists() bool { return s.Checkpoint != nil }

// Sights remembers for each officer the checkpoint that he saw last, so that a
// log that was replaced shows to whoever looked before. Filled by the truth store.
type Sights interface {
	// Sight gives the last one, or one that does not exist.
	Sight(ctx context.Context, account gateway.UUID) (Sight, error)
	// See stores a sight in place of the last one and writes entries, in one
	// transaction. It fails with ErrSightMoved, and changes nothing, when the last
	// one is longer, or as long with another text. What is past KeepSight is erased.
	See(ctx context.Context, account gateway.UUID, s Sight, entries []audit.Entry) error
	// Doubt keeps the last sight, notes since when it is doubted, and writes
	// entries, in one transaction. The next See takes the doubt away.
	Doubt(ctx context.Context, account gateway.UUID, at time.Time, entries []audit.Entry) error
	// Doubted counts the officers whose sight is doubted.
	Doubted(ctx context.Context) (int, error)
}
