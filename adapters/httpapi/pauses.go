// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

type pauseRow struct {
	ID           gateway.PauseID      `json:"pauzeId"`
	Step         int                  `json:"volgnummer"`
	ReportID     gateway.ReportID     `json:"meldingId,omitzero"`
	SignalID     gateway.SignalID     `json:"signaalId,omitzero"`
	Municipality gateway.Municipality `json:"gemeente"`
	State        gateway.PauseState   `json:"stand"`
	From         gateway.Date         `json:"ingangsdatum"`
	Until        gateway.Date         `json:"einddatum"`
	Review       gateway.Date         `json:"toetsdatum,omitzero"`
	Contested    bool                 `json:"betwist"`
	AnswerBy     gateway.Date         `json:"antwoordVoor,omitzero"`
	Alarms       []pauseAlarm         `json:"alarmen"`
}

type pauseAlarm struct {
	Kind  gateway.NoticeKind `json:"soort"`
	Term  gateway.ClockTerm  `json:"termijn"`
	Since time.Time          `json:"sinds"`
}

type pauseList struct {
	Pauses []pauseRow      `json:"pauzes"`
	Next   gateway.PauseID `json:"volgende,omitzero"`
}

// pauses lists the peer's own pauses. It is not evidence: pauseState is.
func (d *door) pauses(v *visit) *gateway.Error {
	from, fail := queryID[gateway.PauseID](v, after.name)
	if fail != nil {
		return fail
	}
	q, fail := wholes(v, atMost)
	if fail != nil {
		return fail
	}
	found, err := d.Pauses.List(v.ctx, v.forParty(), from, int(q[0]))
	if err != nil {
		return gateway.AsError(err)
	}
	list := pauseList{Pauses: make([]pauseRow, len(found)), Next: from}
	for i, l := range found {
		list.Pauses[i], list.Next = pauseRowOf(l, v.peer), l.Pause.ID
	}
	return answer(v, http.StatusOK, list)
}

// pauseRowOf tells of a pause to one side of it: each knows it by its own id.
func pauseRowOf(l pause.Listed, to gateway.Peer) pauseRow {
	p := l.Pause
	row := pauseRow{ID: p.ID, Step: p.Step, Municipality: l.Municipality.Municipality, State: l.State, From: p.From, Until: p.Until, Review: p.Review,
		Contested: l.Contested, AnswerBy: l.AnswerBy, Alarms: make([]pauseAlarm, len(l.Alarms))}
	if to.Is(gateway.KindMunicipality) {
		row.SignalID = l.Signal
	} else {
		row.ReportID = l.ReportID
	}
	for i, a := range l.Alarms {
		row.Alarms[i] = pauseAlarm{a.Kind, a.Term, a.Since.UTC()}
	}
	return row
}

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
