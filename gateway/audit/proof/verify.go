// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Options says what [Verify] trusts and looks for.
type Options struct {
	Verifiers note.Verifiers // keys that may sign a checkpoint; from the reader, never from the log
	Origin    string         // origin line to insist on; empty accepts the origin that an accepted key is named for
	Previous  []byte         // an earlier signed checkpoint that this log must extend; nil for none
	Witnesses []Witness      // each must have cosigned this log, or a beginning of it
	First     int64          // entries before this index may have been pruned; whole bundles only
	// Each sees every entry that can be read, in order, before the outcome is known. An error from it ends the verification.
	Each func(index int64, leaf []byte) error
}

// Verify recomputes a whole log: the checkpoint's signature, the hash of every entry, every tile, the root, and that an
// earlier checkpoint is a beginning of it. It reads each file once, in order, and holds one bundle and one tile per level in
// memory, whatever the size of the log.
//
// The report holds what is wrong. An error means that the verification could not be done: the log cannot be read, the earlier
// checkpoint is not one, or ctx ended.
func Verify(ctx context.Context, fsys fs.FS, o Options) (Report, error) {
	v := &verification{fsys: fsys, o: o, report: Report{Previous: -1}}
	msg, err := readFile(fsys, CheckpointPath, maxCheckpoint)
	if err != nil {
		return Report{}, fmt.Errorf("read checkpoint: %w", err)
	}
	v.head, err = OpenCheckpoint(msg, o.Verifiers)
	if err == nil && o.Origin != "" && v.head.Origin != o.Origin {
		err = fmt.Errorf("%w: of another log", ErrCheckpoint)
	}
	if err != nil {
		v.find(CheckpointRefused, CheckpointPath, -1, err.Error())
		v.report.finish()
		return v.report, nil
	}
	if err := v.openPrevious(); err != nil {
		return Report{}, err
	}
	v.openWitnesses()
	v.report.Origin, v.report.Size = v.head.Origin, v.head.Tree.N
	v.report.Root = base64.StdEncoding.EncodeToString(v.head.Tree.Hash[:])
	v.tree.check = v.compareTile
	for n := int64(0); n*TileWidth < v.head.Tree.N; n++ {
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		if err := v.bundle(n); errors.Is(err, errStopped) {
			v.conclude()
			return v.report, nil
		} else if err != nil {
			return Report{}, err
		}
	}
	if err := v.tree.end(); err != nil {
		return Report{}, err
	}
	v.conclude()
	return v.report, nil
}

// errStopped ends a run in which neither entries nor their hashes are left to go on with; the findings say where.
var errStopped = errors.New("stopped")

// verification is one run of Verify.
type verification struct {
	fsys    fs.FS
	o       Options
	head    Checkpoint
	prev    *Checkpoint
	prevOK  bool   // the tree had prev's root at prev's size
	marks   []mark // what witnesses cosigned
	tree    tree
	report  Report
	differ  []difference // between the entries and the stored tiles; judged at the end
	invalid []int64      // indexes of leaves that are no entries
}

// mark is what a witness cosigned, and whether the tree was that at its size.
type mark struct {
	Witnessed
	root tlog.Hash
	path string
	ok   bool
}

// difference is a stored hash that is not the recomputed one.
type difference struct {
	level  int
	path   string
	index  int64 // first entry below the hash
	caused bool  // something below it differed already
}

func (v *verification) find(code FindingCode, path string, index int64, text string) {
	if len(v.report.Findings) >= 10*maxFindings {
		v.report.More++
		return
	}
	v.report.Findings = append(v.report.Findings, Finding{code, path, index, text})
}

// openPrevious reads the earlier checkpoint, if there is one.
func (v *verification) openPrevious() error {
	if v.o.Previous == nil {
		return nil
	}
	prev, err := OpenCheckpoint(v.o.Previous, v.o.Verifiers)
	if err != nil {
		return fmt.Errorf("earlier checkpoint: %w", err)
	}
	if prev.Origin != v.head.Origin {
		return fmt.Errorf("earlier checkpoint: %w: of another log", ErrCheckpoint)
	}
	v.prev = &prev
	v.prevOK = prev.Tree.N == 0 && prev.Tree.Hash == merkle(nil)
	return nil
}

// openWitnesses reads what the witnesses that were asked for cosigned.
func (v *verification) openWitnesses() {
	for _, w := range v.o.Witnesses {
		c, at, ok := openCosigned(v.fsys, w, v.o.Verifiers, v.head.Origin, v.find)
		if ok {
			empty := c.Tree.N == 0 && c.Tree.Hash == merkle(nil)
			v.marks = append(v.marks, mark{Witnessed{w.Name(), c.Tree.N, at}, c.Tree.Hash, w.CosignedPath(), empty})
		}
	}
}

// grow adds a leaf hash and looks whether the tree is now one of the earlier ones.
func (v *verification) grow(h tlog.Hash) error {
	if err := v.tree.add(h); err != nil {
		return err
	}
	if v.prev != nil && v.tree.size == v.prev.Tree.N {
		v.prevOK = v.tree.root() == v.prev.Tree.Hash
	}
	for i := range v.marks {
		if m := &v.marks[i]; v.tree.size == m.Size {
			m.ok = v.tree.root() == m.root
		}
	}
	return nil
}

// conclude judges the differences now that the root is known, and orders the findings.
func (v *verification) conclude() {
	rootOK := v.tree.root() == v.head.Tree.Hash
	for _, d := range v.differ {
		span := fmt.Sprintf("entries %s to %s", group(d.index+1), group(d.index+1<<(TileHeight*d.level)))
		switch {
		case rootOK && d.level == 0:
			v.find(TileAltered, d.path, d.index, d.path+" does not hold the hash of "+ordinal(d.index, v.head.Tree.N))
		case rootOK:
			v.find(TileAltered, d.path, d.index, d.path+" does not hold the hash of "+span)
		case d.level == 0:
			path := EntriesPath(d.index/TileWidth, TileWidth)
			v.find(EntryAltered, path, d.index, ordinal(d.index, v.head.Tree.N)+" does not match its hash")
		case !d.caused:
			v.find(EntriesReplaced, d.path, d.index, span+" do not match the hash over them in "+d.path)
		}
	}
	if len(v.report.Findings) == 0 {
		for _, i := range v.invalid {
			v.find(EntryInvalid, EntriesPath(i/TileWidth, TileWidth), i, ordinal(i, v.head.Tree.N)+" is not a valid entry")
		}
		if !rootOK {
			v.find(RootDiffers, CheckpointPath, -1, "the entries give another root than the signed checkpoint")
		}
	}
	v.concludePrevious()
	v.report.finish()
}

func (v *verification) concludePrevious() {
	for _, m := range v.marks {
		switch {
		case m.Size > v.head.Tree.N:
			v.find(LogShrunk, m.path, -1, fmt.Sprintf("the log has %s entries, witness %s cosigned %s", group(v.head.Tree.N), m.Name, group(m.Size)))
		case m.ok:
			v.report.Witnessed = append(v.report.Witnessed, m.Witnessed)
		case v.report.OK(): // what is wrong already would only show again
			v.find(LogForked, m.path, -1, fmt.Sprintf("the first %s entries are not those that witness %s cosigned", group(m.Size), m.Name))
		}
	}
	switch {
	case v.prev == nil:
	case v.prev.Tree.N > v.head.Tree.N:
		v.find(LogShrunk, CheckpointPath, -1, fmt.Sprintf("the log has %s entries, the earlier checkpoint had %s",
			group(v.head.Tree.N), group(v.prev.Tree.N)))
	case !v.report.OK(): // what is wrong already would only show again
	case !v.prevOK:
		v.find(LogForked, CheckpointPath, -1, fmt.Sprintf("the first %s entries are not those of the earlier checkpoint",
			group(v.prev.Tree.N)))
	default:
		v.report.Previous = v.prev.Tree.N
	}
}

// readFile reads a whole file of at most limit bytes.
func readFile(fsys fs.FS, path string, limit int64) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: longer than %d bytes", path, limit)
	}
	return data, nil
}
