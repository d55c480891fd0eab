// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"fmt"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// RetentionYear lives more than a year with a store, day by day, and then some
// years in leaps: reports, withdrawals, confirmations, feedback, notices, files
// and holds, in an order that looks random and is the same each time. After each
// sweep it compares the store with a model that knows only terms: nothing is
// past its term, nothing went early, every object that went is in one signed
// receipt that the log names. disturb, when given, is called with the day before
// each sweep, when it may break the store, and with -1 after it, when it must
// mend it; the sweep is repeated until it succeeds.
func RetentionYear(t *testing.T, truth Truth, disturb func(day int)) {
	y := newYear(t, truth)
	for day := range 420 {
		y.live(day)
		y.sweep(day, disturb)
	}
	for day := 500; day < 3500; day += 150 {
		y.sweep(day, disturb)
	}
	y.end()
}

// expected is what the model knows of one object.
type expected struct {
	controller retention.Controller
	last       gateway.Date
	graced     gateway.Date // of a body: the last day of its grace after confirmation
	claims     []retention.Claim
	gone       bool
}

type year struct {
	*Steps
	t       *testing.T
	truth   Truth
	now     time.Time
	dice    uint64
	sweeper *retention.Sweeper
	holds   *retention.Holds

	objects  map[string]*expected
	deposits []mailbox.Deposit
	drawn    map[gateway.ReportID]bool // withdrawn
	placed   []retention.Hold
	hashes   map[string]string // of every object of the model that is not gone
	read     map[retention.Controller]int64
	receipts int
	rows     int64
	entries  map[string]proof.Entry // by the digest of their receipt
	files    int
}

func newYear(t *testing.T, truth Truth) *year {
	y := &year{Steps: NewSteps(t), t: t, truth: truth, now: Now(), objects: map[string]*expected{}, drawn: map[gateway.ReportID]bool{},
		hashes: map[string]string{}, read: map[retention.Controller]int64{}, entries: map[string]proof.Entry{}}
	y.Leiden.BodyDays, y.Leiden.TokenDays = 12, 50 // a municipality that keeps less long
	clock := func() time.Time { return y.now }
	y.Wraps.Clock = clock
	y.must(truth.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties(y.Parties()) }))
	y.sweeper = retention.NewSweeper(retention.Ports{Issuer: Issuer, Store: truth.Retention, Directory: truth.Register, Signer: Signer{},
		Keys: y.Wraps, Wrapper: y.Wraps, Clock: clock})
	y.holds = retention.NewHolds(truth.Holds, clock)
	return y
}

func (y *year) must(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatal(err)
	}
}

// throw gives a number below n.
func (y *year) throw(n int) int {
	y.dice = y.dice*6364136223846793005 + 1442695040888963407
	return int(y.dice >> 33 % uint64(n))
}

func (y *year) today() gateway.Date { return gateway.Today(y.now) }

func (y *year) expect(name string, of retention.Controller, last gateway.Date, claims ...retention.Claim) {
	y.objects[name] = &expected{controller: of, last: last, claims: claims}
	y.hashes[gateway.DigestOf([]byte(name)).String()] = name
}

// live is one day's business.
func (y *year) live(day int) {
	y.now = Now().AddDate(0, 0, day).Add(time.Duration(y.throw(14*60)) * time.Minute) // some are past midnight
	for range y.throw(3) {
		y.report()
	}
	if len(y.deposits) == 0 {
		return
	}
	d := y.deposits[y.throw(len(y.deposits))]
	switch y.throw(7) {
	case 0:
		y.withdraw(d)
	case 1, 2:
		y.confirm(d)
	case 3, 4:
		y.feedback(d)
	case 5:
		y.hold(d)
	case 6:
		y.file()
	}
}

// paper is a report of the day.
func (y *year) paper(from, to gateway.Party, n int) Paper {
	p := y.Paper(from, to, n)
	p.ID = gateway.ReportID(gateway.NewUUID(y.now, nil))
	moved := y.today().DaysSince(gateway.Today(Now()))
	for _, text := range append([]*string{&p.Day, &p.Since, &p.Efforts.PersonalContact, &p.Efforts.PointedToHelp, &p.Efforts.OfferMade},
		&p.Efforts.Reminders[0], &p.Efforts.Reminders[1]) {
		d, err := gateway.ParseDate(*text)
		y.must(err)
		*text = d.AddDays(moved).String()
	}
	return p
}

func (y *year) report() {
	from, to := y.Creditors()[y.throw(3)], y.Municipalities()[y.throw(2)]
	submission := y.Submission(from, y.paper(from, to, y.throw(8)))
	submission.At = y.now
	d := y.Deposits(y.t, submission)[0]
	filed := File(y.t, y.truth, d)[0]
	y.deposits = append(y.deposits, d)
	terms, c, whose := d.Sealed().Decision().Retain, retention.Claim(keyOf(d)), retention.Controller(to.Municipality)
	name := "signaal/" + string(d.Sealed().Body().ID)
	y.expect(name+"/inhoud", whose, y.today().AddDays(terms.Body), c)
	y.expect(name+"/pseudoniemen", whose, y.today().AddDays(terms.Tokens), c)
	y.expect(name, whose, y.today().AddDays(terms.Receipt), c)
	y.expect("melding/"+string(c.Creditor)+"/"+string(c.ReportID), retention.Controller(from.OIN), y.today().AddDays(terms.Receipt), c)
	for _, r := range filed.Relations {
		other := y.claimOf(r.Other)
		if r.Other == d.Sealed().Body().ID {
			other = y.claimOf(r.Signal)
		}
		y.expect(relationName(r.Signal, r.Other), whose, y.today().AddDays(terms.Tokens), c, other)
		y.expect(relationName(r.Other, r.Signal), whose, y.today().AddDays(terms.Tokens), c, other)
	}
}

func (y *year) claimOf(id gateway.SignalID) retention.Claim {
	for _, d := range y.deposits {
		if d.Sealed().Body().ID == id {
			return retention.Claim(keyOf(d))
		}
	}
	y.t.Fatal("a relation to a signal that was never filed")
	return retention.Claim{}
}

func (y *year) withdraw(d mailbox.Deposit) {
	if y.drawn[d.Slip().ReportID] {
		return
	}
	y.drawn[d.Slip().ReportID] = true
	id, err := y.withdrawAt(y.t, y.truth, d, y.now)
	y.must(err)
	terms, c := d.Sealed().Decision().Retain, retention.Claim(keyOf(d))
	name, whose := "signaal/"+string(id), retention.Controller(d.Sealed().Municipality())
	y.expect(name+"/inhoud", whose, y.today().AddDays(terms.Body), c)
	y.expect(name, whose, gateway.Today(d.Slip().At).AddDays(terms.Receipt), c)
}

func (y *year) confirm(d mailbox.Deposit) {
	id := d.Sealed().Body().ID
	body := y.objects["signaal/"+string(id)+"/inhoud"]
	if body.gone || !body.graced.IsZero() {
		return
	}
	body.graced = y.today().AddDays(retention.Grace)
	y.must(y.truth.Mailbox.Write(y.t.Context(), func(tx mailbox.Tx) error {
		_, err := tx.Advance([]mailbox.Move{{ID: id, To: gateway.SignalConfirmed, At: y.now}})
		return err
	}))
}

func (y *year) feedback(d mailbox.Deposit) {
	c, terms := retention.Claim(keyOf(d)), d.Sealed().Decision().Retain
	r := feedback.Record{Key: feedback.Key{Municipality: d.Sealed().Municipality(), ID: gateway.FeedbackID(gateway.NewUUID(y.now, nil))},
		Signal: d.Sealed().Body().ID, Digest: gateway.DigestOf([]byte("feedback")), Receipt: gateway.Compact("f"), At: y.now}
	n := gateway.PostedNotice{ID: gateway.NoticeID(gateway.NewUUID(y.now, nil)), To: c.Creditor, Signal: d.Sealed().Body().ID, ReportID: c.ReportID,
		Kind: gateway.NoticeClosed, Scope: string(c.Creditor) + "/" + y.today().String()[:7]}
	wrapped, err := y.Wraps.Wrap(y.t.Context(), []keys.WrapItem{{Scope: n.Scope, ID: string(n.ID), Data: []byte("notice")}})
	y.must(err)
	n.Wrapped = wrapped[0]
	y.must(y.truth.Feedback.Write(y.t.Context(), func(tx feedback.Tx) error {
		return tx.Post([]feedback.Record{r}, []gateway.PostedNotice{n})
	}))
	y.expect("terugkoppeling/"+string(r.Signal)+"/"+string(r.ID), retention.Controller(r.Municipality), gateway.Today(d.Slip().At).AddDays(terms.Receipt), c)
	y.expect("bericht/"+string(n.ID), retention.Controller(c.Creditor), y.today().AddDays(terms.Body), c)
}

// hold proposes and confirms one, or lifts an earlier one.
func (y *year) hold(d mailbox.Deposit) {
	one, two := gateway.NewUUID(y.now, nil), gateway.NewUUID(y.now, nil)
	if n := len(y.placed); n > 0 && y.throw(3) == 0 {
		h := &y.placed[y.throw(n)]
		if h.InForce(y.today()) {
			lifted, err := y.holds.Lift(y.t.Context(), one, h.ID)
			y.must(err)
			*h = lifted
		}
		return
	}
	h, err := y.holds.Propose(y.t.Context(), one, retention.Claim(keyOf(d)), retention.HoldLegalClaim, y.today().AddDays(1+y.throw(200)))
	y.must(err)
	y.now = y.now.Add(time.Minute)
	h, err = y.holds.Confirm(y.t.Context(), two, h.ID)
	y.must(err)
	y.placed = append(y.placed, h)
	y.expect("opschorting/"+string(h.ID), retention.Controller(h.Claim.Creditor), h.Until.AddDays(retention.KeepReceipts))
}

// file is a file of reports that was done today, with some pages of outcomes.
func (y *year) file() {
	r := BatchRecord(y.Energy.OIN)
	r.ID, r.State, r.ReceivedAt, r.DoneAt = gateway.BatchID(gateway.NewUUID(y.now, nil)), batch.Done, y.now, y.now
	name, last := "aanlevering/"+string(r.Creditor)+"/"+string(r.ID), y.today().AddDays(keepFor)
	var outcomes []batch.Outcome
	for page := range y.throw(3) {
		outcomes = append(outcomes, batch.Outcome{Line: int64(page*1000 + 1 + y.throw(999)), Kind: batch.LineRefused,
			Findings: []gateway.Finding{{Code: gateway.CodeNotJSON, Text: fmt.Sprint(y.files % 5)}}})
		y.expect(fmt.Sprintf("%s/uitkomsten/%d", name, page), retention.Controller(r.Creditor), last)
	}
	y.files++
	y.expect(name, retention.Controller(r.Creditor), last)
	y.must(y.truth.Batches.Write(y.t.Context(), func(tx batch.Tx) error {
		if err := tx.Put(r); err != nil {
			return err
		}
		if _, err := tx.Append([]audit.Entry{Entry(y.t, 1)}); err != nil {
			return err
		}
		return tx.Add(r.Key, outcomes)
	}))
}
