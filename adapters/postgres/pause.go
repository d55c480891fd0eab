// SPDX-License-Identifier: EUPL-1.2

package postgres

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

var errStep = errors.New("postgres: a step of a pause does not follow the last one")

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
	party, id := make([]string, len(keys)), make([]gateway.ChangeID, len(keys))
	for i, k := range keys {
		party[i], id[i] = string(k.Party), k.ID
	}
	err := each(q, func(scan func(...any) error) error {
		var place int
		var id, sum, receipt []byte
		var moment int64
		if err := scan(&place, &id, &sum, &receipt, &moment); err != nil {
			return err
		}
		found[place] = pause.Record{Key: keys[place], Pause: text[gateway.PauseID](id), Digest: digest(sum), Receipt: receipt, At: at(&moment)}
		return nil
	}, `SELECT k.place - 1, c.pause, c.digest, c.receipt, c.at FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k (party, id, place)
		JOIN pause_change AS c ON c.party = k.party AND c.id = k.id`, party, ids(id))
	return found, err
}

// Pauses implements [pause.Store].
func (p *Pauses) Pauses(ctx context.Context, ids []gateway.PauseID) ([]pause.Standing, error) {
	return pauseStandings(p.db.read.with(ctx), ids)
}

// Pauses implements [pause.Tx].
func (t *tx) Pauses(ids []gateway.PauseID) ([]pause.Standing, error) { return pauseStandings(t, ids) }

func pauseStandings(q querier, of []gateway.PauseID) ([]pause.Standing, error) {
	found, err := standings(q, of)
	if err != nil {
		return nil, err
	}
	return found, nameStandings(q, found)
}

// standings gives pauses with their parties by OIN and code only: the role of
// the doors does not read the register.
func standings(q querier, of []gateway.PauseID) ([]pause.Standing, error) {
	found := make([]pause.Standing, len(of))
	if len(of) == 0 {
		return found, nil
	}
	return found, each(q, func(scan func(...any) error) error {
		var place int
		var signal, report []byte
		var from, until, settled, given int64
		var review, answer *int64
		var s pause.Standing
		err := scan(&place, &s.Pause.Step, &from, &until, &review, &signal, &report, &s.Municipality.Municipality,
			&s.Holder.OIN, &s.Limits.Days, &s.Limits.Prolongations, &s.State, &s.Prolonged, &s.Contested, &answer, &settled, &given, &s.Transfers)
		s.Pause.ID, s.Pause.From, s.Pause.Until, s.Pause.Review = of[place], date(&from), date(&until), date(review)
		s.Signal, s.ReportID, s.AnswerBy = text[gateway.SignalID](signal), text[gateway.ReportID](report), date(answer)
		s.SettledOn, s.GivenOn = gateway.Today(at(&settled)), gateway.Today(at(&given))
		s.Municipality.Kind, s.Holder.Kind = gateway.KindMunicipality, gateway.KindCreditor
		found[place] = s
		return err
	}, `SELECT k.place - 1, p.steps, p.from_on, p.until_on, p.review_on, s.id, s.report_id, s.municipality,
			p.holder, s.pause_days, s.prolongations, p.state, p.prolonged, p.contested_at IS NOT NULL, p.answer_by,
			(SELECT max(c.at) FROM pause_step AS c WHERE c.pause = p.number AND c.kind IN ('begonnen', 'verlengd', 'gecorrigeerd', 'overgedragen')),
			(SELECT max(c.at) FROM pause_step AS c WHERE c.pause = p.number AND c.kind IN ('begonnen', 'verlengd')),
			(SELECT count(*) FROM pause_step AS c WHERE c.pause = p.number AND c.kind = 'overgedragen')
		FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place)
		JOIN pause AS p ON p.id = k.id
		JOIN signal AS s ON s.number = p.signal`, ids(of))
}

// nameStandings adds who speaks for each municipality now, and what the register
// knows of all.
func nameStandings(q querier, found []pause.Standing) error {
	codes := map[string][]*gateway.Party{}
	var asked []string
	var named []*gateway.Party
	for i := range found {
		if !found[i].Exists() {
			continue
		}
		m := &found[i].Municipality
		code := string(m.Municipality)
		if codes[code] == nil {
			asked = append(asked, code)
		}
		codes[code], named = append(codes[code], m), append(named, &found[i].Holder, m)
	}
	if len(asked) == 0 {
		return nil
	}
	err := each(q, func(scan func(...any) error) error {
		var code string
		var oin gateway.OIN
		err := scan(&code, &oin)
		for _, m := range codes[code] {
			m.OIN = oin
		}
		return err
	}, `SELECT m.municipality, m.oin FROM party AS m WHERE m.municipality = ANY ($1::text[]) AND m.state = 'actief' AND m.kind = 'gemeente'`, asked)
	if err != nil {
		return err
	}
	return nameParties(q, named)
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
		FROM pause AS p JOIN pause_step AS c ON c.pause = p.number LEFT JOIN notice AS n ON n.id = c.notice
		WHERE p.id = $1 ORDER BY c.step`, b)
	return steps, err
}

// Write implements [pause.Store].
func (p *Pauses) Write(ctx context.Context, fn func(pause.Tx) error) error {
	return p.db.write.do(ctx, func(t *tx) error { return fn(t) })
}
