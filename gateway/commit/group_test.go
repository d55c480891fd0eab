// SPDX-License-Identifier: EUPL-1.2

package commit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seinhuis/seinhuis/gateway/commit"
)

var errDisk = errors.New("disk is full")

// book notes the groups that are written; a write lasts a while, so that the
// next group can gather.
type book struct {
	mu     sync.Mutex
	groups [][]int
	open   atomic.Int32
	fail   func(members []int) error
}

func (b *book) write(_ context.Context, members []int) ([]int, error) {
	if b.open.Add(1) > 1 {
		panic("two groups are written at once")
	}
	defer b.open.Add(-1)
	time.Sleep(time.Millisecond)
	b.mu.Lock()
	b.groups = append(b.groups, slices.Clone(members))
	b.mu.Unlock()
	if b.fail != nil {
		if err := b.fail(members); err != nil {
			return nil, err
		}
	}
	out := make([]int, len(members))
	for i, m := range members {
		out[i] = -m
	}
	return out, nil
}

func (b *book) longest() int {
	n := 0
	for _, g := range b.groups {
		n = max(n, len(g))
	}
	return n
}

// The clock of a synctest bubble stands still until all wait, so groups form
// the same way at each run.
func TestGroupsForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		g := commit.NewGroup(1000, b.write)
		var wait sync.WaitGroup
		for i := 1; i <= 100; i++ {
			wait.Go(func() {
				out, err := g.Do(t.Context(), i)
				if err != nil || len(out) != 1 || out[0] != -i {
					t.Errorf("member %d: got %v, %v", i, out, err)
				}
			})
		}
		wait.Wait()
		if len(b.groups) != 2 || b.longest() != 99 {
			t.Errorf("%d groups, the longest of %d; want one that leads and one of the rest", len(b.groups), b.longest())
		}
	})
}

func TestIdleCallerDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		g := commit.NewGroup(1000, b.write)
		for i := range 3 {
			start := time.Now()
			if _, err := g.Do(t.Context(), i); err != nil || time.Since(start) != time.Millisecond {
				t.Errorf("waited %v, %v", time.Since(start), err)
			}
		}
		if out, err := g.Do(t.Context()); out != nil || err != nil || len(b.groups) != 3 {
			t.Error("no members make a group")
		}
	})
}

func TestMaxAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		g := commit.NewGroup(10, b.write)
		var wait sync.WaitGroup
		for i := range 30 {
			wait.Go(func() {
				members := []int{i * 10, i*10 + 1, i*10 + 2}
				if i == 7 { // larger than a group: still whole
					members = append(members, make([]int, 20)...)
				}
				out, err := g.Do(t.Context(), members...)
				if err != nil || len(out) != len(members) || out[0] != -members[0] || out[2] != -members[2] {
					t.Errorf("call %d: got %v, %v", i, out, err)
				}
			})
		}
		wait.Wait()
		for _, group := range b.groups {
			if len(group) > 10 && len(group) != 23 {
				t.Errorf("a group of %d", len(group))
			}
			for i := 0; i+2 < len(group) && group[i]+1 == group[i+1]; i += 3 {
				if group[i]+2 != group[i+2] {
					t.Errorf("members of one call are not together: %v", group)
				}
			}
		}
		if b.longest() != 23 || len(b.groups) < 10 {
			t.Errorf("%d groups, the longest of %d", len(b.groups), b.longest())
		}
	})
}

func TestFailureStaysWithItsMember(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errDisk },
		"panic": func() error { panic("Zwartebloem") },
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &book{fail: func(members []int) error {
				if slices.Contains(members, 13) {
					return fail()
				}
				return nil
			}}
			g := commit.NewGroup(1000, b.write)
			var wait sync.WaitGroup
			for i := range 20 {
				wait.Go(func() {
					out, err := g.Do(t.Context(), i)
					switch {
					case i == 13 && (err == nil || out != nil):
						t.Errorf("%s: the member that failed was answered", name)
					case i != 13 && (err != nil || out[0] != -i):
						t.Errorf("%s: member %d failed with another: %v", name, i, err)
					case err != nil && strings.Contains(err.Error(), "Zwartebloem"):
						t.Errorf("%s: the error holds what was panicked with", name)
					}
				})
			}
			wait.Wait()
			if _, err := g.Do(t.Context(), 1); err != nil {
				t.Errorf("%s: the group stopped working: %v", name, err)
			}
		})
	}
}

// A run that answers too few or too many may not give one member the answer of
// another.
func TestWrongNumberOfAnswersIsAFailure(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		g := commit.NewGroup(10, func(context.Context, []int) ([]int, error) { return make([]int, n), nil })
		if out, err := g.Do(t.Context(), 1, 2); err == nil {
			t.Errorf("%d answers for 2 members: %v", n, out)
		}
		if _, err := g.Do(t.Context(), 1); (err == nil) != (n == 1) {
			t.Errorf("%d answers for 1 member after it: %v", n, err)
		}
	}
}

// Whoever goes away leaves its commit running: the answer is found by replay.
func TestCanceledCallerStillCommits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var seen error
	g := commit.NewGroup(10, func(ctx context.Context, members []int) ([]int, error) {
		seen = ctx.Err()
		return members, nil
	})
	if out, err := g.Do(ctx, 1); err != nil || len(out) != 1 || seen != nil {
		t.Errorf("got %v, %v; the run saw %v", out, err, seen)
	}
}

func TestManyCallers(t *testing.T) {
	var total atomic.Int64
	var open atomic.Int32
	g := commit.NewGroup(64, func(_ context.Context, members []int) ([]int, error) {
		if open.Add(1) != 1 {
			t.Error("two groups at once")
		}
		defer open.Add(-1)
		total.Add(int64(len(members)))
		return members, nil
	})
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			for j := range 200 {
				if out, err := g.Do(t.Context(), i*1000+j); err != nil || out[0] != i*1000+j {
					t.Errorf("got %v, %v", out, err)
				}
			}
		})
	}
	wait.Wait()
	if total.Load() != 16*200 {
		t.Errorf("%d members written", total.Load())
	}
}

func BenchmarkDo(b *testing.B) {
	run := func(_ context.Context, members []int) ([]int, error) { return members, nil }
	b.Run("alone", func(b *testing.B) {
		g := commit.NewGroup(512, run)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = g.Do(b.Context(), 1)
		}
	})
	b.Run("together", func(b *testing.B) {
		var groups, members atomic.Int64
		g := commit.NewGroup(512, func(_ context.Context, in []int) ([]int, error) {
			groups.Add(1)
			members.Add(int64(len(in)))
			time.Sleep(100 * time.Microsecond) // an fsync
			return in, nil
		})
		b.SetParallelism(64)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				_, _ = g.Do(b.Context(), 1)
			}
		})
		b.ReportMetric(float64(members.Load())/float64(groups.Load()), "members/group")
	})
}
