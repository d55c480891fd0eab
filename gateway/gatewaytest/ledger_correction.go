// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Correct commits a correction of a filed report some days after it, with what
// the paper says. It gives the deposit of the correction.
func (s *Steps) Correct(t testing.TB, truth Truth, of mailbox.Deposit, from gateway.Party, p Paper, days int) (mailbox.Deposit, error) {
	t.Helper()
	p.ID = of.Slip().ReportID
	letter := s.Submission(from, p)
	letter.At = of.Slip().At.AddDate(0, 0, days)
	opened, refused := intake.Open(t.Context(), Opener{}, []intake.Submission{letter})
	for i := range opened {
		opened[i] = opened[i].Correcting(of.Sealed().Body().ID, gateway.CorrectionID(gateway.NewUUID(letter.At, nil)))
	}
	d := s.deposits(t, opened, refused)[0]
	return d, correct(t, truth, of, d)
}

func correct(t testing.TB, truth Truth, of, d mailbox.Deposit) error {
	return truth.Ledger.Write(t.Context(), bodiesOf([]mailbox.Deposit{d}), func(tx journey.Tx) error {
		entry, err := tx.Append([]audit.Entry{Entry(t, 98)})
		if err != nil {
			return err
		}
		c := CandidateOf(d)
		c.Signal = of.Sealed().Body().ID
		return tx.Correct([]journey.Correction{{Record: journey.Record{Key: keyOf(of)}, Deposit: d, Candidate: c, Entry: entry}})
	})
}

func (s ledgerSuite) correction(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	first := d.Sealed().Body().ID
	paper := s.Paper(s.Energy, s.Nijmegen, 2)
	paper.Crisis = true
	c, err := s.Correct(t, truth, d, s.Energy, paper, 3)
	if err != nil {
		t.Fatal(err)
	}
	records, err := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(d)})
	if err != nil || len(records[0].Corrections) != 1 {
		t.Fatalf("%d corrections, %v", len(records[0].Corrections), err)
	}
	got := records[0].Corrections[0]
	if got.ID != c.Slip().Correction || got.Digest != c.Slip().Digest || !bytes.Equal(got.Receipt, c.Receipt()) || got.Entry != 2 {
		t.Errorf("record: %+v", got)
	}
	if !bytes.Equal(records[0].Receipt, d.Receipt()) || records[0].Digest != d.Slip().Digest || records[0].Signal != first {
		t.Error("the report's own record changed")
	}
	signals, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || len(signals) != 2 || !signals[0].Corrected || signals[0].Nature != gateway.NatureReport {
		t.Fatalf("%d listed, %v", len(signals), err)
	}
	message := signals[1]
	if message.ID != c.Sealed().Body().ID || message.Sequence != 2 || message.Nature != gateway.NatureCorrection || message.Concerns != first ||
		message.Kind != gateway.ReportEnergy || message.Urgency != gateway.UrgencyCrisis || message.Corrected || message.Withdrawn || len(message.Relations) != 0 {
		t.Errorf("message: %+v", message)
	}
	cases, err := truth.Feedback.Cases(t.Context(), []gateway.SignalID{message.ID, first})
	if err != nil || cases[0].Nature != gateway.NatureCorrection || cases[1].Nature != gateway.NatureReport {
		t.Errorf("cases: %+v, %v", cases, err)
	}
	unanswered, err := truth.Clocks.Unanswered(t.Context(), s.Nijmegen.Municipality, gateway.Today(Now()).AddDays(-30), 10)
	if err != nil || len(unanswered.Oldest) != 1 || unanswered.Oldest[0].ID != first {
		t.Errorf("without feedback: %+v, %v", unanswered, err)
	}
	for name, again := range map[string]func() error{
		"twice": func() error { return correct(t, truth, d, c) },
		"of nothing": func() error {
			_, err := s.Correct(t, truth, s.deposit(t, s.Energy, s.Nijmegen, 5), s.Energy, paper, 1)
			return err
		},
		"after a withdrawal": func() error {
			if _, err := s.Withdraw(t, truth, d); err != nil {
				t.Fatal(err)
			}
			_, err := s.Correct(t, truth, d, s.Energy, paper, 4)
			return err
		},
	} {
		if err := again(); err == nil {
			t.Errorf("corrected %s", name)
		}
	}
}

// The tokens of a correction stand for the first signal, with its day, and go
// with its term; what was wrong is no longer found.
func (s ledgerSuite) correctionTrails(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	if _, err := s.Correct(t, truth, d, s.Energy, s.Paper(s.Energy, s.Nijmegen, 2), 3); err != nil {
		t.Fatal(err)
	}
	wrong, right := CandidateOf(s.deposit(t, s.Water, s.Nijmegen, 1)), CandidateOf(s.deposit(t, s.Water, s.Nijmegen, 2))
	var earlier [][]match.Trail
	err := truth.Ledger.Write(t.Context(), nil, func(tx journey.Tx) (err error) {
		earlier, err = tx.Earlier([]match.Candidate{wrong, right})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(earlier[0]) != 0 || len(earlier[1]) == 0 {
		t.Fatalf("%d trails of what was wrong, %d of what is right", len(earlier[0]), len(earlier[1]))
	}
	for _, r := range earlier[1] {
		if r.Signal != d.Sealed().Body().ID || r.On != gateway.Today(Now()) {
			t.Errorf("trail: %+v", r)
		}
	}
	sweep, last := retentionSuite{mailboxSuite{s}}, d.Sealed().Decision().Retain.Tokens
	if n := len(sweep.due(t, truth, step(retention.KindTokens), last)); n != 0 {
		t.Errorf("%d due on the last day of the first signal", n)
	}
	if n := sweep.eraseAll(t, truth, step(retention.KindTokens), last+1); n == 0 {
		t.Error("tokens of a correction outlive those of the first signal")
	}
	if _, err := s.Correct(t, truth, d, s.Energy, s.Paper(s.Energy, s.Nijmegen, 2), 4); err != nil {
		t.Fatal(err)
	}
	if n := len(sweep.due(t, truth, step(retention.KindTokens), 9999)); n != 0 {
		t.Error("tokens came back after their term")
	}
}
