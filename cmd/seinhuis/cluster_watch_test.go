// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// sequencers lets three work at the same time on one log that grows: that of the
// watch, and one on each node. Whoever reads the checkpoint meanwhile sees it
// grow only.
func (s *site) sequencers(t *testing.T) {
	l := newLoad(t, s.story, []string{s.nodes[0].url, s.nodes[1].url}, 60)
	ctx, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	rounds, behind := make([]int, len(s.nodes)), make([]int, len(s.nodes))
	for i, n := range s.nodes {
		working.Go(func() {
			for ; ctx.Err() == nil; rounds[i]++ {
				switch _, err := n.sequencer.Integrate(ctx); {
				case errors.Is(err, audit.ErrHeadMoved):
					behind[i]++
				case err != nil && ctx.Err() == nil:
					t.Errorf("sequencer %d: %v", i, err)
				}
			}
		})
	}
	seen := 0
	working.Go(func() {
		for last := int64(0); ctx.Err() == nil; seen++ {
			size := s.published(t)
			if size < last {
				t.Errorf("a checkpoint of %d entries was put in place of one of %d", size, last)
			}
			last = max(last, size)
		}
	})
	if err := l.run(t.Context(), 30, func(int) {}); err != nil {
		t.Error(err)
	}
	stop()
	working.Wait()
	s.story.at(t, s.nodes[1].url)
	provable(t, s.story, l.messages)
	for _, n := range s.nodes {
		if err := n.sequencer.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if out := s.engines.run(t, "audit", "verify", "--dir", s.nodes[1].dir); !strings.Contains(out, "whole") {
		t.Error(out)
	}
	t.Logf("%v rounds, %v of them behind another; the checkpoint was read %d times", rounds, behind, seen)
}

// published is the size in the checkpoint as outsiders read it.
func (s *site) published(t *testing.T) int64 {
	t.Helper()
	data, err := s.nodes[1].tiles.Read(t.Context(), proof.CheckpointPath)
	if err != nil {
		t.Error(err)
		return 0
	}
	size, err := strconv.ParseInt(strings.Split(string(data), "\n")[1], 10, 64)
	if err != nil {
		t.Errorf("%v in %q", err, data)
	}
	return size
}

// watch cuts the node that has the watch off from the database. Another takes it;
// what the first then does for all is not committed, also not when it reaches the
// database again, and its doors answer as before.
func (s *site) watch(t *testing.T) {
	first, second := s.nodes[0], s.nodes[1]
	old := first.watches.last().truth
	if err := newLogBook(old.Mailbox).append(t.Context(), audit.ServiceStarted, byGateway(), audit.Object(audit.KindService), time.Now()); err != nil {
		t.Fatalf("with the watch: %v", err)
	}
	began := time.Now()
	first.postgres.cut()
	until(t, "the other node has the watch", second.onWatch.Load)
	t.Logf("taken over after %v", time.Since(began).Round(time.Millisecond))
	until(t, "the first node gave it up", func() bool { return !first.onWatch.Load() })
	first.postgres.mend()
	until(t, "the first node is ready again", func() bool { return first.healthy(t.Context()) == nil })
	err := newLogBook(old.Mailbox).append(t.Context(), audit.ServiceStarted, byGateway(), audit.Object(audit.KindService), time.Now())
	if !errors.Is(err, postgres.ErrFenced) {
		t.Errorf("a node that lost the watch writes as if it had it: %v", err)
	}
	name, _, held, err := first.db().Holder(t.Context())
	if err != nil || name != second.config.Node || !held {
		t.Errorf("%q has the watch (%v): %v", name, held, err)
	}
	if n := strings.Count(second.logged.String(), "wacht genomen"); n != 1 {
		t.Errorf("the second node says %d times that it took the watch", n)
	}
	l := newLoad(t, s.story, []string{first.url}, 3)
	if err := l.run(t.Context(), 10, func(int) {}); err != nil {
		t.Error(err)
	}
	s.story.at(t, first.url)
	provable(t, s.story, l.messages) // the new one publishes what the old one took in
}
