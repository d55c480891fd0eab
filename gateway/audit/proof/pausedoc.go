// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// ErrPause is wrapped by every error about documents of a pause: one that is not signed by the gateway for that use, that says
// what no pause can be, or that contradicts another. The text names fields, never values.
var ErrPause = errors.New("document of a pause not accepted")

// The documents that tell of a pause, by the typ in their header.
const (
	typeNotice          = "bericht+jwt"
	typeFeedbackReceipt = "terugkoppelingsbewijs+jwt"
	typeChangeReceipt   = "wijzigingsbewijs+jwt"
	typePauseStatement  = "pauzeverklaring+jwt"
)

// purposes that a key is bound to in the published set (doel).
const (
	purposeReceipt = "receipt-signing"
	purposeNotice  = "notice-signing"
)

const (
	clockSkew = 5 * time.Minute // between the clocks of the gateway's machines
	maxHeader = 4 << 10         // bytes, encoded
	maxSteps  = 1000            // in the life of one pause
	maxPauses = 51              // that one feedback begins
)

// PauseDocument is one verified document of the gateway about one or more pauses. Made by [KeySet.OpenPauseDocument].
type PauseDocument struct {
	issuer, audience     string
	municipality, report string // when the document says
	at                   time.Time
	views                []pauseView
}

// pauseView is what a document says of one pause.
type pauseView struct {
	pause, signal string
	steps         []PauseStep // in order
	last          int         // number of the last step at the moment of the document
}

// PauseStep is one step in the life of a pause: what was said, when, and from when to when the pause holds since.
type PauseStep struct {
	Number int       `json:"volgnummer"`
	Kind   string    `json:"soort,omitzero"` // empty when only a receipt of the change is there
	By     string    `json:"door,omitzero"`  // OIN of who signed the message behind it
	At     time.Time `json:"op"`             // zero in a document that only repeats the step
	From   string    `json:"ingangsdatum"`
	Until  string    `json:"einddatum"`
	Review string    `json:"toetsdatum,omitzero"`
	Digest string    `json:"sha256,omitzero"` // of that message
	// What the creditor confirmed of the step, as a statement tells it.
	ReceivedAt time.Time `json:"ontvangenOp,omitzero"`
	AppliedAt  time.Time `json:"toegepastOp,omitzero"`
}

// OpenPauseDocument checks one document about a pause and reads it: a statement (pauzeverklaring), a notice (bericht) with a pause, or the
// receipt of a change (wijzigingsbewijs) or of feedback (terugkoppelingsbewijs) with pauses. Beyond what [KeySet.Open] checks, the
// header holds alg, kid and typ alone, the key is bound to the use that fits the type and was in use at the moment
// that the document names, and the claims are a closed set. Everything else is refused with [ErrPause] or [ErrReceipt].
func (s KeySet) OpenPauseDocument(jws string) (PauseDocument, error) {
	typ, err := pauseType(jws)
	if err != nil {
		return PauseDocument{}, err
	}
	r, err := s.Open(jws)
	if err != nil {
		return PauseDocument{}, err
	}
	key := s.keys[r.KeyID]
	if key.purpose != purposeOf(typ) {
		return PauseDocument{}, fmt.Errorf("%w: its key is not bound to %s", ErrPause, purposeOf(typ))
	}
	d, err := readPause(typ, r.Payload)
	if err != nil {
		return PauseDocument{}, err
	}
	if !key.usedAt(d.at) {
		return PauseDocument{}, fmt.Errorf("%w: its key was not in use at the moment that it names", ErrPause)
	}
	return d, nil
}

func purposeOf(typ string) string {
	if typ == typeNotice {
		return purposeNotice
	}
	return purposeReceipt
}

// pauseType reads typ from a header that holds alg, kid and typ and nothing else.
func pauseType(jws string) (string, error) {
	var h struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
		Type      string `json:"typ"`
	}
	head, _, _ := strings.Cut(jws[:min(len(jws), maxHeader)], ".")
	raw, err := decode64(head)
	if err != nil || json.Unmarshal(raw, &h, json.RejectUnknownMembers(true)) != nil {
		return "", fmt.Errorf("%w: bad header", ErrPause)
	}
	switch h.Type {
	case typeNotice, typeFeedbackReceipt, typeChangeReceipt, typePauseStatement:
		return h.Type, nil
	}
	return "", fmt.Errorf("%w: typ is of no document about a pause", ErrPause)
}

func readPause(typ string, payload []byte) (PauseDocument, error) {
	switch typ {
	case typePauseStatement:
		return readClaims(payload, statementClaims.document)
	case typeNotice:
		return readClaims(payload, noticeClaims.document)
	case typeChangeReceipt:
		return readClaims(payload, receiptClaims.ofChange)
	}
	return readClaims(payload, receiptClaims.ofFeedback)
}

// readClaims decodes a closed set of claims. The decoder's own error may quote what it read, so it is not passed on.
func readClaims[C any](payload []byte, document func(C) (PauseDocument, error)) (PauseDocument, error) {
	var c C
	if json.Unmarshal(payload, &c, json.RejectUnknownMembers(true)) != nil {
		return PauseDocument{}, fmt.Errorf("%w: the claims are not those of its typ", ErrPause)
	}
	return document(c)
}
