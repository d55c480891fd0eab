// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// Notices implements [feedback.Store], at the door of that party.
func (f *Feedback) Notices(ctx context.Context, party gateway.OIN, after int64, limit int) ([]feedback.Waiting, error) {
	var waiting []feedback.Waiting
	err := each(f.db.door.as(ctx, string(party)), func(scan func(...any) error) error {
		w, err := scanNotice(scan)
		w.Notice.To = party
		waiting = append(waiting, w)
		return err
	}, `SELECT n.sequence, n.id, s.id, n.report_id, n.kind, n.pause_id, n.pause_step, n.pause_from, n.pause_until, n.pause_review,
			n.scope, n.wrapped, n.digest, n.posted_at, n.received_at, n.applied_at, n.offered_at
		FROM notice AS n JOIN signal AS s ON s.number = n.signal
		WHERE n.party = $1 AND n.sequence > $2 ORDER BY n.sequence LIMIT $3`, string(party), after, limit)
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
	errNoticeID = errors.New("postgres: the id of a notice carries no moment")
	errProgress = errors.New("postgres: a notice cannot move to this progress")
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
	if len(notices) == 0 {
		return nil
	}
	s, err := posting(notices)
	if err != nil {
		return failed(t.fail(err))
	}
	return t.together(s)
}

// posting is the statement of post, for those that have more to send with it.
func posting(notices []gateway.PostedNotice) (statement, error) {
	var id, signal, report, pause, wrapped, sum [][]byte
	var to, kind, scope []string
	var step, from, until, review, posted, on []any
	for _, n := range notices {
		own, of, about, err := noticeIDs(n)
		if err != nil {
			return statement{}, err
		}
		made := madeAt(own)
		if made.IsZero() {
			return statement{}, errNoticeID
		}
		id, signal, report, to, kind = append(id, own), append(signal, of), append(report, about), append(to, string(n.To)), append(kind, string(n.Kind))
		scope, wrapped, sum = append(scope, n.Scope), append(wrapped, n.Wrapped), append(sum, n.Digest[:])
		posted, on = append(posted, moment(made)), append(on, day(gateway.Today(made)))
		var p gateway.Pause
		var of2 []byte
		var number any
		if n.Pause != nil {
			p, number = *n.Pause, n.Pause.Step
			if of2, err = uuid(p.ID); err != nil {
				return statement{}, err
			}
		}
		pause, step = append(pause, of2), append(step, number)
		from, until, review = append(from, day(p.From)), append(until, day(p.Until)), append(review, day(p.Review))
	}
	return statement{postNotices, []any{id, to, signal, report, kind, pause, step, from, until, review, scope, wrapped, sum, posted, on, keepPause}, int64(len(notices))}, nil
}

func noticeIDs(n gateway.PostedNotice) (id, signal, report []byte, err error) {
	if id, err = uuid(n.ID); err != nil {
		return nil, nil, nil, err
	}
	if signal, err = uuid(n.Signal); err != nil {
		return nil, nil, nil, err
	}
	if n.ReportID != "" {
		report, err = uuid(n.ReportID)
	}
	return id, signal, report, err
}

// postNotices gives each party its numbers and stores, in one statement. Rows
// that may not be stored are left out, and so found missing by their count.
const postNotices = `WITH n AS (
		SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::bytea[], $5::text[], $6::bytea[], $7::bigint[], $8::bigint[], $9::bigint[],
			$10::bigint[], $11::text[], $12::bytea[], $13::bytea[], $14::bigint[], $15::bigint[])
		WITH ORDINALITY AS n (id, party, signal, report_id, kind, pause_id, step, from_on, until_on, review_on, scope, wrapped, digest, posted_at, posted_on, place)
	), given AS (
		INSERT INTO notice_sequence AS q (party, last) SELECT n.party, count(*) FROM n GROUP BY n.party
		ON CONFLICT (party) DO UPDATE SET last = q.last + excluded.last RETURNING q.party, q.last
	)
	INSERT INTO notice (id, party, sequence, signal, report_id, kind, pause_id, pause_step, pause_from, pause_until, pause_review,
		scope, wrapped, digest, posted_at, expires_on)
	SELECT n.id, n.party, g.last - count(*) OVER (PARTITION BY n.party) + row_number() OVER (PARTITION BY n.party ORDER BY n.place),
		s.number, n.report_id, n.kind, n.pause_id, n.step, n.from_on, n.until_on, n.review_on, n.scope, n.wrapped, n.digest, n.posted_at,
		greatest(n.posted_on + s.keep_days, n.until_on + $16::bigint, (SELECT p.expires_on FROM pause AS p WHERE p.id = n.pause_id))
	FROM n JOIN given AS g ON g.party = n.party JOIN signal AS s ON s.id = n.signal
	WHERE CASE WHEN n.report_id IS NULL
		THEN EXISTS (SELECT FROM party AS p WHERE p.oin = n.party AND p.municipality = s.municipality)
		ELSE s.report_id = n.report_id AND (n.party = s.creditor OR n.party = s.holder
			OR EXISTS (SELECT FROM notice AS e WHERE e.signal = s.number AND e.party = n.party AND e.report_id = n.report_id))
		END`

// told is what the confirmations of one call say about one notice, each the
// first time.
type told struct {
	received, applied, told any
}

// Confirm implements [feedback.Tx]. Progress only grows and its first moment
// stands, so all of a call can be stored at once and read back after it.
func (t *tx) Confirm(confirmations []feedback.Confirmation) ([]time.Time, error) {
	keys, said := []feedback.Confirmation{}, map[[2]string]*told{}
	for _, c := range confirmations {
		if c.Progress != gateway.NoticeReady && c.Progress != gateway.NoticeReceived && c.Progress != gateway.NoticeApplied {
			return nil, failed(t.fail(errProgress))
		}
		key := [2]string{string(c.ID), string(c.Party)}
		s := said[key]
		if s == nil {
			s = new(told)
			said[key], keys = s, append(keys, c)
		}
		switch {
		case c.Progress == gateway.NoticeReceived && s.received == nil && s.applied == nil:
			s.received = moment(c.At)
		case c.Progress == gateway.NoticeApplied && s.applied == nil:
			s.applied = moment(c.At)
		}
		if len(c.Told) > 0 && s.told == nil {
			agents, err := list(c.Told)
			if err != nil {
				return nil, failed(t.fail(err))
			}
			s.told = agents
		}
	}
	if err := t.confirm(keys, said); err != nil {
		return nil, err
	}
	return t.confirmed(confirmations)
}

func (t *tx) confirm(keys []feedback.Confirmation, said map[[2]string]*told) error {
	var id []gateway.NoticeID
	var party []string
	var received, applied, agents []any
	for _, c := range keys {
		if s := said[[2]string{string(c.ID), string(c.Party)}]; *s != (told{}) {
			id, party = append(id, c.ID), append(party, string(c.Party))
			received, applied, agents = append(received, s.received), append(applied, s.applied), append(agents, s.told)
		}
	}
	if len(id) == 0 {
		return nil
	}
	_, err := t.exec(`UPDATE notice AS n SET told = coalesce(n.told, c.told), applied_at = coalesce(n.applied_at, c.applied_at),
			received_at = CASE WHEN coalesce(n.received_at, n.applied_at) IS NULL THEN c.received_at ELSE n.received_at END
		FROM unnest($1::bytea[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS c (id, party, received_at, applied_at, told)
		WHERE n.id = c.id AND n.party = c.party`, ids(id), party, received, applied, agents)
	return err
}

// confirmed gives the moment of each progress, the zero time where that party
// has no such notice.
func (t *tx) confirmed(confirmations []feedback.Confirmation) ([]time.Time, error) {
	moments := make([]time.Time, len(confirmations))
	if len(confirmations) == 0 {
		return moments, nil
	}
	id, party := make([]gateway.NoticeID, len(confirmations)), make([]string, len(confirmations))
	for i, c := range confirmations {
		id[i], party[i] = c.ID, string(c.Party)
	}
	err := each(t, func(scan func(...any) error) error {
		var place int
		var posted int64
		var received, applied *int64
		err := scan(&place, &posted, &received, &applied)
		ms := &posted
		switch confirmations[place].Progress {
		case gateway.NoticeReceived:
			ms = received
		case gateway.NoticeApplied:
			ms = applied
		}
		moments[place] = at(ms)
		return err
	}, `SELECT k.place - 1, n.posted_at, coalesce(n.received_at, n.applied_at), n.applied_at
		FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY AS k (id, party, place) JOIN notice AS n ON n.id = k.id AND n.party = k.party`,
		ids(id), party)
	return moments, err
}

// Offer implements [feedback.Tx].
func (t *tx) Offer(party gateway.OIN, of []gateway.NoticeID, on time.Time) (first []gateway.NoticeID, err error) {
	if len(of) == 0 {
		return nil, nil
	}
	err = each(t, func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		first = append(first, text[gateway.NoticeID](id))
		return err
	}, `UPDATE notice SET offered_at = $1 WHERE party = $2 AND offered_at IS NULL AND id = ANY ($3::bytea[]) RETURNING id`,
		moment(on), string(party), ids(of))
	slices.Sort(first)
	return first, err
}
