// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// step is one act of a script. What its numbers mean is said by its row in
// acts. They are drawn once and hold no place of another step, so that an act
// stays what it is when others are left out.
type step struct {
	n       int           // its place in the script as drawn: what its ids are made of
	at      time.Duration // since the start
	by      role
	act     string
	x, y, z int
	about   []claim // of a municipality: the claims that it concerns
	lines   []line  // of a file
}

// claim is a report as a municipality means it.
type claim struct {
	by   role
	slot int
}

// line is a report: its id, whom it is about, and how it is made. Creditors
// have the same ids, persons and customer numbers on purpose.
type line struct{ slot, person, variant int }

func (s step) String() string {
	text := fmt.Sprintf("%3d  +%-12s %s  %s x=%d y=%d z=%d", s.n, s.at, s.by, s.act, s.x, s.y, s.z)
	for _, c := range s.about {
		text += fmt.Sprintf(" %s%d", c.by, c.slot)
	}
	for _, l := range s.lines {
		text += fmt.Sprintf(" %v", l)
	}
	return text
}

func asText(script []step) string {
	lines := make([]string, len(script))
	for i, s := range script {
		lines[i] = s.String()
	}
	return strings.Join(lines, "\n")
}

// without is the script in which a creditor does nothing and no municipality
// says anything about its reports. Feedback about others as well stays, with
// that creditor's part taken out.
func without(script []step, hidden role) []step {
	var rest []step
	for _, s := range script {
		if s.by == hidden {
			continue
		}
		if len(s.about) > 0 {
			s.about = slices.DeleteFunc(slices.Clone(s.about), func(c claim) bool { return c.by == hidden })
			if len(s.about) == 0 {
				continue
			}
		}
		rest = append(rest, s)
	}
	return rest
}

// reworded is the script in which municipalities have other reasons, of which
// creditors may not know: every result becomes another one that gives the same
// notice.
func reworded(script []step, seed uint64) []step {
	d := rand.New(rand.NewPCG(seed, 0x77))
	script = slices.Clone(script)
	for i := range script {
		if script[i].act != "feedback" {
			continue
		}
		results := gateway.Results()
		kind := gateway.NoticeOf(results[script[i].x])
		for other := d.IntN(len(results)); ; other = d.IntN(len(results)) {
			if gateway.NoticeOf(results[other]) == kind {
				script[i].x = other
				break
			}
		}
	}
	return script
}

// dice draws scripts: the same seed gives the same script.
type dice struct {
	*rand.Rand
	drawn []step
}

func drawScript(seed uint64, size int) []step {
	d := &dice{Rand: rand.New(rand.NewPCG(seed, 0x18))}
	at := time.Duration(0)
	for n := range size {
		a := d.act()
		gap := d.gap()
		at += gap
		s := step{n: n, at: at, by: a.by[d.IntN(len(a.by))], act: a.name, x: d.below(a.x), y: d.below(a.y), z: d.below(a.z)}
		if a.draw == nil || a.draw(d, &s) {
			d.drawn = append(d.drawn, s)
		}
	}
	return d.drawn
}

func (d *dice) below(n int) int {
	if n == 0 {
		return 0
	}
	return d.IntN(n)
}

func (d *dice) act() act {
	all := 0
	for _, a := range acts() {
		all += a.weight
	}
	at := d.IntN(all)
	for _, a := range acts() {
		if at -= a.weight; at < 0 {
			return a
		}
	}
	panic("weights do not add up")
}

// gap is the time that passes before an act: none (then creditors act side by
// side), within one long poll, or up to beyond the window in which reports
// count as related.
func (d *dice) gap() time.Duration {
	switch n := d.IntN(100); {
	case n < 35:
		return 0
	case n < 70:
		return time.Duration(1+d.IntN(30)) * time.Second
	case n < 88:
		return time.Duration(1+d.IntN(600)) * time.Minute
	case n < 97:
		return time.Duration(1+d.IntN(9)) * 24 * time.Hour
	default:
		return time.Duration(20+d.IntN(40)) * 24 * time.Hour
	}
}

// earlier draws a step that was drawn before.
func (d *dice) earlier(fits func(step) bool) (step, bool) {
	var found []step
	for _, s := range d.drawn {
		if fits(s) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return step{}, false
	}
	return found[d.IntN(len(found))], true
}

// smaller leaves out steps as long as what is left still fails.
func smaller(script []step, fails func([]step) bool) []step {
	for size := max(1, len(script)/2); ; size = max(1, size/2) {
		for at := 0; at < len(script); {
			less := slices.Delete(slices.Clone(script), at, min(at+size, len(script)))
			if fails(less) {
				script = less
			} else {
				at += size
			}
		}
		if size == 1 {
			return script
		}
	}
}
