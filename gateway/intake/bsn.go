// SPDX-License-Identifier: EUPL-1.2

package intake

import "unicode"

// HoldsBSN reports whether s holds nine digits that pass the eleven-test: as
// one run of digits, whatever stands around it, or joined over spaces, dots,
// dashes and strokes. No rule lets a creditor send a BSN; one ordinary
// nine-digit number in eleven passes the test too and is refused with it.
func HoldsBSN(s string) bool {
	var run, joined digits
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			run.add(r)
			joined.add(r)
			continue
		case !separates(r):
			if joined.areBSN() {
				return true
			}
			joined = digits{}
		}
		if run.areBSN() {
			return true
		}
		run = digits{}
	}
	return run.areBSN() || joined.areBSN()
}

// separates: everything that is no letter may stand between digits.
func separates(r rune) bool { return !unicode.IsLetter(r) }

// digits are the digits of one number, counted beyond what is kept.
type digits struct {
	kept [9]int
	n    int
}

func (d *digits) add(r rune) {
	if d.n < len(d.kept) {
		d.kept[d.n] = int(r - '0')
	}
	d.n++
}

func (d *digits) areBSN() bool {
	if d.n != len(d.kept) {
		return false
	}
	sum := 0
	for i := range 8 {
		sum += (9 - i) * d.kept[i]
	}
	return sum > 0 && (sum-d.kept[8])%11 == 0
}
