// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// tree computes the root of the log while its rows go by, in the memory of the
// right edge alone (RFC 6962, part 2.1).
type tree struct {
	size  int64
	whole []tlog.Hash // roots of the perfect subtrees, the largest first
}

func (t *tree) add(leaf []byte) {
	h := proof.LeafHash(leaf)
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.whole) - 1
		h, t.whole = tlog.NodeHash(t.whole[last], h), t.whole[:last]
	}
	t.whole = append(t.whole, h)
	t.size++
}

// root is that of all rows so far; the zero hash of none.
func (t *tree) root() (h tlog.Hash) {
	for i := len(t.whole) - 1; i >= 0; i-- {
		if i == len(t.whole)-1 {
			h = t.whole[i]
			continue
		}
		h = tlog.NodeHash(t.whole[i], h)
	}
	return h
}
