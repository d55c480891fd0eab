// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"context"
	"errors"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
)

// rewrapAtOnce bounds one round; a hold concerns one claim, so there are few.
const rewrapAtOnce = 100

// rewrap puts what holds keep under keys of their own, so that the keys of their months can be destroyed on time. It is done
// at every sweep: what reaches a claim later comes under a month's key first. The content is never readable here; the wrapping
// is only the outer of two.
func (s *Sweeper) rewrap(ctx context.Context) (int, error) {
	now, trace := s.ports.Clock(), gateway.NewTrace()
	held, err := s.ports.Store.Held(ctx, gateway.Today(now), rewrapAtOnce)
	if err != nil || len(held) == 0 {
		return 0, err
	}
	plain, err := s.ports.Wrapper.Unwrap(ctx, items(held))
	if err != nil && !errors.As(err, new(keys.BatchError)) {
		return 0, gateway.Fail(gateway.KindUnavailable, err)
	}
	was, next := []Wrapped{}, []Wrapped{}
	for i, w := range held {
		if plain[i] == nil { // its key was destroyed before the hold came: nothing is left to keep
			continue
		}
		owner, _, _ := strings.Cut(w.Scope, "/")
		was, next = append(was, w), append(next, Wrapped{w.Kind, w.ID, owner + "/" + string(w.Hold), plain[i], w.Hold})
	}
	if len(next) == 0 {
		return 0, nil
	}
	wrapped, err := s.ports.Wrapper.Wrap(ctx, items(next))
	if err != nil {
		return 0, gateway.Fail(gateway.KindUnavailable, err)
	}
	for i := range next {
		next[i].Data = wrapped[i]
	}
	n := 0
	err = s.ports.Store.Write(ctx, func(tx Tx) error {
		if n, err = tx.Rewrap(was, next); err != nil {
			return err
		}
		if n != len(next) { // one went, or was moved, meanwhile: the next sweep looks again
			return errChanged
		}
		entries, err := applied(next, func(hold gateway.UUID, count int) (audit.Entry, error) {
			return audit.New(audit.HoldApplied, audit.ByGateway(trace), audit.Object(audit.KindHold, string(hold)), now, audit.Count(count))
		})
		if err != nil {
			return err
		}
		_, err = tx.Append(entries)
		return err
	})
	if errors.Is(err, errChanged) {
		return 0, nil
	}
	return n, err
}

func items(wrapped []Wrapped) []keys.WrapItem {
	list := make([]keys.WrapItem, len(wrapped))
	for i, w := range wrapped {
		list[i] = keys.WrapItem{Scope: w.Scope, ID: w.ID, Data: w.Data}
	}
	return list
}

// applied makes one entry per hold.
func applied(wrapped []Wrapped, entry func(gateway.UUID, int) (audit.Entry, error)) ([]audit.Entry, error) {
	count, order := map[gateway.UUID]int{}, []gateway.UUID{}
	for _, w := range wrapped {
		if count[w.Hold] == 0 {
			order = append(order, w.Hold)
		}
		count[w.Hold]++
	}
	var entries []audit.Entry
	for _, hold := range order {
		e, err := entry(hold, count[hold])
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
