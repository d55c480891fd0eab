// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// keepRun is how long the outcome of a full check is there to look at.
const keepRun = 24 * time.Hour

// fullChecks are the checks of all entries that officers started: one at a time
// for each, in the background, gone at a restart.
type fullChecks struct {
	mu   sync.Mutex
	runs map[gateway.UUID]*fullCheck
	turn sync.Mutex // one check at a time: it reads everything
}

func newFullChecks() *fullChecks { return &fullChecks{runs: map[gateway.UUID]*fullCheck{}} }

// fullCheck is one check; read a copy of it.
type fullCheck struct {
	started     time.Time
	done, total int64
	finished    bool
	report      proof.Report
	err         error
}

// of gives a copy of an officer's check; nil when there is none.
func (c *fullChecks) of(account gateway.UUID) *fullCheck {
	c.mu.Lock()
	defer c.mu.Unlock()
	run, ok := c.runs[account]
	if !ok {
		return nil
	}
	seen := *run
	return &seen
}

// start begins a check, unless the officer's own is still at work. It goes on
// when the request that asked for it is over.
func (c *fullChecks) start(ctx context.Context, v oversight.Visit, inspection Inspection) {
	account := v.Officer.Account()
	run := &fullCheck{started: v.At}
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.runs[account]; ok && !before.finished {
		return
	}
	for other, old := range c.runs {
		if old.finished && v.At.Sub(old.started) > keepRun {
			delete(c.runs, other)
		}
	}
	c.runs[account] = run
	go c.run(context.WithoutCancel(ctx), v, inspection, run)
}

func (c *fullChecks) run(ctx context.Context, v oversight.Visit, inspection Inspection, run *fullCheck) {
	c.turn.Lock()
	defer c.turn.Unlock()
	report, err := inspection.CheckAll(ctx, v, func(done, total int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		run.done, run.total = done, total
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	run.report, run.err, run.finished = report, err, true
}
