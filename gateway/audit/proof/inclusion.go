// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrInclusion is wrapped by every error about a proof of inclusion.
var ErrInclusion = errors.New("proof of inclusion not accepted")

const inclusionHeader = "c2sp.org/tlog-proof@v1"

// maxInclusion bounds a proof in bytes: at most 63 hashes and a checkpoint.
const maxInclusion = maxCheckpoint + 8<<10

// Inclusion says that one entry is in the tree of one checkpoint. Its text form is C2SP tlog-proof, without extra data.
type Inclusion struct {
	Index      int64            // of the entry, from 0
	Path       tlog.RecordProof // from the leaf's sibling up to the root's child
	Checkpoint []byte           // the signed checkpoint as published
}

// Text writes the proof in the C2SP tlog-proof form.
func (p Inclusion) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nindex %d\n", inclusionHeader, p.Index)
	for _, h := range p.Path {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.String()
}

// ParseInclusion reads the text form; only what [Inclusion.Text] writes is accepted. The checkpoint is not opened.
func ParseInclusion(text string) (Inclusion, error) {
	if len(text) > maxInclusion {
		return Inclusion{}, fmt.Errorf("%w: too long", ErrInclusion)
	}
	head, checkpoint, ok := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != inclusionHeader {
		return Inclusion{}, fmt.Errorf("%w: not a tlog-proof", ErrInclusion)
	}
	digits, ok := strings.CutPrefix(lines[1], "index ")
	index, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || index < 0 {
		return Inclusion{}, fmt.Errorf("%w: bad index", ErrInclusion)
	}
	p := Inclusion{Index: index, Checkpoint: []byte(checkpoint)}
	for _, line := range lines[2:] {
		h, err := parseHash(line)
		if err != nil {
			return Inclusion{}, fmt.Errorf("%w: bad hash", ErrInclusion)
		}
		p.Path = append(p.Path, h)
	}
	if len(p.Path) > 63 || p.Text() != text {
		return Inclusion{}, fmt.Errorf("%w: not in the canonical form", ErrInclusion)
	}
	return p, nil
}

// Verify opens the checkpoint with the accepted keys and checks that the leaf is in its tree at the index.
func (p Inclusion) Verify(leaf []byte, known note.Verifiers) (Checkpoint, error) {
	c, err := OpenCheckpoint(p.Checkpoint, known)
	if err != nil {
		return Checkpoint{}, err
	}
	if p.Index >= c.Tree.N {
		return Checkpoint{}, fmt.Errorf("%w: index outside the tree", ErrInclusion)
	}
	if err := tlog.CheckRecord(p.Path, c.Tree.N, c.Tree.Hash, p.Index, LeafHash(leaf)); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the entry is not in the tree at this index", ErrInclusion)
	}
	return c, nil
}
