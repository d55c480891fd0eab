// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// Notices implements [feedback.Store].
func (f *Feedback) Notices(ctx context.Context, creditor gateway.OIN, after int64, limit int) ([]feedback.Waiting, error) {
	var waiting []feedback.Waiting
	err := each(f.db.read.with(ctx), func(scan func(...any) error) error {
		w, err := scanNotice(scan)
		w.Notice.Creditor = creditor
		waiting = append(waiting, w)
		return err
	}, `SELECT sequence, id, report_id, kind, pause_id, pause_from, pause_until, scope, wrapped, digest,
			posted_at, received_at, applied_at
		FROM notice WHERE creditor = ? AND sequence > ? ORDER BY sequence LIMIT ?`, string(creditor), after, limit)
	return waiting, err
}

func scanNotice(scan func(...any) error) (w feedback.Waiting, err error) {
	n := &w.Notice
	var id, report, pause, sum []byte
	var from, until, received, applied *int64
	var posted int64
	err = scan(&w.Sequence, &id, &report, &n.Kind, &pause, &from, &until, &n.Scope, &n.Wrapped, &sum, &posted, &received, &applied)
	n.ID, n.ReportID, n.Digest = text[gateway.NoticeID](id), text[gateway.ReportID](report), digest(sum)
	if pause != nil {
		n.Pause = &gateway.Pause{ID: text[gateway.PauseID](pause), From: date(from), Until: date(until)}
	}
	w.At, w.Progress = at(&posted), gateway.NoticeReady
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

// post stores notices. They keep the term of the content that they are about,
// and their moment is the one in their id, which the gateway made. A notice
// about a report that is not there fails the transaction.
func (t *tx) post(notices []gateway.PostedNotice) error {
	for _, n := range notices {
		id, err := uuid(n.ID)
		if err != nil {
			return failed(t.fail(err))
		}
		report, err := uuid(n.ReportID)
		if err != nil {
			return failed(t.fail(err))
		}
		posted := madeAt(id)
		if posted.IsZero() {
			return failed(t.fail(errNoticeID))
		}
		if err := t.postOne(n, id, report, posted); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) postOne(n gateway.PostedNotice, id, report []byte, posted time.Time) error {
	var pause, from, until any
	if n.Pause != nil {
		b, err := uuid(n.Pause.ID)
		if err != nil {
			return failed(t.fail(err))
		}
		pause, from, until = b, day(n.Pause.From), day(n.Pause.Until)
	}
	var sequence int64
	if err := each(t, func(scan func(...any) error) error { return scan(&sequence) },
		`INSERT INTO notice_sequence (creditor, last) VALUES (?, 1)
		ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last`, string(n.Creditor)); err != nil {
		return err
	}
	return t.execOne(`INSERT INTO notice (id, creditor, sequence, report_id, kind, pause_id, pause_from, pause_until, scope,
			wrapped, digest, posted_at, expires_on)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 + s.keep_days
		FROM report AS r JOIN signal AS s USING (number) WHERE r.creditor = ?2 AND r.id = ?4`,
		id, string(n.Creditor), sequence, report, string(n.Kind), pause, from, until, n.Scope,
		n.Wrapped, n.Digest[:], moment(posted), day(gateway.Today(posted)))
}

// confirms has, per progress, how to reach it and when it was reached.
var confirms = map[gateway.NoticeProgress][2]string{
	gateway.NoticeReady: {"", `SELECT posted_at FROM notice WHERE id = ? AND creditor = ?`},
	gateway.NoticeReceived: {`UPDATE notice SET received_at = ?3 WHERE id = ?1 AND creditor = ?2 AND coalesce(received_at, applied_at) IS NULL`,
		`SELECT coalesce(received_at, applied_at) FROM notice WHERE id = ? AND creditor = ?`},
	gateway.NoticeApplied: {`UPDATE notice SET applied_at = ?3 WHERE id = ?1 AND creditor = ?2 AND applied_at IS NULL`,
		`SELECT applied_at FROM notice WHERE id = ? AND creditor = ?`},
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
			if _, err := t.exec(step[0], id, string(c.Creditor), moment(c.At)); err != nil {
				return nil, err
			}
		}
		if moments[i], err = t.moment(step[1], id, string(c.Creditor)); err != nil {
			return nil, err
		}
	}
	return moments, nil
}
