// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Pauses is the life of pauses. It fills [pause.Store].
type Pauses struct{ db *DB }

// Pauses is the view for package pause.
func (d *DB) Pauses() *Pauses { return &Pauses{d} }

var errStep = errors.New("sqlite: a step of a pause does not follow the last one")

// Changes implements [pause.Store].
func (p *Pauses) Changes(ctx context.Context, keys []pause.Key) ([]pause.Record, error) {
	return pauseChanges(p.db.read.with(ctx), keys)
}

// Changes implements [pause.Tx].
func (t *tx) Changes(keys []pause.Key) ([]pause.Record, error) { return pauseChanges(t, keys) }

func pauseChanges(q querier, keys []pause.Key) ([]pause.Record, error) {
	found := make([]pause.Record, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	pairs := make([][2]string, len(keys))
	for i, k := range keys {
		pairs[i] = [2]string{string(k.Party), string(k.ID)}
	}
	err := lookup(q, pairs, func(scan func(...any) error) error {
		var place int
		var id, sum, receipt []byte
		var moment int64
		if err := scan(&place, &id, &sum, &receipt, &moment); err != nil {
			return err
		}
		found[place] = pause.Record{Key: keys[place], Pause: text[gateway.PauseID](id), Digest: digest(sum), Receipt: receipt, At: at(&moment)}
		return nil
	}, `SELECT k.key, c.pause, c.digest, c.receipt, c.at FROM json_each(?) AS k
		CROSS JOIN pause_change AS c ON c.party = k.value ->> 0 AND c.id = unhex(k.value ->> 1, '-')`)
	return found, err
}

// Pauses implements [pause.Store].
func (p *Pauses) Pauses(ctx context.Context, ids []gateway.PauseID) ([]pause.Standing, error) {
	return pauseStandings(p.db.read.with(ctx), ids)
}

// Pauses implements [pause.Tx].
func (t *tx) Pauses(ids []gateway.PauseID) ([]pause.Standing, error) { return pauseStandings(t, ids) }

func pauseStandings(q querier, ids []gateway.PauseID) ([]pause.Standing, error) {
	found := make([]pause.Standing, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	err := lookup(q, ids, func(scan func(...any) error) error {
		var place int
		var signal, report []byte
		var from, until, settled, given int64
		var review, answer *int64
		var s pause.Standing
		err := scan(&place, &s.Pause.Step, &from, &until, &review, &signal, &report, &s.Municipality.Municipality, &s.Municipality.OIN,
			&s.Holder.OIN, &s.Limits.Days, &s.Limits.Prolongations, &s.State, &s.Prolonged, &s.Contested, &answer, &settled, &given, &s.Transfers)
		s.Pause.ID, s.Pause.From, s.Pause.Until, s.Pause.Review = ids[place], date(&from), date(&until), date(review)
		s.Signal, s.ReportID, s.AnswerBy = text[gateway.SignalID](signal), text[gateway.ReportID](report), date(answer)
		s.SettledOn, s.GivenOn = gateway.Today(at(&settled)), gateway.Today(at(&given))
		s.Municipality.Kind, s.Holder.Kind = gateway.KindMunicipality, gateway.KindCreditor
		found[place] = s
		return err
	}, `SELECT k.key, p.steps, p.from_on, p.until_on, p.review_on, s.id, s.report_id, s.municipality,
			coalesce((SELECT m.oin FROM party AS m WHERE m.municipality = s.municipality AND m.state = 'actief' AND m.kind = 'gemeente'), ''),
			p.holder, s.pause_days, s.prolongations, p.state, p.prolonged, p.contested_at IS NOT NULL, p.answer_by,
			(SELECT max(c.at) FROM pause_step AS c WHERE c.pause = p.number AND c.kind IN ('begonnen', 'verlengd', 'gecorrigeerd', 'overgedragen')),
			(SELECT max(c.at) FROM pause_step AS c WHERE c.pause = p.number AND c.kind IN ('begonnen', 'verlengd')),
			(SELECT count(*) FROM pause_step AS c WHERE c.pause = p.number AND c.kind = 'overgedragen')
		FROM json_each(?) AS k
		CROSS JOIN pause AS p ON p.id = unhex(k.value, '-')
		CROSS JOIN signal AS s ON s.number = p.signal`)
	if err != nil {
		return nil, err
	}
	var named []*gateway.Party
	for i := range found {
		named = append(named, &found[i].Holder, &found[i].Municipality)
	}
	return found, nameParties(q, named)
}

// Steps implements [pause.Tx].
func (t *tx) Steps(id gateway.PauseID) ([]gateway.PauseStep, error) {
	b, err := uuid(id)
	if err != nil {
		return nil, nil // no such pause
	}
	var steps []gateway.PauseStep
	err = each(t, func(scan func(...any) error) error {
		s := gateway.PauseStep{Pause: gateway.Pause{ID: id}}
		var moment, from, until int64
		var review, received, applied *int64
		var sum, notice, told []byte
		if err := scan(&s.Number, &s.Kind, &s.By, &moment, &from, &until, &review, &s.Reason, &sum, &notice, &s.To, &received, &applied, &told); err != nil {
			return err
		}
		s.At, s.Digest, s.Notice = at(&moment), digest(sum), text[gateway.NoticeID](notice)
		s.Pause.Step, s.Pause.From, s.Pause.Until, s.Pause.Review = s.Number, date(&from), date(&until), date(review)
		s.ReceivedAt, s.AppliedAt = at(received), at(applied)
		if told != nil {
			if err := json.Unmarshal(told, &s.Told); err != nil {
				return err
			}
		}
		steps = append(steps, s)
		return nil
	}, `SELECT c.step, c.kind, c.party, c.at, c.from_on, c.until_on, c.review_on, c.reason, c.digest, c.notice, coalesce(n.party, ''),
			coalesce(n.received_at, n.applied_at), n.applied_at, n.told
		FROM pause AS p CROSS JOIN pause_step AS c ON c.pause = p.number LEFT JOIN notice AS n ON n.id = c.notice
		WHERE p.id = ? ORDER BY c.step`, b)
	return steps, err
}

// Write implements [pause.Store].
func (p *Pauses) Write(ctx context.Context, fn func(pause.Tx) error) error {
	return p.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

// start stores a pause that begins with feedback.
func (t *tx) start(s gateway.PauseStart) error {
	id, err := uuid(s.Pause.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	signal, err := uuid(s.Signal)
	if err != nil {
		return failed(t.fail(err))
	}
	// A claim gets one pause: a second one finds the mark and fails.
	if err := t.execOne(`UPDATE signal SET paused_at = ? WHERE id = ? AND paused_at IS NULL`, moment(s.At), signal); err != nil {
		return err
	}
	if err := t.execOne(`INSERT INTO pause (id, signal, holder, steps, from_on, until_on, review_on, state, prolonged, expires_on)
		SELECT ?1, s.number, ?2, 1, ?3, ?4, ?5, 'loopt', 0, ?4 + ?6 FROM signal AS s WHERE s.id = ?7`,
		id, string(s.Holder), day(s.Pause.From), day(s.Pause.Until), day(s.Pause.Review), keepPause, signal); err != nil {
		return err
	}
	return t.addStep(gateway.PauseStep{Number: 1, Kind: gateway.PauseBegun, By: s.By, At: s.At, Pause: s.Pause, Digest: s.Digest, Notice: s.Notice}, id)
}

func (t *tx) addStep(s gateway.PauseStep, id []byte) error {
	var sum, notice any
	if s.Digest != (gateway.Digest{}) {
		sum = s.Digest[:]
	}
	if s.Notice != "" {
		b, err := uuid(s.Notice)
		if err != nil {
			return failed(t.fail(err))
		}
		notice = b
	}
	return t.execOne(`INSERT INTO pause_step (pause, step, kind, party, at, from_on, until_on, review_on, reason, digest, notice)
		SELECT p.number, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM pause AS p WHERE p.id = ?1`,
		id, s.Number, string(s.Kind), string(s.By), moment(s.At), day(s.Pause.From), day(s.Pause.Until), day(s.Pause.Review),
		string(s.Reason), sum, notice)
}

// Change implements [pause.Tx].
func (t *tx) Change(changes []pause.Changed) error {
	for _, c := range changes {
		if err := t.changeOne(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) changeOne(c pause.Changed) error {
	id, err := uuid(c.After.Pause.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	if c.Step.Number != c.After.Pause.Step {
		return failed(t.fail(errStep))
	}
	var contested any
	if c.After.Contested {
		contested = moment(c.Step.At)
	}
	if err := t.execOne(`UPDATE pause SET steps = ?2, holder = ?3, until_on = ?4, review_on = ?5, state = ?6, prolonged = ?7,
			contested_at = iif(?8 IS NULL, NULL, coalesce(contested_at, ?8)), answer_by = ?9, expires_on = max(expires_on, ?4 + ?10)
		WHERE id = ?1 AND steps = ?2 - 1`, id, c.After.Pause.Step, string(c.After.Holder.OIN), day(c.After.Pause.Until), day(c.After.Pause.Review),
		string(c.After.State), c.After.Prolonged, contested, day(c.After.AnswerBy), keepPause); err != nil {
		return err
	}
	if c.Step.Kind == gateway.PauseTransferred {
		if err := t.execOne(`UPDATE signal SET holder = ? WHERE number = (SELECT signal FROM pause WHERE id = ?)`, string(c.After.Holder.OIN), id); err != nil {
			return err
		}
	}
	if err := t.addStep(c.Step, id); err != nil {
		return err
	}
	if err := t.again(c, id); err != nil {
		return err
	}
	if c.Record.Exists() {
		if err := t.addChange(c.Record, id); err != nil {
			return err
		}
	}
	return t.post(c.Notices)
}

// again lets a new contest or review date run out anew, and keeps the papers of
// the pause as long as the pause.
func (t *tx) again(c pause.Changed, id []byte) error {
	for kind, anew := range map[gateway.NoticeKind]bool{gateway.NoticeContestOpen: c.Step.Kind == gateway.PauseContested,
		gateway.NoticePauseReview: c.Step.Kind == gateway.PauseProlonged || c.Step.Kind == gateway.PauseCorrected} {
		if !anew {
			continue
		}
		if _, err := t.exec(`DELETE FROM alarm WHERE subject = ? AND kind = ?`, id, string(kind)); err != nil {
			return err
		}
	}
	_, err := t.exec(`UPDATE notice SET expires_on = max(expires_on, (SELECT p.expires_on FROM pause AS p WHERE p.id = ?1))
		WHERE signal = (SELECT p.signal FROM pause AS p WHERE p.id = ?1) AND pause_id = ?1`, id)
	return err
}

func (t *tx) addChange(r pause.Record, of []byte) error {
	id, err := uuid(r.ID)
	if err != nil {
		return failed(t.fail(err))
	}
	return t.execOne(`INSERT INTO pause_change (party, id, pause, digest, receipt, at, expires_on, signal)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, s.expires_on, s.number FROM pause AS p JOIN signal AS s ON s.number = p.signal WHERE p.id = ?3`,
		string(r.Party), id, of, r.Digest[:], []byte(r.Receipt), moment(r.At))
}
