// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// sweepEvery is the pace of the sweep; most find nothing.
const sweepEvery = time.Minute

// newSweeper joins the ports of retention.
func newSweeper(issuer gateway.OIN, t truth, ring keyStore) *retention.Sweeper {
	return retention.NewSweeper(retention.Ports{Issuer: issuer, Store: t.Retention, Directory: t.Register,
		Signer: jose.NewIssuer(ring, keys.ReceiptSigning), Keys: ring, Wrapper: ring, Clock: time.Now})
}

// forget sweeps until ctx ends. Keys and the count of what rests are looked at
// when something was erased and otherwise once an hour: both look at much. Once
// a night the store is written anew.
func (w *watch) forget(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var counted time.Time
	var night nightly
	for {
		erased, err := sweepOnce(ctx, w.sweeper, w.on)
		// A kind that cannot be erased keeps neither the keys nor the figures.
		if hourly := time.Since(counted) >= time.Hour; erased > 0 || hourly {
			_, gone := w.sweeper.Destroy(ctx)
			err = errors.Join(err, gone)
			if hourly {
				counted = time.Now()
				err = errors.Join(err, w.atRest.count(ctx, w.on.Overview, counted))
			}
		}
		err = errors.Join(err, w.atRest.wait(ctx, w.on.Overview, time.Now()), night.compact(ctx, w.on.File, time.Now()))
		if err != nil && ctx.Err() == nil {
			w.logger.Error("wissen lukt niet", "fout", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepOnce erases what is due, and then empties the WAL: it holds what was
// erased until then. A reader may be in the way of that; the next sweep tries
// again, and so does SQLite by itself.
func sweepOnce(ctx context.Context, sweeper *retention.Sweeper, t truth) (erased int, err error) {
	done, err := sweeper.Sweep(ctx)
	if done.Total()+done.Rewrapped > 0 {
		if e := t.emptied(ctx); e != nil && gateway.AsError(e).Kind != gateway.KindUnavailable {
			return done.Total(), e
		}
	}
	return done.Total(), err
}

// atRest is what the metrics tell about retention, as text. It names
// organisations and kinds, never a record. The zero value tells nothing.
type atRest struct {
	counts, backlog atomic.Pointer[string]
}

// count counts what rests, by controller, kind and what is left of its term.
func (a *atRest) count(ctx context.Context, from retention.Overview, now time.Time) error {
	counts, err := from.Census(ctx, gateway.Today(now))
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("# HELP seinhuis_records_at_rest Records about persons at rest; left is the days left of their term, at most.\n# TYPE seinhuis_records_at_rest gauge\n")
	for _, c := range counts {
		fmt.Fprintf(&b, "seinhuis_records_at_rest{controller=%q,kind=%q,left=%q} %d\n", c.Controller, c.Kind, c.Left, c.Records)
	}
	text := b.String()
	a.counts.Store(&text)
	return nil
}

// wait tells what waits to be erased.
func (a *atRest) wait(ctx context.Context, from retention.Overview, now time.Time) error {
	backlog, err := from.Backlog(ctx, retention.CutoffAt(now))
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# TYPE seinhuis_retention_swept_timestamp_seconds gauge\nseinhuis_retention_swept_timestamp_seconds %d\n", now.Unix())
	b.WriteString("# TYPE seinhuis_records_waiting gauge\n")
	for _, k := range backlog {
		fmt.Fprintf(&b, "seinhuis_records_waiting{kind=%q,state=\"due\"} %d\n", k.Kind, k.Due)
		fmt.Fprintf(&b, "seinhuis_records_waiting{kind=%q,state=\"overdue\"} %d\n", k.Kind, k.Overdue)
		fmt.Fprintf(&b, "seinhuis_records_waiting{kind=%q,state=\"held\"} %d\n", k.Kind, k.Held)
	}
	text := b.String()
	a.backlog.Store(&text)
	return nil
}

// forget tells nothing from now on: another node does.
func (a *atRest) forget() {
	a.counts.Store(nil)
	a.backlog.Store(nil)
}

// write adds the text to an answer.
func (a *atRest) write(w io.Writer) {
	for _, text := range []*string{a.counts.Load(), a.backlog.Load()} {
		if text != nil {
			_, _ = io.WriteString(w, *text)
		}
	}
}
