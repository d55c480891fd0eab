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

// ErrCheckpoint is wrapped by every error about a checkpoint: its form, its signature or its origin.
var ErrCheckpoint = errors.New("checkpoint not accepted")

// maxCheckpoint bounds a checkpoint with its signatures, in bytes.
const maxCheckpoint = 64 << 10

// Checkpoint is a tree head: which log, how many entries, which root.
type Checkpoint struct {
	Origin string
	Tree   tlog.Tree
}

// Text is the text that is signed: origin, size and root, each on its line.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Tree.N, base64.StdEncoding.EncodeToString(c.Tree.Hash[:]))
}

// Verifiers makes a list of accepted keys from verifier key strings (name+hash+key). One bad or doubled key fails all.
func Verifiers(keys ...string) (note.Verifiers, error) {
	var list []note.Verifier
	seen := map[string]bool{}
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return nil, fmt.Errorf("verifier key: %w", err)
		}
		if id := fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash()); !seen[id] {
			seen[id] = true
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no verifier key given")
	}
	return note.VerifierList(list...), nil
}

// OpenCheckpoint checks a signed checkpoint against the accepted keys. The signature must be by a key named as the
// origin. Signatures by unknown keys (witnesses) are passed over; a bad signature by a known key fails.
func OpenCheckpoint(msg []byte, known note.Verifiers) (Checkpoint, error) {
	if len(msg) > maxCheckpoint {
		return Checkpoint{}, fmt.Errorf("%w: too long", ErrCheckpoint)
	}
	n, err := note.Open(msg, known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	signed := false
	for _, s := range n.Sigs {
		signed = signed || s.Name == c.Origin
	}
	if !signed {
		return Checkpoint{}, fmt.Errorf("%w: not signed in the name of its origin", ErrCheckpoint)
	}
	// The note format tolerates spare bits in base64; a file that differs by a byte must not pass as the same.
	for _, s := range append(n.Sigs, n.UnverifiedSigs...) {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("%w: signature is not canonical base64", ErrCheckpoint)
		}
	}
	return c, nil
}

// parseCheckpoint reads the text of a checkpoint. Extension lines are refused: this log makes none.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("%w: wants three lines", ErrCheckpoint)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, fmt.Errorf("%w: bad tree size", ErrCheckpoint)
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: bad root hash", ErrCheckpoint)
	}
	c := Checkpoint{Origin: lines[0], Tree: tlog.Tree{N: size, Hash: root}}
	if c.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: not in the canonical form", ErrCheckpoint)
	}
	return c, nil
}

// parseHash reads one SHA-256 in canonical base64.
func parseHash(s string) (tlog.Hash, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tlog.HashSize || len(s) != 44 {
		return tlog.Hash{}, errors.New("not a base64 SHA-256")
	}
	return tlog.Hash(b), nil
}
