// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// ListedPause is how a pause of your own stands now, with what waits for
// somebody about it. It is not signed: what must convince another is the
// statement that Client.Pause gives.
type ListedPause struct {
	ID           gateway.PauseID      `json:"pauzeId"`
	Step         int                  `json:"volgnummer"`         // of its last step
	ReportID     gateway.ReportID     `json:"meldingId,omitzero"` // to a creditor
	SignalID     gateway.SignalID     `json:"signaalId,omitzero"` // to a municipality
	Municipality gateway.Municipality `json:"gemeente"`
	State        gateway.PauseState   `json:"stand"`
	From         gateway.Date         `json:"ingangsdatum"`
	Until        gateway.Date         `json:"einddatum"`
	Review       gateway.Date         `json:"toetsdatum,omitzero"`
	Contested    bool                 `json:"betwist"`
	AnswerBy     gateway.Date         `json:"antwoordVoor,omitzero"` // last day to answer the contest
	Alarms       []PauseAlarm         `json:"alarmen"`
}

// PauseAlarm is a clock about a pause that ran out and whose cause is still
// there. Kind and Term are those of the notice that told of it.
type PauseAlarm struct {
	Kind  gateway.NoticeKind `json:"soort"`
	Term  gateway.ClockTerm  `json:"termijn"`
	Since time.Time          `json:"sinds"`
}

// PausePage is a part of the list, in the order of the ids.
type PausePage struct {
	Pauses []ListedPause
	Next   gateway.PauseID // give it as after, to go on
}

// Pauses lists your own pauses that run or were over less than 90 days ago, with
// an id above after ("": from the first), at most MaxList: a creditor those that
// it must observe, a municipality those about its signals.
func (c *Client) Pauses(ctx context.Context, after gateway.PauseID) (PausePage, error) {
	query := url.Values{"maximum": {strconv.Itoa(MaxList)}}
	if after != "" {
		if _, err := gateway.ParseUUID(string(after)); err != nil {
			return PausePage{}, fmt.Errorf("%w: pauzeId: %w", ErrInput, err)
		}
		query.Set("na", string(after))
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/pauzes", accept: mediaJSON, limit: maxList, query: query})
	if err != nil {
		return PausePage{}, err
	}
	var list struct {
		Pauses []ListedPause   `json:"pauzes"`
		Next   gateway.PauseID `json:"volgende"`
	}
	if err := decode(a, &list); err != nil {
		return PausePage{}, err
	}
	page := PausePage{Pauses: list.Pauses, Next: after}
	for _, p := range list.Pauses {
		_, err := gateway.ParseUUID(string(p.ID))
		switch {
		case err != nil || p.ID <= page.Next: // else a list would have no end
			return PausePage{}, unexpected("pauzeId is no UUID, or not in order")
		case (p.SignalID != "") != (c.config.Municipality != "") || (p.ReportID != "") == (p.SignalID != "") || !c.ours(p.Municipality):
			return PausePage{}, unexpected("a pause of another party")
		}
		page.Next = p.ID
	}
	return page, nil
}
