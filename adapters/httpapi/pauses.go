// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// pauseState gives the signed statement of a whole pause.
func (d *door) pauseState(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.PauseID](v, "pauzeId")
	if fail != nil {
		return fail
	}
	statement, err := d.Pauses.State(v.ctx, v.forParty(), ids[0])
	if err != nil {
		return gateway.AsError(err)
	}
	send(v.Context, http.StatusOK, "application/jose", statement)
	return nil
}

// changePause takes one signed change and answers with its receipt.
func (d *door) changePause(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.UUID](v, "pauzeId", "wijzigingId")
	if fail != nil {
		return fail
	}
	token, fail := body(v, jose)
	if fail != nil {
		return fail
	}
	answers, err := d.Pauses.Accept(v.ctx, []pause.Submission{{Peer: v.peer, Pause: gateway.PauseID(ids[0]),
		ID: gateway.ChangeID(ids[1]), Token: token, At: v.at, Trace: v.trace}})
	switch {
	case err != nil:
		return gateway.AsError(err)
	case len(answers) != 1:
		return gateway.Fail(gateway.KindInternal, errAnswers)
	case answers[0].Err != nil:
		return answers[0].Err
	}
	sendReceipt(v, answers[0].Receipt, answers[0].Replayed)
	return nil
}
