// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// cosigned is the signature type of C2SP tlog-cosignature, cosignature/v1 with Ed25519.
const cosigned = 0x04

// ErrWitness is wrapped by every error about the key or the cosignature of a witness.
var ErrWitness = errors.New("cosignature not accepted")

// Witness is the key of a witness: someone outside the gateway who signs, with the moment, that the log only grew since he looked
// before. It is a note.Verifier of C2SP tlog-cosignature. Made by [NewWitness] or [WitnessOf].
type Witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// NewWitness reads a verifier key of a witness: name, key id and base64 of the type (0x04) and the Ed25519 key, joined by plus signs.
func NewWitness(vkey string) (Witness, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != cosigned {
		return Witness{}, fmt.Errorf("%w: not the Ed25519 key of a witness", ErrWitness)
	}
	w, err := WitnessOf(name, raw[1:])
	if err == nil && fmt.Sprintf("%08x", w.hash) != id {
		err = fmt.Errorf("%w: the key id does not belong to the key", ErrWitness)
	}
	return w, err
}

// WitnessOf is the witness of a name and key. A name is not empty and holds no space and no plus.
func WitnessOf(name string, key ed25519.PublicKey) (Witness, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '+' || r > '~' }) {
		return Witness{}, fmt.Errorf("%w: bad name", ErrWitness)
	}
	sum := sha256.Sum256(append([]byte(name+"\n\x04"), key...))
	return Witness{name, binary.BigEndian.Uint32(sum[:4]), key}, nil
}

// String is the verifier key that NewWitness reads.
func (w Witness) String() string {
	return fmt.Sprintf("%s+%08x+%s", w.name, w.hash, base64.StdEncoding.EncodeToString(append([]byte{cosigned}, w.key...)))
}

// Name implements note.Verifier.
func (w Witness) Name() string { return w.name }

// KeyHash implements note.Verifier.
func (w Witness) KeyHash() uint32 { return w.hash }

// Verify implements note.Verifier: eight bytes of POSIX time, then the signature over [CosignedText].
func (w Witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at < 1<<63 && ed25519.Verify(w.key, CosignedText(int64(at), string(msg)), sig[8:])
}

// CosignedText is what a witness signs: a header, the moment in POSIX seconds, and the text of the checkpoint.
func CosignedText(at int64, checkpoint string) []byte {
	return []byte("cosignature/v1\ntime " + strconv.FormatInt(at, 10) + "\n" + checkpoint)
}

// Open checks a checkpoint that the log signed with one of its keys and this witness cosigned, and gives it with the moment of
// the cosignature.
func (w Witness) Open(msg []byte, known note.Verifiers) (Checkpoint, time.Time, error) {
	c, err := OpenCheckpoint(msg, known)
	if err != nil {
		return Checkpoint{}, time.Time{}, err
	}
	n, err := note.Open(msg, note.VerifierList(w))
	if err != nil {
		return Checkpoint{}, time.Time{}, fmt.Errorf("%w: %w", ErrWitness, err)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if err != nil || len(raw) < 12 {
		return Checkpoint{}, time.Time{}, fmt.Errorf("%w: not canonical base64", ErrWitness)
	}
	return c, time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), nil
}

// CosignedPath is where a bundle or an export holds the newest checkpoint that a witness cosigned, by the id of the key.
func (w Witness) CosignedPath() string { return fmt.Sprintf("getuige/%08x", w.hash) }

// Witnessed is what a witness vouches for: the log as it was then, which is a beginning of this one.
type Witnessed struct {
	Name string    `json:"name"`
	Size int64     `json:"size"`
	At   time.Time `json:"at"`
}

// openCosigned reads what a witness cosigned from a log or a bundle, and finds fault with it.
func openCosigned(fsys fs.FS, w Witness, known note.Verifiers, origin string, find func(FindingCode, string, int64, string)) (Checkpoint, time.Time, bool) {
	msg, err := readFile(fsys, w.CosignedPath(), maxCheckpoint)
	if err != nil {
		find(CosignatureRefused, w.CosignedPath(), -1, "there is no cosignature of witness "+w.name)
		return Checkpoint{}, time.Time{}, false
	}
	c, at, err := w.Open(msg, known)
	if err != nil || c.Origin != origin {
		find(CosignatureRefused, w.CosignedPath(), -1, "the cosignature of witness "+w.name+" does not verify")
		return Checkpoint{}, time.Time{}, false
	}
	return c, at, true
}
