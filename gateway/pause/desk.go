// SPDX-License-Identifier: EUPL-1.2

// Package pause is the life of a pause of collection after it began: it is
// prolonged, ended, corrected, contested, upheld, passed on with its claim, or
// runs to its date. Every step is a signed message or the passing of a date,
// has a number, and is told to whoever must act on it (invariant I9).
//
// It never begins a pause: gateway/feedback does, when help is accepted. It
// holds no rule about who may report what. Called by the doors, and by
// gateway/clocks when a date has passed.
package pause

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/commit"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// Submission is a change as a door received it.
type Submission struct {
	Peer  gateway.Peer
	Pause gateway.PauseID
	ID    gateway.ChangeID
	Token []byte
	At    time.Time
	Trace gateway.Trace
}

// Answer is what one change gets: a receipt, or the reasons why not.
type Answer struct {
	Receipt  gateway.Compact
	Replayed bool
	Err      *gateway.Error
}

// Ports is everything outside that the desk needs. All are required.
type Ports struct {
	Issuer   gateway.OIN
	Verifier Verifier
	Receipts Signer
	Notices  Notifier
	Parties  Parties
	Store    Store
	Bell     Bell
	Clock    gateway.Clock
}

// Desk takes changes of pauses. Safe for concurrent use.
type Desk struct {
	ports  Ports
	commit *commit.Group[work, Answer]
}

// NewDesk makes a Desk over its ports.
func NewDesk(p Ports) *Desk {
	d := &Desk{ports: p}
	d.commit = commit.NewGroup(64, d.write)
	return d
}

// work is one change on its way into the commit, or only an act to write into
// the log.
type work struct {
	from   Submission
	digest gateway.Digest
	change Change
	taker  gateway.Party
	unread *gateway.Error // the letter itself is refused
	err    *gateway.Error // the message is wrong in itself
}

// Accept takes a batch of changes and answers each at its own place, under the
// same promises as for reports: a receipt is durable, the same question gets
// the same answer, a refusal leaves only codes and a digest.
func (d *Desk) Accept(ctx context.Context, batch []Submission) ([]Answer, error) {
	letters := make([]intake.Letter, len(batch))
	for i, s := range batch {
		letters[i] = intake.Letter{Peer: s.Peer, At: s.At, Token: s.Token}
	}
	works := make([]work, len(batch))
	for i, c := range d.ports.Verifier.Verify(ctx, letters) {
		w := work{from: batch[i], digest: gateway.DigestOf(batch[i].Token), unread: c.Err}
		if c.Err == nil {
			w.digest = gateway.DigestOf(c.Payload)
			if err := d.read(ctx, &w, c.Payload); err != nil {
				return nil, err
			}
		}
		works[i] = w
	}
	return d.commit.Do(ctx, works...)
}

// read reads the message. What is wrong with it counts only when it is no
// repetition: the first answer stands (invariant I3).
func (d *Desk) read(ctx context.Context, w *work, payload []byte) error {
	c, findings := intake.ReadDocument(payload, fields)
	if c.ID != "" && c.ID != w.from.ID {
		findings = append(findings, intake.NewFinding(gateway.CodeIDMismatch, "/wijzigingId"))
	}
	if c.PauseID != "" && c.PauseID != w.from.Pause {
		findings = append(findings, intake.NewFinding(gateway.CodeIDMismatch, "/pauzeId"))
	}
	if c.Kind != "" && !w.from.Peer.Is(c.Kind.of()) {
		findings = append(findings, misfit(gateway.CodeNotYourChange, "/soort", "Deze soort wijziging is niet aan deze partij."))
	}
	if len(findings) > 0 {
		w.err = gateway.Refuse(gateway.KindInvalid, findings...)
		return nil
	}
	w.change = c
	if c.Taker == "" {
		return nil
	}
	taker, known, err := d.ports.Parties.Party(ctx, c.Taker)
	if err != nil {
		return err
	}
	if !known || taker.Kind != gateway.KindCreditor || taker.State != gateway.PartyActive || taker.OIN == w.from.Peer.OIN() {
		w.err = gateway.Refuse(gateway.KindRefused, finding(gateway.CodeTakerUnknown, "/overnemer",
			"De overnemer is geen aangesloten meldende partij; de pauze blijft bij u gelden."))
	}
	w.taker = taker
	return nil
}

func (w *work) key() Key { return Key{w.from.Peer.OIN(), w.from.ID} }

// write is the one transaction of many changes.
func (d *Desk) write(ctx context.Context, works []work) ([]Answer, error) {
	var answers []Answer
	var ring []gateway.OIN
	err := d.ports.Store.Write(ctx, func(tx Tx) error {
		// The day of a change is that of its transaction, not of its first byte:
		// what began before midnight cannot end a pause behind a statement that was
		// given after it.
		works, now := slices.Clone(works), d.ports.Clock()
		for i := range works {
			works[i].from.At = now
		}
		r, err := newRound(tx, works)
		if err != nil {
			return err
		}
		r.judge(works)
		if err := d.sign(ctx, r, works); err != nil {
			return err
		}
		entries, err := r.entries(works)
		if err != nil {
			return err
		}
		if _, err := tx.Append(entries); err != nil {
			return err
		}
		answers, ring = r.answers, rung(r.changes)
		return tx.Change(r.changes)
	})
	if err != nil {
		return nil, err
	}
	d.ports.Bell.Ring(ring...)
	return answers, nil
}

// sign makes the receipts and notices of a round, each kind in one call.
func (d *Desk) sign(ctx context.Context, r *round, works []work) error {
	statements := make([]gateway.Statement, len(r.changes))
	var all []gateway.NoticeDraft
	ends := make([]int, len(r.changes))
	for i, c := range r.changes {
		w := works[r.owners[i]]
		receipt := gateway.Receipt{Issuer: d.ports.Issuer, Audience: w.from.Peer.OIN(), ID: gateway.NewUUID(w.from.At, nil),
			About: "pauzewijziging", PauseID: w.from.Pause, ChangeID: w.from.ID, ReceivedAt: w.from.At.UTC(), Digest: w.digest,
			Status: "geaccepteerd", Trace: w.from.Trace, Pauses: []gateway.GivenPause{c.After.Pause.Given("")}}
		payload, err := json.Marshal(receipt)
		if err != nil {
			return fmt.Errorf("pause receipt: %T", err)
		}
		statements[i] = gateway.Statement{Type: gateway.TypeChangeReceipt, Algorithm: w.from.Peer.Party().ReceiptAlg, Payload: payload}
		all = append(all, drafts(d.ports.Issuer, c.Step.Kind, c.Step.Reason, r.before[i], c.After, w.from.At)...)
		ends[i] = len(all)
	}
	if len(r.changes) == 0 {
		return nil
	}
	receipts, err := d.ports.Receipts.Sign(ctx, statements)
	if err != nil {
		return err
	}
	notices, err := d.ports.Notices.Prepare(ctx, all)
	if err != nil {
		return err
	}
	start := 0
	for i := range r.changes {
		r.close(i, receipts[i], notices[start:ends[i]])
		start = ends[i]
	}
	return nil
}

func rung(changes []Changed) []gateway.OIN {
	var parties []gateway.OIN
	for _, c := range changes {
		for _, n := range c.Notices {
			parties = append(parties, n.To)
		}
	}
	return parties
}

func unknown() *gateway.Error {
	return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownPause,
		Rule: "Seinhuis formats", Text: "Deze pauze is niet bekend."})
}

func (r Record) answers(w work) Answer {
	if r.Digest != w.digest || r.Pause != w.from.Pause {
		return Answer{Err: gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict,
			Pointer: "/wijzigingId", Rule: "Seinhuis formats", Text: "Onder dit id is al andere inhoud ontvangen; gebruik een nieuw id."})}
	}
	return Answer{Receipt: r.Receipt, Replayed: true}
}
