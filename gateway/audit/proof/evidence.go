// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
)

// Status of an evidence document.
const (
	StatusPublished = "gepubliceerd"  // the entry is under a checkpoint; leaf and proof are there
	StatusPending   = "in-afwachting" // the entry is committed and not yet under a checkpoint
)

var (
	// ErrEvidence is wrapped by every error about an evidence document other than those of its receipt and its proof.
	ErrEvidence = errors.New("evidence not accepted")
	// ErrPending says that the receipt is good and that its entry was not yet published: ask again later.
	ErrPending = errors.New("the entry of this receipt was not yet published")
)

// maxEvidence bounds an evidence document in bytes.
const maxEvidence = 1 << 20

// Evidence is the document that GET /v1/meldingen/{id}/bewijs gives: the receipt, and the entry of the log that recorded it
// with its proof of inclusion. It can be checked offline with the gateway's JWKS and the log's verifier key.
type Evidence struct {
	Receipt string `json:"ontvangstbewijs"`     // compact JWS
	Status  string `json:"status"`              // gepubliceerd, in-afwachting
	Leaf    string `json:"vermelding,omitzero"` // base64 of the leaf
	Proof   string `json:"bewijs,omitzero"`     // C2SP tlog-proof
}

// NewEvidence makes a document from a receipt and, once published, its leaf and proof text; a nil leaf means pending.
func NewEvidence(receipt string, leaf []byte, proofText string) Evidence {
	if leaf == nil {
		return Evidence{Receipt: receipt, Status: StatusPending}
	}
	return Evidence{receipt, StatusPublished, base64.StdEncoding.EncodeToString(leaf), proofText}
}

// Encode writes the document as JSON.
func (e Evidence) Encode() ([]byte, error) { return json.Marshal(e) }

// ParseEvidence reads a document; unknown and doubled fields are refused with [ErrEvidence].
func ParseEvidence(doc []byte) (Evidence, error) {
	var e Evidence
	if len(doc) > maxEvidence || json.Unmarshal(doc, &e, json.RejectUnknownMembers(true)) != nil {
		return Evidence{}, fmt.Errorf("%w: not an evidence document", ErrEvidence)
	}
	published := e.Status == StatusPublished && e.Leaf != "" && e.Proof != ""
	pending := e.Status == StatusPending && e.Leaf == "" && e.Proof == ""
	if e.Receipt == "" || !published && !pending {
		return Evidence{}, fmt.Errorf("%w: status and fields do not agree", ErrEvidence)
	}
	return e, nil
}

// Recorded is what an evidence document proves.
type Recorded struct {
	Receipt    Receipt
	Entry      Entry
	Index      int64 // of the entry, from 0
	Checkpoint Checkpoint
}

// Verify checks the whole chain: the receipt is signed by a key of the set, the entry names the receipt's digest, and the entry is
// in the log under a checkpoint signed by an accepted key. It returns [ErrPending], with the receipt, when the document
// was made before publication.
func (e Evidence) Verify(keys KeySet, known note.Verifiers) (Recorded, error) {
	r, err := keys.Open(e.Receipt)
	if err != nil {
		return Recorded{}, err
	}
	out := Recorded{Receipt: r}
	if e.Status == StatusPending {
		return out, ErrPending
	}
	leaf, err := base64.StdEncoding.Strict().DecodeString(e.Leaf)
	if err != nil {
		return out, fmt.Errorf("%w: vermelding is not base64", ErrEvidence)
	}
	if out.Entry, err = Decode(leaf); err != nil {
		return out, err
	}
	if out.Entry.Receipt != r.Digest {
		return out, fmt.Errorf("%w: the entry is about another receipt", ErrEvidence)
	}
	p, err := ParseInclusion(e.Proof)
	if err != nil {
		return out, err
	}
	out.Index = p.Index
	out.Checkpoint, err = p.Verify(leaf, known)
	return out, err
}
