// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// The terms as docs/architecture.md part 4 has them, in days. They stand here
// once more on purpose: the model asks nothing of what it checks.
const (
	termBody, termGrace, termTokens, termProof = 30, 7, 183, 2557
	termPause, termAlarm                       = 90, 366
)

// yearObject is what the model knows of one object that may be erased.
type yearObject struct {
	name   string
	of     retention.Controller
	last   gateway.Date
	graced gateway.Date // of a confirmed body, the last day of its grace
	claims []retention.Claim
	gone   bool
}

// yearSignal is what the model knows of one signal.
type yearSignal struct {
	id           gateway.SignalID
	claim        retention.Claim
	town         gateway.Municipality // that held it when it came
	day          gateway.Date
	body, tokens int
	resident     int
	withdrawn    bool
}

// yearModel says what must be there and what must be gone, by terms alone.
type yearModel struct {
	w        *yearWorld
	objects  map[gateway.Digest]*yearObject
	ending   map[gateway.Date][]*yearObject // by the day after which they must be gone
	signals  map[int64]*yearSignal
	byReport map[retention.Claim]*yearSignal
	sent     map[gateway.ReportID]yearSignal // until they are found in the store
	holds    map[retention.Claim][]retention.Hold
	papers   map[string]*yearPapers // by the id of their pause
	holder   map[gateway.Municipality]gateway.Municipality
	owners   map[gateway.OIN]retention.Controller

	signal, notice, alarm, receipt int64 // how far the model has read
	erased                         map[retention.Kind]int
	destroyed                      map[string]bool
	sample                         []yearReceipt
	receipts, keptByHold           int
}

// yearReceipt is a deletion receipt with an object that it must name.
type yearReceipt struct {
	object  string
	compact string
	entry   int64
}

func newYearModel(w *yearWorld) *yearModel {
	m := &yearModel{w: w, objects: map[gateway.Digest]*yearObject{}, ending: map[gateway.Date][]*yearObject{}, signals: map[int64]*yearSignal{},
		byReport: map[retention.Claim]*yearSignal{}, sent: map[gateway.ReportID]yearSignal{}, holds: map[retention.Claim][]retention.Hold{}, holder: map[gateway.Municipality]gateway.Municipality{},
		owners: map[gateway.OIN]retention.Controller{}, papers: map[string]*yearPapers{}, erased: map[retention.Kind]int{}, destroyed: map[string]bool{}}
	for _, p := range w.creditors {
		m.owners[p.OIN] = retention.Controller(p.OIN)
	}
	for code, p := range w.towns {
		m.owners[p.OIN], m.holder[code] = retention.Controller(code), code
	}
	return m
}

// expect adds an object, or makes its term longer.
func (m *yearModel) expect(name string, of retention.Controller, last gateway.Date, claims ...retention.Claim) *yearObject {
	sum := gateway.DigestOf([]byte(name))
	o := m.objects[sum]
	switch {
	case o == nil:
		o = &yearObject{name: name, of: of, last: last, claims: claims}
		m.objects[sum] = o
	case last.After(o.last):
		o.last = last
	}
	m.ending[o.last] = append(m.ending[o.last], o)
	return o
}

// yearPapers are the notices about a pause.
type yearPapers struct {
	names []string
	last  gateway.Date
}

// paper adds a notice about a pause: all of them stay as long as the longest.
func (m *yearModel) paper(pause, name string, last gateway.Date) {
	of, ok := m.papers[pause]
	if !ok {
		of = &yearPapers{}
		m.papers[pause] = of
	}
	of.names = append(of.names, name)
	if last.After(of.last) {
		of.last = last
	}
	for _, name := range of.names {
		if o := m.object(name); !o.gone && of.last.After(o.last) {
			m.expect(name, o.of, of.last)
		}
	}
}

func (m *yearModel) object(name string) *yearObject { return m.objects[gateway.DigestOf([]byte(name))] }

// confirmed starts the grace of a body.
func (m *yearModel) confirmed(s *yearSignal) {
	o := m.object("signaal/" + string(s.id) + "/inhoud")
	if o.graced.IsZero() {
		o.graced = m.w.today().AddDays(termGrace)
		m.ending[o.graced] = append(m.ending[o.graced], o)
	}
}

// current is who holds now what came under a code.
func (m *yearModel) current(c retention.Controller) retention.Controller {
	if now, ok := m.holder[gateway.Municipality(c)]; ok {
		return retention.Controller(now)
	}
	return c
}

func (m *yearModel) isDue(o *yearObject) bool {
	today := m.w.today()
	return today.After(o.last) || !o.graced.IsZero() && today.After(o.graced)
}

func (m *yearModel) isHeld(o *yearObject) bool {
	for _, c := range o.claims {
		if slices.ContainsFunc(m.holds[c], func(h retention.Hold) bool { return h.LiftedBy == "" && !m.w.today().After(h.Until) }) {
			return true
		}
	}
	return false
}

// swept is called after the sweep of every day: what ended yesterday is gone.
func (m *yearModel) swept() {
	today := m.w.today()
	yesterday := today.AddDays(-1)
	for _, o := range m.ending[yesterday] {
		switch {
		case o.gone || !m.isDue(o):
		case m.isHeld(o):
			m.keptByHold++
			m.ending[today] = append(m.ending[today], o)
		default:
			m.w.t.Fatalf("%s: %s is past its term", today, o.name)
		}
	}
	delete(m.ending, yesterday)
}

// read takes the new deletion receipts: each is signed by the gateway, to whom
// is controller now, and names objects that are due and were named nowhere
// before.
func (m *yearModel) read() {
	rows, err := m.w.raw.QueryContext(m.w.ctx, `SELECT number, controller, kind, reason, count, receipt, entry, coalesce(scope, '') FROM deletion WHERE number > ? ORDER BY number`, m.receipt)
	m.w.must(err)
	defer rows.Close()
	for rows.Next() {
		var f retention.Filed
		var compact []byte
		m.w.must(rows.Scan(&m.receipt, &f.Controller, &f.Kind, &f.Reason, &f.Count, &compact, &f.Entry, &f.Scope))
		f.Receipt = compact
		m.readOne(f)
	}
	m.w.must(rows.Err())
}

func (m *yearModel) readOne(f retention.Filed) {
	r, err := m.w.published.Open(string(f.Receipt))
	m.w.must(err)
	d, err := proof.ParseDeletion(r)
	m.w.must(err)
	m.receipts++
	if d.Issuer != string(gatewaytest.Issuer) || m.owners[gateway.OIN(d.Audience)] != f.Controller || m.current(f.Controller) != f.Controller ||
		d.Kind != string(f.Kind) || d.Reason != string(f.Reason) || d.Count != f.Count || len(d.Objects) != f.Count {
		m.w.t.Fatalf("receipt %+v of %+v", d, f)
	}
	name := "sleutel/" + f.Scope
	if f.Kind == retention.KindKey {
		m.keyGone(d, f)
	} else {
		for _, sum := range d.Objects {
			var digest gateway.Digest
			_, err := hex.Decode(digest[:], []byte(sum))
			m.w.must(err)
			name = m.take(digest, f)
		}
	}
	if len(m.sample) < 100 || m.w.dice.IntN(20) == 0 {
		m.sample = append(m.sample, yearReceipt{name, string(f.Receipt), f.Entry})
	}
}

// take marks one object of a receipt as gone.
func (m *yearModel) take(sum gateway.Digest, f retention.Filed) string {
	o, today := m.objects[sum], m.w.today()
	switch {
	case o == nil:
		m.w.t.Fatalf("%s: a receipt of %s names what never was: %s", today, f.Kind, sum)
	case o.gone:
		m.w.t.Fatalf("%s: %s was erased before", today, o.name)
	case !m.isDue(o) || m.isHeld(o):
		m.w.t.Fatalf("%s: %s was erased early: kept until %s, held %t", today, o.name, o.last, m.isHeld(o))
	case f.Reason == retention.ReasonTerm && !today.After(o.last), f.Reason == retention.ReasonConfirmed && (o.graced.IsZero() || !today.After(o.graced)):
		m.w.t.Fatalf("%s: %s was erased for another reason than %s", today, o.name, f.Reason)
	case m.current(o.of) != f.Controller:
		m.w.t.Fatalf("%s: %s is of %s, and %s got the receipt", today, o.name, o.of, f.Controller)
	}
	o.gone = true
	m.erased[f.Kind]++
	return o.name
}

// keyGone: a key goes once, after its month, and to whom the scope is now.
func (m *yearModel) keyGone(d proof.Deletion, f retention.Filed) {
	owner, period, _ := strings.Cut(f.Scope, "/")
	if !d.Names("sleutel/"+f.Scope) || m.destroyed[f.Scope] || m.current(retention.Controller(owner)) != f.Controller {
		m.w.t.Fatalf("the key of %s: %+v", f.Scope, f)
	}
	if month, err := time.Parse("2006-01", period); err == nil && !m.w.today().After(gateway.DateOf(month.AddDate(0, 1, 1))) {
		m.w.t.Fatalf("%s: the key of %s went before its month was two days past", m.w.today(), f.Scope)
	}
	m.destroyed[f.Scope] = true
	m.erased[retention.KindKey]++
}

// keysFollow: a month's key is there as long as something rests under it, and
// not longer than two days after the month.
func (m *yearModel) keysFollow() {
	scopes, err := m.w.ring.Scopes(m.w.ctx)
	m.w.must(err)
	used := map[string]bool{}
	m.w.each(`SELECT DISTINCT scope FROM body UNION SELECT DISTINCT scope FROM notice`, func(scan func(...any) error) error {
		var scope string
		err := scan(&scope)
		used[scope] = true
		return err
	})
	for _, s := range scopes {
		_, period, _ := strings.Cut(s.Name, "/")
		month, err := time.Parse("2006-01", period)
		over := err == nil && m.w.today().After(gateway.DateOf(month.AddDate(0, 1, 1)))
		switch gone := !s.Destroyed.IsZero(); {
		case gone && used[s.Name]:
			m.w.t.Fatalf("%s: the key of %s is gone, and something rests under it", m.w.today(), s.Name)
		case gone != m.destroyed[s.Name]:
			m.w.t.Fatalf("%s: the key of %s: destroyed %t, receipt %t", m.w.today(), s.Name, gone, m.destroyed[s.Name])
		case over && !gone && !used[s.Name]:
			m.w.t.Fatalf("%s: the key of %s is left, and nothing rests under it", m.w.today(), s.Name)
		}
	}
}

// each runs a query on the file itself.
func (w *yearWorld) each(query string, row func(scan func(...any) error) error, args ...any) {
	w.t.Helper()
	rows, err := w.raw.QueryContext(w.ctx, query, args...)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		w.must(row(rows.Scan))
	}
	w.must(rows.Err())
}

func uuidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
