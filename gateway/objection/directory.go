// SPDX-License-Identifier: EUPL-1.2

package objection

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

// Refresh is how long a Directory answers without asking the store: an
// objection blocks at most so much later than it was placed.
const Refresh = time.Second

// Standing is one tag of an objection that was not lifted.
type Standing struct {
	Municipality gateway.Municipality
	Creditor     gateway.OIN // "" against everyone's reports
	Tag          keys.Tag
	Until        gateway.Date
}

// Source is the truth store as a Directory needs it.
type Source interface {
	// ObjectionVersion changes with every objection that is placed or lifted.
	ObjectionVersion(ctx context.Context) (int64, error)
	// Standing lists every tag that was not lifted, expired ones too.
	Standing(ctx context.Context) ([]Standing, error)
}

// Directory answers from memory, at most Refresh behind the store: every report
// is held against objections, and a query for each would cost more than the
// other lookups of a report together. When the store cannot be asked in time it
// answers with an error and not with what it knew. It fills [Lookup] and is
// safe for concurrent use.
type Directory struct {
	source Source
	clock  gateway.Clock
	view   atomic.Pointer[view]
	mu     sync.Mutex // one refresh at a time
}

type view struct {
	version  int64
	checked  time.Time
	standing map[standingKey][]Standing
}

type standingKey struct {
	municipality gateway.Municipality
	tag          keys.Tag
}

// NewDirectory makes a Directory; it reads the store at the first question.
func NewDirectory(source Source, clock gateway.Clock) *Directory {
	return &Directory{source: source, clock: clock}
}

// Objected implements [Lookup].
func (d *Directory) Objected(ctx context.Context, questions []Question) ([]bool, error) {
	v, err := d.current(ctx)
	if err != nil {
		return nil, err
	}
	objected := make([]bool, len(questions))
	if len(v.standing) == 0 {
		return objected, nil
	}
	for i, q := range questions {
		objected[i] = slices.ContainsFunc(q.Tags, func(tag keys.Tag) bool {
			return slices.ContainsFunc(v.standing[standingKey{q.Municipality, tag}], q.meets)
		})
	}
	return objected, nil
}

// meets reports whether an objection to one of its tags stands against a
// report.
func (q Question) meets(s Standing) bool {
	return !q.On.After(s.Until) && (s.Creditor == "" || s.Creditor == q.Creditor)
}

// freshAt reports whether the view may still answer. A view from the future
// may not: the clock was set back, and nobody knows how old the view is.
func (v *view) freshAt(now time.Time) bool {
	return v != nil && !now.Before(v.checked) && now.Sub(v.checked) < Refresh
}

func (d *Directory) current(ctx context.Context) (*view, error) {
	if v := d.view.Load(); v.freshAt(d.clock()) {
		return v, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock() // again: another may have refreshed meanwhile
	v := d.view.Load()
	if v.freshAt(now) {
		return v, nil
	}
	// The version is read before the content: a change in between is seen at
	// the next look.
	version, err := d.source.ObjectionVersion(ctx)
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	next := &view{version: version, checked: now}
	if v != nil && v.version == version {
		next.standing = v.standing
	} else if next.standing, err = d.load(ctx); err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	d.view.Store(next)
	return next, nil
}

func (d *Directory) load(ctx context.Context) (map[standingKey][]Standing, error) {
	all, err := d.source.Standing(ctx)
	if err != nil {
		return nil, err
	}
	standing := make(map[standingKey][]Standing, len(all))
	for _, s := range all {
		key := standingKey{s.Municipality, s.Tag}
		standing[key] = append(standing[key], s)
	}
	return standing, nil
}
