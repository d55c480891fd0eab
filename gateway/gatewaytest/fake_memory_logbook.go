// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// LogbookStore is what a truth store is for package logbook.
type LogbookStore interface {
	logbook.Source
	logbook.Book
	logbook.Cursors
}

type memoryLogbook struct{ m *Memory }

// Write fills logbook.Book.
func (l memoryLogbook) Write(ctx context.Context, entries []audit.Entry) error {
	return memoryJournal(l).Write(ctx, entries)
}

// of gives all records of a controller.
func (l memoryLogbook) of(controller gateway.OIN) ([]logbook.Record, error) {
	s, err := l.m.read()
	if err != nil {
		return nil, err
	}
	var all []logbook.Record
	own := s.servedParties([]gateway.OIN{controller})
	for i, h := range s.journal {
		if !slices.ContainsFunc(h.concerns, func(c logbook.Concern) bool { return slices.Contains(own, c.Party) }) {
			continue
		}
		span := sha256.Sum256(fmt.Appendf(nil, "%s %d", controller, h.Number))
		all = append(all, logbook.Record{Number: h.Number, Entry: h.Entry, Trace: s.traces[i], Span: hex.EncodeToString(span[:8]),
			EndedAt: h.Entry.At(), Subject: s.subject(h.signal)})
		for _, id := range h.further {
			again := all[len(all)-1]
			span := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", controller, h.Number, id))
			again.Span, again.Subject, again.Further = hex.EncodeToString(span[:8]), s.subject(id), true
			all = append(all, again)
		}
	}
	return all, nil
}

func (s *state) subject(of gateway.SignalID) (best logbook.Subject) {
	for _, trails := range s.trails {
		for _, t := range trails {
			if of != "" && t.Signal == of && logbook.NamesPerson(t.Token) {
				best = best.Or(logbook.Subject{Token: t.Token, Tag: t.Tag})
			}
		}
	}
	return best
}

// After fills logbook.Source.
func (l memoryLogbook) After(_ context.Context, controller gateway.OIN, after int64, limit int) (found []logbook.Record, err error) {
	all, err := l.of(controller)
	for _, r := range all {
		if r.Number > after && within(found, r, limit) {
			found = append(found, r)
		}
	}
	return found, err
}

// within reports whether one more record stays within a limit of entries.
func within(found []logbook.Record, r logbook.Record, limit int) bool {
	entries, last := 0, int64(0)
	for _, f := range found {
		if f.Number != last {
			entries, last = entries+1, f.Number
		}
	}
	return r.Number == last || entries < limit
}

// Find fills logbook.Source.
func (l memoryLogbook) Find(_ context.Context, f logbook.Filter) (found []logbook.Record, err error) {
	all, err := l.of(f.Controller)
	for _, r := range all {
		if Holds(f, r) && within(found, r, min(max(f.Limit, 1), logbook.MaxFound)) {
			found = append(found, r)
		}
	}
	return found, err
}

// Holds reports whether a record of the controller holds to a filter, its limit aside.
func Holds(f logbook.Filter, r logbook.Record) bool {
	kind, _, _ := strings.Cut(r.Entry.Object, "/")
	activity, at := logbook.ActivityOf(audit.Event(r.Entry.Event), audit.Kind(kind)), r.Entry.At()
	return activity != "" && (f.Activity == "" || f.Activity == activity) && (f.Trace == "" || f.Trace == r.Entry.Trace) && r.Number > f.After &&
		(f.Subject == "" || f.Subject == logbook.SubjectID(f.Controller, r.Subject)) &&
		(f.From.IsZero() || !at.Before(f.From)) && (f.Until.IsZero() || !at.After(f.Until))
}

// Waiting fills logbook.Source.
func (l memoryLogbook) Waiting(_ context.Context, controller gateway.OIN, after int64) (n int64, err error) {
	all, err := l.of(controller)
	for _, r := range all {
		if r.Number > after && !r.Further {
			n++
		}
	}
	return n, err
}

// Cursor fills logbook.Cursors.
func (l memoryLogbook) Cursor(_ context.Context, target string) (int64, error) {
	s, err := l.m.read()
	if err != nil {
		return 0, err
	}
	return s.cursors[target], nil
}

// Advance fills logbook.Cursors.
func (l memoryLogbook) Advance(ctx context.Context, target string, number int64) error {
	return l.m.write(ctx, func(t *memoryTx) error {
		t.s.cursors[target] = max(t.s.cursors[target], number)
		return nil
	})
}
