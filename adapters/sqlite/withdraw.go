// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// Withdraw implements [journey.Tx]. A report that is not there, or that was
// withdrawn before, fails the transaction: the journey looked before.
func (t *tx) Withdraw(withdrawals []journey.Withdrawal) error {
	for _, w := range withdrawals {
		if err := t.withdrawOne(w); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) withdrawOne(w journey.Withdrawal) error {
	report, err := uuid(w.Record.ReportID)
	if err != nil {
		return failed(t.fail(err))
	}
	taken := w.Record.Withdrawal
	if err := t.execOne(`UPDATE report SET withdrawal_digest = ?, withdrawal_receipt = ?, withdrawal_entry = ?
		WHERE creditor = ? AND id = ? AND withdrawal_digest IS NULL`,
		taken.Digest[:], []byte(taken.Receipt), taken.Entry, string(w.Record.Creditor), report); err != nil {
		return err
	}
	first, err := t.withdrawn(w, report)
	if err != nil {
		return err
	}
	if w.Body.ID == "" { // nobody to tell now: the mark on the signal tells whoever opens the mailbox later
		return nil
	}
	sequence, err := t.sequence(first.municipality, 1)
	if err != nil {
		return err
	}
	first.body, first.sequence, first.nature, first.slip = w.Body, sequence, gateway.NatureWithdrawal, w.Slip
	if w.Urgency != "" {
		first.urgency = w.Urgency
	}
	_, err = t.addSignal(first)
	return err
}

// withdrawn marks the signal of a report and gives what the message about it
// inherits: mailbox, kind, urgency and terms.
func (t *tx) withdrawn(w journey.Withdrawal, report []byte) (first signalRow, err error) {
	found := false
	err = each(t, func(scan func(...any) error) error {
		found = true
		var expires int64
		err := scan(&first.concerns, &first.municipality, &first.kind, &first.urgency, &first.keepDays, &expires)
		first.expires = date(&expires)
		return err
	}, `UPDATE signal SET withdrawn_at = ?3 WHERE number = (SELECT number FROM report WHERE creditor = ?1 AND id = ?2)
		RETURNING id, municipality, kind, urgency, keep_days, expires_on`,
		string(w.Record.Creditor), report, moment(w.Slip.At))
	if err == nil && !found {
		err = failed(t.fail(errMissing))
	}
	return first, err
}
