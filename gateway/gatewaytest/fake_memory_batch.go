// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

type memoryBatches struct{ m *Memory }

// Batches fills batch.Store.
func (b memoryBatches) Batches(_ context.Context, keys []batch.Key) ([]batch.Record, error) {
	s, err := b.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).Batches(keys)
}

// Pending fills batch.Store.
func (b memoryBatches) Pending(context.Context) (pending []batch.Record, err error) {
	s, err := b.m.read()
	if err != nil {
		return nil, err
	}
	for _, key := range s.arrived {
		if r := s.batches[key]; r.State != batch.Done && r.State != batch.Rejected {
			pending = append(pending, r)
		}
	}
	return pending, nil
}

// Outcomes fills batch.Store.
func (b memoryBatches) Outcomes(_ context.Context, key batch.Key, after int64, limit int) (found []batch.Outcome, err error) {
	s, err := b.m.read()
	if err != nil {
		return nil, err
	}
	for _, o := range s.outcomes[key] {
		if o.Line <= after || len(found) == limit {
			continue
		}
		if o.Kind != batch.LineRefused && !s.batches[key].Check {
			o.Receipt = s.reports[journey.Key{Creditor: key.Creditor, ReportID: o.ReportID}].Receipt
		}
		found = append(found, o)
	}
	return found, nil
}

// Write fills batch.Store.
func (b memoryBatches) Write(ctx context.Context, fn func(batch.Tx) error) error {
	return b.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Batches fills batch.Tx.
func (t *memoryTx) Batches(keys []batch.Key) ([]batch.Record, error) {
	found := make([]batch.Record, len(keys))
	for i, k := range keys {
		found[i] = t.s.batches[k]
	}
	return found, nil
}

// Put fills batch.Tx.
func (t *memoryTx) Put(r batch.Record) error {
	if !t.s.batches[r.Key].Exists() {
		t.s.arrived = append(t.s.arrived, r.Key)
	}
	r.ReceivedAt = millis(r.ReceivedAt)
	if !r.DoneAt.IsZero() {
		r.DoneAt = millis(r.DoneAt)
	}
	t.s.batches[r.Key] = r
	t.s.keepBatch(r)
	return nil
}

// Add fills batch.Tx.
func (t *memoryTx) Add(key batch.Key, outcomes []batch.Outcome) error {
	if !t.s.batches[key].Exists() {
		return fault("there is no such batch")
	}
	all := slices.Clone(t.s.outcomes[key])
	for _, o := range outcomes {
		at, taken := slices.BinarySearchFunc(all, o.Line, func(old batch.Outcome, line int64) int { return int(old.Line - line) })
		if taken {
			return fault("this line has an outcome already")
		}
		o.Receipt = nil
		all = slices.Insert(all, at, o)
	}
	t.s.outcomes[key] = all
	t.s.keepBatch(t.s.batches[key])
	return nil
}
