// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/adapters/telemetry"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// lookEvery is how long a gauge remembers: Prometheus looks about as often.
const lookEvery = 15 * time.Second

// checkEvery is the pace of the spot checks of the log.
const checkEvery = time.Minute

// maxUnpublished bounds the count of rows that wait for a checkpoint: more is
// as bad.
const maxUnpublished = 1000

// prover proves that an entry is in the log, or says that the log is forked.
type prover interface {
	Prove(ctx context.Context, index int64) (proofText, leaf []byte, err error)
}

// figures is what the gauges of a node read. What a profile does not have is
// nil, and its series are missing. No figure names a party or a municipality.
type figures struct {
	clock        gateway.Clock
	ready        func(ctx context.Context) error
	parties      oversight.Parties
	standing     oversight.Standing
	certificates func(ctx context.Context) ([]oversight.Credential, error)
	rows         audit.Rows
	heads        audit.Heads
	log          prover
	batches      batch.Store
	spans        *telemetry.Exporter

	watch   func() bool                                      // does this node do the chores
	skew    func(ctx context.Context) (time.Duration, error) // of our clock against the store's
	orphans func() (erased int, swept time.Time)             // of the last sweep of this node; zero before its first
}

// show adds the gauges to the metrics.
func (f figures) show(m *httpapi.Metrics) {
	one := func(name string, every time.Duration, read func(context.Context) (int, error)) {
		known := remember(every, f.clock, read)
		m.Watch(httpapi.Gauge{Name: name, Read: func(ctx context.Context) (map[string]int, error) {
			n, err := known(ctx)
			return map[string]int{"": n}, err
		}})
	}
	many := func(name, label string, read func(context.Context) (map[string]int, error)) {
		m.Watch(httpapi.Gauge{Name: name, Label: label, Read: remember(lookEvery, f.clock, read)})
	}
	one("seinhuis_clock_timestamp_seconds", 0, func(context.Context) (int, error) { return int(f.clock().Unix()), nil })
	one("seinhuis_ready", time.Second, func(ctx context.Context) (int, error) { return bit(f.ready(ctx) == nil), nil })
	many("seinhuis_build_info", "version", func(context.Context) (map[string]int, error) { return map[string]int{version(): 1}, nil })

	boxes := remember(lookEvery, f.clock, f.mailboxes)
	many("seinhuis_signals_unconfirmed", "urgency", func(ctx context.Context) (map[string]int, error) { b, err := boxes(ctx); return b.waiting, err })
	many("seinhuis_signals_unconfirmed_oldest_seconds", "urgency", func(ctx context.Context) (map[string]int, error) { b, err := boxes(ctx); return b.oldest, err })
	many("seinhuis_certificate_end_timestamp_seconds", "kind", f.ends)
	many("seinhuis_batches_waiting", "state", f.files)
	one("seinhuis_batch_oldest_seconds", lookEvery, f.oldestFile)

	tail := remember(time.Second, f.clock, f.unpublished)
	one("seinhuis_log_unpublished_rows", 0, func(ctx context.Context) (int, error) { t, err := tail(ctx); return t.rows, err })
	one("seinhuis_log_unpublished_oldest_seconds", 0, func(ctx context.Context) (int, error) { t, err := tail(ctx); return t.age, err })
	one("seinhuis_log_sound", checkEvery, f.sound)

	if f.watch != nil {
		one("seinhuis_watch_held", 0, func(context.Context) (int, error) { return bit(f.watch()), nil })
	}
	if f.skew != nil {
		one("seinhuis_clock_skew_milliseconds", lookEvery, func(ctx context.Context) (int, error) { d, err := f.skew(ctx); return int(d.Abs().Milliseconds()), err })
	}
	if f.orphans != nil {
		one("seinhuis_orphans_erased", 0, func(context.Context) (int, error) { n, _ := f.orphans(); return n, nil })
		m.Watch(httpapi.Gauge{Name: "seinhuis_orphans_swept_timestamp_seconds", Read: func(context.Context) (map[string]int, error) {
			if _, at := f.orphans(); !at.IsZero() {
				return map[string]int{"": int(at.Unix())}, nil
			}
			return nil, nil // a node that never had the watch
		}})
	}
	if f.spans != nil {
		one("seinhuis_spans_sent", 0, func(context.Context) (int, error) { return int(f.spans.Sent()), nil })
		one("seinhuis_spans_dropped", 0, func(context.Context) (int, error) { return int(f.spans.Dropped()), nil })
	}
}

func bit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// What the mailboxes of all municipalities hold together; the label says "alle"
// where urgent ones are counted too.
const allSignals = "alle"

type mailboxFigures struct{ waiting, oldest map[string]int }

// mailboxes adds up what no municipality confirmed, and how old the oldest is.
func (f figures) mailboxes(ctx context.Context) (mailboxFigures, error) {
	parties, err := f.parties.Parties(ctx)
	if err != nil {
		return mailboxFigures{}, err
	}
	var of []gateway.Municipality
	for _, p := range parties {
		if p.Municipality != "" {
			of = append(of, p.Municipality)
		}
	}
	boxes, err := f.standing.Mailboxes(ctx, of)
	if err != nil {
		return mailboxFigures{}, err
	}
	crisis, now := string(gateway.UrgencyCrisis), f.clock()
	out := mailboxFigures{map[string]int{allSignals: 0, crisis: 0}, map[string]int{allSignals: 0, crisis: 0}}
	for _, b := range boxes {
		out.waiting[allSignals] += b.Waiting
		out.waiting[crisis] += b.Crisis
		out.oldest[allSignals] = max(out.oldest[allSignals], secondsSince(b.Oldest, now))
		out.oldest[crisis] = max(out.oldest[crisis], secondsSince(b.OldestCrisis, now))
	}
	return out, nil
}

func secondsSince(at, now time.Time) int {
	if at.IsZero() {
		return 0
	}
	return max(int(now.Sub(at).Seconds()), 0)
}

// ends is, per kind, when the first certificate or list ends.
func (f figures) ends(ctx context.Context) (map[string]int, error) {
	all, err := f.certificates(ctx)
	first := map[string]int{}
	for _, c := range all {
		end, known := first[string(c.Kind)]
		if until := int(c.Until.Unix()); !c.Until.IsZero() && (!known || until < end) {
			first[string(c.Kind)] = until
		}
	}
	return first, err
}

// files counts the files that wait, by how far they are.
func (f figures) files(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{string(batch.Received): 0, string(batch.Verifying): 0, string(batch.Processing): 0}
	pending, err := f.batches.Pending(ctx)
	for _, r := range pending {
		counts[string(r.State)]++
	}
	return counts, err
}

func (f figures) oldestFile(ctx context.Context) (int, error) {
	pending, err := f.batches.Pending(ctx)
	if err != nil || len(pending) == 0 {
		return 0, err
	}
	return secondsSince(pending[0].ReceivedAt, f.clock()), nil
}

type tailFigures struct{ rows, age int }

// unpublished counts the rows that no checkpoint covers yet, at most
// maxUnpublished, and tells how old the first of them is. A log in which nothing
// happens has none, however old its checkpoint is.
func (f figures) unpublished(ctx context.Context) (tailFigures, error) {
	size, _, err := f.heads.LastHead(ctx)
	if err != nil {
		return tailFigures{}, err
	}
	leaves, err := f.rows.Leaves(ctx, size, maxUnpublished)
	if err != nil || len(leaves) == 0 {
		return tailFigures{}, err
	}
	first, err := proof.Decode(leaves[0])
	if err != nil {
		return tailFigures{}, err
	}
	return tailFigures{len(leaves), secondsSince(first.At(), f.clock())}, nil
}

// sound proves the last entry of the log and one that chance names: 0 means
// that the log contradicts its signed checkpoint (docs/runbooks/log-fork.md). A
// store that cannot be read says nothing about the log.
func (f figures) sound(ctx context.Context) (int, error) {
	size, _, err := f.heads.LastHead(ctx)
	if err != nil || size == 0 {
		return 1, err
	}
	for _, index := range []int64{size - 1, rand.Int64N(size)} {
		if _, _, err := f.log.Prove(ctx, index); err != nil {
			if errors.Is(err, audit.ErrFork) {
				return 0, nil
			}
			return 0, err
		}
	}
	return 1, nil
}
