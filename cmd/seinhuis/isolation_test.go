// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
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
// SEINHUIS_SCRIPTS sets the number of scripts, SEINHUIS_SEED the first. An
// example that fails is made smaller before it is shown.
func TestIsolation(t *testing.T) {
	usual := 120
	if testing.Short() {
		usual = 24
	}
	scripts, first := numberIn("SEINHUIS_SCRIPTS", usual), numberIn("SEINHUIS_SEED", 0)
	m := newMould(t)
	var found atomic.Bool // one example is enough
	t.Run("scripts", func(t *testing.T) {
		for seed := uint64(first); seed < uint64(first+scripts); seed++ {
			t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
				t.Parallel()
				script := drawScript(seed, scriptSize)
				if found.Load() || m.leak(t, script, seed) == "" || found.Swap(true) {
					return
				}
				tries := 200 // bounds the time of a failing test
				script = smaller(script, func(less []step) bool {
					tries--
					return tries > 0 && m.leak(t, less, seed) != ""
				})
				t.Errorf("B shows, or a reason does, in\n%s\n\n%s", asText(script), m.leak(t, script, seed))
			})
		}
	})
	if found.Load() || scripts < usual {
		return
	}
	for _, r := range reaches {
		if _, ok := m.reached.Load(r.what); !ok {
			t.Errorf("no script came to %s: the test looks past it", r.what)
		}
	}
}

// reaches is what scripts must come to, and how it shows in what a creditor
// sees: equal views of nothing would prove nothing.
var reaches = []struct {
	what string
	in   *regexp.Regexp
}{
	{"a receipt", regexp.MustCompile(`: 201 after`)},
	{"a receipt again", regexp.MustCompile(`PUT /meldingen/[^/]*: 200 after`)},
	{"a refused report", regexp.MustCompile(`"soort":"geweigerd"`)},
	{"an id that is taken", regexp.MustCompile(`id-bezet`)},
	{"a withdrawal", regexp.MustCompile(`intrekking: 201`)},
	{"published evidence", regexp.MustCompile(`"status":"gepubliceerd"`)},
	{"pending evidence", regexp.MustCompile(`"status":"in-afwachting"`)},
	{"a file that was worked on", regexp.MustCompile(`"toestand":"gereed"`)},
	{"a file that was refused", regexp.MustCompile(`"toestand":"geweigerd"`)},
	{"a line that was there", regexp.MustCompile(`"uitkomst":"dubbel"`)},
	{"its own duplicate", regexp.MustCompile(`"soort":"herhaalde-melding"`)},
	{"a pause", regexp.MustCompile(`"pauzeId"`)},
	{"a notice without reason", regexp.MustCompile(`"soort":"afgesloten"`)},
	{"a pause that was applied", regexp.MustCompile(`"stand":"toegepast"`)},
	{"a list of pauses", regexp.MustCompile(`pauses \[\{"pauzeId":`)},
	{"a notice that is not there", regexp.MustCompile(`bericht-onbekend`)},
	{"a wait in vain", regexp.MustCompile(`after [1-9].*\n.*\n.*"berichten":\[\]`)},
	{"a wait that a notice ended", regexp.MustCompile(`after [1-9].*\n.*\n.*"berichten":\[\{`)},
	{feedbackTogether, nil},
}

// feedbackTogether shows to the municipality only.
const feedbackTogether = "one feedback about two creditors"

func (m *mould) reach(lines []string) {
	for _, r := range reaches {
		if _, ok := m.reached.Load(r.what); !ok && r.in != nil && slices.ContainsFunc(lines, r.in.MatchString) {
			m.reached.Store(r.what, true)
		}
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
		m.reach(with)
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
