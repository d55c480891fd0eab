// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// act is one row: something that a participant, or the gateway, can do. To add
// one, write its row, and in reaches what must come of it. x, y and z bound its
// numbers.
//
// Acts of a creditor are left out with it. An act of anyone else that concerns
// claims names them in step.about, in draw: those of the hidden creditor are
// taken out, and an act that then concerns nothing is left out. What it plays
// may depend on its step and on what its own actor can see, on nothing else.
type act struct {
	name    string
	by      []role
	weight  int
	x, y, z int
	draw    func(d *dice, s *step) bool // what the numbers cannot say; false: not now
	play    func(p *play, s step)
}

// acts is everything that scripts do.
func acts() []act {
	return []act{
		{name: "report", by: creditors(), weight: 40, x: reportSlots, y: persons, z: variants, play: (*play).report},
		{name: "check", by: creditors(), weight: 4, x: reportSlots, y: persons, z: variants, play: (*play).check},
		{name: "withdraw", by: creditors(), weight: 7, x: reportSlots, y: 5, z: 8, draw: drawOwn, play: (*play).withdraw},
		{name: "evidence", by: creditors(), weight: 5, x: reportSlots, y: 4, draw: drawOwn, play: (*play).evidence},
		{name: "file", by: creditors(), weight: 7, x: batchSlots, y: 4, z: 10, draw: drawFile, play: (*play).file},
		{name: "file status", by: creditors(), weight: 2, x: batchSlots, y: 2, play: (*play).fileStatus},
		{name: "again", by: append(creditors(), towns()...), weight: 8, draw: drawAgain, play: (*play).again},
		{name: "notices", by: creditors(), weight: 4, x: 3, y: 3, play: (*play).list},
		{name: "poll", by: creditors(), weight: 6, x: 2, y: 60, play: (*play).poll},
		{name: "confirm", by: creditors(), weight: 6, x: 8, y: 8, z: 5, play: (*play).confirm},
		{name: "pauses", by: creditors(), weight: 3, play: (*play).pauses},
		{name: "stray", by: creditors(), weight: 2, x: 5, play: (*play).stray},

		{name: "mailbox", by: towns(), weight: 2, play: (*play).mailbox},
		{name: "fetch", by: towns(), weight: 3, y: 2, draw: drawClaim, play: (*play).fetch},
		{name: "feedback", by: towns(), weight: 26, x: len(gateway.Results()), y: 8, z: 16, draw: drawClaims, play: (*play).feedback},

		{name: "publish", by: []role{nobody}, weight: 5, play: (*play).publish},
	}
}

func actNamed(name string) act {
	all := acts()
	return all[slices.IndexFunc(all, func(a act) bool { return a.name == name })]
}

// drawOwn mostly takes a report that the creditor made before.
func drawOwn(d *dice, s *step) bool {
	if r, ok := d.earlier(func(e step) bool { return e.act == "report" && e.by == s.by }); ok && d.IntN(4) > 0 {
		s.x = r.x
	}
	return true
}

// drawFile draws the lines of a file; some were reports before.
func drawFile(d *dice, s *step) bool {
	for range 1 + d.IntN(4) {
		l := line{d.IntN(reportSlots), d.IntN(persons), d.IntN(variants)}
		if r, ok := d.earlier(func(e step) bool { return e.act == "report" && e.by == s.by }); ok && d.IntN(3) == 0 {
			l = line{r.x, r.y, r.z}
		}
		s.lines = append(s.lines, l)
	}
	return true
}

// drawAgain draws something that the same participant did before.
func drawAgain(d *dice, s *step) bool {
	first, ok := d.earlier(func(e step) bool {
		return e.by == s.by && slices.Contains([]string{"report", "withdraw", "file", "feedback", "confirm"}, e.act)
	})
	s.x, s.about = first.n, first.about // it is about what the first was about
	return ok
}

func drawClaim(d *dice, s *step) bool {
	r, ok := d.earlier(func(e step) bool { return e.act == "report" && townOf(e.y) == s.by })
	s.about = []claim{{r.by, r.x}}
	return ok
}

// drawClaims draws a claim, and often those of other creditors on the same
// person.
func drawClaims(d *dice, s *step) bool {
	first, ok := d.earlier(func(e step) bool { return e.act == "report" && townOf(e.y) == s.by })
	if !ok {
		return false
	}
	s.about = []claim{{first.by, first.x}}
	for range d.IntN(3) {
		other, ok := d.earlier(func(e step) bool {
			return e.act == "report" && e.y == first.y && !slices.ContainsFunc(s.about, func(c claim) bool { return c.by == e.by })
		})
		if ok {
			s.about = append(s.about, claim{other.by, other.x})
		}
	}
	return true
}

func (p *play) report(s step) {
	p.ask(s, http.MethodPut, "/meldingen/"+idOf(reportIDs, s.x), inJOSE, p.letter(s, line{s.x, s.y, s.z}))
}

func (p *play) check(s step) {
	p.ask(s, http.MethodPost, "/meldingen/_controleren", inJOSE, p.letter(s, line{s.x, s.y, s.z}))
}

func (p *play) withdraw(s step) {
	reasons := []string{"betaald", "betalingsregeling", "onterecht-gemeld", "bezwaar", "overleden"}
	w := object{"meldingId": idOf(reportIDs, s.x), "reden": reasons[s.y], "datum": s.day().String()}
	switch s.z {
	case 5:
		w["datum"] = s.day().AddDays(1).String()
	case 6:
		w["toelichting"] = "x"
	case 7:
		w["meldingId"] = idOf(reportIDs, s.x+1)
	}
	p.ask(s, http.MethodPut, "/meldingen/"+idOf(reportIDs, s.x)+"/intrekking", inJOSE, p.seal(s.by, marshal(w), 0))
}

func (p *play) evidence(s step) {
	p.ask(s, http.MethodGet, "/meldingen/"+idOf(reportIDs, s.x)+[]string{"", "", "", "/intrekking"}[s.y]+"/bewijs", "", nil)
}

// file delivers lines; y says whether it is a dry run or another envelope of
// what may have been sent before, z what is wrong with it.
func (p *play) file(s step) {
	var b bytes.Buffer
	for _, l := range s.lines {
		b.Write(paper(s, l))
		b.WriteByte('\n')
	}
	query := "?indeling=ndjson"
	switch {
	case s.y == 0:
		query += "&controle=true"
	case s.z == 8:
		b.WriteString("\n")
	}
	token := p.seal(s.by, b.Bytes(), s.y%2)
	if s.z == 9 {
		token = bytes.Replace(token, []byte("."), []byte(".A"), 1)
	}
	p.ask(s, http.MethodPut, "/aanleveringen/"+idOf(batchIDs, s.x)+query, inJOSE, token)
}

func (p *play) fileStatus(s step) {
	p.ask(s, http.MethodGet, "/aanleveringen/"+idOf(batchIDs, s.x)+[]string{"", "/uitkomsten"}[s.y], "", nil)
}

// again does an earlier step once more, with the same bytes.
func (p *play) again(s step) {
	first, ok := p.script[s.x]
	if !ok {
		return
	}
	if roleParties[s.by].Kind == gateway.KindMunicipality {
		for _, q := range p.taken[first.n] {
			p.ask(s, q.method, q.path, q.media, q.body)
		}
		return
	}
	actNamed(first.act).play(p, first)
}

// cursor is a place in the list of notices: its begin, or its end as the
// creditor knows it.
func (p *play) cursor(s step) int64 {
	own := p.notices(s.by)
	switch {
	case s.x == 0 || len(own) == 0:
		return 0
	case s.x == 1:
		return own[len(own)-1].Sequence
	}
	return own[0].Sequence
}

func (p *play) list(s step) {
	path := fmt.Sprintf("/berichten?na=%d", p.cursor(s))
	if s.y > 0 {
		path += fmt.Sprintf("&maximum=%d", s.y)
	}
	p.ask(s, http.MethodGet, path, "", nil)
}

// pauses asks for the whole list: which of two pauses of one millisecond comes
// first is chance, and so would be where a page ends.
func (p *play) pauses(s step) { p.ask(s, http.MethodGet, "/pauzes?maximum=500", "", nil) }

// poll waits for notices while the script goes on: when it ends is seen too.
func (p *play) poll(s step) {
	path := fmt.Sprintf("/berichten?na=%d&wacht=%d", p.cursor(s), s.y+1)
	g := p.sight(s, http.MethodGet, path)
	p.polls.Go(func() { p.send(s, g, message{http.MethodGet, path, "", nil}) })
}

// confirm confirms a notice of its own, or one that is another's.
func (p *play) confirm(s step) {
	from := p.notices(s.by)
	if s.y > 5 {
		from = nil
		for _, c := range creditors() {
			if c != s.by {
				from = append(from, p.notices(c)...)
			}
		}
	}
	id := idOf(unknownIDs, s.x)
	if len(from) > 0 {
		id = string(from[s.x%len(from)].Notice.ID)
	}
	stand := []string{"ontvangen", "ontvangen", "toegepast", "toegepast", "gelezen"}[s.z]
	body := marshal(object{"stand": stand})
	g := p.sight(s, http.MethodPut, "/berichten/…/bevestiging")
	p.send(s, g, message{http.MethodPut, "/berichten/" + id + "/bevestiging", inJSON, body})
}

// stray asks what a creditor may not, or wrongly.
func (p *play) stray(s step) {
	q := []message{
		{http.MethodGet, "/signalen", "", nil},
		{http.MethodGet, "/berichten?sinds=3", "", nil},
		{http.MethodPut, "/meldingen/" + idOf(reportIDs, 0), inJSON, []byte("{}")},
		{http.MethodPut, "/meldingen/1", inJOSE, []byte("x")},
		{http.MethodGet, "/signalen/" + idOf(unknownIDs, 0), "", nil},
	}[s.x]
	p.ask(s, q.method, q.path, q.media, q.body)
}

func (p *play) mailbox(s step) { p.ask(s, http.MethodGet, "/signalen?na=0", "", nil) }

// fetch reads a signal, and with y confirms it.
func (p *play) fetch(s step) {
	path := "/signalen/" + p.signal(s.about[0])
	p.ask(s, http.MethodGet, path, "", nil)
	if s.y == 1 {
		p.ask(s, http.MethodPut, path+"/ontvangst", "", nil)
	}
}

// feedback is one word on all the claims, said once: related claims are judged
// one by one. Only when it is refused, for the sake of the claim in its path or
// because claims are not related, the municipality says the same of each claim
// by itself, and again without a last day where that one does not fit it.
func (p *play) feedback(s step) {
	if p.word(s, 0, true, s.about...) < 300 {
		if len(s.about) > 1 {
			p.mould.reached.Store(feedbackTogether, true)
		}
		return
	}
	for i, c := range s.about {
		if len(s.about) > 1 && p.word(s, 2*i+1, true, c) < 300 {
			continue
		}
		p.word(s, 2*i+2, s.y == 7, c) // 7: a day that is over stays refused
	}
}

func (p *play) word(s step, part int, limited bool, about ...claim) int {
	signal := p.signal(about[0])
	w := object{"terugkoppelingId": idOf(feedbackIDs, 100*s.n+part), "signaalId": signal,
		"resultaat": string(gateway.Results()[s.x]), "datum": s.day().String()}
	var also []string
	for _, c := range about[1:] {
		also = append(also, p.signal(c))
	}
	if also != nil {
		w["ookVoor"] = also
	}
	if days := []int{0, 0, 0, 0, 0, 5, 17, -1}[s.y]; days != 0 && limited {
		w["pauzeTot"] = s.day().AddDays(days).String()
	}
	if s.z == 15 {
		w["datum"] = s.day().AddDays(1).String()
	}
	token, err := p.mould.signed(s.by, marshal(w))
	if err != nil {
		p.t.Fatal(err)
	}
	q := message{http.MethodPut, "/signalen/" + signal + "/terugkoppelingen/" + idOf(feedbackIDs, 100*s.n+part), inJOSE, token}
	status := p.ask(s, q.method, q.path, q.media, q.body)
	if status < 300 {
		p.taken[s.n] = append(p.taken[s.n], q)
	}
	return status
}

// publish puts the log under a checkpoint.
func (p *play) publish(step) {
	if _, err := p.house.gateway.sequencer.Integrate(p.t.Context()); err != nil {
		p.t.Error(err)
	}
}

// The media types of requests.
const inJOSE, inJSON = "application/jose", "application/json"

type object = map[string]any

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // every fixture can be marshalled
	}
	return b
}
