// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// Office is the real desks of feedback, pauses and clocks over a truth store,
// with a clock that a test moves.
type Office struct {
	*Steps
	Truth   Truth
	Desk    *feedback.Desk
	Pauses  *pause.Desk
	Notices *feedback.Notices
	Clocks  *clocks.Clocks
	Box     *mailbox.Mailbox
	At      time.Time
}

// Object is a JSON object as a party writes it.
type Object = map[string]any

// NewOffice makes the desks; everybody of the small world is registered.
func NewOffice(t testing.TB, truth Truth) *Office {
	t.Helper()
	o := &Office{Steps: NewSteps(t), Truth: truth, At: Now()}
	err := truth.Register.Write(t.Context(), func(tx register.Tx) error {
		return errors.Join(tx.PutParties(o.Parties()), tx.PutAgreements(o.Agreements))
	})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return o.At }
	o.Notices = feedback.NewNotices(truth.Feedback, Signer{}, o.Wraps, o.Bell)
	o.Desk = feedback.NewDesk(feedback.Ports{Issuer: Issuer, Verifier: Opener{}, Receipts: Signer{}, Notices: o.Notices, Store: truth.Feedback, Bell: o.Bell})
	o.Pauses = pause.NewDesk(pause.Ports{Issuer: Issuer, Verifier: Opener{}, Receipts: Signer{}, Notices: o.Notices,
		Parties: register.NewDirectory(truth.Register, now), Store: truth.Pauses, Bell: o.Bell, Clock: now})
	o.Clocks = clocks.New(clocks.Ports{Issuer: Issuer, Store: truth.Clocks, Notices: o.Notices, Bell: o.Bell})
	o.Box = mailbox.New(truth.Mailbox, o.Wraps)
	return o
}

// Visit is a visit of a party now.
func (o *Office) Visit(p gateway.Party) gateway.Visit {
	return gateway.Visit{Peer: gateway.Authenticated(p, strings.Repeat("ab", 32)), At: o.At, Trace: gateway.NewTrace()}
}

// Report files a report of a creditor about resident n of Nijmegen, today.
func (o *Office) Report(t testing.TB, from gateway.Party, n int) mailbox.Deposit {
	t.Helper()
	s := o.Submission(from, o.Paper(from, o.Nijmegen, n))
	s.At = o.At
	d := o.Deposits(t, s)[0]
	File(t, o.Truth, d)
	return d
}

// Later moves the clock.
func (o *Office) Later(days int) { o.At = o.At.AddDate(0, 0, days) }

// Day is a date some days from today.
func (o *Office) Day(days int) string { return gateway.Today(o.At).AddDays(days).String() }

func letter(from gateway.Party, w Object) []byte {
	payload, err := json.Marshal(w)
	if err != nil {
		panic(err) // every fixture can be marshalled
	}
	return Letter(from.OIN, payload)
}

// Say gives feedback of Nijmegen about a signal.
func (o *Office) Say(t testing.TB, d mailbox.Deposit, result gateway.Result, more Object) feedback.Answer {
	t.Helper()
	id := gateway.FeedbackID(gateway.NewUUID(o.At, nil))
	w := Object{"terugkoppelingId": id, "signaalId": d.Sealed().Body().ID, "resultaat": result, "datum": o.Day(0)}
	for name, v := range more {
		w[name] = v
	}
	v := o.Visit(o.Nijmegen)
	a, err := o.Desk.Accept(t.Context(), []feedback.Submission{{Peer: v.Peer, Signal: d.Sealed().Body().ID, ID: id, Token: letter(o.Nijmegen, w), At: v.At, Trace: v.Trace}})
	if err != nil {
		t.Fatal(err)
	}
	return a[0]
}

// Begin starts a pause of some days about a signal, reviewed on its last day,
// and gives its id.
func (o *Office) Begin(t testing.TB, d mailbox.Deposit, days int) gateway.PauseID {
	t.Helper()
	a := o.Say(t, d, gateway.ResultFollowUp, Object{"pauzeTot": o.Day(days), "toetsdatum": o.Day(days)})
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	var r struct {
		Pauses []gateway.GivenPause `json:"pauzes"`
	}
	payload, err := Unsign(a.Receipt)
	if err = errors.Join(err, json.Unmarshal(payload, &r)); err != nil || len(r.Pauses) != 1 {
		t.Fatal(r.Pauses, err)
	}
	return r.Pauses[0].ID
}

// Submit makes a change of a pause as a party sends it.
func (o *Office) Submit(from gateway.Party, id gateway.PauseID, kind pause.ChangeKind, more Object) pause.Submission {
	w := Object{"wijzigingId": gateway.NewUUID(o.At, nil), "pauzeId": id, "soort": kind, "reden": kind.Reasons()[0]}
	for name, v := range more {
		w[name] = v
	}
	v := o.Visit(from)
	change, _ := w["wijzigingId"].(gateway.UUID)
	return pause.Submission{Peer: v.Peer, Pause: id, ID: gateway.ChangeID(change), Token: letter(from, w), At: v.At, Trace: v.Trace}
}

// Change changes a pause, and gives what was wrong with it, by code.
func (o *Office) Change(t testing.TB, from gateway.Party, id gateway.PauseID, kind pause.ChangeKind, more Object) string {
	t.Helper()
	return Wrong(o.Accept(t, o.Submit(from, id, kind, more))[0].Err)
}

// Accept hands changes to the desk.
func (o *Office) Accept(t testing.TB, batch ...pause.Submission) []pause.Answer {
	t.Helper()
	answers, err := o.Pauses.Accept(t.Context(), batch)
	if err != nil || len(answers) != len(batch) {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	return answers
}

// Wrong is what a refusal finds, by code and place; empty for none.
func Wrong(err *gateway.Error) string {
	if err == nil {
		return ""
	}
	var all []string
	for _, f := range err.Findings {
		all = append(all, string(f.Code)+"@"+f.Pointer)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// Told reads the notices of a party, as signed, without touching them.
func (o *Office) Told(t testing.TB, p gateway.Party) []gateway.Notice {
	t.Helper()
	var all []gateway.Notice
	for after := int64(0); ; {
		page, err := o.Notices.List(t.Context(), o.Visit(p), after, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page {
			var n gateway.Notice
			payload, err := Unsign(d.Compact)
			if err = errors.Join(err, json.Unmarshal(payload, &n)); err != nil {
				t.Fatal(err)
			}
			if n.ID != d.ID || n.Kind != d.Kind || n.Audience != p.OIN {
				t.Errorf("a notice says another id, kind or reader than its envelope: %+v", n)
			}
			all, after = append(all, n), d.Sequence
		}
		if len(page) == 0 {
			return all
		}
	}
}

// Kinds are the kinds of a party's notices, in order.
func (o *Office) Kinds(t testing.TB, p gateway.Party) string {
	t.Helper()
	var kinds []string
	for _, n := range o.Told(t, p) {
		kind := string(n.Kind)
		if n.Term != "" {
			kind += "/" + string(n.Term)
		}
		kinds = append(kinds, kind)
	}
	return strings.Join(kinds, " ")
}

// Statement reads the signed statement of a pause.
func (o *Office) Statement(t testing.TB, p gateway.Party, id gateway.PauseID) pause.Statement {
	t.Helper()
	c, err := o.Pauses.State(t.Context(), o.Visit(p), id)
	if err != nil {
		t.Fatal(err)
	}
	var s pause.Statement
	payload, err := Unsign(c)
	if err = errors.Join(err, json.Unmarshal(payload, &s)); err != nil {
		t.Fatal(err)
	}
	return s
}

// Confirm confirms a party's newest notice of a kind.
func (o *Office) Confirm(t testing.TB, p gateway.Party, kind gateway.NoticeKind, progress gateway.NoticeProgress, told ...gateway.Agent) {
	t.Helper()
	all := o.Told(t, p)
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Kind == kind {
			if _, err := o.Notices.Confirm(t.Context(), o.Visit(p), all[i].ID, progress, told); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no notice %s", kind)
}

// Sweep lets the clocks look.
func (o *Office) Sweep(t testing.TB) int {
	t.Helper()
	n, err := o.Clocks.Sweep(t.Context(), o.At)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
