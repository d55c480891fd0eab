// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// File implements [journey.Tx]. However many there are, it takes three round
// trips at most: numbers, rows, notices. Relations go in after all signals,
// because members of one group may be related to each other.
func (t *tx) File(filed []journey.Filed) error {
	if len(filed) == 0 {
		return nil
	}
	added := make([]signalRow, len(filed))
	for i, f := range filed {
		row, err := t.filedRow(f)
		if err != nil {
			return err
		}
		added[i] = row
	}
	if err := t.number(added); err != nil {
		return err
	}
	statements, err := t.filedRows(filed, added)
	if err != nil {
		return failed(t.fail(err))
	}
	if err := t.together(statements...); err != nil {
		return err
	}
	var notices []gateway.PostedNotice
	for _, f := range filed {
		if f.Notice != nil {
			notices = append(notices, *f.Notice)
		}
	}
	return t.post(notices)
}

// filedRow is the signal of a deposit, without its numbers.
func (t *tx) filedRow(f journey.Filed) (signalRow, error) {
	sealed, slip := f.Deposit.Sealed(), f.Deposit.Slip()
	terms := sealed.Decision().Retain
	if terms.Body <= 0 || terms.Tokens <= 0 || terms.Receipt <= 0 {
		return signalRow{}, failed(t.fail(errNoTerm))
	}
	into, err := t.holder(sealed.Municipality())
	return signalRow{
		body: sealed.Body(), municipality: into, nature: gateway.NatureReport,
		slip: slip, kind: sealed.Kind(), urgency: sealed.Urgency(), keepDays: terms.Body, limits: sealed.PauseLimits(),
		expires: gateway.Today(slip.At).AddDays(max(terms.Receipt, terms.Body, terms.Tokens)),
	}, err
}

// filedRows are all rows that deposits leave, each with the number of its
// signal.
func (t *tx) filedRows(filed []journey.Filed, added []signalRow) ([]statement, error) {
	statements, err := t.signalRows(added)
	if err != nil {
		return nil, err
	}
	reports := rowsOf("number bigint, creditor text, id bytea, digest bytea, receipt bytea, entry bigint, expires_on bigint, batch bytea, line bigint")
	trails := newTrailRows()
	for i, f := range filed {
		slip, terms, number := f.Deposit.Slip(), f.Deposit.Sealed().Decision().Retain, added[i].number
		id, err := uuid(slip.ReportID)
		if err != nil {
			return nil, err
		}
		var file, line any
		if slip.Batch != "" {
			if file, err = uuid(slip.Batch); err != nil {
				return nil, err
			}
			line = slip.Line
		}
		reports.add(number, string(slip.Peer.OIN()), id, slip.Digest[:], []byte(f.Deposit.Receipt()), f.Entry,
			day(gateway.Today(slip.At).AddDays(terms.Receipt)), file, line)
		trails.add(number, added[i].municipality, f.Candidate, day(f.Candidate.On), day(f.Candidate.On.AddDays(terms.Tokens)))
	}
	counted, err := factRows(filed)
	if err != nil {
		return nil, err
	}
	related, err := relations(filed)
	if err != nil {
		return nil, err
	}
	statements = append(statements, reports.insert("report", ""), counted)
	if trails.n > 0 {
		statements = append(statements, trails.insert("trail", ""))
	}
	if related.rows > 0 {
		statements = append(statements, related)
	}
	return statements, nil
}
