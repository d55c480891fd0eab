// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
)

// keepAlarm is how many days an alarm is kept after it was raised.
const keepAlarm = 366

// Raise implements [clocks.Tx].
func (t *tx) Raise(alarms []clocks.Alarm) error {
	if len(alarms) == 0 {
		return nil
	}
	var kind, term, party []string
	var subject [][]byte
	var raised, settled, expires []any
	var notices []gateway.PostedNotice
	for _, a := range alarms {
		of, err := uuid(a.Subject)
		if err != nil {
			return failed(t.fail(err))
		}
		var done any
		if a.Reminds() {
			done = moment(a.RaisedAt)
		}
		kind, term, party, subject = append(kind, string(a.Kind)), append(term, string(a.Term)), append(party, actor(a)), append(subject, of)
		raised, settled = append(raised, moment(a.RaisedAt)), append(settled, done)
		expires = append(expires, day(gateway.Today(a.RaisedAt).AddDays(keepAlarm)))
		notices = append(notices, a.Notices...)
	}
	all := []statement{{`INSERT INTO alarm (kind, subject, term, party, raised_at, settled_at, expires_on)
		SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])`,
		[]any{kind, subject, term, party, raised, settled, expires}, int64(len(alarms))}}
	if len(notices) > 0 {
		s, err := posting(notices)
		if err != nil {
			return failed(t.fail(err))
		}
		all = append(all, s)
	}
	return t.together(all...)
}

// actor names the party that must act; a municipality that nobody speaks for by
// its code.
func actor(a clocks.Alarm) string {
	if p := a.Acts(); p.OIN != "" {
		return string(p.OIN)
	}
	return a.Acts().Domain()
}

// Open implements [clocks.Store].
func (c *Clocks) Open(ctx context.Context, limit int) ([]clocks.Alarm, error) {
	return scanAlarms(c.db.read.with(ctx), `SELECT kind, subject, term, party, raised_at FROM alarm
		WHERE settled_at IS NULL ORDER BY raised_at LIMIT $1`, limit)
}

// scanAlarms gives alarms with the party that must act in Holder or
// Municipality, as the kind says.
func scanAlarms(q querier, query string, args ...any) ([]clocks.Alarm, error) {
	var alarms []clocks.Alarm
	err := each(q, func(scan func(...any) error) error {
		var a clocks.Alarm
		var subject []byte
		var party gateway.OIN
		var raised int64
		err := scan(&a.Kind, &subject, &a.Term, &party, &raised)
		a.Subject, a.RaisedAt = text[gateway.UUID](subject), at(&raised)
		if a.Holder.OIN = party; a.Acts().OIN == "" { // then it is the municipality's turn
			a.Holder.OIN, a.Municipality.OIN = "", party
		}
		alarms = append(alarms, a)
		return err
	}, query, args...)
	return alarms, err
}

// heardLater is that the reader of a notice has a later document of the same
// pause: whoever read that it is over, or that the claim is another's now, has
// nothing left to apply.
const heardLater = `EXISTS (SELECT 1 FROM notice AS l WHERE l.signal = n.signal AND l.party = n.party AND l.pause_id = n.pause_id
	AND l.pause_step > n.pause_step AND coalesce(l.received_at, l.applied_at) IS NOT NULL)`

// gone says, per kind, when the cause of an alarm is no longer there. What was
// erased cannot be late.
var gone = map[gateway.NoticeKind]string{
	gateway.NoticePauseNotFetched: `NOT EXISTS (SELECT 1 FROM notice AS n JOIN pause AS p ON p.id = n.pause_id
		WHERE n.id = alarm.subject AND coalesce(n.received_at, n.applied_at) IS NULL AND NOT ` + heardLater + `)`,
	gateway.NoticePauseNotApplied: `NOT EXISTS (SELECT 1 FROM notice AS n JOIN pause AS p ON p.id = n.pause_id
		WHERE n.id = alarm.subject AND n.applied_at IS NULL
			AND (p.state = 'loopt' AND p.holder = n.party OR NOT ` + heardLater + `))`,
	gateway.NoticeContestOpen: `NOT EXISTS (SELECT 1 FROM pause AS p WHERE p.id = alarm.subject AND p.contested_at IS NOT NULL AND p.state = 'loopt')`,
}

// Settle implements [clocks.Tx].
func (t *tx) Settle(now time.Time, limit int) ([]clocks.Alarm, error) {
	var all []clocks.Alarm
	for kind, condition := range gone {
		if len(all) >= limit {
			break
		}
		settled, err := scanAlarms(t, `UPDATE alarm SET settled_at = $1 WHERE (subject, kind, term) IN (
				SELECT subject, kind, term FROM alarm WHERE settled_at IS NULL AND kind = '`+string(kind)+`' AND `+condition+` LIMIT $2)
			RETURNING kind, subject, term, party, raised_at`, moment(now), limit-len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, settled...)
	}
	return all, nil
}
