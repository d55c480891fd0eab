// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// maxTurns bounds the costly requests at one time, of all officers: the service
// of parties runs on the same machine.
const maxTurns = 6

// turns keeps costly requests few: reports, simulations, measuring a breach, and
// downloads, which read much of the log. Each officer has one at a time, whatever
// sessions he has, so that nobody keeps the others out.
type turns struct {
	mu       sync.Mutex
	patience time.Duration // how long a request waits for its turn
	busy     map[gateway.UUID]bool
	freed    chan struct{} // closed when a turn is handed back
}

func newTurns() *turns {
	return &turns{patience: 2 * time.Second, busy: map[gateway.UUID]bool{}, freed: make(chan struct{})}
}

// take gives a turn, to be handed back by calling done, or says that there was
// none in time.
func (t *turns) take(ctx context.Context, account gateway.UUID) (done func(), ok bool) {
	t.mu.Lock()
	ctx, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	for t.busy[account] || len(t.busy) >= maxTurns {
		freed := t.freed
		t.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return nil, false
		}
		t.mu.Lock()
	}
	defer t.mu.Unlock()
	t.busy[account] = true
	return func() { t.handBack(account) }, true
}

func (t *turns) handBack(account gateway.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, account)
	close(t.freed)
	t.freed = make(chan struct{})
}

// costlyToSee and costlyToDo are the methods of pages that take turns.
func costlyToSee() []string { return []string{http.MethodGet, http.MethodHead} }
func costlyToDo() []string  { return []string{http.MethodPost} }
