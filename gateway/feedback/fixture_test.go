// SPDX-License-Identifier: EUPL-1.2

package feedback_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// office is a desk over a store in memory in which signals lie.
type office struct {
	*gatewaytest.Steps
	memory  *gatewaytest.Memory
	desk    *feedback.Desk
	notices *feedback.Notices
	signals []gateway.SignalID
	reports []gateway.ReportID
	filed   []mailbox.Deposit
	at      time.Time
}

// newOffice files what the creditors sent about one resident of Nijmegen, and
// comes back five days later.
func newOffice(t testing.TB, creditors func(gatewaytest.Actors) []gateway.Party, change ...func(*gatewaytest.Steps)) *office {
	t.Helper()
	o := &office{Steps: gatewaytest.NewSteps(t), memory: gatewaytest.NewMemory(), at: gatewaytest.Now().AddDate(0, 0, 5)}
	for _, c := range change {
		c(o.Steps)
	}
	err := o.memory.Register.Write(t.Context(), func(tx register.Tx) error {
		if err := tx.PutParties(o.Parties()); err != nil {
			return err
		}
		return tx.PutAgreements(o.Agreements)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range creditors(o.Actors) {
		d := o.Deposits(t, o.Submission(c, o.Paper(c, o.Nijmegen, 1)))
		filed := gatewaytest.File(t, o.memory.Truth, d...)
		o.signals = append(o.signals, filed[0].Candidate.Signal)
		o.reports = append(o.reports, filed[0].Candidate.ReportID)
		o.filed = append(o.filed, d[0])
	}
	o.notices = feedback.NewNotices(o.memory.Feedback, gatewaytest.Signer{}, o.Wraps, o.Bell)
	o.desk = feedback.NewDesk(feedback.Ports{Issuer: gatewaytest.Issuer, Verifier: gatewaytest.Opener{}, Receipts: gatewaytest.Signer{},
		Notices: o.notices, Store: o.memory.Feedback, Bell: o.Bell})
	return o
}

func onlyEnergy(a gatewaytest.Actors) []gateway.Party  { return []gateway.Party{a.Energy} }
func energyWater(a gatewaytest.Actors) []gateway.Party { return []gateway.Party{a.Energy, a.Water} }

func visitOf(p gateway.Party, at time.Time) gateway.Visit {
	return gateway.Visit{Peer: gateway.Authenticated(p, strings.Repeat("ab", 32)), At: at, Trace: gateway.NewTrace()}
}

type object = map[string]any

// word is feedback about a signal as a municipality signs it.
func (o *office) word(result gateway.Result, more object) object {
	w := object{"terugkoppelingId": string(gateway.NewUUID(o.at, nil)), "signaalId": string(o.signals[0]),
		"resultaat": string(result), "datum": gateway.Today(o.at).String()}
	for name, v := range more {
		w[name] = v
	}
	return w
}

func (o *office) submission(from gateway.Party, w object) feedback.Submission {
	payload, err := json.Marshal(w)
	if err != nil {
		panic(err) // every fixture can be marshalled
	}
	v := visitOf(from, o.at)
	signal, _ := w["signaalId"].(string)
	id, _ := w["terugkoppelingId"].(string)
	return feedback.Submission{Peer: v.Peer, Signal: gateway.SignalID(signal), ID: gateway.FeedbackID(id),
		Token: gatewaytest.Letter(from.OIN, payload), At: v.At, Trace: v.Trace}
}

func (o *office) accept(t testing.TB, batch ...feedback.Submission) []feedback.Answer {
	t.Helper()
	answers, err := o.desk.Accept(t.Context(), batch)
	if err != nil || len(answers) != len(batch) {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	return answers
}

// codes gives what is wrong with one feedback, by code, in order.
func (o *office) codes(t testing.TB, from gateway.Party, w object) string {
	t.Helper()
	a := o.accept(t, o.submission(from, w))[0]
	if a.Err == nil {
		return ""
	}
	if a.Receipt != nil {
		t.Error("a refusal with a receipt")
	}
	var all []string
	for _, f := range a.Err.Findings {
		all = append(all, string(f.Code)+"@"+f.Pointer)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// got reads the notices of a creditor, as signed.
func (o *office) got(t testing.TB, creditor gateway.Party) []gateway.Notice {
	t.Helper()
	delivered, err := o.notices.List(t.Context(), visitOf(creditor, o.at), 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]gateway.Notice, len(delivered))
	for i, d := range delivered {
		payload, err := gatewaytest.Unsign(d.Compact)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(payload, &all[i]); err != nil {
			t.Fatal(err)
		}
		if all[i].ID != d.ID || all[i].Kind != d.Kind {
			t.Error("a notice says another id or kind than its envelope")
		}
	}
	return all
}
