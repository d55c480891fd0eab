// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"context"
	"maps"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

type memorySights struct{ m *Memory }

// Sight fills oversight.Sights.
func (v memorySights) Sight(_ context.Context, account gateway.UUID) (oversight.Sight, error) {
	s, err := v.m.read()
	if err != nil {
		return oversight.Sight{}, err
	}
	return s.sights[account], nil
}

// See fills oversight.Sights.
func (v memorySights) See(ctx context.Context, account gateway.UUID, s oversight.Sight, entries []audit.Entry) error {
	return v.m.write(ctx, func(t *memoryTx) error {
		was := t.s.sights[account]
		if was.Exists() && (s.Size < was.Size || s.Size == was.Size && !bytes.Equal(s.Checkpoint, was.Checkpoint)) {
			return oversight.ErrSightMoved
		}
		t.s.sights = maps.Clone(t.s.sights)
		if t.s.sights == nil {
			t.s.sights = map[gateway.UUID]oversight.Sight{}
		}
		maps.DeleteFunc(t.s.sights, func(_ gateway.UUID, old oversight.Sight) bool {
			return gateway.Today(s.At).After(gateway.Today(old.At).AddDays(oversight.KeepSight))
		})
		t.s.sights[account] = oversight.Sight{Size: s.Size, Checkpoint: s.Checkpoint, At: millis(s.At)}
		_, err := t.Append(entries)
		return err
	})
}

// Doubt fills oversight.Sights.
func (v memorySights) Doubt(ctx context.Context, account gateway.UUID, at time.Time, entries []audit.Entry) error {
	return v.m.write(ctx, func(t *memoryTx) error {
		if s, ok := t.s.sights[account]; ok && s.Doubted.IsZero() {
			t.s.sights = maps.Clone(t.s.sights)
			s.Doubted = millis(at)
			t.s.sights[account] = s
		}
		_, err := t.Append(entries)
		return err
	})
}

// Doubted fills oversight.Sights.
func (v memorySights) Doubted(context.Context) (n int, err error) {
	s, err := v.m.read()
	if err != nil {
		return 0, err
	}
	for _, seen := range s.sights {
		if !seen.Doubted.IsZero() {
			n++
		}
	}
	return n, nil
}
