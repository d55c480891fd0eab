// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
)

// gather lets concurrent callers share a call: while one is under way, what others ask of the same key in the same way waits, and
// goes along with the next. Reports come in one by one, each with some things to blind and one to sign; under load a call to
// Vault then serves many of them. Nobody waits when nothing is under way.
type gather struct {
	mu      sync.Mutex
	waiting map[string][]*ask // by what is asked; an entry while a call is under way
}

// ask is the part of one caller in a call.
type ask struct {
	members []input
	results []member
	err     error
	done    chan struct{}
}

func newGather() *gather { return &gather{waiting: map[string][]*ask{}} }

// batch asks for at most maxBatch members and gives as many results, or an error. common is what holds for all of them.
func (s *Store) batch(ctx context.Context, path string, common map[string]any, members []input) ([]member, error) {
	alike, err := json.Marshal(common) // keys in order
	if err != nil {
		return nil, err
	}
	mine := &ask{members: members, done: make(chan struct{})}
	key := path + " " + string(alike)
	s.gather.mu.Lock()
	if queue, busy := s.gather.waiting[key]; busy {
		s.gather.waiting[key] = append(queue, mine)
	} else {
		s.gather.waiting[key] = nil
		go s.serve(context.WithoutCancel(ctx), key, path, common, []*ask{mine})
	}
	s.gather.mu.Unlock()
	select {
	case <-mine.done:
		return mine.results, mine.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serve makes calls until nobody waits.
func (s *Store) serve(ctx context.Context, key, path string, common map[string]any, asks []*ask) {
	for len(asks) > 0 {
		s.together(ctx, path, common, asks)
		asks = s.gather.next(key)
	}
}

// next takes what fits in one call; when nobody waits, the key is free.
func (g *gather) next(key string) []*ask {
	g.mu.Lock()
	defer g.mu.Unlock()
	queue, n, size := g.waiting[key], 0, 0
	for n < len(queue) && size+len(queue[n].members) <= maxBatch {
		size += len(queue[n].members)
		n++
	}
	if n == 0 {
		delete(g.waiting, key)
		return nil
	}
	g.waiting[key] = queue[n:]
	return queue[:n:n]
}

// together makes one call for all of them.
func (s *Store) together(ctx context.Context, path string, common map[string]any, asks []*ask) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var all []input
	for _, a := range asks {
		all = append(all, a.members...)
	}
	body := maps.Clone(common)
	if body == nil {
		body = map[string]any{}
	}
	body["batch_input"] = all
	results, err := s.send(ctx, path, body, len(all))
	for _, a := range asks {
		if a.err = err; err == nil {
			a.results, results = results[:len(a.members):len(a.members)], results[len(a.members):]
		}
		close(a.done)
	}
}
