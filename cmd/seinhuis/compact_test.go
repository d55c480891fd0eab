// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

// file counts how often it is written anew.
type file struct {
	erased   int64
	compacts int
	err      error
}

func (f *file) Erased(context.Context) (int64, error) { return f.erased, nil }

func (f *file) Compact(context.Context) error {
	f.compacts++
	return f.err
}

// TestCompactedAtNight: once a night, in its quiet hours, when something was
// erased since; after a failure again a while later.
func TestCompactedAtNight(t *testing.T) {
	f, n := &file{}, &nightly{}
	broken := errors.New("the disk is full")
	for _, c := range []struct {
		at     string // in winter the Netherlands are an hour ahead, in summer two
		erased int64
		err    error
		want   int // so often by then
	}{
		{"2026-11-02T02:30:00Z", 0, nil, 0}, // nothing was ever erased
		{"2026-11-03T01:59:59Z", 5, nil, 0}, // not yet three
		{"2026-11-03T02:00:00Z", 5, nil, 1}, // the first after a start
		{"2026-11-03T03:00:00Z", 6, nil, 1}, // that was tonight's
		{"2026-11-03T12:00:00Z", 6, nil, 1},
		{"2026-11-04T03:59:59Z", 6, nil, 2},
		{"2026-11-05T03:00:00Z", 6, nil, 2}, // nothing was erased since
		{"2026-11-06T04:00:00Z", 7, nil, 2}, // five, too late
		{"2026-11-07T02:00:00Z", 7, broken, 3},
		{"2026-11-07T02:14:59Z", 7, nil, 3},
		{"2026-11-07T02:15:00Z", 7, nil, 4},
		{"2027-07-01T00:59:00Z", 8, nil, 4},
		{"2027-07-01T01:00:00Z", 8, nil, 5},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		f.erased, f.err = c.erased, c.err
		before := f.compacts
		if err := n.compact(t.Context(), f, at); f.compacts > before && !errors.Is(err, c.err) || f.compacts == before && err != nil {
			t.Errorf("%s: %v", c.at, err)
		}
		if f.compacts != c.want {
			t.Errorf("%s: written anew %d times, want %d", c.at, f.compacts, c.want)
		}
	}
}
