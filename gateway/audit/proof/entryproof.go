// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"encoding/base64"
	"fmt"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
)

// EntryProofKind is the first field of every proof of one entry.
const EntryProofKind = "seinhuis-regelbewijs/1"

// EntryProof is one entry of the log with its proof, as an officer gets it: [Evidence] without a receipt. It can be checked
// offline with the log's verifier key alone.
type EntryProof struct {
	Kind  string `json:"soort"`      // EntryProofKind
	Leaf  string `json:"vermelding"` // base64 of the leaf
	Proof string `json:"bewijs"`     // C2SP tlog-proof
}

// NewEntryProof makes the document of a leaf and its proof text.
func NewEntryProof(leaf []byte, proofText string) EntryProof {
	return EntryProof{EntryProofKind, base64.StdEncoding.EncodeToString(leaf), proofText}
}

// Encode writes the document as JSON.
func (e EntryProof) Encode() ([]byte, error) { return json.Marshal(e) }

// ParseEntryProof reads a document; anything else is refused with [ErrEvidence].
func ParseEntryProof(doc []byte) (EntryProof, error) {
	var e EntryProof
	if len(doc) > maxEvidence || json.Unmarshal(doc, &e, json.RejectUnknownMembers(true)) != nil || e.Kind != EntryProofKind {
		return EntryProof{}, fmt.Errorf("%w: not a proof of one entry", ErrEvidence)
	}
	return e, nil
}

// Verify checks that the entry is in the log under a checkpoint signed by an accepted key. Receipt of the outcome is empty.
func (e EntryProof) Verify(known note.Verifiers) (Recorded, error) {
	leaf, err := base64.StdEncoding.Strict().DecodeString(e.Leaf)
	if err != nil {
		return Recorded{}, fmt.Errorf("%w: vermelding is not base64", ErrEvidence)
	}
	out := Recorded{}
	if out.Entry, err = Decode(leaf); err != nil {
		return Recorded{}, err
	}
	p, err := ParseInclusion(e.Proof)
	if err != nil {
		return Recorded{}, err
	}
	out.Index = p.Index
	out.Checkpoint, err = p.Verify(leaf, known)
	return out, err
}
