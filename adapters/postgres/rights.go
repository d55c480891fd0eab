// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/keys"
)

// Rights is what is kept about data subjects. It fills [rights.Store].
type Rights struct{ db *DB }

// Rights is the view for package rights.
func (d *DB) Rights() *Rights { return &Rights{d} }

// WriteRights implements [rights.Store].
func (r *Rights) WriteRights(ctx context.Context, fn func(rights.Tx) error) error {
	return r.db.erasing(ctx, func(t *tx) error { return fn(t) })
}

// Trails implements [rights.Tx].
func (t *tx) Trails(m gateway.Municipality, creditor gateway.OIN, tags []keys.Tag) ([]rights.Trail, error) {
	if len(tags) == 0 {
		return nil, nil
	}
	version, sums := make([]int64, len(tags)), make([][]byte, len(tags))
	for i, tag := range tags {
		version[i], sums[i] = int64(tag.Version), tag.Sum[:]
	}
	var trails []rights.Trail
	err := each(t, func(scan func(...any) error) error {
		var signal, sum []byte
		var until int64
		var r rights.Trail
		err := scan(&signal, &r.Tag.Version, &sum, &until)
		copy(r.Tag.Sum[:], sum)
		r.Signal, r.Until = text[gateway.SignalID](signal), date(&until)
		trails = append(trails, r)
		return err
	}, `SELECT s.id, t.version, t.sum, t.expires_on FROM unnest($1::bigint[], $2::bytea[]) AS k (version, sum)
		JOIN trail AS t ON t.municipality = $3 AND t.sum = k.sum AND t.version = k.version
		JOIN signal AS s ON s.number = t.signal
		WHERE $4::text = '' OR coalesce(s.holder, s.creditor) = $4
		ORDER BY s.number, t.number`, version, sums, string(m), string(creditor))
	return trails, err
}

// Dossiers implements [rights.Tx].
func (t *tx) Dossiers(of []gateway.SignalID) ([]rights.Dossier, error) {
	found := make([]rights.Dossier, len(of))
	if len(of) == 0 {
		return found, nil
	}
	signals, asked := make([]gateway.Signal, len(of)), ids(of)
	places := map[int64]int{}
	err := each(t, func(scan func(...any) error) error {
		var place int
		var d rights.Dossier
		var report []byte
		var name *string
		var body, until *int64
		var last int64
		var paused []byte
		var held, ends *int64
		number, signal, moments, err := scanMoments(scan, &place, &d.Creditor, &report, &name, &d.Receipt, &body, &until, &last, &paused, &ends, &held)
		d.Pause, d.PauseUntil, d.HeldUntil = text[gateway.PauseID](paused), date(ends), date(held)
		d.Signal, d.Moments, d.ReportID = signal, momentsOf(moments), text[gateway.ReportID](report)
		d.BodyUntil, d.ReceiptUntil, d.SignalUntil = date(body), date(until), date(&last)
		if name != nil {
			d.CreditorName = *name
		}
		found[place], signals[place], places[number] = d, signal, place
		return err
	}, `SELECT k.place - 1, s.creditor, s.report_id, p.name, r.receipt, b.expires_on, r.expires_on, s.expires_on,
			q.id, q.until_on, (SELECT max(h.until_on) FROM hold AS h WHERE h.creditor = s.creditor
				AND h.report_id = s.report_id AND h.confirmed_at IS NOT NULL AND h.lifted_at IS NULL), `+signalColumns+`
		FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place) JOIN signal AS s ON s.id = k.id
		LEFT JOIN report AS r ON r.number = s.number LEFT JOIN body AS b ON b.number = s.number LEFT JOIN party AS p ON p.oin = s.creditor
		LEFT JOIN pause AS q ON q.signal = s.number`, asked)
	if err != nil {
		return nil, err
	}
	if err := addRelations(t, signals, places); err != nil {
		return nil, err
	}
	if err := t.addSubjects(asked, found); err != nil {
		return nil, err
	}
	for i := range found {
		found[i].Signal.Relations = signals[i].Relations
	}
	if err := t.addMessages(asked, found); err != nil {
		return nil, err
	}
	if err := t.addFeedback(asked, found); err != nil {
		return nil, err
	}
	return found, t.addNotices(asked, found)
}

func momentsOf(m [6]time.Time) rights.Moments {
	return rights.Moments{Deposited: m[0], Withdrawn: m[1], Offered: m[2], Read: m[3], Confirmed: m[4], Erased: m[5]}
}

func (t *tx) addSubjects(asked [][]byte, found []rights.Dossier) error {
	return each(t, func(scan func(...any) error) error {
		var place int
		s, err := scanSubject(scan, &place)
		found[place].Subject = found[place].Subject.Or(s)
		return err
	}, `SELECT k.place - 1, t.token, t.version, t.sum FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place) JOIN signal AS s ON s.id = k.id
		JOIN trail AS t ON t.signal = s.number AND t.token IN ('person', 'resident')`, asked)
}

func (t *tx) addMessages(asked [][]byte, found []rights.Dossier) error {
	return each(t, func(scan func(...any) error) error {
		var place int
		var body *int64
		_, signal, moments, err := scanMoments(scan, &place, &body)
		found[place].Messages = append(found[place].Messages, rights.Message{Signal: signal, Moments: momentsOf(moments), BodyUntil: date(body)})
		return err
	}, `SELECT k.place - 1, b.expires_on, `+signalColumns+` FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place)
		JOIN signal AS s ON s.concerns = k.id LEFT JOIN body AS b ON b.number = s.number ORDER BY s.number`, asked)
}

func (t *tx) addFeedback(asked [][]byte, found []rights.Dossier) error {
	return each(t, func(scan func(...any) error) error {
		var place int
		var id []byte
		var received, until int64
		err := scan(&place, &id, &received, &until)
		found[place].Feedback = append(found[place].Feedback, rights.FeedbackMark{ID: text[gateway.FeedbackID](id), At: at(&received), Until: date(&until)})
		return err
	}, `SELECT k.place - 1, f.id, f.received_at, f.expires_on FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place)
		JOIN feedback AS f ON f.signal = k.id ORDER BY f.number`, asked)
}

func (t *tx) addNotices(asked [][]byte, found []rights.Dossier) error {
	return each(t, func(scan func(...any) error) error {
		var place int
		var n rights.NoticeMark
		var id, pause []byte
		var posted, until int64
		var step, from, last, review, received, applied *int64
		err := scan(&place, &id, &n.Controller, &n.Kind, &pause, &step, &from, &last, &review, &posted, &received, &applied, &until)
		n.ID, n.Posted, n.Received, n.Applied, n.Until = text[gateway.NoticeID](id), at(&posted), at(received), at(applied), date(&until)
		if pause != nil && step != nil {
			n.Pause = &gateway.Pause{ID: text[gateway.PauseID](pause), Step: int(*step), From: date(from), Until: date(last), Review: date(review)}
		}
		found[place].Notices = append(found[place].Notices, n)
		return err
	}, `SELECT k.place - 1, n.id, CASE WHEN n.report_id IS NULL THEN s.municipality ELSE n.party END, n.kind, n.pause_id, n.pause_step, n.pause_from, n.pause_until, n.pause_review, n.posted_at, n.received_at, n.applied_at, n.expires_on
		FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place) JOIN signal AS s ON s.id = k.id
		JOIN notice AS n ON n.signal = s.number ORDER BY n.posted_at, n.id`, asked)
}

// Resting tells what would not be recognised any more without one version of
// the blinding key: how many live objections rest on it, and whether a stored
// token does whose term has not ended. It may walk through all tokens: an
// operator asks it before a key goes, no door does.
func (r *Rights) Resting(ctx context.Context, version uint32, on gateway.Date) (objections int, trails bool, err error) {
	err = each(r.db.read.with(ctx), func(scan func(...any) error) error { return scan(&objections, &trails) },
		`SELECT (SELECT count(DISTINCT objection) FROM objection_tag WHERE version = $1 AND expires_on >= $2),
			EXISTS (SELECT 1 FROM trail WHERE version = $1 AND expires_on >= $2)`, int64(version), day(on))
	return objections, trails, err
}
