// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"context"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Sweeper erases what is due. Two may run at the same time, also in two processes: each transaction looks again.
type Sweeper struct{ ports Ports }

// NewSweeper makes a Sweeper over its ports.
func NewSweeper(p Ports) *Sweeper { return &Sweeper{p} }

// Swept is what one sweep did.
type Swept struct {
	Erased    map[Kind]int // records
	Rewrapped int          // bodies and notices that went under the key of a hold
}

// Total counts the records that were erased.
func (s Swept) Total() (n int) {
	for _, of := range s.Erased {
		n += of
	}
	return n
}

// Sweep brings what a hold keeps under a key of its own and erases everything that is due. After an error, or when ctx ends, what
// was done is done whole and the next sweep goes on; one kind that fails does not keep the others. Destroy comes after it, less
// often.
func (s *Sweeper) Sweep(ctx context.Context) (Swept, error) {
	done := Swept{Erased: map[Kind]int{}}
	var err error
	if done.Rewrapped, err = s.rewrap(ctx); err != nil {
		return done, err
	}
	var failed []error
	for _, step := range Steps() {
		n, err := s.sweep(ctx, step)
		done.Erased[step.Kind] += n
		if err != nil {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return done, errors.Join(failed...)
}

// errChanged says that what was found due is not what the transaction met: the receipts claim too much.
var errChanged = errors.New("retention: the records that are due changed meanwhile")

// patience is how often a batch is put together again before the sweep leaves it to the next one.
const patience = 5

// sweep erases all records of one step, batch by batch.
func (s *Sweeper) sweep(ctx context.Context, step Step) (erased int, err error) {
	for changed := 0; ; {
		if err := ctx.Err(); err != nil {
			return erased, gateway.Fail(gateway.KindUnavailable, err)
		}
		n, err := s.batch(ctx, step)
		switch {
		case errors.Is(err, errChanged) && changed < patience:
			changed++
		case errors.Is(err, errChanged):
			return erased, gateway.Fail(gateway.KindUnavailable, err)
		case err != nil:
			return erased, err
		case n == 0:
			return erased, nil
		default:
			erased, changed = erased+n, 0
		}
	}
}

// batch erases one batch: find, sign, and in one transaction erase, log and file. A receipt is signed before the
// transaction, so it may claim only what the transaction then erases: if a hold came between, or another sweep was first,
// nothing of the batch is done.
func (s *Sweeper) batch(ctx context.Context, step Step) (int, error) {
	now, trace := s.ports.Clock(), gateway.NewTrace()
	cutoff := CutoffAt(now)
	due, err := s.ports.Store.Due(ctx, step, cutoff)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	who, err := s.roll(ctx)
	if err != nil {
		return 0, err
	}
	claims := s.claims(step, due, who, now)
	if step.Kind.receipted() {
		if err := s.sign(ctx, claims, now, trace); err != nil {
			return 0, err
		}
	}
	refs := make([]string, len(due))
	for i, r := range due {
		refs[i] = r.Ref
	}
	err = s.ports.Store.Write(ctx, func(tx Tx) error {
		n, err := tx.Erase(step, cutoff, refs)
		switch {
		case err != nil:
			return err
		case n != len(refs):
			return errChanged
		}
		return file(tx, claims, func(c claim) (audit.Entry, error) { return erasedEntry(c, now, trace) })
	})
	if err != nil {
		return 0, err
	}
	return len(refs), nil
}
