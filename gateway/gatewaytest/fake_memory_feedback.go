// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

type memoryFeedback struct{ m *Memory }

// Feedback fills feedback.Store.
func (f memoryFeedback) Feedback(_ context.Context, keys []feedback.Key) ([]feedback.Record, error) {
	s, err := f.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).Feedback(keys)
}

// Cases fills feedback.Store.
func (f memoryFeedback) Cases(_ context.Context, ids []gateway.SignalID) ([]feedback.Case, error) {
	s, err := f.m.read()
	if err != nil {
		return nil, err
	}
	return (&memoryTx{s}).Cases(ids)
}

// Cases fills feedback.Tx.
func (t *memoryTx) Cases(ids []gateway.SignalID) ([]feedback.Case, error) {
	s := t.s
	cases := make([]feedback.Case, len(ids))
	for i, id := range ids {
		place, known := s.places[id]
		if !known {
			continue
		}
		one := s.signals[place]
		creditor, known := s.parties[one.creditor]
		if !known {
			creditor = gateway.Party{OIN: one.creditor, Kind: gateway.KindCreditor}
		}
		cases[i] = feedback.Case{Signal: id, Municipality: one.Municipality, Creditor: creditor, ReportID: one.report,
			Nature: one.Nature, DepositedOn: one.on, PauseDays: one.pauseDays, Withdrawn: one.Withdrawn}
		for _, n := range s.notices {
			cases[i].Paused = cases[i].Paused || n.Notice.Pause != nil && n.Notice.Creditor == one.creditor && n.Notice.ReportID == one.report
		}
		for _, r := range one.Relations {
			cases[i].Related = append(cases[i].Related, r.Other)
		}
	}
	return cases, nil
}

// Notices fills feedback.Store.
func (f memoryFeedback) Notices(_ context.Context, creditor gateway.OIN, after int64, limit int) ([]feedback.Waiting, error) {
	s, err := f.m.read()
	if err != nil {
		return nil, err
	}
	var waiting []feedback.Waiting
	for _, n := range s.notices {
		if n.Notice.Creditor == creditor && n.Sequence > after && len(waiting) < limit {
			waiting = append(waiting, n.Waiting)
		}
	}
	return waiting, nil
}

// Write fills feedback.Store.
func (f memoryFeedback) Write(ctx context.Context, fn func(feedback.Tx) error) error {
	return f.m.write(ctx, func(t *memoryTx) error { return fn(t) })
}

// Feedback fills feedback.Tx.
func (t *memoryTx) Feedback(keys []feedback.Key) ([]feedback.Record, error) {
	found := make([]feedback.Record, len(keys))
	for i, k := range keys {
		found[i] = t.s.feedback[k]
	}
	return found, nil
}

// Post fills feedback.Tx.
func (t *memoryTx) Post(records []feedback.Record, notices []gateway.PostedNotice) error {
	for _, r := range records {
		if _, known := t.s.places[r.Signal]; !known || t.s.feedback[r.Key].Exists() {
			return fault("feedback about an unknown signal, or under a taken id")
		}
		r.At = millis(r.At)
		t.s.feedback[r.Key] = r
		t.s.keepFeedback(r)
	}
	for _, n := range notices {
		if err := t.post(n); err != nil {
			return err
		}
	}
	return nil
}

func (t *memoryTx) post(n gateway.PostedNotice) error {
	at := momentOf(gateway.UUID(n.ID))
	if at.IsZero() || !t.s.reports[journey.Key{Creditor: n.Creditor, ReportID: n.ReportID}].Exists() {
		return fault("a notice about an unknown report, or with an id without a moment")
	}
	t.s.posted[n.Creditor]++
	t.s.notices = append(t.s.notices, memoryNotice{Waiting: feedback.Waiting{Sequence: t.s.posted[n.Creditor], Notice: n,
		Progress: gateway.NoticeReady, At: at}, reached: [3]time.Time{at}})
	t.s.keepNotice(n, at)
	return nil
}

// momentOf is the moment inside a version 7 UUID.
func momentOf(id gateway.UUID) time.Time {
	if len(id) != 36 || id[14] != '7' {
		return time.Time{}
	}
	ms, err := strconv.ParseInt(string(id[:8]+id[9:13]), 16, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Confirm fills feedback.Tx.
func (t *memoryTx) Confirm(confirmations []feedback.Confirmation) ([]time.Time, error) {
	steps := []gateway.NoticeProgress{gateway.NoticeReady, gateway.NoticeReceived, gateway.NoticeApplied}
	moments := make([]time.Time, len(confirmations))
	for i, c := range confirmations {
		rank := slices.Index(steps, c.Progress)
		if rank < 0 {
			return nil, fault("no such progress")
		}
		for j := range t.s.notices {
			n := &t.s.notices[j]
			if n.Notice.ID != c.ID || n.Notice.Creditor != c.Creditor {
				continue
			}
			if firstOf(n.reached[rank:]).IsZero() {
				n.Progress, n.reached[rank] = c.Progress, millis(c.At)
			}
			moments[i] = firstOf(n.reached[rank:])
		}
	}
	return moments, nil
}
