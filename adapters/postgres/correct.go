// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/match"
)

// addCorrections finds the corrections of reports that were found. Most looks
// are for new reports and find none.
func addCorrections(q querier, creditors []string, reports [][]byte, found []journey.Record) error {
	known := false
	for _, r := range found {
		known = known || r.Exists()
	}
	if !known {
		return nil
	}
	return each(q, func(scan func(...any) error) error {
		var place int
		var c journey.Corrected
		var id, sum, receipt []byte
		err := scan(&place, &id, &sum, &receipt, &c.Entry)
		c.ID, c.Digest, c.Receipt = text[gateway.CorrectionID](id), digest(sum), receipt
		found[place-1].Corrections = append(found[place-1].Corrections, c)
		return err
	}, `SELECT k.place, c.id, c.digest, c.receipt, c.entry
		FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k (creditor, id, place)
		JOIN report AS r ON r.creditor = k.creditor AND r.id = k.id
		JOIN correction AS c ON c.report = r.number ORDER BY k.place, c.entry`, creditors, reports)
}

// Correct implements [journey.Tx].
func (t *tx) Correct(corrections []journey.Correction) error {
	for _, c := range corrections {
		if err := t.correctOne(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) correctOne(c journey.Correction) error {
	sealed, slip := c.Deposit.Sealed(), c.Deposit.Slip()
	keep := sealed.Decision().Retain.Body
	if keep <= 0 {
		return failed(t.fail(errNoTerm))
	}
	own, err := uuid(slip.Correction)
	if err != nil {
		return failed(t.fail(err))
	}
	number, row, on, err := t.corrected(c)
	if err != nil {
		return err
	}
	row.body, row.nature, row.slip, row.keepDays = sealed.Body(), gateway.NatureReport, slip, keep
	row.kind, row.urgency, row.limits = sealed.Kind(), sealed.Urgency(), sealed.PauseLimits()
	if err := t.addSignals([]signalRow{row}, statement{`INSERT INTO correction (report, id, digest, receipt, entry) VALUES ($1, $2, $3, $4, $5)`,
		[]any{number, own, slip.Digest[:], []byte(c.Deposit.Receipt()), c.Entry}, 1}); err != nil {
		return err
	}
	return t.retrail(number, row.municipality, on, c.Candidate)
}

// corrected marks the signal of a report and gives what the message about it
// inherits: mailbox and last day, with the number and day of that signal.
func (t *tx) corrected(c journey.Correction) (number int64, first signalRow, on int64, err error) {
	report, err := uuid(c.Record.ReportID)
	if err != nil {
		return 0, first, 0, failed(t.fail(err))
	}
	found := false
	err = each(t, func(scan func(...any) error) error {
		found = true
		var expires int64
		err := scan(&number, &first.concerns, &first.municipality, &on, &expires)
		first.expires = date(&expires)
		return err
	}, `UPDATE signal SET corrected_at = coalesce(corrected_at, $3::bigint)
		WHERE number = (SELECT number FROM report WHERE creditor = $1 AND id = $2 AND withdrawal_digest IS NULL)
		RETURNING number, id, municipality, day, expires_on`, string(c.Record.Creditor), report, moment(c.Deposit.Slip().At))
	if err == nil && !found {
		err = failed(t.fail(errMissing))
	}
	return number, first, on, err
}

// retrail puts the tokens of a correction in the place of the first signal's.
// Trails of one signal have one last day, and are found by it: an index on the
// signal would be larger than the table. There are some hundreds of last days.
func (t *tx) retrail(number int64, of gateway.Municipality, on int64, c match.Candidate) error {
	var expires *int64
	err := each(t, func(scan func(...any) error) error { return scan(&expires) },
		`WITH RECURSIVE last (day) AS ((SELECT min(expires_on) FROM trail)
			UNION ALL SELECT (SELECT min(t.expires_on) FROM trail AS t WHERE t.expires_on > last.day) FROM last WHERE last.day IS NOT NULL)
		DELETE FROM trail AS o USING last WHERE o.expires_on = last.day AND o.municipality = $1 AND o.signal = $2 RETURNING o.expires_on`, string(of), number)
	if err != nil || expires == nil {
		return err
	}
	trails := newTrailRows()
	trails.add(number, of, c, on, *expires)
	if trails.n == 0 {
		return nil
	}
	return t.together(trails.insert("trail", ""))
}
