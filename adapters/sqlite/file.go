// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// File implements [journey.Tx]. Relations go in after all signals, because
// members of one group may be related to each other.
func (t *tx) File(filed []journey.Filed) error {
	next, err := t.sequences(filed)
	if err != nil {
		return err
	}
	for _, f := range filed {
		m, err := t.holder(f.Deposit.Sealed().Municipality())
		if err != nil {
			return err
		}
		if err := t.fileOne(f, m, next[m]); err != nil {
			return err
		}
		next[m]++
	}
	var notices []gateway.PostedNotice
	for _, f := range filed {
		if err := t.relate(f); err != nil {
			return err
		}
		if f.Notice != nil {
			notices = append(notices, *f.Notice)
		}
	}
	return t.post(notices)
}

// sequences takes a range of numbers per mailbox and gives the first of each.
func (t *tx) sequences(filed []journey.Filed) (map[gateway.Municipality]int64, error) {
	next := map[gateway.Municipality]int64{}
	for _, f := range filed {
		m, err := t.holder(f.Deposit.Sealed().Municipality())
		if err != nil {
			return nil, err
		}
		next[m]++
	}
	for m, n := range next {
		first, err := t.sequence(m, n)
		if err != nil {
			return nil, err
		}
		next[m] = first
	}
	return next, nil
}

func (t *tx) sequence(m gateway.Municipality, n int64) (first int64, err error) {
	err = each(t, func(scan func(...any) error) error { return scan(&first) },
		`INSERT INTO mailbox_sequence (municipality, last) VALUES (?1, ?2)
		ON CONFLICT DO UPDATE SET last = last + ?2 RETURNING last - ?2 + 1`, string(m), n)
	return first, err
}

func (t *tx) fileOne(f journey.Filed, into gateway.Municipality, sequence int64) error {
	sealed, slip := f.Deposit.Sealed(), f.Deposit.Slip()
	terms := sealed.Decision().Retain
	if terms.Body <= 0 || terms.Tokens <= 0 || terms.Receipt <= 0 {
		return failed(t.fail(errNoTerm))
	}
	on := gateway.Today(slip.At)
	number, err := t.addSignal(signalRow{
		body: sealed.Body(), municipality: into, sequence: sequence, nature: gateway.NatureReport,
		slip: slip, kind: sealed.Kind(), urgency: sealed.Urgency(), keepDays: terms.Body, limits: sealed.PauseLimits(),
		expires: on.AddDays(max(terms.Receipt, terms.Body, terms.Tokens)),
	})
	if err != nil {
		return err
	}
	report, err := uuid(slip.ReportID)
	if err != nil {
		return failed(t.fail(err))
	}
	var file, line any
	if slip.Batch != "" {
		if file, err = uuid(slip.Batch); err != nil {
			return failed(t.fail(err))
		}
		line = slip.Line
	}
	_, err = t.exec(`INSERT INTO report (number, creditor, id, digest, receipt, entry, expires_on, batch, line) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		number, string(slip.Peer.OIN()), report, slip.Digest[:], []byte(f.Deposit.Receipt()), f.Entry, day(on.AddDays(terms.Receipt)), file, line)
	if err != nil {
		return err
	}
	return t.addTrails(number, into, f.Candidate, day(f.Candidate.On), day(f.Candidate.On.AddDays(terms.Tokens)))
}

// signalRow is one new message in a mailbox.
type signalRow struct {
	body         seal.Body
	municipality gateway.Municipality
	sequence     int64
	nature       gateway.SignalNature
	concerns     []byte
	slip         gateway.Slip
	kind         gateway.ReportKind
	urgency      gateway.Urgency
	keepDays     int
	limits       gateway.PauseLimits
	expires      gateway.Date
}

func (t *tx) addSignal(s signalRow) (number int64, err error) {
	id, err := uuid(s.body.ID)
	if err != nil {
		return 0, failed(t.fail(err))
	}
	report, err := uuid(s.slip.ReportID)
	if err != nil {
		return 0, failed(t.fail(err))
	}
	on := gateway.Today(s.slip.At)
	// A number that the log knows is never given out again, also not when its
	// signal was erased: else the life of one claim would run on into another's.
	r, err := t.exec(`INSERT INTO signal (number, id, municipality, sequence, nature, concerns, creditor, report_id, kind, urgency,
			deposited_at, day, format, key_id, size, digest, keep_days, pause_days, prolongations, expires_on)
		VALUES (1 + max((SELECT coalesce(max(number), 0) FROM signal), (SELECT coalesce(max(signal), 0) FROM audit_index WHERE signal IS NOT NULL)), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, string(s.municipality), s.sequence, string(s.nature), s.concerns, string(s.slip.Peer.OIN()), report,
		string(s.kind), string(s.urgency), moment(s.slip.At), day(on), s.body.Format, s.body.KeyID, s.body.Size,
		s.body.Digest[:], s.keepDays, s.limits.Days, s.limits.Prolongations, day(s.expires))
	if err != nil {
		return 0, err
	}
	if number, err = r.LastInsertId(); err != nil {
		return 0, failed(t.fail(err))
	}
	_, err = t.exec(`INSERT INTO body (number, scope, wrapped, expires_on) VALUES (?, ?, ?, ?)`,
		number, s.body.Scope, s.body.Wrapped, day(on.AddDays(s.keepDays)))
	return number, err
}

// relate stores relations both ways, as long as the tokens that they come from.
func (t *tx) relate(f journey.Filed) error {
	expires := day(gateway.Today(f.Deposit.Slip().At).AddDays(f.Deposit.Sealed().Decision().Retain.Tokens))
	for _, r := range f.Relations {
		one, err := uuid(r.Signal)
		if err != nil {
			return failed(t.fail(err))
		}
		other, err := uuid(r.Other)
		if err != nil {
			return failed(t.fail(err))
		}
		for _, way := range [][2][]byte{{one, other}, {other, one}} {
			if err := t.execOne(`INSERT INTO relation (signal, other, coincidence, expires_on)
				SELECT a.number, b.number, ?3, ?4 FROM signal AS a, signal AS b
				WHERE a.id = ?1 AND b.id = ?2 AND a.municipality = b.municipality
				ON CONFLICT DO UPDATE SET coincidence = excluded.coincidence, expires_on = max(expires_on, excluded.expires_on)`,
				way[0], way[1], string(r.Coincidence), expires); err != nil {
				return err
			}
		}
	}
	return nil
}
