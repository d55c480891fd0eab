// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"slices"
	"strconv"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Ledger is what the journey writes and looks up. It fills [journey.Ledger].
type Ledger struct{ db *DB }

// Ledger is the view for the journey.
func (d *DB) Ledger() *Ledger { return &Ledger{d} }

// Records implements [journey.Ledger]. What one creditor asks is read over the
// door; a group of several is the gateway's own look.
func (l *Ledger) Records(ctx context.Context, keys []journey.Key) ([]journey.Record, error) {
	q := l.db.read.with(ctx)
	if len(keys) > 0 && !slices.ContainsFunc(keys, func(k journey.Key) bool { return k.Creditor != keys[0].Creditor }) {
		q = l.db.door.as(ctx, string(keys[0].Creditor))
	}
	return records(q, keys)
}

// Write implements [journey.Ledger]. Bodies rest elsewhere and go there first,
// before anybody waits for the turn: those of a transaction that fails are
// orphans, which the sweep erases.
func (l *Ledger) Write(ctx context.Context, bodies []seal.Body, fn func(journey.Tx) error) error {
	places, err := l.db.put(ctx, bodies)
	if err != nil {
		return err
	}
	return l.db.write.do(ctx, func(t *tx) error {
		t.places = places
		return fn(t)
	})
}

func (d *DB) put(ctx context.Context, bodies []seal.Body) (map[gateway.SignalID]mailbox.Place, error) {
	if len(bodies) == 0 {
		return nil, nil
	}
	found, err := d.write.bodies.Put(ctx, bodies)
	if err != nil {
		return nil, failed(err)
	}
	if len(found) != len(bodies) {
		return nil, failed(errNoPlace)
	}
	places := make(map[gateway.SignalID]mailbox.Place, len(bodies))
	for i, b := range bodies {
		places[b.ID] = found[i]
	}
	return places, nil
}

// Records implements [journey.Tx].
func (t *tx) Records(keys []journey.Key) ([]journey.Record, error) { return records(t, keys) }

func records(q querier, keys []journey.Key) ([]journey.Record, error) {
	found := make([]journey.Record, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	creditors, reports := make([]string, len(keys)), make([]gateway.ReportID, len(keys))
	for i, k := range keys {
		creditors[i], reports[i] = string(k.Creditor), k.ReportID
	}
	err := each(q, func(scan func(...any) error) error {
		var place int
		var r journey.Record
		var sum, receipt, signal, withdrawnSum, withdrawnReceipt []byte
		var withdrawnEntry, line *int64
		var file []byte
		if err := scan(&place, &sum, &receipt, &signal, &r.Municipality, &r.Kind, &r.Entry,
			&withdrawnSum, &withdrawnReceipt, &withdrawnEntry, &file, &line); err != nil {
			return err
		}
		r.Key, r.Digest, r.Receipt, r.Signal = keys[place-1], digest(sum), receipt, text[gateway.SignalID](signal)
		if line != nil {
			r.Batch, r.Line = text[gateway.BatchID](file), *line
		}
		if withdrawnEntry != nil {
			r.Withdrawal = journey.Withdrawn{Digest: digest(withdrawnSum), Receipt: withdrawnReceipt, Entry: *withdrawnEntry}
		}
		found[place-1] = r
		return nil
	}, `SELECT k.place, r.digest, r.receipt, s.id, s.municipality, s.kind, r.entry,
			r.withdrawal_digest, r.withdrawal_receipt, r.withdrawal_entry, r.batch, r.line
		FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k (creditor, id, place)
		JOIN report AS r ON r.creditor = k.creditor AND r.id = k.id
		JOIN signal AS s ON s.number = r.number`, creditors, ids(reports))
	if err != nil {
		return nil, err
	}
	return found, addCorrections(q, creditors, ids(reports), found)
}

// Earlier implements [journey.Tx]. Trails come oldest first.
func (t *tx) Earlier(candidates []match.Candidate) ([][]match.Trail, error) {
	found := make([][]match.Trail, len(candidates))
	var places, versions, since []int64
	var municipalities []string
	var sums [][]byte
	for i, c := range candidates {
		first, _ := day(match.Since(c.On)).(int64)
		of, err := t.holder(c.Municipality)
		if err != nil {
			return nil, err
		}
		for _, token := range c.Tokens {
			for _, tag := range token.Tags {
				places, versions, since = append(places, int64(i)), append(versions, int64(tag.Version)), append(since, first)
				municipalities, sums = append(municipalities, string(of)), append(sums, tag.Sum[:])
			}
		}
	}
	if len(places) == 0 {
		return found, nil
	}
	err := each(t, func(scan func(...any) error) error {
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
	}, `SELECT k.place, t.version, t.sum, t.token, s.id, s.creditor, s.report_id, s.kind, t.day, t.claim
		FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bigint[], $5::bigint[]) AS k (place, municipality, sum, version, since)
		CROSS JOIN LATERAL (SELECT n.number, n.version, n.sum, n.token, n.signal, n.day, n.claim FROM trail AS n
			WHERE n.municipality = k.municipality AND n.sum = k.sum AND n.version = k.version AND n.day >= k.since
			ORDER BY n.number DESC LIMIT `+strconv.Itoa(match.MaxTrails)+`) AS t
		JOIN signal AS s ON s.number = t.signal
		WHERE s.withdrawn_at IS NULL
		ORDER BY t.number`, places, municipalities, sums, versions, since)
	return found, err
}
