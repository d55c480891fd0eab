// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// surname is in the name of every resident: it may be readable nowhere.
const surname = "Merkteken"

// yearPlay is what creditors, municipalities and officers do, from day to day.
type yearPlay struct {
	*yearWorld
	m         *yearModel
	residents int // per town
	day       int
	agenda    map[int]*yearDay
	objected  map[int]gateway.Date // resident, until when
	pauses    map[gateway.PauseID]*yearPause
	tally     map[string]int
}

// yearDay is what was planned for a day.
type yearDay struct {
	collect, tell, withdraw, hold []*yearSignal
	changes                       []plannedChange
	apply                         []askedNotice
	acts                          []func()
}

func (p *yearPlay) on(days int) *yearDay {
	d := p.agenda[p.day+days]
	if d == nil {
		d = &yearDay{}
		p.agenda[p.day+days] = d
	}
	return d
}

func (p *yearPlay) chance(percent int) bool { return p.dice.IntN(100) < percent }

// town is who answers for a municipality now.
func (p *yearPlay) town(code gateway.Municipality) gateway.Party { return p.towns[p.m.holder[code]] }

// paper is a report of today about resident n of the country.
func (p *yearPlay) paper(from gateway.Party, n int) gatewaytest.Paper {
	town, today := n/p.residents, p.today()
	return gatewaytest.Paper{ID: gateway.ReportID(gateway.NewUUID(p.now, nil)), Kind: p.kinds[from.OIN], Reference: fmt.Sprintf("K%06d", n%1_000_000),
		Day: today.String(), Since: today.AddDays(-45).String(), Cents: int64(20_000 + p.dice.IntN(60_000)), Crisis: p.chance(4),
		Efforts: gatewaytest.Efforts{PersonalContact: today.AddDays(-5).String(), PointedToHelp: today.AddDays(-12).String(),
			Reminders: []string{today.AddDays(-25).String(), today.AddDays(-12).String()}, OfferMade: today.AddDays(-12).String()},
		Resident: residentOf(n), Home: homeOf(n, town)}
}

func residentOf(n int) gatewaytest.Resident {
	letters := ""
	for i := n; len(letters) < 4; i /= 26 {
		letters += string(rune('a' + i%26))
	}
	return gatewaytest.Resident{Initials: string(rune('A'+n%26)) + ".", Surname: surname + letters}
}

func homeOf(n, town int) gatewaytest.Home {
	return gatewaytest.Home{Postcode: postcodesOf(town)[n%4], Number: 90_000 + n%9_999}
}

// report files a slice of reports of this moment; residents are drawn unless
// given. What is refused was objected to.
func (p *yearPlay) report(n int, residents ...int) {
	batch := make([]intake.Submission, n)
	who := make([]int, n)
	for i := range batch {
		who[i] = p.dice.IntN(p.residents * p.size)
		if residents != nil {
			who[i] = residents[i%len(residents)]
		}
		from := p.creditors[p.dice.IntN(len(p.creditors))]
		paper, v := p.paper(from, who[i]), p.visit(from)
		batch[i] = intake.Submission{Peer: v.Peer, ID: paper.ID, Token: gatewaytest.Letter(from.OIN, paper.Payload()), At: v.At, Trace: v.Trace}
		town := p.town(p.codes[who[i]/p.residents])
		sent := yearSignal{town: town.Municipality, day: p.today(), body: termBody, tokens: termTokens, resident: who[i]}
		if town.BodyDays > 0 {
			sent.body, sent.tokens = min(sent.body, town.BodyDays), min(sent.tokens, town.TokenDays)
		}
		p.m.sent[paper.ID] = sent
	}
	answers, err := p.reports.Report(p.ctx, batch)
	p.must(err)
	for i, a := range answers {
		until, objected := p.objected[who[i]]
		objected = objected && !p.today().After(until)
		if objected != (a.Err != nil) || objected && a.Err.Findings[0].Code != objection.Code {
			p.t.Fatalf("%s: objected until %s: %v", p.today(), until, a.Err)
		}
		if p.tally["meldingen"]++; a.Err != nil {
			delete(p.m.sent, batch[i].ID)
			p.tally["geweigerd wegens bezwaar"]++
		}
	}
}

// plan decides what becomes of the signals that came today.
func (p *yearPlay) plan(f found) {
	for _, s := range f.signals {
		if p.chance(4) {
			d := p.on(1 + p.dice.IntN(20))
			d.withdraw = append(d.withdraw, s)
		}
		p.planOne(s)
	}
	for _, n := range f.asked {
		switch {
		case p.chance(60):
			d := p.on(p.dice.IntN(2) + 1)
			d.apply = append(d.apply, n)
		case p.chance(60):
			d := p.on(6 + p.dice.IntN(4))
			d.apply = append(d.apply, n)
		} // or never
	}
}

func (p *yearPlay) planOne(s *yearSignal) {
	after := 1 + p.dice.IntN(4)
	switch drawn := p.dice.IntN(100); {
	case drawn >= 82: // never collected
		return
	case drawn >= 70:
		after = 14 + p.dice.IntN(16)
	}
	d := p.on(after)
	d.collect = append(d.collect, s)
	if p.chance(85) {
		d := p.on(after + p.dice.IntN(9))
		d.tell = append(d.tell, s)
	}
	if p.m.signal%200 == 0 || p.dice.IntN(150) == 0 {
		d := p.on(1 + p.dice.IntN(8))
		d.hold = append(d.hold, s)
	}
}

// act is one day's business before its reports.
func (p *yearPlay) act() {
	d := p.on(0)
	delete(p.agenda, p.day)
	p.collect(d.collect)
	p.tell(d.tell)
	p.withdraw(d.withdraw)
	p.change(d.changes)
	each(p, d.apply, func(n askedNotice) error {
		_, err := p.notices.Confirm(p.ctx, p.visit(p.partyOf(n.party)), n.id, gateway.NoticeApplied, nil)
		return err
	})
	p.tally["toegepast"] += len(d.apply)
	for _, s := range d.hold {
		p.hold(s)
	}
	for _, act := range d.acts {
		act()
	}
}

func (p *yearPlay) partyOf(oin gateway.OIN) gateway.Party {
	return p.creditors[slices.IndexFunc(p.creditors, func(c gateway.Party) bool { return c.OIN == oin })]
}

// each does something with many at the same time, so that they share commits.
func each[T any](p *yearPlay, all []T, do func(T) error) {
	var group sync.WaitGroup
	turns, errs := make(chan struct{}, 64), make([]error, len(all))
	for i, one := range all {
		turns <- struct{}{}
		group.Go(func() {
			errs[i] = do(one)
			<-turns
		})
	}
	group.Wait()
	p.must(errors.Join(errs...))
}

// collect fetches some, and confirms what is still there.
func (p *yearPlay) collect(all []*yearSignal) {
	var there []*yearSignal
	for _, s := range all {
		if o := p.m.object("signaal/" + string(s.id) + "/inhoud"); o.gone {
			_, _, err := p.box.Fetch(p.ctx, p.visit(p.town(s.town)), s.id)
			if err == nil || gateway.AsError(err).Kind != gateway.KindGone {
				p.t.Fatalf("%s was erased, and fetched: %v", o.name, err)
			}
			p.tally["te laat opgehaald"]++
			continue
		}
		there = append(there, s)
	}
	each(p, there, func(s *yearSignal) error {
		v := p.visit(p.town(s.town))
		if s.id[len(s.id)-1] < '2' {
			if _, _, err := p.box.Fetch(p.ctx, v, s.id); err != nil {
				return err
			}
			if err := p.box.Delivered(p.ctx, v, s.id); err != nil {
				return err
			}
		}
		_, err := p.box.Confirm(p.ctx, v, s.id)
		return err
	})
	for _, s := range there {
		p.m.confirmed(s)
	}
	p.tally["opgehaald"] += len(there)
}

// tell gives feedback, and takes the pauses that come of it.
func (p *yearPlay) tell(all []*yearSignal) {
	for part := range slices.Chunk(all, 200) {
		batch := make([]feedback.Submission, len(part))
		for i, s := range part {
			v := p.visit(p.town(s.town))
			id := gateway.FeedbackID(gateway.NewUUID(p.now, nil))
			w := gatewaytest.Object{"terugkoppelingId": id, "signaalId": s.id, "resultaat": gateway.Results()[p.dice.IntN(len(gateway.Results()))], "datum": p.today().String()}
			if gateway.NoticeOf(w["resultaat"].(gateway.Result)) == gateway.NoticeHelpAccepted && p.chance(50) {
				w["pauzeTot"] = p.today().AddDays(3 + p.dice.IntN(7)).String()
			}
			batch[i] = feedback.Submission{Peer: v.Peer, Signal: s.id, ID: id, Token: p.letter(v.Peer.OIN(), w), At: v.At, Trace: v.Trace}
		}
		answers, err := p.desk.Accept(p.ctx, batch)
		p.must(err)
		for i, a := range answers {
			s := part[i]
			if a.Err != nil {
				if !s.withdrawn {
					p.t.Fatal(a.Err)
				}
				p.tally["hulp na intrekking"]++
				continue
			}
			p.tally["terugkoppelingen"]++
			p.m.expect("terugkoppeling/"+string(s.id)+"/"+string(batch[i].ID), retention.Controller(p.town(s.town).Municipality), s.day.AddDays(termProof), s.claim)
			p.begun(s, a.Receipt)
		}
	}
}

func (p *yearPlay) letter(from gateway.OIN, w gatewaytest.Object) []byte {
	payload, err := json.Marshal(w)
	p.must(err)
	return gatewaytest.Letter(from, payload)
}

func (p *yearPlay) withdraw(all []*yearSignal) {
	if len(all) == 0 {
		return
	}
	batch := make([]intake.Submission, len(all))
	for i, s := range all {
		v := p.visit(p.partyOf(s.claim.Creditor))
		w := gatewaytest.Object{"meldingId": s.claim.ReportID, "reden": "betaald", "datum": p.today().String()}
		batch[i] = intake.Submission{Peer: v.Peer, ID: s.claim.ReportID, Token: p.letter(v.Peer.OIN(), w), At: v.At, Trace: v.Trace}
	}
	answers, err := p.reports.Withdraw(p.ctx, batch)
	p.must(err)
	for i, a := range answers {
		if a.Err != nil {
			p.t.Fatal(a.Err)
		}
		all[i].withdrawn = true
	}
	p.tally["intrekkingen"] += len(all)
}

// hold keeps a claim, by two officers, for some weeks; some are lifted.
func (p *yearPlay) hold(s *yearSignal) {
	left := yearDays - p.day - 12
	if left < 5 {
		return
	}
	one, two := gateway.NewUUID(p.now, nil), gateway.NewUUID(p.now, nil)
	h, err := p.holds.Propose(p.ctx, one, s.claim, retention.HoldReasons()[p.dice.IntN(3)], p.today().AddDays(2+p.dice.IntN(min(left, 230))))
	p.must(err)
	h, err = p.holds.Confirm(p.ctx, two, h.ID)
	p.must(err)
	p.m.holds[s.claim] = append(p.m.holds[s.claim], h)
	p.m.expect("opschorting/"+string(h.ID), retention.Controller(s.claim.Creditor), h.Until.AddDays(termProof))
	p.tally["opschortingen"]++
	if after := 1 + p.dice.IntN(60); p.chance(30) && h.Until.After(p.today().AddDays(after)) {
		p.on(after).acts = append(p.on(after).acts, func() {
			lifted, err := p.holds.Lift(p.ctx, one, h.ID)
			p.must(err)
			i := slices.IndexFunc(p.m.holds[s.claim], func(x retention.Hold) bool { return x.ID == h.ID })
			p.m.holds[s.claim][i] = lifted
		})
	}
}

// object places an objection of a resident; a report on its last day is
// refused, one on the day after is not.
func (p *yearPlay) object(resident, days int) {
	town := p.town(p.codes[resident/p.residents])
	r, home := residentOf(resident), homeOf(resident, resident/p.residents)
	number, err := gateway.NewHouseNumber(home.Number)
	p.must(err)
	until := p.today().AddDays(days)
	o, err := p.objection.Place(p.ctx, gateway.Instruction{ID: gateway.NewUUID(p.now, nil), Controller: town, Municipality: town.Municipality,
		Officer: gateway.NewUUID(p.now, nil), At: p.now, Trace: gateway.NewTrace()},
		pseudonym.Subject{Person: gateway.Person{Initials: gateway.NewPersonal(r.Initials), Surname: gateway.NewPersonal(r.Surname)},
			Address: gateway.Address{Postcode: gateway.NewPersonal(home.Postcode), Number: number}}, until)
	p.must(err)
	p.objected[resident] = until
	p.m.expect("bezwaar/"+string(o.ID), retention.Controller(town.Municipality), until)
	p.tally["bezwaren"]++
	probe := func() { p.now = p.now.Add(time.Second); p.report(2, resident) }
	probe()
	for _, after := range []int{days, days + 1} {
		p.on(after).acts = append(p.on(after).acts, probe)
	}
}
