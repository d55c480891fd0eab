// SPDX-License-Identifier: EUPL-1.2

package sftpd

import "slices"

// ranges is which bytes of a file have passed, in whatever order.
type ranges struct {
	spans []span // sorted, apart
	lost  bool   // in more pieces than are worth following
}

type span struct{ from, to int64 } // to is not in it

// maxSpans bounds memory; a client that reads or writes with as many holes is
// not fetching or bringing a file.
const maxSpans = 4096

// add marks bytes as passed.
func (r *ranges) add(from, length int64) {
	if length <= 0 || r.lost {
		return
	}
	to := from + length
	i, _ := slices.BinarySearchFunc(r.spans, from, func(s span, t int64) int {
		if s.to < t {
			return -1
		}
		return 1 // the first span that ends at or after from
	})
	j := i
	for ; j < len(r.spans) && r.spans[j].from <= to; j++ {
		from, to = min(from, r.spans[j].from), max(to, r.spans[j].to)
	}
	r.spans = slices.Replace(r.spans, i, j, span{from, to})
	r.lost = len(r.spans) > maxSpans
}

// whole reports whether every byte of a file of the size has passed.
func (r *ranges) whole(size int64) bool {
	if size == 0 {
		return true
	}
	return !r.lost && len(r.spans) > 0 && r.spans[0].from == 0 && r.spans[0].to >= size
}
