// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// starting stores pauses that begin with feedback.
func starting(starts []gateway.PauseStart) ([]statement, error) {
	var id, signal, notice, sum [][]byte
	var holder, by []string
	var on, from, until, review []any
	for _, s := range starts {
		own, err := uuid(s.Pause.ID)
		if err != nil {
			return nil, err
		}
		of, err := uuid(s.Signal)
		if err != nil {
			return nil, err
		}
		paper, proof, err := papers(s.Notice, s.Digest)
		if err != nil {
			return nil, err
		}
		id, signal, notice, sum = append(id, own), append(signal, of), append(notice, paper), append(sum, proof)
		holder, by, on = append(holder, string(s.Holder)), append(by, string(s.By)), append(on, moment(s.At))
		from, until, review = append(from, day(s.Pause.From)), append(until, day(s.Pause.Until)), append(review, day(s.Pause.Review))
	}
	n := int64(len(starts))
	return []statement{
		// A claim gets one pause: a second one finds the mark and fails.
		{`UPDATE signal AS s SET paused_at = k.at FROM unnest($1::bytea[], $2::bigint[]) AS k (id, at) WHERE s.id = k.id AND s.paused_at IS NULL`,
			[]any{signal, on}, n},
		{`INSERT INTO pause (id, signal, holder, steps, from_on, until_on, review_on, state, prolonged, expires_on)
			SELECT k.id, s.number, k.holder, 1, k.from_on, k.until_on, k.review_on, 'loopt', 0, k.until_on + $7::bigint
			FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
				WITH ORDINALITY AS k (id, signal, holder, from_on, until_on, review_on, place)
			JOIN signal AS s ON s.id = k.signal ORDER BY k.place`,
			[]any{id, signal, holder, from, until, review, keepPause}, n},
		{`INSERT INTO pause_step (pause, step, kind, party, at, from_on, until_on, review_on, reason, digest, notice)
			SELECT p.number, 1, $2::text, k.party, k.at, p.from_on, p.until_on, p.review_on, '', k.digest, k.notice
			FROM unnest($1::bytea[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[]) AS k (id, party, at, digest, notice)
			JOIN pause AS p ON p.id = k.id`,
			[]any{id, string(gateway.PauseBegun), by, on, sum, notice}, n},
	}, nil
}

// papers gives the notice and the digest of the signed message of a step, NULL
// where there is none.
func papers(n gateway.NoticeID, d gateway.Digest) (notice, sum []byte, err error) {
	if d != (gateway.Digest{}) {
		sum = d[:]
	}
	if n != "" {
		notice, err = uuid(n)
	}
	return notice, sum, err
}

// Change implements [pause.Tx]. All of it goes in one round trip, each step
// with what follows from it before the next.
func (t *tx) Change(changes []pause.Changed) error {
	var all []statement
	for _, c := range changes {
		steps, err := changing(c)
		if err != nil {
			return failed(t.fail(err))
		}
		all = append(all, steps...)
	}
	return t.together(all...)
}

func changing(c pause.Changed) ([]statement, error) {
	id, err := uuid(c.After.Pause.ID)
	if err != nil {
		return nil, err
	}
	if c.Step.Number != c.After.Pause.Step {
		return nil, errStep
	}
	var contested any
	if c.After.Contested {
		contested = moment(c.Step.At)
	}
	all := []statement{{`UPDATE pause SET steps = $2::bigint, holder = $3, until_on = $4::bigint, review_on = $5, state = $6, prolonged = $7,
			contested_at = CASE WHEN $8::bigint IS NOT NULL THEN coalesce(contested_at, $8) END, answer_by = $9,
			expires_on = greatest(expires_on, $4 + $10::bigint)
		WHERE id = $1 AND steps = $2 - 1`, []any{id, c.After.Pause.Step, string(c.After.Holder.OIN), day(c.After.Pause.Until), day(c.After.Pause.Review),
		string(c.After.State), c.After.Prolonged, contested, day(c.After.AnswerBy), keepPause}, 1}}
	if c.Step.Kind == gateway.PauseTransferred {
		all = append(all, statement{`UPDATE signal SET holder = $1 WHERE number = (SELECT signal FROM pause WHERE id = $2)`,
			[]any{string(c.After.Holder.OIN), id}, 1})
	}
	step, err := adding(c.Step, id)
	if err != nil {
		return nil, err
	}
	all = append(append(all, step), again(c, id)...)
	if c.Record.Exists() {
		own, err := uuid(c.Record.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, statement{`INSERT INTO pause_change (party, id, pause, digest, receipt, at, expires_on, signal)
			SELECT $1::text, $2::bytea, p.id, $4::bytea, $5::bytea, $6::bigint, s.expires_on, s.number FROM pause AS p JOIN signal AS s ON s.number = p.signal WHERE p.id = $3`,
			[]any{string(c.Record.Party), own, id, c.Record.Digest[:], []byte(c.Record.Receipt), moment(c.Record.At)}, 1})
	}
	if len(c.Notices) == 0 {
		return all, nil
	}
	notices, err := posting(c.Notices)
	return append(all, notices), err
}

func adding(s gateway.PauseStep, id []byte) (statement, error) {
	notice, sum, err := papers(s.Notice, s.Digest)
	return statement{`INSERT INTO pause_step (pause, step, kind, party, at, from_on, until_on, review_on, reason, digest, notice)
		SELECT p.number, $2::bigint, $3::text, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9::text, $10::bytea, $11::bytea FROM pause AS p WHERE p.id = $1`,
		[]any{id, s.Number, string(s.Kind), string(s.By), moment(s.At), day(s.Pause.From), day(s.Pause.Until), day(s.Pause.Review),
			string(s.Reason), sum, notice}, 1}, err
}

// again lets a new contest or review date run out anew, and keeps the papers of
// the pause as long as the pause.
func again(c pause.Changed, id []byte) (all []statement) {
	var anew []string
	if c.Step.Kind == gateway.PauseContested {
		anew = append(anew, string(gateway.NoticeContestOpen))
	}
	if c.Step.Kind == gateway.PauseProlonged || c.Step.Kind == gateway.PauseCorrected {
		anew = append(anew, string(gateway.NoticePauseReview))
	}
	if len(anew) > 0 {
		all = append(all, statement{`DELETE FROM alarm WHERE subject = $1 AND kind = ANY ($2::text[])`, []any{id, anew}, anyRows})
	}
	return append(all, statement{`UPDATE notice AS n SET expires_on = greatest(n.expires_on, p.expires_on) FROM pause AS p
		WHERE p.id = $1 AND n.signal = p.signal AND n.pause_id = p.id`, []any{id}, anyRows})
}
