// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
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
		creditor := s.creditor(one.holds())
		cases[i] = feedback.Case{Signal: id, Municipality: one.Municipality, Creditor: creditor, ReportID: one.report,
			Nature: one.Nature, DepositedOn: one.on, PauseDays: one.limits.Days, Withdrawn: one.Withdrawn, Paused: one.paused}
		for _, r := range one.Relations {
			cases[i].Related = append(cases[i].Related, r.Other)
		}
	}
	return cases, nil
}

// Notices fills feedback.Store.
func (f memoryFeedback) Notices(_ context.Context, party gateway.OIN, after int64, limit int) ([]feedback.Waiting, error) {
	s, err := f.m.read()
	if err != nil {
		return nil, err
	}
	var waiting []feedback.Waiting
	for _, n := range s.notices {
		if n.Notice.To == party && n.Sequence > after && len(waiting) < limit {
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
		if r := t.s.feedback[t.s.keyOf(k)]; r.Exists() {
			r.Key = k
			found[i] = r
		}
	}
	return found, nil
}

// Post fills feedback.Tx.
func (t *memoryTx) Post(records []feedback.Record, notices []gateway.PostedNotice) error {
	for _, r := range records {
		r.Key = t.s.keyOf(r.Key)
		if _, known := t.s.places[r.Signal]; !known || t.s.feedback[r.Key].Exists() {
			return fault("feedback about an unknown signal, or under a taken id")
		}
		r.At = millis(r.At)
		if err := t.answered(r); err != nil {
			return err
		}
		r.Also, r.Pauses = nil, nil // they live in their signals and pauses
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

// answered marks the signals that feedback is about, and starts its pauses.
func (t *memoryTx) answered(r feedback.Record) error {
	for _, id := range append([]gateway.SignalID{r.Signal}, r.Also...) {
		if place, known := t.s.places[id]; known && t.s.signals[place].answered.IsZero() {
			t.s.signals[place].answered = r.At
		}
	}
	for _, p := range r.Pauses {
		if err := t.start(p); err != nil {
			return err
		}
	}
	return nil
}

func (t *memoryTx) post(n gateway.PostedNotice) error {
	at := momentOf(gateway.UUID(n.ID))
	place, known := t.s.places[n.Signal]
	if at.IsZero() || !known || !t.s.mayHear(n, t.s.signals[place]) {
		return fault("a notice about an unknown signal, to a party that it does not concern, or with an id without a moment")
	}
	t.s.posted[n.To]++
	t.s.notices = append(t.s.notices, memoryNotice{Waiting: feedback.Waiting{Sequence: t.s.posted[n.To], Notice: n,
		Progress: gateway.NoticeReady, At: at}, reached: [3]time.Time{at}})
	t.s.keepNotice(n, at)
	return nil
}

// mayHear reports whether a notice goes to a party of its signal: a creditor
// that reported, holds or held the claim, or the municipality.
func (s *state) mayHear(n gateway.PostedNotice, about memorySignal) bool {
	if n.ReportID == "" {
		return s.parties[n.To].Municipality == about.Municipality && about.Municipality != ""
	}
	if n.ReportID != about.report {
		return false
	}
	for _, e := range s.notices {
		if e.Notice.To == n.To && e.Notice.Signal == n.Signal && e.Notice.ReportID == n.ReportID {
			return true
		}
	}
	return n.To == about.creditor || n.To == about.holder
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

// Offer fills feedback.Tx.
func (t *memoryTx) Offer(party gateway.OIN, ids []gateway.NoticeID, _ time.Time) (first []gateway.NoticeID, err error) {
	for i := range t.s.notices {
		if n := &t.s.notices[i]; n.Notice.To == party && !n.Offered && slices.Contains(ids, n.Notice.ID) {
			n.Offered = true
			first = append(first, n.Notice.ID)
		}
	}
	slices.Sort(first)
	return first, nil
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
			if n.Notice.ID != c.ID || n.Notice.To != c.Party {
				continue
			}
			if firstOf(n.reached[rank:]).IsZero() {
				n.Progress, n.reached[rank] = c.Progress, millis(c.At)
			}
			if n.told == nil {
				n.told = c.Told
			}
			moments[i] = firstOf(n.reached[rank:])
		}
	}
	return moments, nil
}
