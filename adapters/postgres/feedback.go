// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// Feedback is feedback and notices. It fills [feedback.Store].
type Feedback struct{ db *DB }

// Feedback is the view for package feedback.
func (d *DB) Feedback() *Feedback { return &Feedback{d} }

// Feedback implements [feedback.Store]. One call may ask for several
// municipalities, so it is the gateway's own.
func (f *Feedback) Feedback(ctx context.Context, keys []feedback.Key) ([]feedback.Record, error) {
	return feedbackRecords(f.db.read.with(ctx), keys)
}

// Feedback implements [feedback.Tx].
func (t *tx) Feedback(keys []feedback.Key) ([]feedback.Record, error) {
	return feedbackRecords(t, keys)
}

func feedbackRecords(q querier, keys []feedback.Key) ([]feedback.Record, error) {
	found := make([]feedback.Record, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	of, id := make([]string, len(keys)), make([]gateway.FeedbackID, len(keys))
	for i, k := range keys {
		of[i], id[i] = string(k.Municipality), k.ID
	}
	err := each(q, func(scan func(...any) error) error {
		var place int
		var signal, sum, receipt []byte
		var received int64
		if err := scan(&place, &signal, &sum, &receipt, &received); err != nil {
			return err
		}
		found[place] = feedback.Record{Key: keys[place], Signal: text[gateway.SignalID](signal), Digest: digest(sum),
			Receipt: receipt, At: at(&received)}
		return nil
	}, `SELECT k.place - 1, f.signal, f.digest, f.receipt, f.received_at
		FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k (municipality, id, place) LEFT JOIN succession AS c ON c.former = k.municipality
		JOIN feedback AS f ON f.municipality = coalesce(c.holder, k.municipality) AND f.id = k.id`, of, ids(id))
	return found, err
}

// Cases implements [feedback.Store]. It does not know who asks, so it is the
// gateway's own.
func (f *Feedback) Cases(ctx context.Context, ids []gateway.SignalID) ([]feedback.Case, error) {
	return feedbackCases(f.db.read.with(ctx), ids)
}

// Cases implements [feedback.Tx].
func (t *tx) Cases(ids []gateway.SignalID) ([]feedback.Case, error) { return feedbackCases(t, ids) }

// feedbackCases finds signals with what was agreed when they came. A creditor
// that is no longer in the register is known by its OIN only.
func feedbackCases(q querier, signals []gateway.SignalID) ([]feedback.Case, error) {
	cases := make([]feedback.Case, len(signals))
	if len(signals) == 0 {
		return cases, nil
	}
	err := each(q, func(scan func(...any) error) error {
		var place int
		var c feedback.Case
		var report, concerns []byte
		var on int64
		err := scan(&place, &c.Municipality, &c.Creditor.OIN, &report, &c.Nature, &concerns, &on, &c.PauseDays, &c.Withdrawn, &c.Paused)
		c.Signal, c.ReportID, c.DepositedOn = signals[place], text[gateway.ReportID](report), date(&on)
		c.Creditor.Kind, c.Nature = gateway.KindCreditor, natureOf(c.Nature, concerns)
		cases[place] = c
		return err
	}, `SELECT k.place - 1, s.municipality, coalesce(s.holder, s.creditor), s.report_id, s.nature, s.concerns, s.day, s.pause_days,
			s.withdrawn_at IS NOT NULL, s.paused_at IS NOT NULL
		FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place) JOIN signal AS s ON s.id = k.id`, ids(signals))
	if err != nil {
		return nil, err
	}
	if err := addCreditors(q, cases); err != nil {
		return nil, err
	}
	return cases, addRelated(q, signals, cases)
}

func addCreditors(q querier, cases []feedback.Case) error {
	var oins []gateway.OIN
	for _, c := range cases {
		if c.Signal != "" {
			oins = append(oins, c.Creditor.OIN)
		}
	}
	if len(oins) == 0 {
		return nil
	}
	known, err := parties(q, oins)
	if err != nil {
		return err
	}
	for _, p := range known {
		for i := range cases {
			if cases[i].Creditor.OIN == p.OIN {
				cases[i].Creditor = p
			}
		}
	}
	return nil
}

func addRelated(q querier, signals []gateway.SignalID, cases []feedback.Case) error {
	return each(q, func(scan func(...any) error) error {
		var place int
		var other []byte
		err := scan(&place, &other)
		cases[place].Related = append(cases[place].Related, text[gateway.SignalID](other))
		return err
	}, `SELECT k.place - 1, o.id FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place)
		JOIN signal AS s ON s.id = k.id
		JOIN relation AS r ON r.signal = s.number
		JOIN signal AS o ON o.number = r.other
		ORDER BY k.place, r.other`, ids(signals))
}

// Write implements [feedback.Store].
func (f *Feedback) Write(ctx context.Context, fn func(feedback.Tx) error) error {
	return f.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// Post implements [feedback.Tx]. Feedback about a signal that is not there
// fails the transaction. All of it goes in one round trip.
func (t *tx) Post(records []feedback.Record, notices []gateway.PostedNotice) error {
	steps, err := t.posted(records)
	if err != nil {
		return failed(t.fail(err))
	}
	var starts []gateway.PauseStart
	for _, r := range records {
		starts = append(starts, r.Pauses...)
	}
	if len(starts) > 0 {
		begun, err := starting(starts)
		if err != nil {
			return failed(t.fail(err))
		}
		steps = append(steps, begun...)
	}
	if len(notices) > 0 {
		s, err := posting(notices)
		if err != nil {
			return failed(t.fail(err))
		}
		steps = append(steps, s)
	}
	return t.together(steps...)
}

// posted stores feedback in the order that it came, and marks the signals that
// it is about as answered; the first time stands.
func (t *tx) posted(records []feedback.Record) ([]statement, error) {
	if len(records) == 0 {
		return nil, nil
	}
	var of []string
	var id, signal, sum, receipt, about [][]byte
	var received, answered []any
	for _, r := range records {
		own, err := uuid(r.ID)
		if err != nil {
			return nil, err
		}
		m, err := t.holder(r.Municipality)
		if err != nil {
			return nil, err
		}
		all := ids(append([]gateway.SignalID{r.Signal}, r.Also...))
		if all[0] == nil {
			return nil, errID
		}
		of, id, signal = append(of, string(m)), append(id, own), append(signal, all[0])
		sum, receipt, received = append(sum, r.Digest[:]), append(receipt, r.Receipt), append(received, moment(r.At))
		for range all {
			answered = append(answered, moment(r.At))
		}
		about = append(about, all...)
	}
	return []statement{{`INSERT INTO feedback (municipality, id, signal, digest, receipt, received_at, expires_on)
			SELECT f.municipality, f.id, s.id, f.digest, f.receipt, f.received_at, s.expires_on
			FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bigint[])
				WITH ORDINALITY AS f (municipality, id, signal, digest, receipt, received_at, place)
			JOIN signal AS s ON s.id = f.signal ORDER BY f.place`,
		[]any{of, id, signal, sum, receipt, received}, int64(len(records))},
		{`UPDATE signal AS s SET answered_at = a.at FROM (
				SELECT DISTINCT ON (k.id) k.id, k.at FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS k (id, at, place) ORDER BY k.id, k.place
			) AS a WHERE s.id = a.id AND s.answered_at IS NULL`,
			[]any{about, answered}, anyRows}}, nil
}
