// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"iter"
	"slices"
)

// run is the numbers from first through last.
type run struct{ first, last int64 }

// Numbers is a set of numbers of entries, from 1, as runs: some megabytes at most for a million entries that lie apart. The
// zero value is empty.
type Numbers struct {
	down  []run // newest first, as searches find them
	count int64
}

// Through is the numbers from 1 through last.
func Through(last int64) *Numbers {
	n := new(Numbers)
	if last > 0 {
		n.down, n.count = []run{{1, last}}, last
	}
	return n
}

// Below adds a number below all that are in the set, and reports whether it was one.
func (n *Numbers) Below(number int64) bool {
	if k := len(n.down); k > 0 {
		switch lowest := &n.down[k-1]; {
		case number >= lowest.first || number < 1:
			return false
		case number == lowest.first-1:
			lowest.first--
			n.count++
			return true
		}
	}
	if number < 1 {
		return false
	}
	n.down = append(n.down, run{number, number})
	n.count++
	return true
}

// Count is how many numbers there are.
func (n *Numbers) Count() int64 { return n.count }

// last is the greatest; 0 when there are none.
func (n *Numbers) last() int64 {
	if len(n.down) == 0 {
		return 0
	}
	return n.down[0].last
}

// runs gives the runs in ascending order.
func (n *Numbers) runs() iter.Seq[run] {
	return func(yield func(run) bool) {
		for _, r := range slices.Backward(n.down) {
			if !yield(r) {
				return
			}
		}
	}
}

// near gives the numbers in spans to read at once: of at most limit rows, and not ending in more than gap rows that are not asked.
func (n *Numbers) near(limit, gap int64) iter.Seq[[]run] {
	return func(yield func([]run) bool) {
		var span []run
		for r := range n.runs() {
			for first := r.first; first <= r.last; {
				if len(span) > 0 && (first-span[len(span)-1].last > gap || first-span[0].first >= limit) {
					if !yield(span) {
						return
					}
					span = nil
				}
				last := r.last
				if len(span) > 0 {
					last = min(last, span[0].first+limit-1)
				} else {
					last = min(last, first+limit-1)
				}
				span = append(span, run{first, last})
				first = last + 1
			}
		}
		if len(span) > 0 {
			yield(span)
		}
	}
}
