// SPDX-License-Identifier: EUPL-1.2

package httpapi

import "sync"

// limit bounds what is at work at the same time, of all and of each (an OIN, or
// at the public routes an address), so that one cannot take the door from the
// others.
type limit struct {
	all, each int

	mu     sync.Mutex
	inside int
	of     map[string]int
}

func newLimit(all, each int) *limit { return &limit{all: all, each: each, of: map[string]int{}} }

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

func (l *limit) enterAs(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[key] >= l.each {
		return false
	}
	l.of[key]++
	return true
}

func (l *limit) leaveAs(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[key]--; l.of[key] == 0 {
		delete(l.of, key)
	}
}
