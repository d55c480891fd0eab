// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Withdraw commits the withdrawal of a filed report. It gives the id of the
// message about it.
func (s *Steps) Withdraw(t testing.TB, truth Truth, d mailbox.Deposit) (gateway.SignalID, error) {
	t.Helper()
	return s.withdrawAt(t, truth, d, d.Slip().At)
}

func (s *Steps) withdrawAt(t testing.TB, truth Truth, d mailbox.Deposit, now time.Time) (gateway.SignalID, error) {
	t.Helper()
	slip := d.Slip()
	slip.Digest, slip.At = gateway.DigestOf([]byte("withdrawal")), now
	id := gateway.SignalID(gateway.NewUUID(now, nil))
	content := seal.WithdrawalContent(id, d.Sealed().Municipality(), slip, seal.PlainWithdrawal{
		Concerns: d.Sealed().Body().ID, Reason: "betaald", Date: gateway.Today(now)})
	to := s.Nijmegen
	if d.Sealed().Municipality() == s.Leiden.Municipality {
		to = s.Leiden
	}
	closed, err := seal.Close(t.Context(), Sealer{}, s.Wraps, []seal.Draft{{ID: id, To: to, Slip: slip, Content: content}})
	if err != nil {
		t.Fatal(err)
	}
	err = truth.Ledger.Write(t.Context(), closed, func(tx journey.Tx) error {
		entry, err := tx.Append([]audit.Entry{Entry(t, 99)})
		if err != nil {
			return err
		}
		record := journey.Record{Key: keyOf(d), Withdrawal: journey.Withdrawn{Digest: slip.Digest,
			Receipt: gateway.Compact("withdrawal.receipt"), Entry: entry}}
		return tx.Withdraw([]journey.Withdrawal{{Record: record, Slip: slip, Body: closed[0]}})
	})
	return id, err
}

func (s ledgerSuite) withdrawal(t *testing.T) {
	truth := s.open(t)
	paper := s.Paper(s.Energy, s.Nijmegen, 1)
	paper.Crisis = true
	d := s.Deposits(t, s.Submission(s.Energy, paper))[0]
	File(t, truth, d, s.deposit(t, s.Energy, s.Nijmegen, 2))
	id, err := s.Withdraw(t, truth, d)
	if err != nil {
		t.Fatal(err)
	}
	records, err := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(d)})
	if err != nil {
		t.Fatal(err)
	}
	w := records[0].Withdrawal
	if string(w.Receipt) != "withdrawal.receipt" || w.Digest != gateway.DigestOf([]byte("withdrawal")) || w.Entry != 3 {
		t.Errorf("record: %+v", w)
	}
	if !bytes.Equal(records[0].Receipt, d.Receipt()) || records[0].Digest != d.Slip().Digest {
		t.Error("the report's own receipt changed")
	}
	signals, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || len(signals) != 3 {
		t.Fatalf("%d listed, %v", len(signals), err)
	}
	if !signals[0].Withdrawn || signals[1].Withdrawn {
		t.Error("the wrong signal is marked")
	}
	message := signals[2]
	if message.ID != id || message.Sequence != 3 || message.Nature != gateway.NatureWithdrawal || message.Concerns != d.Sealed().Body().ID ||
		message.Kind != gateway.ReportEnergy || message.Urgency != gateway.UrgencyCrisis || message.State != gateway.SignalWaiting || message.Withdrawn {
		t.Errorf("message: %+v", message)
	}
	rest, err := truth.Mailbox.Bodies(t.Context(), []gateway.SignalID{id})
	if err != nil || rest[0].Wrapped == nil {
		t.Errorf("the message has no body: %v", err)
	}
	cases, err := truth.Feedback.Cases(t.Context(), []gateway.SignalID{id})
	if err != nil || cases[0].Nature != gateway.NatureWithdrawal {
		t.Errorf("case of the message: %+v, %v", cases[0], err)
	}
}

func (s ledgerSuite) withdrawalTwice(t *testing.T) {
	truth := s.open(t)
	d, never := s.deposit(t, s.Energy, s.Nijmegen, 1), s.deposit(t, s.Energy, s.Nijmegen, 2)
	File(t, truth, d)
	if _, err := s.Withdraw(t, truth, d); err != nil {
		t.Fatal(err)
	}
	for what, again := range map[string]mailbox.Deposit{"twice": d, "of nothing": never} {
		if _, err := s.Withdraw(t, truth, again); err == nil {
			t.Errorf("withdrawn %s", what)
		}
	}
	signals, err := truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	if err != nil || len(signals) != 2 {
		t.Errorf("%d signals, %v", len(signals), err)
	}
}
