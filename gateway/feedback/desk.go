// SPDX-License-Identifier: EUPL-1.2

// Package feedback takes in what municipalities sign about signals, and gives
// out to creditors what those may know of it: notices, and with accepted help
// the acknowledgement that pauses collection. It also keeps and gives out the
// notices that other packages make, to municipalities too.
//
// It never passes on a reason that the municipality must withhold, and one
// creditor never learns of another (invariant I8). Called by the doors; its
// Notices also serve gateway/journey.
package feedback

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/commit"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// Submission is feedback as a door received it.
type Submission struct {
	Peer   gateway.Peer
	Signal gateway.SignalID
	ID     gateway.FeedbackID
	Token  []byte
	At     time.Time
	Trace  gateway.Trace
}

// Answer is what one feedback gets: a receipt, or the reasons why not.
type Answer struct {
	Receipt  gateway.Compact
	Replayed bool
	Err      *gateway.Error
}

// Ports is everything outside that the desk needs.
type Ports struct {
	Issuer   gateway.OIN
	Verifier Verifier
	Receipts Signer
	Notices  *Notices
	Store    Store
	Bell     *Bell
}

// Desk accepts feedback. Safe for concurrent use.
type Desk struct {
	ports  Ports
	commit *commit.Group[work, Answer]
}

// NewDesk makes a Desk over its ports.
func NewDesk(p Ports) *Desk {
	d := &Desk{ports: p}
	d.commit = commit.NewGroup(128, d.write)
	return d
}

// work is one feedback on its way into the commit, or only an act to write
// into the log.
type work struct {
	from     Submission
	digest   gateway.Digest
	payload  []byte // nil when the letter was not the peer's
	feedback gateway.Feedback
	cases    []Case                  // what it is about, the signal in its path first
	told     []Case                  // of those, whose creditors hear of it
	skipped  []gateway.SkippedSignal // the others
	record   *Record
	notices  []gateway.PostedNotice
	answer   Answer
}

// Accept takes a batch of feedback and answers each at its own place, under
// the same promises as for reports: a receipt is durable, the same question
// gets the same answer, a refusal leaves only codes and a digest.
func (d *Desk) Accept(ctx context.Context, batch []Submission) ([]Answer, error) {
	letters := make([]intake.Letter, len(batch))
	for i, s := range batch {
		letters[i] = intake.Letter{Peer: s.Peer, At: s.At, Token: s.Token}
	}
	works := make([]work, len(batch))
	for i, c := range d.ports.Verifier.Verify(ctx, letters) {
		works[i] = work{from: batch[i], digest: gateway.DigestOf(batch[i].Token), answer: Answer{Err: c.Err}}
		if c.Err == nil {
			works[i].digest, works[i].payload = gateway.DigestOf(c.Payload), c.Payload
		}
	}
	// Before the content is judged: the first answer stands (invariant I3).
	if err := d.settleBefore(ctx, works); err != nil {
		return nil, err
	}
	for i := range works {
		if works[i].open() {
			works[i].read()
		}
		if !works[i].open() {
			continue
		}
		if err := d.consider(ctx, &works[i]); err != nil {
			return nil, err
		}
	}
	return d.commit.Do(ctx, works...)
}

// open reports whether a work still needs an answer.
func (w *work) open() bool { return w.answer.Err == nil && w.answer.Receipt == nil }

func (w *work) read() {
	f, findings := intake.ReadDocument(w.payload, fields)
	if f.ID != "" && f.ID != w.from.ID {
		findings = append(findings, intake.NewFinding(gateway.CodeIDMismatch, "/terugkoppelingId"))
	}
	if f.SignalID != "" && f.SignalID != w.from.Signal {
		findings = append(findings, intake.NewFinding(gateway.CodeIDMismatch, "/signaalId"))
	}
	if f.Date.After(gateway.Today(w.from.At)) {
		findings = append(findings, intake.NewFinding(gateway.CodeFutureDate, "/datum"))
	}
	w.feedback = f
	if len(findings) > 0 {
		w.answer.Err = gateway.Refuse(gateway.KindInvalid, findings...)
	}
}

func (w *work) key() Key { return Key{w.from.Peer.Party().Municipality, w.from.ID} }

// settleBefore answers feedback that already has a receipt, before anything is
// looked up again.
func (d *Desk) settleBefore(ctx context.Context, works []work) error {
	keys := make([]Key, len(works))
	for i := range works {
		keys[i] = works[i].key()
	}
	records, err := d.ports.Store.Feedback(ctx, keys)
	if err != nil {
		return err
	}
	for i, r := range records {
		if works[i].open() && r.Exists() {
			works[i].again(r)
		}
	}
	return nil
}

// again answers a work by the first under its id, whatever was decided about it
// since.
func (w *work) again(r Record) {
	w.record, w.notices = nil, nil
	if r.Digest != w.digest || r.Signal != w.from.Signal {
		w.answer = Answer{Err: gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict,
			Pointer: "/terugkoppelingId", Rule: "Seinhuis formats", Text: "Onder dit id is al andere inhoud ontvangen; gebruik een nieuw id."})}
		return
	}
	w.answer = Answer{Receipt: r.Receipt, Replayed: true}
}

// consider checks feedback against its signals and prepares receipt and
// notices.
func (d *Desk) consider(ctx context.Context, w *work) error {
	ids := append([]gateway.SignalID{w.from.Signal}, w.feedback.Also...)
	cases, err := d.ports.Store.Cases(ctx, ids)
	if err != nil {
		return err
	}
	return d.answer(ctx, w, cases)
}

// answer judges a work by what is known of its signals, and makes what it
// gives: notices, pauses and the receipt that names them.
func (d *Desk) answer(ctx context.Context, w *work, cases []Case) (err error) {
	w.record, w.notices = nil, nil
	if refusal := w.judge(cases); refusal != nil {
		w.answer.Err = refusal
		return nil
	}
	if w.notices, err = d.ports.Notices.Prepare(ctx, w.drafts(d.ports.Issuer)); err != nil {
		return err
	}
	starts, given := w.started()
	receipt, err := json.Marshal(gateway.Receipt{Issuer: d.ports.Issuer, Audience: w.from.Peer.OIN(),
		ID: gateway.NewUUID(w.from.At, nil), About: "terugkoppeling", SignalID: w.from.Signal, FeedbackID: w.from.ID,
		ReceivedAt: w.from.At.UTC(), Digest: w.digest, Status: "geaccepteerd", Trace: w.from.Trace, Pauses: given, Skipped: w.skipped})
	if err != nil {
		return fmt.Errorf("feedback receipt: %T", err)
	}
	signed, err := d.ports.Receipts.Sign(ctx, []gateway.Statement{{Type: gateway.TypeFeedbackReceipt,
		Algorithm: w.from.Peer.Party().ReceiptAlg, Payload: receipt}})
	if err != nil {
		return err
	}
	w.record = &Record{Key: w.key(), Signal: w.from.Signal, Also: w.feedback.Also, Digest: w.digest, Receipt: signed[0], At: w.from.At, Pauses: starts}
	return nil
}

// write is the one transaction of many works: look again, log, store.
func (d *Desk) write(ctx context.Context, works []work) ([]Answer, error) {
	var answers []Answer
	var ring []gateway.OIN
	err := d.ports.Store.Write(ctx, func(tx Tx) error {
		works := append([]work(nil), works...)
		if err := d.settle(ctx, tx, works); err != nil {
			return err
		}
		answers, ring = answers[:0], ring[:0]
		var entries []audit.Entry
		var records []Record
		var notices []gateway.PostedNotice
		for i := range works {
			w := &works[i]
			e, err := w.entries()
			if err != nil {
				return err
			}
			entries = append(entries, e...)
			if w.record != nil {
				w.answer = Answer{Receipt: w.record.Receipt}
				records, notices = append(records, *w.record), append(notices, w.notices...)
			}
			answers = append(answers, w.answer)
		}
		for _, n := range notices {
			ring = append(ring, n.To)
		}
		if _, err := tx.Append(entries); err != nil {
			return err
		}
		return tx.Post(records, notices)
	})
	if err != nil {
		return nil, err
	}
	d.ports.Bell.Ring(ring...)
	return answers, nil
}
