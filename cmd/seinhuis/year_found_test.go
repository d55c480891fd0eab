// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// found is what came into the store since the last look, for those who act on it.
type found struct {
	signals []*yearSignal
	asked   []askedNotice
}

// askedNotice is a notice that asks a creditor to apply a pause.
type askedNotice struct {
	id    gateway.NoticeID
	party gateway.OIN
}

// look finds what is new in the file. Ids are the gateway's own, so the model
// cannot know them before; how long each may stay, it says by itself.
func (m *yearModel) look() (f found) {
	from := m.signal
	m.lookSignals(&f)
	m.lookRelations(from)
	m.lookNotices(&f)
	return f
}

func dayOf(ms int64) gateway.Date { return gateway.Today(time.UnixMilli(ms)) }

func (m *yearModel) lookSignals(f *found) {
	m.w.each(`SELECT number, id, nature, concerns, creditor, report_id, deposited_at, municipality FROM signal WHERE number > ? ORDER BY number`, func(scan func(...any) error) error {
		var number, deposited int64
		var id, concerns, report []byte
		var nature string
		var creditor gateway.OIN
		var town gateway.Municipality
		if err := scan(&number, &id, &nature, &concerns, &creditor, &report, &deposited, &town); err != nil {
			return err
		}
		m.signal = number
		s := &yearSignal{id: gateway.SignalID(uuidText(id)), claim: retention.Claim{Creditor: creditor, ReportID: gateway.ReportID(uuidText(report))}, day: dayOf(deposited)}
		name, of := "signaal/"+string(s.id), retention.Controller(town)
		if nature == "intrekking" {
			first := m.first(s.claim)
			m.expect(name+"/inhoud", of, s.day.AddDays(first.body), s.claim)
			m.expect(name, of, first.day.AddDays(termProof), s.claim)
			return nil
		}
		sent, ok := m.sent[s.claim.ReportID]
		if !ok || m.holder[sent.town] != town || sent.day != s.day {
			m.w.t.Fatalf("a signal of %s in %s that was sent to %s on %s", s.day, town, sent.town, sent.day)
		}
		s.town, s.body, s.tokens, s.resident = town, sent.body, sent.tokens, sent.resident
		m.expect(name+"/inhoud", of, s.day.AddDays(s.body), s.claim)
		m.expect(name+"/pseudoniemen", of, s.day.AddDays(s.tokens), s.claim)
		m.expect(name, of, s.day.AddDays(termProof), s.claim)
		m.expect("melding/"+string(creditor)+"/"+string(s.claim.ReportID), retention.Controller(creditor), s.day.AddDays(termProof), s.claim)
		m.signals[number] = s
		m.byReport[s.claim] = s
		f.signals = append(f.signals, s)
		delete(m.sent, s.claim.ReportID)
		return nil
	}, m.signal)
}

func (m *yearModel) first(c retention.Claim) *yearSignal { return m.byReport[c] }

// lookRelations: the signal that came last sets the term of both directions.
func (m *yearModel) lookRelations(from int64) {
	m.w.each(`SELECT signal, other FROM relation WHERE signal > ?`, func(scan func(...any) error) error {
		var one, two int64
		if err := scan(&one, &two); err != nil || one < two {
			return err // seen from the later one
		}
		a, b := m.signals[one], m.signals[two]
		m.expect("signaal/"+string(a.id)+"/verband/"+string(b.id), retention.Controller(a.town), a.day.AddDays(a.tokens), a.claim, b.claim)
		m.expect("signaal/"+string(b.id)+"/verband/"+string(a.id), retention.Controller(a.town), a.day.AddDays(a.tokens), a.claim, b.claim)
		return nil
	}, from)
}

func (m *yearModel) lookNotices(f *found) {
	m.w.each(`SELECT rowid, id, party, signal, report_id, kind, pause_id, pause_until, posted_at FROM notice WHERE rowid > ? ORDER BY rowid`, func(scan func(...any) error) error {
		var signal, posted int64
		var until *int64
		var id, report, pause []byte
		var party gateway.OIN
		var kind gateway.NoticeKind
		if err := scan(&m.notice, &id, &party, &signal, &report, &kind, &pause, &until, &posted); err != nil {
			return err
		}
		s := m.signals[signal]
		last, of := dayOf(posted).AddDays(s.body), retention.Controller(party)
		if report == nil {
			of = m.owners[party]
		} else if kind.AsksApplied() {
			f.asked = append(f.asked, askedNotice{gateway.NoticeID(uuidText(id)), party})
		}
		m.expect("bericht/"+uuidText(id), of, last, s.claim)
		if until != nil {
			m.paper(string(pause), "bericht/"+uuidText(id), gateway.DateOf(time.Unix(*until*86400, 0).UTC()).AddDays(termPause))
		}
		return nil
	}, m.notice)
}

// lookAlarms: no hold keeps an alarm.
func (m *yearModel) lookAlarms() (found int) {
	m.w.each(`SELECT subject, kind, term, party, raised_at FROM alarm WHERE raised_at > ? ORDER BY raised_at`, func(scan func(...any) error) error {
		var subject []byte
		var kind, term string
		var party gateway.OIN
		if err := scan(&subject, &kind, &term, &party, &m.alarm); err != nil {
			return err
		}
		found++
		m.expect("alarm/"+uuidText(subject)+"/"+kind+"/"+term, m.owners[party], dayOf(m.alarm).AddDays(termAlarm))
		return nil
	}, m.alarm)
	return found
}
