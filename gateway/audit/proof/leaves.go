// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"slices"
)

// leavesAtOnce is how many rows are asked for at once.
const leavesAtOnce = 4 * TileWidth

// VerifyLeaves compares entries that are kept elsewhere (rows of a database) with the tree of a checkpoint that was opened: it
// reads them in order and the hash tiles of the log, and checks both against the root. It names each entry that is not the one in
// the tree, and each that is gone, up to a thousand.
//
// next gives entries after a number, at most limit, fewer at the end; progress is told how many were done, and may be nil. Memory is
// bounded. An error means that the verification could not be done.
func VerifyLeaves(ctx context.Context, fsys fs.FS, head Checkpoint, next func(after int64, limit int) ([][]byte, error), progress func(done int64)) (Report, error) {
	b := &bundleCheck{fsys: fsys, head: head, seen: map[Finding]bool{}, report: Report{Previous: -1, Origin: head.Origin, Size: head.Tree.N,
		Root: base64.StdEncoding.EncodeToString(head.Tree.Hash[:])}}
	var ok bool
	if b.tree, ok = newSubtree(fsys, head.Tree, b.find); !ok {
		return b.done(), nil
	}
	for done := int64(0); done < head.Tree.N; {
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		limit := int(min(leavesAtOnce, head.Tree.N-done))
		leaves, err := next(done, limit)
		if err != nil {
			return Report{}, err
		}
		some := make([]numbered, 0, limit)
		for i, leaf := range leaves[:min(limit, len(leaves))] {
			some = append(some, numbered{done + int64(i) + 1, leaf})
		}
		if err := b.hash(some); err != nil {
			return Report{}, err
		}
		b.report.Entries += int64(len(some))
		if len(some) < limit {
			first := done + int64(len(some))
			b.find(LineMissing, "", first, fmt.Sprintf("entries %s to %s are gone", group(first+1), group(head.Tree.N)))
			break
		}
		if done += int64(limit); progress != nil {
			progress(done)
		}
	}
	b.report.Tiles = b.tree.read
	return b.done(), nil
}

// sortFindings orders findings by entry; those that name none come last.
func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(uint64(a.Index), uint64(b.Index)) })
}
