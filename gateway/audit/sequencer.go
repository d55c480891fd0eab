// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// batchRows is how many rows at most go under one checkpoint; a multiple of the tile width, so that a long
// catch-up writes full tiles only.
const batchRows = 16 * proof.TileWidth

// Config is what a [Sequencer] needs. All but Verifiers must be there.
type Config struct {
	Rows   Rows
	Tiles  Tiles
	Heads  Heads
	Signer note.Signer // signs checkpoints; its name is the origin
	Origin string      // first line of every checkpoint; never changes during the life of a log
	// Verifiers are the keys that earlier checkpoints may be signed with; needed after a change of key, and must hold the
	// signer's key too. When nil, the signer must be a note.Verifier itself, as that of [NewNoteSigner] is.
	Verifiers note.Verifiers
}

// Sequencer takes rows into the tree, in order, and signs checkpoints. Its methods may be called at the same time; several
// sequencers on one log do no harm, because rows are ordered already and heads only grow, but one is enough.
type Sequencer struct {
	c  Config
	mu sync.Mutex // one Integrate at a time
}

// NewSequencer checks the parts; it reads and writes nothing.
func NewSequencer(c Config) (*Sequencer, error) {
	if c.Rows == nil || c.Tiles == nil || c.Heads == nil || c.Signer == nil {
		return nil, errors.New("audit: sequencer needs rows, tiles, heads and a signer")
	}
	if c.Origin == "" || c.Origin != c.Signer.Name() {
		return nil, errors.New("audit: the signer must be named as the origin of the log")
	}
	if c.Verifiers == nil {
		v, ok := c.Signer.(note.Verifier)
		if !ok {
			return nil, errors.New("audit: sequencer needs the verifiers of earlier checkpoints")
		}
		c.Verifiers = note.VerifierList(v)
	}
	if _, err := c.Verifiers.Verifier(c.Signer.Name(), c.Signer.KeyHash()); err != nil {
		return nil, errors.New("audit: the signer's own key is not among the verifiers")
	}
	return &Sequencer{c: c}, nil
}

// head is a signed checkpoint, opened; the zero head is that of an empty log.
type head struct {
	tree tlog.Tree
	note []byte
}

// Integrate takes all new rows into the tree and gives the size of the published log. For every batch it writes bundles and
// tiles, then puts the head, then writes the checkpoint: whatever is interrupted is done again from the last head by the next
// call, and gives the same tree.
//
// It fails with [ErrFork] when rows or tiles contradict a checkpoint that was signed, and signs nothing then; with
// [ErrHeadMoved] when another sequencer was first; with [ErrEntry] when a row is not an entry. Other errors are those of the
// ports; the size then counts what is under the last head.
func (s *Sequencer) Integrate(ctx context.Context) (size int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.resume(ctx)
	if err != nil {
		return h.tree.N, err
	}
	for {
		e, err := s.edge(ctx, h)
		if err != nil {
			return h.tree.N, err
		}
		limit := batchRows - int(h.tree.N%proof.TileWidth)
		rows, err := s.c.Rows.Leaves(ctx, h.tree.N, limit)
		if err != nil {
			return h.tree.N, fmt.Errorf("audit: read rows: %w", err)
		}
		if len(rows) == 0 {
			return h.tree.N, nil
		}
		next, err := s.publish(ctx, e, rows)
		if err != nil {
			return h.tree.N, err
		}
		if h = next; len(rows) < limit {
			return h.tree.N, nil
		}
	}
}

// Check finds what Integrate would refuse to go on from, and writes nothing: rows, tiles, head and checkpoint must be of one
// history. It fails as Integrate does. Called at the start of every node.
func (s *Sequencer) Check(ctx context.Context) error {
	h, _, err := s.compare(ctx)
	if err != nil {
		return err
	}
	_, err = s.edge(ctx, h)
	return err
}

// resume finds the last head and brings the checkpoint file up to it.
func (s *Sequencer) resume(ctx context.Context) (head, error) {
	last, settled, err := s.compare(ctx)
	if err != nil || settled {
		return last, err
	}
	return last, s.writeCheckpoint(ctx, last)
}

// compare finds the last head and holds the checkpoint file to it; settled says that they are the same.
func (s *Sequencer) compare(ctx context.Context) (last head, settled bool, err error) {
	// The file is read before the head: another sequencer may move both between, and the head is put first.
	var published head
	data, err := s.c.Tiles.Read(ctx, proof.CheckpointPath)
	switch {
	case err == nil:
		if published, err = s.open(data); err != nil {
			return head{}, false, fmt.Errorf("%w: checkpoint file: %w", ErrFork, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return head{}, false, fmt.Errorf("audit: read checkpoint: %w", err)
	}
	if last, err = s.last(ctx); err != nil {
		return head{}, false, err
	}
	switch {
	case published.tree.N > last.tree.N:
		return last, false, fmt.Errorf("%w: %d entries are published and the truth store knows of %d", ErrFork, published.tree.N, last.tree.N)
	case published.tree.N == last.tree.N && published.tree.Hash != last.tree.Hash:
		return last, false, fmt.Errorf("%w: the published checkpoint has another root", ErrFork)
	}
	return last, bytes.Equal(published.note, last.note), nil
}

// last reads the last head.
func (s *Sequencer) last(ctx context.Context) (head, error) {
	size, text, err := s.c.Heads.LastHead(ctx)
	if err != nil {
		return head{}, fmt.Errorf("audit: read last head: %w", err)
	}
	if size == 0 && len(text) == 0 {
		return head{}, nil
	}
	h, err := s.open(text)
	if err != nil {
		return head{}, fmt.Errorf("%w: last head: %w", ErrFork, err)
	}
	if h.tree.N != size {
		return head{}, fmt.Errorf("%w: last head is not of its size", ErrFork)
	}
	return h, nil
}

// open checks a checkpoint that this log must have signed.
func (s *Sequencer) open(text []byte) (head, error) {
	c, err := proof.OpenCheckpoint(text, s.c.Verifiers)
	if err != nil {
		return head{}, err
	}
	if c.Origin != s.c.Origin {
		return head{}, errors.New("of another log")
	}
	return head{tree: c.Tree, note: text}, nil
}

// publish adds rows to the tree: files, head, checkpoint, in that order.
func (s *Sequencer) publish(ctx context.Context, e *edge, rows [][]byte) (head, error) {
	tree, files, err := e.grow(rows)
	if err != nil {
		return head{}, err
	}
	c := proof.Checkpoint{Origin: s.c.Origin, Tree: tree}
	text, err := note.Sign(&note.Note{Text: c.Text()}, s.c.Signer)
	if err != nil {
		return head{}, fmt.Errorf("audit: sign checkpoint: %w", err)
	}
	next := head{tree: tree, note: text}
	if err := s.c.Tiles.Write(ctx, files); err != nil {
		return head{}, fmt.Errorf("audit: write tiles: %w", err)
	}
	if err := s.c.Heads.PutHead(ctx, tree.N, text); err != nil {
		return head{}, fmt.Errorf("audit: put head: %w", err)
	}
	return next, s.writeCheckpoint(ctx, next)
}

func (s *Sequencer) writeCheckpoint(ctx context.Context, h head) error {
	if err := s.c.Tiles.Write(ctx, []File{{proof.CheckpointPath, h.note}}); err != nil {
		return fmt.Errorf("audit: write checkpoint: %w", err)
	}
	return nil
}

// Prove gives the proof of inclusion of an entry under the last head, as C2SP tlog-proof text, and the entry's leaf. Index
// counts from 0: row number less one. It fails with [ErrNotYetPublished] for an entry after the last head, and with [ErrFork]
// when the row is not the entry that the tree holds.
func (s *Sequencer) Prove(ctx context.Context, index int64) (proofText []byte, leaf []byte, err error) {
	if index < 0 {
		return nil, nil, errors.New("audit: no entry has a negative index")
	}
	h, err := s.last(ctx)
	if err != nil {
		return nil, nil, err
	}
	if index >= h.tree.N {
		return nil, nil, ErrNotYetPublished
	}
	path, err := tlog.ProveRecord(h.tree.N, index, s.hashes(ctx, h.tree))
	if err != nil {
		return nil, nil, fmt.Errorf("audit: prove: %w", err)
	}
	rows, err := s.c.Rows.Leaves(ctx, index, 1)
	if err != nil {
		return nil, nil, fmt.Errorf("audit: read row: %w", err)
	}
	if len(rows) != 1 || tlog.CheckRecord(path, h.tree.N, h.tree.Hash, index, proof.LeafHash(rows[0])) != nil {
		return nil, nil, fmt.Errorf("%w: row %d is not the entry in the tree", ErrFork, index+1)
	}
	p := proof.Inclusion{Index: index, Path: path, Checkpoint: h.note}
	return []byte(p.Text()), rows[0], nil
}

// Evidence makes the evidence document of a receipt whose entry is in the row (from 1). Before publication it is a pending one.
func (s *Sequencer) Evidence(ctx context.Context, receipt string, row int64) (proof.Evidence, error) {
	text, leaf, err := s.Prove(ctx, row-1)
	if errors.Is(err, ErrNotYetPublished) {
		return proof.NewEvidence(receipt, nil, ""), nil
	}
	if err != nil {
		return proof.Evidence{}, err
	}
	return proof.NewEvidence(receipt, leaf, string(text)), nil
}
