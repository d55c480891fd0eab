// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"encoding/hex"
	"strconv"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Ledger is what the journey writes and looks up. It fills [journey.Ledger].
type Ledger struct{ db *DB }

// Ledger is the view for the journey.
func (d *DB) Ledger() *Ledger { return &Ledger{d} }

// Records implements [journey.Ledger].
func (l *Ledger) Records(ctx context.Context, keys []journey.Key) ([]journey.Record, error) {
	return records(l.db.read.with(ctx), keys)
}

// Write implements [journey.Ledger]. Bodies go into the same file and the same
// transaction, when they are filed.
func (l *Ledger) Write(ctx context.Context, _ []seal.Body, fn func(journey.Tx) error) error {
	return l.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// Records implements [journey.Tx].
func (t *tx) Records(keys []journey.Key) ([]journey.Record, error) { return records(t, keys) }

func records(q querier, keys []journey.Key) ([]journey.Record, error) {
	found := make([]journey.Record, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	pairs := make([][2]string, len(keys))
	for i, k := range keys {
		pairs[i] = [2]string{string(k.Creditor), string(k.ReportID)}
	}
	err := lookup(q, pairs, func(scan func(...any) error) error {
		var place int
		var r journey.Record
		var sum, receipt, signal, withdrawnSum, withdrawnReceipt []byte
		var withdrawnEntry, line *int64
		var file []byte
		if err := scan(&place, &sum, &receipt, &signal, &r.Municipality, &r.Kind, &r.Entry,
			&withdrawnSum, &withdrawnReceipt, &withdrawnEntry, &file, &line); err != nil {
			return err
		}
		r.Key, r.Digest, r.Receipt, r.Signal = keys[place], digest(sum), receipt, text[gateway.SignalID](signal)
		if line != nil {
			r.Batch, r.Line = text[gateway.BatchID](file), *line
		}
		if withdrawnEntry != nil {
			r.Withdrawal = journey.Withdrawn{Digest: digest(withdrawnSum), Receipt: withdrawnReceipt, Entry: *withdrawnEntry}
		}
		found[place] = r
		return nil
	}, `SELECT k.key, r.digest, r.receipt, s.id, s.municipality, s.kind, r.entry,
			r.withdrawal_digest, r.withdrawal_receipt, r.withdrawal_entry, r.batch, r.line
		FROM json_each(?) AS k
		CROSS JOIN report AS r ON r.creditor = k.value ->> 0 AND r.id = unhex(k.value ->> 1, '-')
		CROSS JOIN signal AS s ON s.number = r.number`)
	if err != nil {
		return nil, err
	}
	return found, addCorrections(q, pairs, found)
}

// Earlier implements [journey.Tx]. Trails come oldest first.
func (t *tx) Earlier(candidates []match.Candidate) ([][]match.Trail, error) {
	found := make([][]match.Trail, len(candidates))
	var tags [][5]any // place, municipality, version, sum, first day that counts
	for i, c := range candidates {
		since := day(match.Since(c.On))
		of, err := t.holder(c.Municipality)
		if err != nil {
			return nil, err
		}
		for _, token := range c.Tokens {
			for _, tag := range token.Tags {
				tags = append(tags, [5]any{i, of, tag.Version, hex.EncodeToString(tag.Sum[:]), since})
			}
		}
	}
	if len(tags) == 0 {
		return found, nil
	}
	err := lookup(t, tags, func(scan func(...any) error) error {
		var place int
		var r match.Trail
		var sum, signal, report []byte
		var on int64
		if err := scan(&place, &r.Tag.Version, &sum, &r.Token, &signal, &r.Creditor, &report, &r.Kind, &on, &r.Claim); err != nil {
			return err
		}
		copy(r.Tag.Sum[:], sum)
		r.Signal, r.ReportID, r.On = text[gateway.SignalID](signal), text[gateway.ReportID](report), date(&on)
		found[place] = append(found[place], r)
		return nil
	}, `SELECT k.value ->> 0, t.version, t.sum, t.token, s.id, s.creditor, s.report_id, s.kind, t.day, t.claim
		FROM json_each(?) AS k
		CROSS JOIN trail AS t ON t.rowid IN (SELECT n.rowid FROM trail AS n
			WHERE n.municipality = k.value ->> 1 AND n.sum = unhex(k.value ->> 3)
				AND n.version = k.value ->> 2 AND n.day >= k.value ->> 4
			ORDER BY n.rowid DESC LIMIT `+strconv.Itoa(match.MaxTrails)+`)
		CROSS JOIN signal AS s ON s.number = t.signal
		WHERE s.withdrawn_at IS NULL
		ORDER BY t.rowid`)
	return found, err
}

// addTrails keeps the tokens of a signal until their own term ends.
func (t *tx) addTrails(number int64, of gateway.Municipality, c match.Candidate, on, expires any) error {
	for _, r := range c.Trails() {
		var claim any
		if r.Token == pseudonym.TokenClaim {
			claim = r.Claim
		}
		if _, err := t.exec(`INSERT INTO trail (municipality, sum, version, token, signal, claim, day, expires_on)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, string(of), r.Tag.Sum[:], int64(r.Tag.Version), string(r.Token),
			number, claim, on, expires); err != nil {
			return err
		}
	}
	return nil
}
