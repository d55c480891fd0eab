// SPDX-License-Identifier: EUPL-1.2

package reorganisation_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// TestMergerLosesNothing goes from December into January: two municipalities
// become one, the store fails both ways in the middle, and everything that was
// begun is finished with the successor.
func TestMergerLosesNothing(t *testing.T) {
	w := newClockwork(t)
	w.prepare(t, w.Leiden, w.Nijmegen)
	w.now = newYear().Add(-time.Second)
	w.carryOut(t, 0)

	var papers []gatewaytest.Paper
	var signals []gateway.SignalID
	for n := range 6 {
		papers = append(papers, w.paper(w.Energy, w.Municipalities()[n%2], n, 0))
		signals = append(signals, w.accepted(t, w.Energy, papers[n]))
	}
	receipt := w.send(t, w.Energy, papers[1]).Receipt
	if got := w.list(t, w.Leiden, 0); len(got) != 3 { // signals 1, 3 and 5
		t.Fatalf("%d signals in Leiden", len(got))
	}
	_, err := w.box.Confirm(t.Context(), w.visit(w.Leiden), signals[3])
	w.must(t, err)
	told := gateway.FeedbackID(gateway.NewUUID(w.now, nil))
	before := w.tell(t, w.Leiden, told, signals[1], gateway.ResultFollowUp)
	if before.Err != nil {
		t.Fatal(before.Err)
	}

	// Midnight, and the store fails: once with nothing done, once with all done
	// and the answer lost.
	w.now = newYear()
	entries := len(w.memory.Entries())
	w.memory.FailWrites(gatewaytest.Failed)
	if done, err := w.desk.CarryOut(t.Context()); !errors.Is(err, gatewaytest.ErrFault) || len(done) != 0 || len(w.memory.Entries()) != entries {
		t.Fatalf("%+v, %v, %d entries", done, err, len(w.memory.Entries())-entries)
	}
	if got := w.list(t, w.Leiden, 0); len(got) != 2 {
		t.Fatalf("nothing was done, and Leiden has %d", len(got))
	}
	w.memory.FailWrites(gatewaytest.FailedButDone)
	entries = len(w.memory.Entries())
	if _, err := w.desk.CarryOut(t.Context()); !errors.Is(err, gatewaytest.ErrFault) {
		t.Fatal(err)
	}
	// Each municipality: one for its signals, one for its party, two for each of its three agreements less those made once.
	written := w.memory.Entries()[entries:]
	counts := map[string]int{}
	for _, e := range written {
		for _, event := range []string{"herindeling-uitgevoerd", "partij-ingetrokken", "overeenkomst-beeindigd", "overeenkomst-gesloten"} {
			if strings.Contains(string(e), `"`+event+`"`) {
				counts[event]++
			}
		}
	}
	if want := map[string]int{"herindeling-uitgevoerd": 2, "partij-ingetrokken": 2, "overeenkomst-beeindigd": 6, "overeenkomst-gesloten": 3}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("log: %v, want %v", counts, want)
	}
	if !bytes.Contains(written[0], []byte(`"aantal":3`)) {
		t.Errorf("%s", written[0])
	}
	w.carryOut(t, 0) // it is known to be done
	if len(w.memory.Entries()) != entries+len(written) {
		t.Error("it was done twice")
	}
	w.now = w.now.Add(register1s)

	// The old municipalities are out; the successor's list has all that waited.
	for _, p := range w.Municipalities() {
		if got, _, err := w.directory.Party(t.Context(), p.OIN); err != nil || got.State != gateway.PartyEnded {
			t.Errorf("%s is %s, %v", p.Name, got.State, err)
		}
	}
	var got []gateway.SignalID
	for _, g := range w.list(t, w.Samen, 0) {
		got = append(got, g.ID)
		if _, body, err := w.box.Fetch(t.Context(), w.visit(w.Samen), g.ID); err != nil || gateway.DigestOf(body) != g.Digest {
			t.Errorf("%s: %v", g.ID, err)
		}
	}
	if want := slices.Delete(slices.Clone(signals), 3, 4); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}

	w.oldIDs(t, papers[1], signals, receipt)
	if again := w.tell(t, w.Samen, told, signals[1], gateway.ResultFollowUp); string(again.Receipt) != string(before.Receipt) || !again.Replayed {
		t.Errorf("the feedback again: %+v", again)
	}
	for _, id := range []gateway.SignalID{signals[3], signals[5]} { // confirmed, and never read
		if a := w.tell(t, w.Samen, gateway.FeedbackID(gateway.NewUUID(w.now, nil)), id, gateway.ResultFollowUp); a.Err != nil {
			t.Errorf("feedback by the successor: %v", a.Err)
		}
	}
	notices, err := w.memory.Feedback.Notices(t.Context(), w.Energy.OIN, 0, 10)
	if err != nil || len(notices) != 3 {
		t.Errorf("%d notices, %v", len(notices), err)
	}
	w.newReports(t, signals)
}

// register1s is how far the directory may lag.
const register1s = time.Second

// oldIDs: a report of before the day is repeated, and withdrawn.
func (w *clockwork) oldIDs(t *testing.T, p gatewaytest.Paper, signals []gateway.SignalID, receipt gateway.Compact) {
	t.Helper()
	if again := w.send(t, w.Energy, p); again.Err != nil || !again.Replayed || string(again.Receipt) != string(receipt) {
		t.Errorf("the report again: %+v", again)
	}
	cursor := int64(len(signals))
	payload := fmt.Sprintf(`{"meldingId":%q,"reden":"betaald","datum":"2026-12-31"}`, p.ID)
	answers, err := w.journey.Withdraw(t.Context(), []intake.Submission{w.submission(w.Energy, p.ID, []byte(payload))})
	if err != nil || answers[0].Err != nil {
		t.Fatal(err, answers[0].Err)
	}
	got := w.list(t, w.Samen, cursor)
	if len(got) != 1 || got[0].Nature != gateway.NatureWithdrawal || got[0].Concerns != signals[1] || got[0].KeyID != w.Samen.Keys[0].ID {
		t.Errorf("the withdrawal: %+v", got)
	}
}

// newReports: with a routing table that does not know the reorganisation yet,
// new reports come to the successor, also one that is dated before the day, and
// are related to those of before.
func (w *clockwork) newReports(t *testing.T, signals []gateway.SignalID) {
	t.Helper()
	id := w.accepted(t, w.Water, w.paper(w.Water, w.Leiden, 5, 2))
	all := w.list(t, w.Samen, 0)
	last := all[len(all)-1]
	if last.ID != id || last.KeyID != w.Samen.Keys[0].ID {
		t.Fatalf("%+v", last)
	}
	if len(last.Relations) != 1 || last.Relations[0].Other != signals[5] {
		t.Errorf("related to %+v, want %s", last.Relations, signals[5])
	}
	// Of the same claim, under the old code: the creditor hears of its duplicate.
	w.accepted(t, w.Energy, w.paper(w.Energy, w.Leiden, 5, 0))
	notices, err := w.memory.Feedback.Notices(t.Context(), w.Energy.OIN, 3, 10)
	if err != nil || len(notices) != 1 || notices[0].Notice.Kind != gateway.NoticeOwnDuplicate {
		t.Errorf("%+v, %v", notices, err)
	}
}

// TestInFlight: a report passed every step before midnight, and its commit
// comes after.
func TestInFlight(t *testing.T) {
	w := newClockwork(t)
	w.prepare(t, w.Leiden)
	d := w.Deposits(t, w.Submission(w.Energy, w.Paper(w.Energy, w.Leiden, 1)))
	w.now = newYear()
	w.carryOut(t, 1)
	gatewaytest.File(t, w.memory.Truth, d...)
	if got := w.list(t, w.Samen, 0); len(got) != 1 || got[0].ID != d[0].Sealed().Body().ID {
		t.Errorf("%+v", got)
	}
	// An official who was in the middle of reading: the old municipality sees
	// nothing more, and cannot confirm what its successor has not seen.
	if got := w.list(t, w.Leiden, 0); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := w.box.Confirm(t.Context(), w.visit(w.Leiden), d[0].Sealed().Body().ID); gateway.AsError(err).Kind != gateway.KindNotFound {
		t.Errorf("%v", err)
	}
}

// TestTheFirstMoments: the table knows the new municipality, the chore has not
// run yet, and the creditor has an agreement with the old one only.
func TestTheFirstMoments(t *testing.T) {
	w := newClockwork(t)
	order := w.prepare(t, w.Leiden)
	into := w.Nijmegen // as if it were the successor: the sample table sends there
	w.must(t, errOf(w.desk.Cancel(t.Context(), order.ID)))
	w.Samen = into
	w.prepare(t, w.Leiden)
	for _, a := range w.Agreements { // Energy has none with Nijmegen from here on
		if a.Municipality == into.Municipality && a.Creditor == w.Energy.OIN {
			a.Until = gateway.Today(w.now).AddDays(-1)
			w.must(t, w.registrar.Conclude(t.Context(), a))
		}
	}
	w.now = newYear().Add(-2 * time.Second)
	if a := w.send(t, w.Energy, w.paper(w.Energy, into, 1, 0)); a.Err == nil {
		t.Error("an agreement counted before its day")
	}
	w.now = newYear()
	w.accepted(t, w.Energy, w.paper(w.Energy, into, 2, 0))
	w.carryOut(t, 1)
	w.now = newYear().Add(register1s)
	w.accepted(t, w.Energy, w.paper(w.Energy, into, 3, 0))
	w.accepted(t, w.Energy, w.paper(w.Energy, w.Leiden, 4, 0))
	if got := w.list(t, into, 0); len(got) != 3 {
		t.Errorf("%d signals", len(got))
	}
}

func errOf[T any](_ T, err error) error { return err }

// TestConfirmedStays: it keeps what the old municipality confirmed confirmed.
func TestConfirmedStays(t *testing.T) {
	w := newClockwork(t)
	w.prepare(t, w.Leiden)
	id := w.accepted(t, w.Energy, w.paper(w.Energy, w.Leiden, 1, 0))
	at, err := w.box.Confirm(t.Context(), w.visit(w.Leiden), id)
	w.must(t, err)
	w.now = newYear()
	w.carryOut(t, 1)
	if got := w.list(t, w.Samen, 0); len(got) != 0 {
		t.Errorf("listed again: %+v", got)
	}
	again, err := w.box.Confirm(t.Context(), w.visit(w.Samen), id)
	if err != nil || !again.Equal(at) {
		t.Errorf("%v, %v, want the first moment %v", again, err, at)
	}
}
