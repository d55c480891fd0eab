// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"cmp"
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Own implements [pause.Store]. Which pauses, and how they stand, is read at the
// door of the party; names and alarms of those pauses by the gateway.
func (p *Pauses) Own(ctx context.Context, r pause.Reader, after gateway.PauseID, limit int) ([]pause.Listed, error) {
	from := make([]byte, 16) // no id is below it
	if after != "" {
		var err error
		if from, err = uuid(after); err != nil {
			return nil, failed(err)
		}
	}
	door := p.db.door.as(ctx, cmp.Or(string(r.Holder), string(r.Municipality)))
	ids, err := ownPauses(door, r, from, limit)
	if err != nil {
		return nil, err
	}
	found, err := standings(door, ids)
	if err != nil {
		return nil, err
	}
	q := p.db.read.with(ctx)
	if err := nameStandings(q, found); err != nil {
		return nil, err
	}
	alarms, err := openPauseAlarms(q, ids)
	if err != nil {
		return nil, err
	}
	var all []pause.Listed
	for i, s := range found {
		if s.Exists() { // it was erased meanwhile
			all = append(all, pause.Listed{Standing: s, Alarms: alarms[i]})
		}
	}
	return all, nil
}

// ownPauses goes to the pauses of a municipality by its signals: that is where
// it stands whose they are. It sorts those of one municipality only.
func ownPauses(q querier, r pause.Reader, from []byte, limit int) (ids []gateway.PauseID, err error) {
	query, who := `SELECT p.id FROM pause AS p WHERE p.holder = $1 AND p.id > $2 ORDER BY p.id LIMIT $3`, string(r.Holder)
	if r.Holder == "" {
		query, who = `SELECT p.id FROM signal AS own JOIN pause AS p ON p.signal = own.number
			WHERE own.municipality = $1 AND own.paused_at IS NOT NULL AND p.id > $2 ORDER BY p.id LIMIT $3`, string(r.Municipality)
	}
	err = each(q, func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		ids = append(ids, text[gateway.PauseID](id))
		return err
	}, query, who, from, limit)
	return ids, err
}

// openPauseAlarms finds what waits about each pause, or about a notice of it.
func openPauseAlarms(q querier, of []gateway.PauseID) ([][]pause.OpenAlarm, error) {
	found := make([][]pause.OpenAlarm, len(of))
	if len(of) == 0 {
		return found, nil
	}
	for _, kind := range pause.AlarmKinds() {
		subject := ` JOIN notice AS m ON m.signal = o.signal AND m.pause_id = o.id AND m.party = o.holder JOIN alarm ON alarm.subject = m.id`
		if kind == gateway.NoticeContestOpen {
			subject = ` JOIN alarm ON alarm.subject = o.id`
		}
		err := each(q, func(scan func(...any) error) error {
			var place int
			var raised int64
			a := pause.OpenAlarm{Kind: kind}
			err := scan(&place, &a.Term, &raised)
			a.Since = at(&raised)
			found[place] = append(found[place], a)
			return err
		}, `SELECT k.place - 1, alarm.term, alarm.raised_at FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place) JOIN pause AS o ON o.id = k.id`+subject+`
			WHERE alarm.kind = '`+string(kind)+`' AND alarm.settled_at IS NULL AND NOT (`+gone[kind]+`)`, ids(of))
		if err != nil {
			return nil, err
		}
	}
	for _, alarms := range found {
		slices.SortFunc(alarms, func(a, b pause.OpenAlarm) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Kind, b.Kind)) })
	}
	return found, nil
}
