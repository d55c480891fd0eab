// SPDX-License-Identifier: EUPL-1.2

package reorganisation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

// newYear is the first moment of 2027 in the Netherlands.
func newYear() time.Time { return time.Date(2026, time.December, 31, 23, 0, 0, 0, time.UTC) }

// clockwork is a whole gateway over a store in memory, with a time that the
// test sets. Leiden and Nijmegen are there, and Samen (GM1999), which will be.
type clockwork struct {
	*gatewaytest.Steps
	Samen     gateway.Party
	memory    *gatewaytest.Memory
	now       time.Time
	directory *register.Directory
	registrar *register.Registrar
	desk      *reorganisation.Desk
	journey   *journey.Journey
	box       *mailbox.Mailbox
	feedback  *feedback.Desk
}

func newClockwork(t *testing.T) *clockwork {
	t.Helper()
	w := &clockwork{Steps: gatewaytest.NewSteps(t), memory: gatewaytest.NewMemory(), now: newYear().AddDate(0, -1, 0)}
	clock := func() time.Time { return w.now }
	w.Samen = w.Leiden
	w.Samen.OIN, w.Samen.Name, w.Samen.Municipality = "00000099000000220009", "Samen", "GM1999"
	w.Samen.Keys = slices.Clone(w.Nijmegen.Keys)
	w.registrar, w.directory = register.NewRegistrar(w.memory.Register, clock), register.NewDirectory(w.memory.Register, clock)
	for _, p := range append(w.Parties(), w.Samen) {
		w.must(t, w.registrar.Enrol(t.Context(), p))
	}
	for _, a := range w.Agreements {
		w.must(t, w.registrar.Conclude(t.Context(), a))
	}
	w.desk = reorganisation.NewDesk(w.memory.Reorganisations, clock)
	ports := w.Ports(w.memory.Truth)
	ports.Register = w.directory
	w.journey = journey.New(ports)
	w.box = mailbox.New(w.memory.Mailbox, w.Wraps)
	w.feedback = feedback.NewDesk(feedback.Ports{Issuer: gatewaytest.Issuer, Verifier: gatewaytest.Opener{}, Receipts: gatewaytest.Signer{},
		Notices: feedback.NewNotices(w.memory.Feedback, gatewaytest.Signer{}, w.Wraps, w.Bell), Store: w.memory.Feedback, Bell: w.Bell})
	return w
}

func (w *clockwork) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// paper is a report about resident n that is dated days before this moment.
func (w *clockwork) paper(from, to gateway.Party, n, days int) gatewaytest.Paper {
	p, today := w.Paper(from, to, n), gateway.Today(w.now).AddDays(-days)
	p.ID = gateway.ReportID(gateway.NewUUID(w.now, nil))
	p.Day, p.Since = today.String(), today.AddDays(-45).String()
	p.Efforts = gatewaytest.Efforts{PersonalContact: today.AddDays(-5).String(), PointedToHelp: today.AddDays(-12).String(),
		Reminders: []string{today.AddDays(-25).String(), today.AddDays(-12).String()}, OfferMade: today.AddDays(-12).String()}
	return p
}

func (w *clockwork) submission(from gateway.Party, id gateway.ReportID, payload []byte) intake.Submission {
	return intake.Submission{Peer: w.peer(from), ID: id, Token: gatewaytest.Letter(from.OIN, payload), At: w.now, Trace: gateway.NewTrace()}
}

func (w *clockwork) peer(p gateway.Party) gateway.Peer {
	return gateway.Authenticated(p, strings.Repeat("ab", 32))
}

// send reports and gives the answer.
func (w *clockwork) send(t *testing.T, from gateway.Party, p gatewaytest.Paper) journey.Answer {
	t.Helper()
	answers, err := w.journey.Report(t.Context(), []intake.Submission{w.submission(from, p.ID, p.Payload())})
	w.must(t, err)
	return answers[0]
}

// accepted reports and gives the signal.
func (w *clockwork) accepted(t *testing.T, from gateway.Party, p gatewaytest.Paper) gateway.SignalID {
	t.Helper()
	if a := w.send(t, from, p); a.Err != nil {
		t.Fatal(a.Err)
	}
	records, err := w.memory.Ledger.Records(t.Context(), []journey.Key{{Creditor: from.OIN, ReportID: p.ID}})
	w.must(t, err)
	return records[0].Signal
}

func (w *clockwork) visit(p gateway.Party) gateway.Visit {
	return gateway.Visit{Peer: w.peer(p), At: w.now, Trace: gateway.NewTrace()}
}

func (w *clockwork) list(t *testing.T, of gateway.Party, after int64) []gateway.Signal {
	t.Helper()
	signals, err := w.box.List(t.Context(), w.visit(of), after, 0)
	w.must(t, err)
	return signals
}

// tell gives feedback and gives the answer.
func (w *clockwork) tell(t *testing.T, by gateway.Party, id gateway.FeedbackID, about gateway.SignalID, result gateway.Result) feedback.Answer {
	t.Helper()
	payload := fmt.Sprintf(`{"terugkoppelingId":%q,"signaalId":%q,"resultaat":%q,"datum":"2026-12-31"}`, id, about, result)
	answers, err := w.feedback.Accept(t.Context(), []feedback.Submission{{Peer: w.peer(by), Signal: about, ID: id,
		Token: gatewaytest.Letter(by.OIN, []byte(payload)), At: w.now, Trace: gateway.NewTrace()}})
	w.must(t, err)
	return answers[0]
}

// prepare orders that municipalities become Samen with the new year.
func (w *clockwork) prepare(t *testing.T, from ...gateway.Party) gateway.Reorganisation {
	t.Helper()
	o := reorganisation.Order{Into: w.Samen.Municipality, On: gateway.Today(newYear())}
	for _, p := range from {
		o.From = append(o.From, p.Municipality)
	}
	r, err := w.desk.Prepare(t.Context(), o)
	w.must(t, err)
	return r
}

// carryOut must do this many reorganisations.
func (w *clockwork) carryOut(t *testing.T, want int) []reorganisation.Outcome {
	t.Helper()
	done, err := w.desk.CarryOut(t.Context())
	if err != nil || len(done) != want {
		t.Fatalf("%+v, %v; want %d", done, err, want)
	}
	return done
}

func (w *clockwork) snapshot(t *testing.T) (s reorganisation.Snapshot) {
	t.Helper()
	w.must(t, w.memory.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) (err error) {
		s, err = tx.Snapshot()
		return err
	}))
	return s
}
