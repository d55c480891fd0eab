// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// maxBundleFindings bounds what the report on a bundle names one by one.
const maxBundleFindings = 1000

// linesAtOnce is how many lines one worker takes: some tiles' worth.
const linesAtOnce = 4 * TileWidth

// VerifyBundle verifies a bundle of proof: the checkpoint's signature, every tile that is used against its root, the hash of
// every line at its place in the tree, that the lines are those that the list of numbers names, each once and in order, and
// that an earlier checkpoint (of the reader, and the one in the bundle) is a beginning of the same log.
//
// It does not and cannot show that no other entry of the log met the filter: that is in the log's own entry about the making of the bundle,
// and in the whole log. Memory is bounded whatever the number of lines. Options.First does not count here; Each may be called
// by several goroutines at once, and in no order.
//
// The report names each entry that is wrong, up to a thousand. An error means that the verification could not be done.
func VerifyBundle(ctx context.Context, fsys fs.FS, o Options) (Report, error) {
	b := &bundleCheck{fsys: fsys, o: o, seen: map[Finding]bool{}, report: Report{Previous: -1}}
	msg, err := readFile(fsys, CheckpointPath, maxCheckpoint)
	if err != nil {
		return Report{}, fmt.Errorf("read checkpoint: %w", err)
	}
	b.head, err = OpenCheckpoint(msg, o.Verifiers)
	if err == nil && o.Origin != "" && b.head.Origin != o.Origin {
		err = fmt.Errorf("%w: of another log", ErrCheckpoint)
	}
	if err != nil {
		b.find(CheckpointRefused, CheckpointPath, -1, err.Error())
		return b.done(), nil
	}
	b.report.Origin, b.report.Size = b.head.Origin, b.head.Tree.N
	b.report.Root = base64.StdEncoding.EncodeToString(b.head.Tree.Hash[:])
	earlier, err := b.earlier()
	if err != nil {
		return Report{}, err
	}
	var ok bool
	if b.tree, ok = newSubtree(fsys, b.head.Tree, b.find); !ok {
		return b.done(), nil
	}
	b.extends(earlier)
	if err := b.lines(ctx); err != nil {
		return Report{}, err
	}
	b.report.Tiles = b.tree.read
	return b.done(), nil
}

// bundleCheck is one run of VerifyBundle.
type bundleCheck struct {
	fsys fs.FS
	o    Options
	head Checkpoint
	tree *subtree

	mu     sync.Mutex // guards the rest
	seen   map[Finding]bool
	report Report
}

// find is called by several goroutines; two that meet the same tile say the same once.
func (b *bundleCheck) find(code FindingCode, path string, index int64, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := Finding{code, path, index, text}
	switch {
	case b.seen[f]:
	case len(b.report.Findings) >= maxBundleFindings:
		b.report.More++
	default:
		b.seen[f] = true
		b.report.Findings = append(b.report.Findings, f)
	}
}

func (b *bundleCheck) done() Report {
	sortFindings(b.report.Findings)
	if b.report.Findings == nil {
		b.report.Findings = []Finding{}
	}
	return b.report
}

// named is an earlier checkpoint and where it came from.
type named struct {
	Checkpoint
	path    string // empty: of the reader
	words   string
	witness *Witnessed // who cosigned it; nil: nobody
}

// earlier opens the earlier checkpoints. One of the reader that does not open is an error, one of the bundle a finding.
func (b *bundleCheck) earlier() (list []named, err error) {
	if b.o.Previous != nil {
		c, err := OpenCheckpoint(b.o.Previous, b.o.Verifiers)
		if err == nil && c.Origin != b.head.Origin {
			err = fmt.Errorf("%w: of another log", ErrCheckpoint)
		}
		if err != nil {
			return nil, fmt.Errorf("earlier checkpoint: %w", err)
		}
		list = append(list, named{c, "", "the earlier checkpoint", nil})
	}
	for _, w := range b.o.Witnesses {
		if c, at, ok := openCosigned(b.fsys, w, b.o.Verifiers, b.head.Origin, b.find); ok {
			list = append(list, named{c, w.CosignedPath(), "what witness " + w.Name() + " cosigned", &Witnessed{w.Name(), c.Tree.N, at}})
		}
	}
	msg, err := readFile(b.fsys, EarlierPath, maxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	c, broken := Checkpoint{}, err
	if err == nil {
		c, broken = OpenCheckpoint(msg, b.o.Verifiers)
	}
	if broken == nil && c.Origin != b.head.Origin {
		broken = fmt.Errorf("%w: of another log", ErrCheckpoint)
	}
	if broken != nil {
		b.find(CheckpointRefused, EarlierPath, -1, EarlierPath+": "+broken.Error())
		return list, nil
	}
	return append(list, named{c, EarlierPath, EarlierPath, nil}), nil
}

// extends looks whether earlier checkpoints are beginnings of this tree. Previous of the report is that of the reader, or of the
// bundle when he gave none.
func (b *bundleCheck) extends(list []named) {
	for _, c := range slices.Backward(list) {
		if c.Tree.N > b.head.Tree.N {
			b.find(LogShrunk, CheckpointPath, -1, fmt.Sprintf("the log has %s entries, %s had %s", group(b.head.Tree.N), c.words, group(c.Tree.N)))
			continue
		}
		switch root, err := b.tree.rootAt(c.Tree.N); {
		case err != nil:
			b.find(ConsistencyUnproven, c.path, -1, fmt.Sprintf("the bundle lacks what shows that it extends %s of %s entries", c.words, group(c.Tree.N)))
		case root != c.Tree.Hash:
			b.find(LogForked, CheckpointPath, -1, fmt.Sprintf("the first %s entries are not those of %s", group(c.Tree.N), c.words))
		case c.witness != nil:
			b.report.Witnessed = append(b.report.Witnessed, *c.witness)
		default:
			b.report.Previous = c.Tree.N
		}
	}
}

// numbered is a line that was cut.
type numbered struct {
	number int64
	leaf   []byte
}

// lines reads the lines in order and lets workers hash them.
func (b *bundleCheck) lines(ctx context.Context) error {
	work := make(chan []numbered)
	var failed error
	var once, group = sync.Once{}, sync.WaitGroup{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for some := range work {
				if err := b.hash(some); err != nil {
					once.Do(func() { failed = err })
				}
			}
		})
	}
	err := b.read(ctx, func(some []numbered) { work <- some })
	close(work)
	group.Wait()
	return errors.Join(err, failed)
}

// hash compares some lines, which are in order, with the tree.
func (b *bundleCheck) hash(some []numbered) error {
	var tile []tlog.Hash
	var err error
	at := int64(-1)
	for _, line := range some {
		index := line.number - 1
		if n := index / TileWidth; n != at {
			tile, err = b.tree.tile(0, n)
			at = n
		}
		switch {
		case err != nil:
			b.find(EntryUnproven, LinesPath, index, ordinal(index, b.head.Tree.N)+" cannot be proven: a tile above it is missing or wrong")
		case LeafHash(line.leaf) != tile[index%TileWidth]:
			b.find(EntryAltered, LinesPath, index, ordinal(index, b.head.Tree.N)+" does not match its hash")
		default:
			if _, err := Decode(line.leaf); err != nil {
				b.find(EntryInvalid, LinesPath, index, ordinal(index, b.head.Tree.N)+" is not a valid entry")
			}
		}
		if b.o.Each != nil {
			if err := b.o.Each(index, line.leaf); err != nil {
				return err
			}
		}
	}
	return nil
}

// read cuts the lines, holds them to the list of numbers, and gives them on.
func (b *bundleCheck) read(ctx context.Context, give func([]numbered)) error {
	list, err := b.openList()
	if err != nil {
		return err
	}
	defer list.close()
	f, err := b.fsys.Open(LinesPath)
	if err != nil {
		b.find(LineMissing, LinesPath, -1, LinesPath+" cannot be read")
		return nil
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, maxLine)
	some := make([]numbered, 0, linesAtOnce)
	last := int64(0)
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil {
			b.find(LineMalformed, LinesPath, last, fmt.Sprintf("%s cannot be read on after entry %s", LinesPath, group(last)))
			break
		}
		number, leaf, err := cutLine(bytes.Clone(line[:len(line)-1]))
		switch {
		case err != nil:
			b.find(LineMalformed, LinesPath, last, fmt.Sprintf("the line after entry %s is none of a bundle", group(last)))
		case number > b.head.Tree.N:
			b.find(LineUnlisted, LinesPath, number-1, fmt.Sprintf("entry %s is after the checkpoint", group(number)))
		case number == last:
			b.find(LineDoubled, LinesPath, number-1, fmt.Sprintf("entry %s is there twice", group(number)))
		case number < last:
			b.find(LineMisplaced, LinesPath, number-1, fmt.Sprintf("entry %s is not at its place", group(number)))
		default:
			list.through(number)
			last = number
		}
		if err != nil || number > b.head.Tree.N {
			continue
		}
		b.report.Entries++
		if some = append(some, numbered{number, leaf}); len(some) == linesAtOnce {
			give(some)
			some = make([]numbered, 0, linesAtOnce)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	give(some)
	list.end(b.report.Entries)
	return nil
}
