// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// Withdraw implements [journey.Tx]. A report that is not there, or that was
// withdrawn before, fails the transaction: the journey looked before.
func (t *tx) Withdraw(withdrawals []journey.Withdrawal) error {
	if len(withdrawals) == 0 {
		return nil
	}
	first, err := t.withdrawn(withdrawals)
	if err != nil {
		return err
	}
	var added []signalRow
	for i, w := range withdrawals {
		if w.Body.ID == "" { // nobody to tell now: the mark on the signal tells whoever opens the mailbox later
			continue
		}
		row := first[i]
		row.body, row.nature, row.slip = w.Body, gateway.NatureWithdrawal, w.Slip
		if w.Urgency != "" {
			row.urgency = w.Urgency
		}
		added = append(added, row)
	}
	if len(added) == 0 {
		return nil
	}
	return t.addSignals(added)
}

// withdrawn marks reports and their signals, and gives what the message about
// each inherits: mailbox, kind, urgency and terms.
func (t *tx) withdrawn(withdrawals []journey.Withdrawal) ([]signalRow, error) {
	r := rowsOf("place bigint, creditor text, id bytea, digest bytea, receipt bytea, entry bigint, at bigint")
	for i, w := range withdrawals {
		id, err := uuid(w.Record.ReportID)
		if err != nil {
			return nil, failed(t.fail(err))
		}
		taken := w.Record.Withdrawal
		r.add(i, string(w.Record.Creditor), id, taken.Digest[:], []byte(taken.Receipt), taken.Entry, moment(w.Slip.At))
	}
	first, found := make([]signalRow, len(withdrawals)), 0
	err := each(t, func(scan func(...any) error) error {
		var place, expires int64
		var row signalRow
		if err := scan(&place, &row.concerns, &row.municipality, &row.kind, &row.urgency, &row.keepDays, &expires); err != nil {
			return err
		}
		row.expires = date(&expires)
		first[place] = row
		found++
		return nil
	}, `WITH taken AS (UPDATE report AS r SET withdrawal_digest = w.digest, withdrawal_receipt = w.receipt, withdrawal_entry = w.entry
			FROM `+r.from("w")+` WHERE r.creditor = w.creditor AND r.id = w.id AND r.withdrawal_digest IS NULL
			RETURNING r.number, w.place, w.at)
		UPDATE signal AS s SET withdrawn_at = taken.at FROM taken WHERE s.number = taken.number
		RETURNING taken.place, s.id, s.municipality, s.kind, s.urgency, s.keep_days, s.expires_on`, r.arrays...)
	if err == nil && found != len(withdrawals) {
		err = failed(t.fail(errMissing))
	}
	return first, err
}
