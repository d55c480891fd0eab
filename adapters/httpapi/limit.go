// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"sync"

	"github.com/seinhuis/seinhuis/gateway"
)

// limit bounds what is at work at the same time, of all and of each party, so
// that one party cannot take the door from the others.
type limit struct {
	all, each int

	mu     sync.Mutex
	inside int
	of     map[gateway.OIN]int
}

func newLimit(all, each int) *limit { return &limit{all: all, each: each, of: map[gateway.OIN]int{}} }

func (l *limit) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inside >= l.all {
		return false
	}
	l.inside++
	return true
}

func (l *limit) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inside--
}

func (l *limit) enterAs(oin gateway.OIN) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[oin] >= l.each {
		return false
	}
	l.of[oin]++
	return true
}

func (l *limit) leaveAs(oin gateway.OIN) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[oin]--; l.of[oin] == 0 {
		delete(l.of, oin)
	}
}
