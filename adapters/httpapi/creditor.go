// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// steps is one of the ways a sealed token can go.
type steps func(ctx context.Context, batch []intake.Submission) ([]journey.Answer, error)

func (d *door) report(v *visit) *gateway.Error   { return submit(v, d.Journey.Report) }
func (d *door) withdraw(v *visit) *gateway.Error { return submit(v, d.Journey.Withdraw) }

// submit takes one token under the id of the path to the steps, and answers
// with the receipt.
func submit(v *visit, to steps) *gateway.Error {
	ids, fail := pathID[gateway.ReportID](v, "meldingId")
	if fail != nil {
		return fail
	}
	a, fail := carry(v, ids[0], to)
	if fail != nil {
		return fail
	}
	sendReceipt(v, a.Receipt, a.Replayed)
	return nil
}

// correct takes a report anew, under its own id and that of the correction.
func (d *door) correct(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.UUID](v, "meldingId", "correctieId")
	if fail != nil {
		return fail
	}
	a, fail := carry(v, gateway.ReportID(ids[0]), func(ctx context.Context, batch []intake.Submission) ([]journey.Answer, error) {
		return d.Journey.Correct(ctx, []journey.CorrectionSubmission{{Submission: batch[0], Correction: gateway.CorrectionID(ids[1])}})
	})
	if fail != nil {
		return fail
	}
	sendReceipt(v, a.Receipt, a.Replayed)
	return nil
}

// carry reads the token and walks it as a batch of one.
func carry(v *visit, id gateway.ReportID, to steps) (journey.Answer, *gateway.Error) {
	token, fail := body(v, jose)
	if fail != nil {
		return journey.Answer{}, fail
	}
	answers, err := to(v.ctx, []intake.Submission{{Peer: v.peer, ID: id, Token: token, At: v.at, Trace: v.trace}})
	switch {
	case err != nil:
		return journey.Answer{}, gateway.AsError(err)
	case len(answers) != 1:
		return journey.Answer{}, gateway.Fail(gateway.KindInternal, errAnswers)
	}
	return answers[0], answers[0].Err
}

var errAnswers = errors.New("httpapi: a batch of one had another number of answers")

// sendReceipt writes the receipt byte for byte: 201, or 200 for one that was
// given before.
func sendReceipt(v *visit, receipt gateway.Compact, replayed bool) {
	status := http.StatusCreated
	if replayed {
		status = http.StatusOK
	}
	send(v.Context, status, "application/jose", receipt)
}

type checked struct {
	Outcome  string         `json:"uitkomst"`
	Warnings []gateway.Code `json:"waarschuwingen,omitempty"`
}

// check is the dry run. The path holds no id; the one inside counts.
func (d *door) check(v *visit) *gateway.Error {
	a, fail := carry(v, "", d.Journey.Check)
	if fail != nil {
		return fail
	}
	return answer(v, http.StatusOK, checked{"zou-worden-geaccepteerd", a.Warnings})
}

func (d *door) evidence(v *visit) *gateway.Error           { return d.prove(v, false) }
func (d *door) withdrawalEvidence(v *visit) *gateway.Error { return d.prove(v, true) }

// prove gives the receipt again, with the proof of its log entry once there is
// one.
func (d *door) prove(v *visit, withdrawal bool) *gateway.Error {
	ids, fail := pathID[gateway.ReportID](v, "meldingId")
	if fail != nil {
		return fail
	}
	e, err := d.Journey.Evidence(v.ctx, v.forParty(), ids[0], withdrawal)
	if err != nil {
		return gateway.AsError(err)
	}
	return d.proven(v, e.Receipt, e.Entry)
}

// proven gives a receipt with the proof of its log entry once there is one.
func (d *door) proven(v *visit, receipt gateway.Compact, entry int64) *gateway.Error {
	text, leaf, err := d.Log.Prove(v.ctx, entry-1) // entries count from 1, leaves from 0
	switch {
	case errors.Is(err, audit.ErrNotYetPublished):
		text, leaf = nil, nil
	case err != nil:
		return gateway.AsError(err)
	}
	return answer(v, http.StatusOK, proof.NewEvidence(string(receipt), leaf, string(text)))
}
