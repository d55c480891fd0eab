// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"cmp"
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Own implements [pause.Store].
func (p *Pauses) Own(ctx context.Context, r pause.Reader, after gateway.PauseID, limit int) ([]pause.Listed, error) {
	from := make([]byte, 16) // no id is below it
	if after != "" {
		var err error
		if from, err = uuid(after); err != nil {
			return nil, failed(err)
		}
	}
	q := p.db.read.with(ctx)
	ids, err := ownPauses(q, r, from, limit)
	if err != nil {
		return nil, err
	}
	found, err := pauseStandings(q, ids)
	if err != nil {
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
	query, who := `SELECT p.id FROM pause AS p WHERE p.holder = ? AND p.id > ? ORDER BY p.id LIMIT ?`, string(r.Holder)
	if r.Holder == "" {
		query, who = `SELECT p.id FROM signal AS own CROSS JOIN pause AS p ON p.signal = own.number
			WHERE own.municipality = ? AND own.paused_at IS NOT NULL AND p.id > ? ORDER BY p.id LIMIT ?`, string(r.Municipality)
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
func openPauseAlarms(q querier, ids []gateway.PauseID) ([][]pause.OpenAlarm, error) {
	found := make([][]pause.OpenAlarm, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	for _, kind := range pause.AlarmKinds() {
		subject := ` CROSS JOIN notice AS m ON m.signal = o.signal AND m.pause_id = o.id AND m.party = o.holder CROSS JOIN alarm ON alarm.subject = m.id`
		if kind == gateway.NoticeContestOpen {
			subject = ` CROSS JOIN alarm ON alarm.subject = o.id`
		}
		err := lookup(q, ids, func(scan func(...any) error) error {
			var place int
			var raised int64
			a := pause.OpenAlarm{Kind: kind}
			err := scan(&place, &a.Term, &raised)
			a.Since = at(&raised)
			found[place] = append(found[place], a)
			return err
		}, `SELECT k.key, alarm.term, alarm.raised_at FROM json_each(?) AS k CROSS JOIN pause AS o ON o.id = unhex(k.value, '-')`+subject+`
			WHERE alarm.kind = '`+string(kind)+`' AND alarm.settled_at IS NULL AND NOT (`+gone[kind]+`)`)
		if err != nil {
			return nil, err
		}
	}
	for _, alarms := range found {
		slices.SortFunc(alarms, func(a, b pause.OpenAlarm) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Kind, b.Kind)) })
	}
	return found, nil
}
