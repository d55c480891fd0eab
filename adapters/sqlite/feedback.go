// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// Feedback is feedback and notices. It fills [feedback.Store].
type Feedback struct{ db *DB }

// Feedback is the view for package feedback.
func (d *DB) Feedback() *Feedback { return &Feedback{d} }

// Feedback implements [feedback.Store].
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
	pairs := make([][2]string, len(keys))
	for i, k := range keys {
		pairs[i] = [2]string{string(k.Municipality), string(k.ID)}
	}
	err := lookup(q, pairs, func(scan func(...any) error) error {
		var place int
		var signal, sum, receipt []byte
		var received int64
		if err := scan(&place, &signal, &sum, &receipt, &received); err != nil {
			return err
		}
		found[place] = feedback.Record{Key: keys[place], Signal: text[gateway.SignalID](signal), Digest: digest(sum),
			Receipt: receipt, At: at(&received)}
		return nil
	}, `SELECT k.key, f.signal, f.digest, f.receipt, f.received_at FROM json_each(?) AS k
		CROSS JOIN feedback AS f ON f.municipality = coalesce((SELECT holder FROM succession WHERE former = k.value ->> 0), k.value ->> 0) AND f.id = unhex(k.value ->> 1, '-')`)
	return found, err
}

// Cases implements [feedback.Store].
func (f *Feedback) Cases(ctx context.Context, ids []gateway.SignalID) ([]feedback.Case, error) {
	return feedbackCases(f.db.read.with(ctx), ids)
}

// Cases implements [feedback.Tx].
func (t *tx) Cases(ids []gateway.SignalID) ([]feedback.Case, error) { return feedbackCases(t, ids) }

// feedbackCases finds signals with what was agreed when they came. A creditor
// that is no longer in the register is known by its OIN only.
func feedbackCases(q querier, ids []gateway.SignalID) ([]feedback.Case, error) {
	cases := make([]feedback.Case, len(ids))
	if len(ids) == 0 {
		return cases, nil
	}
	err := lookup(q, ids, func(scan func(...any) error) error {
		var place int
		var c feedback.Case
		var report, concerns []byte
		var on int64
		err := scan(&place, &c.Municipality, &c.Creditor.OIN, &report, &c.Nature, &concerns, &on, &c.PauseDays, &c.Withdrawn, &c.Paused)
		c.Signal, c.ReportID, c.DepositedOn = ids[place], text[gateway.ReportID](report), date(&on)
		c.Creditor.Kind, c.Nature = gateway.KindCreditor, natureOf(c.Nature, concerns)
		cases[place] = c
		return err
	}, `SELECT k.key, s.municipality, coalesce(s.holder, s.creditor), s.report_id, s.nature, s.concerns, s.day, s.pause_days,
			s.withdrawn_at IS NOT NULL, s.paused_at IS NOT NULL
		FROM json_each(?) AS k CROSS JOIN signal AS s ON s.id = unhex(k.value, '-')`)
	if err != nil {
		return nil, err
	}
	if err := addCreditors(q, cases); err != nil {
		return nil, err
	}
	return cases, addRelated(q, ids, cases)
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

func addRelated(q querier, ids []gateway.SignalID, cases []feedback.Case) error {
	return lookup(q, ids, func(scan func(...any) error) error {
		var place int
		var other []byte
		err := scan(&place, &other)
		cases[place].Related = append(cases[place].Related, text[gateway.SignalID](other))
		return err
	}, `SELECT k.key, o.id FROM json_each(?) AS k
		CROSS JOIN signal AS s ON s.id = unhex(k.value, '-')
		CROSS JOIN relation AS r ON r.signal = s.number
		CROSS JOIN signal AS o ON o.number = r.other
		ORDER BY k.key, r.other`)
}

// Write implements [feedback.Store].
func (f *Feedback) Write(ctx context.Context, fn func(feedback.Tx) error) error {
	return f.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// Post implements [feedback.Tx]. Feedback about a signal that is not there
// fails the transaction.
func (t *tx) Post(records []feedback.Record, notices []gateway.PostedNotice) error {
	for _, r := range records {
		id, err := uuid(r.ID)
		if err != nil {
			return failed(t.fail(err))
		}
		signal, err := uuid(r.Signal)
		if err != nil {
			return failed(t.fail(err))
		}
		of, err := t.holder(r.Municipality)
		if err != nil {
			return err
		}
		if err := t.execOne(`INSERT INTO feedback (municipality, id, signal, digest, receipt, received_at, expires_on)
			SELECT ?, ?, s.id, ?, ?, ?, s.expires_on FROM signal AS s WHERE s.id = ?`,
			string(of), id, r.Digest[:], []byte(r.Receipt), moment(r.At), signal); err != nil {
			return err
		}
		if err := t.answered(r); err != nil {
			return err
		}
		for _, p := range r.Pauses {
			if err := t.start(p); err != nil {
				return err
			}
		}
	}
	return t.post(notices)
}

// answered marks the signals that feedback is about; the first time stands.
func (t *tx) answered(r feedback.Record) error {
	all, err := list(append([]gateway.SignalID{r.Signal}, r.Also...))
	if err != nil {
		return failed(t.fail(err))
	}
	_, err = t.exec(`UPDATE signal SET answered_at = ? WHERE answered_at IS NULL
		AND id IN (SELECT unhex(value, '-') FROM json_each(?))`, moment(r.At), all)
	return err
}
