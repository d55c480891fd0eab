// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Clocks is what waits for something. It fills [clocks.Store].
type Clocks struct{ db *DB }

// Clocks is the view for package clocks.
func (d *DB) Clocks() *Clocks { return &Clocks{d} }

// Due implements [clocks.Store].
func (c *Clocks) Due(ctx context.Context, cut clocks.Cutoffs, limit int) (clocks.Due, error) {
	return dueNow(c.db.read.with(ctx), cut, limit)
}

// Due implements [clocks.Tx].
func (t *tx) Due(cut clocks.Cutoffs, limit int) (clocks.Due, error) { return dueNow(t, cut, limit) }

// Write implements [clocks.Store].
func (c *Clocks) Write(ctx context.Context, fn func(clocks.Tx) error) error {
	return c.db.write.do(ctx, func(t *tx) error { return fn(t) })
}

func dueNow(q querier, cut clocks.Cutoffs, limit int) (clocks.Due, error) {
	var due clocks.Due
	var err error
	if due.Over, err = pausesOver(q, cut, limit); err != nil {
		return due, err
	}
	for _, find := range []func(querier, clocks.Cutoffs, int) ([]clocks.Alarm, error){latePauses, openContests, waitingSignals, unreadSignals} {
		alarms, err := find(q, cut, limit)
		if err != nil {
			return due, err
		}
		due.Alarms = append(due.Alarms, alarms...)
	}
	return due, nil
}

func pausesOver(q querier, cut clocks.Cutoffs, limit int) ([]pause.Standing, error) {
	var ids []gateway.PauseID
	err := each(q, func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		ids = append(ids, text[gateway.PauseID](id))
		return err
	}, `SELECT id FROM pause WHERE state = 'loopt' AND until_on < $1 ORDER BY until_on LIMIT $2`, day(cut.Today), limit)
	if err != nil {
		return nil, err
	}
	return pauseStandings(q, ids)
}

// notRaised keeps out what was raised before; the term is a constant of ours.
func notRaised(subject string, kind gateway.NoticeKind, term gateway.ClockTerm) string {
	return `NOT EXISTS (SELECT 1 FROM alarm AS a WHERE a.subject = ` + subject + ` AND a.kind = '` + string(kind) + `' AND a.term = '` + string(term) + `')`
}

// asksApplied are the kinds of notices that a creditor must apply.
var asksApplied = func() string {
	var kinds []string
	for _, k := range gateway.KindsAskingApplied() {
		kinds = append(kinds, "'"+string(k)+"'")
	}
	return "(" + strings.Join(kinds, ", ") + ")"
}()

// latePauses are notices of pauses that were not received or applied, also when
// the pause ended meanwhile: that it was never observed is what must be seen
// (invariant I9; docs/model, property P1). Nor does selling the claim on and on
// keep an alarm away.
func latePauses(q querier, cut clocks.Cutoffs, limit int) ([]clocks.Alarm, error) {
	const from = `SELECT n.id, p.id, n.party FROM notice AS n
		JOIN pause AS p ON p.id = n.pause_id
		WHERE n.pause_id IS NOT NULL AND n.applied_at IS NULL AND n.kind IN `
	fetched, err := pauseAlarms(q, gateway.NoticePauseNotFetched, gateway.Term24Hours, from+asksApplied+` AND n.received_at IS NULL AND n.posted_at <= $1 AND `+
		notRaised("n.id", gateway.NoticePauseNotFetched, gateway.Term24Hours)+` ORDER BY n.posted_at LIMIT $2`, moment(cut.Received), limit)
	if err != nil {
		return nil, err
	}
	// The whole of the last day counts: what was posted before the next midnight in the Netherlands.
	applied, err := pauseAlarms(q, gateway.NoticePauseNotApplied, gateway.TermWorkingDays, from+asksApplied+` AND n.posted_at < $1 AND `+
		notRaised("n.id", gateway.NoticePauseNotApplied, gateway.TermWorkingDays)+` ORDER BY n.posted_at LIMIT $2`, moment(cut.Applied.AddDays(1).Begins()), limit)
	return append(fetched, applied...), err
}

func openContests(q querier, cut clocks.Cutoffs, limit int) ([]clocks.Alarm, error) {
	contests, err := pauseAlarms(q, gateway.NoticeContestOpen, gateway.TermFiveDays, `SELECT p.id, p.id, p.holder FROM pause AS p
		WHERE p.state = 'loopt' AND p.contested_at IS NOT NULL AND p.answer_by < $1 AND `+
		notRaised("p.id", gateway.NoticeContestOpen, gateway.TermFiveDays)+` LIMIT $2`, day(cut.Today), limit)
	if err != nil {
		return nil, err
	}
	review, err := pauseAlarms(q, gateway.NoticePauseReview, "", `SELECT p.id, p.id, p.holder FROM pause AS p
		WHERE p.state = 'loopt' AND p.review_on <= $1 AND p.until_on >= $1 AND `+notRaised("p.id", gateway.NoticePauseReview, "")+` LIMIT $2`, day(cut.Today), limit)
	return append(contests, review...), err
}

// pauseAlarms runs a query of (subject, pause, creditor that it is about): a
// creditor that sold the claim is told of its own notice, and not how the pause
// stands now.
func pauseAlarms(q querier, kind gateway.NoticeKind, term gateway.ClockTerm, query string, args ...any) ([]clocks.Alarm, error) {
	var subjects []gateway.UUID
	var ids []gateway.PauseID
	var readers []gateway.OIN
	err := each(q, func(scan func(...any) error) error {
		var subject, id []byte
		var reader gateway.OIN
		err := scan(&subject, &id, &reader)
		readers = append(readers, reader)
		subjects, ids = append(subjects, text[gateway.UUID](subject)), append(ids, text[gateway.PauseID](id))
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	found, err := pauseStandings(q, ids)
	if err != nil {
		return nil, err
	}
	alarms := make([]clocks.Alarm, len(found))
	for i, s := range found {
		p := s.Pause
		alarms[i] = clocks.Alarm{Kind: kind, Term: term, Subject: subjects[i], Signal: s.Signal, ReportID: s.ReportID,
			Municipality: s.Municipality, Holder: s.Holder, Pause: &p}
		if readers[i] != s.Holder.OIN {
			alarms[i].Holder, alarms[i].Pause = gateway.Party{OIN: readers[i], Kind: gateway.KindCreditor}, nil
		}
	}
	return alarms, nameAlarmParties(q, alarms)
}

// lookBack is how far back reminders look, in days: beyond it a signal was
// reminded of, or the clocks stood still for a month.
const lookBack = 60

// waitingSignals are signals without feedback, by the longest clock that ran
// out.
func waitingSignals(q querier, cut clocks.Cutoffs, limit int) ([]clocks.Alarm, error) {
	var all []clocks.Alarm
	for _, c := range []struct {
		term      gateway.ClockTerm
		from, to  gateway.Date // days of deposit, from exclusive
		condition string
	}{
		{gateway.TermFourWeeks, cut.FourWeeks.AddDays(-lookBack), cut.FourWeeks, ""},
		{gateway.TermTwoWeeks, cut.FourWeeks, cut.TwoWeeks, ""},
		{gateway.TermThreeDays, cut.TwoWeeks, cut.ThreeDays, " AND s.urgency = 'crisis'"},
	} {
		for _, k := range []struct {
			kind      gateway.NoticeKind
			condition string
		}{{gateway.NoticeNotCollected, " AND s.confirmed_at IS NULL AND s.erased_at IS NULL"}, {gateway.NoticeNoFeedback, " AND s.confirmed_at IS NOT NULL"}} {
			found, err := signalAlarms(q, k.kind, c.term, `s.day > $1 AND s.day <= $2`+c.condition+k.condition, limit, day(c.from), day(c.to))
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// unreadSignals are signals whose content's term is over and that nobody read.
func unreadSignals(q querier, cut clocks.Cutoffs, limit int) ([]clocks.Alarm, error) {
	return signalAlarms(q, gateway.NoticeUnread, "", `s.day + s.keep_days > $1::bigint AND s.day + s.keep_days < $2::bigint AND s.read_at IS NULL AND s.confirmed_at IS NULL`,
		limit, day(cut.Today.AddDays(-lookBack)), day(cut.Today))
}

func signalAlarms(q querier, kind gateway.NoticeKind, term gateway.ClockTerm, condition string, limit int, args ...any) ([]clocks.Alarm, error) {
	var alarms []clocks.Alarm
	err := each(q, func(scan func(...any) error) error {
		var signal, report []byte
		a := clocks.Alarm{Kind: kind, Term: term}
		err := scan(&signal, &report, &a.Municipality.Municipality, &a.Municipality.OIN, &a.Holder.OIN)
		a.Subject, a.Signal, a.ReportID = text[gateway.UUID](signal), text[gateway.SignalID](signal), text[gateway.ReportID](report)
		a.Municipality.Kind, a.Holder.Kind = gateway.KindMunicipality, gateway.KindCreditor
		alarms = append(alarms, a)
		return err
	}, `SELECT s.id, s.report_id, s.municipality,
			coalesce((SELECT m.oin FROM party AS m WHERE m.municipality = s.municipality AND m.state = 'actief' AND m.kind = 'gemeente'), ''),
			coalesce(s.holder, s.creditor)
		FROM signal AS s WHERE s.answered_at IS NULL AND s.nature = 'melding' AND s.concerns IS NULL AND s.withdrawn_at IS NULL AND `+condition+
		` AND `+notRaised("s.id", kind, term)+` ORDER BY s.day LIMIT $3`, append(args, limit)...)
	if err != nil || len(alarms) == 0 {
		return nil, err
	}
	return alarms, nameAlarmParties(q, alarms)
}

func nameAlarmParties(q querier, alarms []clocks.Alarm) error {
	var named []*gateway.Party
	for i := range alarms {
		named = append(named, &alarms[i].Holder, &alarms[i].Municipality)
	}
	return nameParties(q, named)
}
