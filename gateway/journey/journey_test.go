// SPDX-License-Identifier: EUPL-1.2

package journey_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/match"
)

// events lists the codes of the log, in order.
func (l *line) events() (events []string) {
	for _, leaf := range l.memory.Entries() {
		_, rest, _ := strings.Cut(string(leaf), `"gebeurtenis":"`)
		code, _, _ := strings.Cut(rest, `"`)
		events = append(events, code)
	}
	return events
}

func TestReceiptAndReplay(t *testing.T) {
	w := newLine(t)
	s := w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 1))
	first := w.report(t, s)[0]
	if first.Err != nil || first.Receipt == nil || first.Replayed {
		t.Fatalf("first: %+v", first)
	}
	again := w.report(t, s)[0]
	if !bytes.Equal(first.Receipt, again.Receipt) || !again.Replayed {
		t.Errorf("the same question got another answer")
	}
	if got := w.events(); !slices.Equal(got, []string{"melding-ontvangen", "melding-herhaald"}) {
		t.Errorf("log: %v", got)
	}
	if w.memory.Bodies() != 1 {
		t.Errorf("%d bodies, want 1", w.memory.Bodies())
	}
}

// TestRefusedLeavesNothing: a refusal is one line with codes and a digest
// (invariant I4), also between good members of a batch.
func TestRefusedLeavesNothing(t *testing.T) {
	w := newLine(t)
	bad := w.Paper(w.Energy, w.Nijmegen, 2)
	bad.Efforts.Objection, bad.Resident.Surname = true, "Merkteken"
	a := w.report(t, w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 1)), w.Submission(w.Energy, bad),
		w.Submission(w.Energy, w.Paper(w.Energy, w.Leiden, 3)))
	if a[0].Err != nil || a[1].Err == nil || a[2].Err != nil {
		t.Fatalf("%+v", a)
	}
	if w.memory.Bodies() != 2 {
		t.Errorf("%d bodies, want 2", w.memory.Bodies())
	}
	line := ""
	for _, leaf := range w.memory.Entries() {
		if strings.Contains(string(leaf), "melding-geweigerd") {
			line = string(leaf)
		}
		if strings.Contains(string(leaf), "Merkteken") {
			t.Error("the log holds a name")
		}
	}
	if !strings.Contains(line, "bezwaar-inwoner") || !strings.Contains(line, gateway.DigestOf(bad.Payload()).String()) {
		t.Errorf("refusal in the log: %s", line)
	}
	// The id of a refused report is free for a corrected one.
	bad.Efforts.Objection = false
	if a := w.report(t, w.Submission(w.Energy, bad))[0]; a.Err != nil {
		t.Errorf("corrected report: %v", a.Err)
	}
}

// TestNoReceiptWithoutCommit: when the store fails, nobody gets a receipt and
// nothing is there; when it failed after it was done, repeating finds the
// receipt (invariants I2, I3, I5).
func TestNoReceiptWithoutCommit(t *testing.T) {
	w := newLine(t)
	s := w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 1))
	w.memory.FailWrites(gatewaytest.Failed)
	if a, err := w.journey.Report(t.Context(), []intake.Submission{s}); err == nil {
		t.Fatalf("a receipt without a commit: %+v", a)
	}
	if w.memory.Bodies() != 0 || len(w.memory.Entries()) != 0 {
		t.Error("a failed commit left something")
	}
	w.memory.FailWrites(gatewaytest.FailedButDone)
	if _, err := w.journey.Report(t.Context(), []intake.Submission{s}); err == nil {
		t.Fatal("the fault was not noticed")
	}
	a := w.report(t, s)[0]
	if !a.Replayed || a.Receipt == nil || w.memory.Bodies() != 1 {
		t.Errorf("after a commit whose answer was lost: %+v", a)
	}
}

func TestReadFailureDenies(t *testing.T) {
	w := newLine(t)
	w.memory.FailReads(true)
	_, err := w.journey.Report(t.Context(), []intake.Submission{w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 1))})
	if !errors.Is(err, gatewaytest.ErrFault) {
		t.Errorf("store that cannot be read: %v", err)
	}
}

// TestDuplicateIsTold: the same claim again, not higher, is delivered with a
// hint, and its creditor alone hears of it.
func TestDuplicateIsTold(t *testing.T) {
	w := newLine(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	w.report(t, w.Submission(w.Energy, paper))
	again := w.Paper(w.Energy, w.Nijmegen, 1)
	again.Cents = paper.Cents
	if a := w.report(t, w.Submission(w.Energy, again))[0]; a.Err != nil {
		t.Fatal(a.Err)
	}
	higher := w.Paper(w.Energy, w.Nijmegen, 1)
	higher.Cents = paper.Cents + 1
	w.report(t, w.Submission(w.Energy, higher))
	told, err := w.memory.Feedback.Notices(t.Context(), w.Energy.OIN, 0, 10)
	if err != nil || len(told) != 1 || told[0].Notice.Kind != gateway.NoticeOwnDuplicate || told[0].Notice.ReportID != again.ID {
		t.Errorf("notices: %+v %v", told, err)
	}
	if w.memory.Bodies() != 3 {
		t.Errorf("%d bodies, want 3: a duplicate is still delivered", w.memory.Bodies())
	}
}

func TestWithdraw(t *testing.T) {
	w := newLine(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	w.report(t, w.Submission(w.Energy, paper))
	letter := func(from gateway.Party, reason string) intake.Submission {
		return intake.Submission{Peer: gateway.Authenticated(from, fingerprint), ID: paper.ID, At: gatewaytest.Now(), Trace: gateway.NewTrace(),
			Token: gatewaytest.Letter(from.OIN, []byte(`{"meldingId":"`+string(paper.ID)+`","reden":"`+reason+`","datum":"2026-11-02"}`))}
	}
	withdraw := func(s intake.Submission) journey.Answer {
		t.Helper()
		a, err := w.journey.Withdraw(t.Context(), []intake.Submission{s})
		if err != nil {
			t.Fatal(err)
		}
		return a[0]
	}
	if a := withdraw(letter(w.Water, "betaald")); a.Err == nil || a.Err.Kind != gateway.KindNotFound {
		t.Errorf("another creditor's report: %+v", a)
	}
	first := withdraw(letter(w.Energy, "betaald"))
	if first.Err != nil || first.Receipt == nil {
		t.Fatalf("withdrawal: %+v", first)
	}
	if again := withdraw(letter(w.Energy, "betaald")); !again.Replayed || !bytes.Equal(again.Receipt, first.Receipt) {
		t.Errorf("again: %+v", again)
	}
	if other := withdraw(letter(w.Energy, "overleden")); other.Err == nil || other.Err.Kind != gateway.KindConflict {
		t.Errorf("other reason: %+v", other)
	}
	signals, err := w.memory.Mailbox.List(t.Context(), w.Nijmegen.Municipality, 0, 10)
	if err != nil || len(signals) != 2 || !signals[0].Withdrawn || signals[1].Nature != gateway.NatureWithdrawal || signals[1].Concerns != signals[0].ID {
		t.Errorf("mailbox: %+v %v", signals, err)
	}
}

// TestWithdrawWithoutMunicipality: a municipality that left, or lost its key,
// gets no message, but the report is withdrawn all the same, and the other
// members of the batch go their way.
func TestWithdrawWithoutMunicipality(t *testing.T) {
	w := newLine(t)
	gone, stays := w.Paper(w.Energy, w.Nijmegen, 1), w.Paper(w.Energy, w.Leiden, 2)
	w.report(t, w.Submission(w.Energy, gone), w.Submission(w.Energy, stays))
	w.Nijmegen.State = gateway.PartyEnded
	letter := func(p gatewaytest.Paper) intake.Submission {
		return intake.Submission{Peer: gateway.Authenticated(w.Energy, fingerprint), ID: p.ID, At: gatewaytest.Now(), Trace: gateway.NewTrace(),
			Token: gatewaytest.Letter(w.Energy.OIN, []byte(`{"meldingId":"`+string(p.ID)+`","reden":"betaald","datum":"2026-11-02"}`))}
	}
	a, err := w.journey.Withdraw(t.Context(), []intake.Submission{letter(gone), letter(stays)})
	if err != nil || a[0].Err != nil || a[1].Err != nil || a[0].Receipt == nil {
		t.Fatalf("%+v %v", a, err)
	}
	marked, err := w.memory.Mailbox.List(t.Context(), "GM0268", 0, 10)
	if err != nil || len(marked) != 1 || !marked[0].Withdrawn {
		t.Errorf("mailbox of the one that left: %+v %v", marked, err)
	}
	if told, _ := w.memory.Mailbox.List(t.Context(), "GM0546", 0, 10); len(told) != 2 {
		t.Errorf("%d messages for the other, want 2", len(told))
	}
}

// TestWithdrawnNoLongerMatches: what a creditor took back gives no hint about
// the person to anybody.
func TestWithdrawnNoLongerMatches(t *testing.T) {
	w := newLine(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	w.report(t, w.Submission(w.Energy, paper))
	_, err := w.journey.Withdraw(t.Context(), []intake.Submission{{Peer: gateway.Authenticated(w.Energy, fingerprint), ID: paper.ID,
		At: gatewaytest.Now(), Trace: gateway.NewTrace(), Token: gatewaytest.Letter(w.Energy.OIN,
			[]byte(`{"meldingId":"`+string(paper.ID)+`","reden":"onterecht-gemeld","datum":"2026-11-02"}`))}})
	if err != nil {
		t.Fatal(err)
	}
	w.report(t, w.Submission(w.Water, w.Paper(w.Water, w.Nijmegen, 1)))
	signals, err := w.memory.Mailbox.List(t.Context(), w.Nijmegen.Municipality, 0, 10)
	if err != nil || len(signals) != 3 || len(signals[2].Relations) != 0 {
		t.Errorf("relations with a withdrawn report: %+v %v", signals, err)
	}
}

// TestOneClaimCannotFlood: however often one claim is reported, a commit reads
// and writes a bounded number of relations.
func TestOneClaimCannotFlood(t *testing.T) {
	w := newLine(t)
	var batch []intake.Submission
	for range 300 {
		batch = append(batch, w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 1)))
	}
	w.report(t, batch...)
	signals, err := w.memory.Mailbox.List(t.Context(), w.Nijmegen.Municipality, 0, 500)
	if err != nil || len(signals) != 300 {
		t.Fatal(len(signals), err)
	}
	for _, s := range signals {
		if len(s.Relations) == 0 || len(s.Relations) > 2*match.MaxTrails {
			t.Fatalf("signal %d has %d relations", s.Sequence, len(s.Relations))
		}
	}
}

// TestCheckLeavesNoDigest: of a dry run not even a digest is kept.
func TestCheckLeavesNoDigest(t *testing.T) {
	w := newLine(t)
	s := w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, 1))
	if _, err := w.journey.Check(t.Context(), []intake.Submission{s}); err != nil {
		t.Fatal(err)
	}
	if entry := string(w.memory.Entries()[0]); strings.Contains(entry, `"digest"`) || !slices.Equal(w.events(), []string{"melding-gecontroleerd"}) {
		t.Error(entry)
	}
}
