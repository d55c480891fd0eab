// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// Notices implements [feedback.Store].
func (f *Feedback) Notices(ctx context.Context, party gateway.OIN, after int64, limit int) ([]feedback.Waiting, error) {
	var waiting []feedback.Waiting
	err := each(f.db.read.with(ctx), func(scan func(...any) error) error {
		w, err := scanNotice(scan)
		w.Notice.To = party
		waiting = append(waiting, w)
		return err
	}, `SELECT n.sequence, n.id, s.id, n.report_id, n.kind, n.pause_id, n.pause_step, n.pause_from, n.pause_until, n.pause_review,
			n.scope, n.wrapped, n.digest, n.posted_at, n.received_at, n.applied_at, n.offered_at
		FROM notice AS n CROSS JOIN signal AS s ON s.number = n.signal
		WHERE n.party = ? AND n.sequence > ? ORDER BY n.sequence LIMIT ?`, string(party), after, limit)
	return waiting, err
}

func scanNotice(scan func(...any) error) (w feedback.Waiting, err error) {
	n := &w.Notice
	var id, signal, report, pause, sum []byte
	var step, from, until, review, received, applied, offered *int64
	var posted int64
	err = scan(&w.Sequence, &id, &signal, &report, &n.Kind, &pause, &step, &from, &until, &review, &n.Scope, &n.Wrapped, &sum,
		&posted, &received, &applied, &offered)
	n.ID, n.Signal, n.ReportID, n.Digest = text[gateway.NoticeID](id), text[gateway.SignalID](signal), text[gateway.ReportID](report), digest(sum)
	if pause != nil && step != nil {
		n.Pause = &gateway.Pause{ID: text[gateway.PauseID](pause), Step: int(*step), From: date(from), Until: date(until), Review: date(review)}
	}
	w.At, w.Progress, w.Offered = at(&posted), gateway.NoticeReady, offered != nil
	switch {
	case applied != nil:
		w.Progress = gateway.NoticeApplied
	case received != nil:
		w.Progress = gateway.NoticeReceived
	}
	return w, err
}

var (
	errNoticeID = errors.New("sqlite: the id of a notice carries no moment")
	errProgress = errors.New("sqlite: a notice cannot move to this progress")
)

// keepPause is how many days the papers of a pause are kept after its last
// day: both sides need them while they settle what came of it.
const keepPause = 90

// post stores notices. They keep the term of the content that they are about,
// one with a pause at least that of the pause, and their moment is the one
// in their id, which the gateway made. A notice to a creditor that neither
// reported nor holds or held the claim, or to a municipality that does not have the
// signal, fails the transaction.
func (t *tx) post(notices []gateway.PostedNotice) error {
	for _, n := range notices {
		if err := t.postOne(n); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) postOne(n gateway.PostedNotice) error {
	id, err := uuid(n.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	signal, err := uuid(n.Signal)
	if err != nil {
		return failed(t.fail(err))
	}
	var report any
	if n.ReportID != "" {
		if report, err = uuid(n.ReportID); err != nil {
			return failed(t.fail(err))
		}
	}
	posted := madeAt(id)
	if posted.IsZero() {
		return failed(t.fail(errNoticeID))
	}
	var pause, step, from, until, review any
	if n.Pause != nil {
		if pause, err = uuid(n.Pause.ID); err != nil {
			return failed(t.fail(err))
		}
		step, from, until, review = n.Pause.Step, day(n.Pause.From), day(n.Pause.Until), day(n.Pause.Review)
	}
	var sequence int64
	if err := each(t, func(scan func(...any) error) error { return scan(&sequence) },
		`INSERT INTO notice_sequence (party, last) VALUES (?, 1)
		ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last`, string(n.To)); err != nil {
		return err
	}
	return t.execOne(`INSERT INTO notice (id, party, sequence, signal, report_id, kind, pause_id, pause_step, pause_from, pause_until,
			pause_review, scope, wrapped, digest, posted_at, expires_on)
		SELECT ?1, ?2, ?3, s.number, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, max(?15 + s.keep_days, coalesce(?9 + ?16, 0),
			coalesce((SELECT p.expires_on FROM pause AS p WHERE p.id = ?6), 0))
		FROM signal AS s WHERE s.id = ?17 AND iif(?4 IS NULL,
			EXISTS (SELECT 1 FROM party AS p WHERE p.oin = ?2 AND p.municipality = s.municipality),
			s.report_id = ?4 AND (?2 IN (s.creditor, s.holder)
				OR EXISTS (SELECT 1 FROM notice AS e WHERE e.signal = s.number AND e.party = ?2 AND e.report_id = ?4)))`,
		id, string(n.To), sequence, report, string(n.Kind), pause, step, from, until, review, n.Scope,
		n.Wrapped, n.Digest[:], moment(posted), day(gateway.Today(posted)), keepPause, signal)
}

// confirms has, per progress, how to reach it and when it was reached.
var confirms = map[gateway.NoticeProgress][2]string{
	gateway.NoticeReady: {"", `SELECT posted_at FROM notice WHERE id = ? AND party = ?`},
	gateway.NoticeReceived: {`UPDATE notice SET received_at = ?3 WHERE id = ?1 AND party = ?2 AND coalesce(received_at, applied_at) IS NULL`,
		`SELECT coalesce(received_at, applied_at) FROM notice WHERE id = ? AND party = ?`},
	gateway.NoticeApplied: {`UPDATE notice SET applied_at = ?3 WHERE id = ?1 AND party = ?2 AND applied_at IS NULL`,
		`SELECT applied_at FROM notice WHERE id = ? AND party = ?`},
}

// Confirm implements [feedback.Tx].
func (t *tx) Confirm(confirmations []feedback.Confirmation) ([]time.Time, error) {
	moments := make([]time.Time, len(confirmations))
	for i, c := range confirmations {
		step, ok := confirms[c.Progress]
		if !ok {
			return nil, failed(t.fail(errProgress))
		}
		id, err := uuid(c.ID)
		if err != nil {
			continue // no such notice
		}
		if step[0] != "" {
			if _, err := t.exec(step[0], id, string(c.Party), moment(c.At)); err != nil {
				return nil, err
			}
		}
		if err := t.tell(id, c); err != nil {
			return nil, err
		}
		if moments[i], err = t.moment(step[1], id, string(c.Party)); err != nil {
			return nil, err
		}
	}
	return moments, nil
}

// Offer implements [feedback.Tx].
func (t *tx) Offer(party gateway.OIN, ids []gateway.NoticeID, on time.Time) (first []gateway.NoticeID, err error) {
	asked, err := list(ids)
	if err != nil {
		return nil, failed(t.fail(err))
	}
	err = each(t, func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		first = append(first, text[gateway.NoticeID](id))
		return err
	}, `UPDATE notice SET offered_at = ? WHERE +party = ? AND offered_at IS NULL AND id IN (SELECT unhex(value, '-') FROM json_each(?)) RETURNING id`,
		moment(on), string(party), asked)
	slices.Sort(first)
	return first, err
}

// tell keeps whom the creditor told; the first list stands.
func (t *tx) tell(id []byte, c feedback.Confirmation) error {
	if len(c.Told) == 0 {
		return nil
	}
	told, err := list(c.Told)
	if err != nil {
		return failed(t.fail(err))
	}
	_, err = t.exec(`UPDATE notice SET told = ? WHERE id = ? AND party = ? AND told IS NULL`, told, id, string(c.Party))
	return err
}
