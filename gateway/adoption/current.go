// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/policies"
)

// Current is the policy that the gateway decides by. Safe for concurrent use.
type Current struct {
	desk  *Desk
	start *policies.Bundle // of the configuration: until officers adopt one
	now   atomic.Pointer[counts]
}

type counts struct {
	id     gateway.UUID // empty: start
	bundle *policies.Bundle
}

// NewCurrent begins with the policy of the configuration; call Refresh before
// the first decision.
func NewCurrent(d *Desk, start *policies.Bundle) *Current {
	c := &Current{desk: d, start: start}
	c.now.Store(&counts{"", start})
	return c
}

// Bundle is the policy of this moment.
func (c *Current) Bundle() *policies.Bundle { return c.now.Load().bundle }

// Refresh switches to the adopted policy that is in force at a moment, if it is
// another than now: as soon as loaded says that the log has it. A policy that
// does not load, or whose two signatures do not hold, is not used and is an
// error; the one before it goes on. What was imported counts by the
// configuration, never by the store.
func (c *Current) Refresh(ctx context.Context, at time.Time, loaded func(policies.Ref) error) error {
	h, err := c.desk.ports.Store.History(ctx)
	if err != nil {
		return err
	}
	p := h.InForce(at)
	next := &counts{"", c.start}
	if p.Source == Officers {
		next.id = p.ID
	}
	switch used := c.now.Load().id; {
	case next.id == used:
		return nil
	case next.id == "": // an adopted policy gives way to another one only
		return gateway.Fail(gateway.KindInternal, errUnproven)
	}
	if next.id != "" {
		v, err := c.desk.version(ctx, p)
		if err != nil {
			return err
		}
		if err := c.desk.verify(ctx, p, v.Files, v.Bundle); err != nil {
			return gateway.Fail(gateway.KindInternal, err)
		}
		next.bundle = v.Bundle
	}
	if err := loaded(next.bundle.Ref()); err != nil {
		return err
	}
	c.now.Store(next)
	return nil
}
