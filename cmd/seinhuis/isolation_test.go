// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// scriptSize is how many acts a script has at most.
const scriptSize = 40

// TestIsolation is invariant I8: what a creditor sees is independent of what
// another does, and of the reasons that municipalities must withhold. Scripts
// of acts are drawn at random, and each is played twice on a fresh gateway,
// through its real door and store: once whole, and once without the acts of B,
// without what municipalities do about B's reports only, and with other
// reasons behind the same notices. What A and C see must be equal: statuses,
// headers, bodies, their sizes, order and numbers, and how long an answer
// waited. What the comparison leaves out stands in view.lines.
//
// SEINHUIS_SCRIPTS sets the number of scripts, SEINHUIS_SEED the first.
func TestIsolation(t *testing.T) {
	scripts, first := 160, 0
	if testing.Short() {
		scripts = 24
	}
	scripts, first = numberIn("SEINHUIS_SCRIPTS", scripts), numberIn("SEINHUIS_SEED", first)
	m := newMould(t)
	var found atomic.Bool // one example is enough
	for seed := first; seed < first+scripts; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			script := drawScript(uint64(seed), scriptSize)
			if found.Load() || m.leak(t, script, uint64(seed)) == "" || found.Swap(true) {
				return
			}
			tries := 200 // bounds the time of a failing test
			script = smaller(script, func(less []step) bool {
				tries--
				return tries > 0 && m.leak(t, less, uint64(seed)) != ""
			})
			t.Errorf("B shows, or a reason does, in\n%s\n\n%s", asText(script), m.leak(t, script, uint64(seed)))
		})
	}
}

func numberIn(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// leak plays a script both ways and tells the first thing in which a creditor
// sees a difference, or "".
func (m *mould) leak(t *testing.T, script []step, seed uint64) string {
	if len(script) == 0 {
		return ""
	}
	end := script[len(script)-1].at + 2*time.Minute // all long polls are over
	var whole, part map[role]*view
	var both sync.WaitGroup // a play waits for the disk more than it works
	both.Go(func() { whole = m.perform(t, script, end) })
	both.Go(func() { part = m.perform(t, reworded(without(script, creditorB), seed), end) })
	both.Wait()
	if whole == nil || part == nil { // it said why
		t.FailNow()
	}
	for _, c := range []role{creditorA, creditorC} {
		with, without := whole[c].lines(), part[c].lines()
		for i := range max(len(with), len(without)) {
			if i >= len(with) || i >= len(without) {
				return fmt.Sprintf("%s: %d answers with B and %d without", c, len(with), len(without))
			}
			if with[i] != without[i] {
				return fmt.Sprintf("%s sees with B\n%s\n\nand without\n%s", c, with[i], without[i])
			}
		}
	}
	return ""
}
