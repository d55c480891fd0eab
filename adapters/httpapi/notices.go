// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"math"
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// The parameters of every list.
var (
	after    = whole{"na", 0, math.MaxInt64, 0}
	atMost   = whole{"maximum", 1, 500, 100}
	patience = whole{"wacht", 0, int64(maxWait / time.Second), 0}
)

type noticeRow struct {
	Sequence int64                  `json:"volgnummer"`
	ID       gateway.NoticeID       `json:"berichtId"`
	Kind     gateway.NoticeKind     `json:"soort"`
	Progress gateway.NoticeProgress `json:"stand"`
	Compact  string                 `json:"bericht"`
}

type noticeList struct {
	Notices []noticeRow `json:"berichten"`
	Next    int64       `json:"volgende"`
}

func (d *door) notices(v *visit) *gateway.Error {
	q, fail := wholes(v, after, atMost, patience)
	if fail != nil {
		return fail
	}
	if wait := time.Duration(q[2]) * time.Second; wait > 0 {
		d.Notices.Await(v.ctx, v.peer.OIN(), q[0], wait)
		if v.ctx.Err() != nil { // nobody listens any more
			return answer(v, http.StatusOK, noticeList{Notices: []noticeRow{}, Next: q[0]})
		}
		// Much can happen in a minute: who asks, and when, is found out anew
		// before anything is opened, logged or shown.
		v.at = d.Clock()
		if fail := d.admit(v); fail != nil {
			return fail
		}
	}
	found, err := d.Notices.List(v.ctx, v.forParty(), q[0], int(q[1]), 0)
	if err != nil {
		return gateway.AsError(err)
	}
	list := noticeList{Notices: make([]noticeRow, len(found)), Next: q[0]}
	for i, n := range found {
		list.Notices[i] = noticeRow{n.Sequence, n.ID, n.Kind, n.Progress, string(n.Compact)}
		list.Next = max(list.Next, n.Sequence)
	}
	return answer(v, http.StatusOK, list)
}

type noticeConfirmed struct {
	ID       gateway.NoticeID       `json:"berichtId"`
	Progress gateway.NoticeProgress `json:"stand"`
	At       time.Time              `json:"op"`
}

func (d *door) confirmNotice(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.NoticeID](v, "berichtId")
	if fail != nil {
		return fail
	}
	b, fail := body(v, plainJSON)
	if fail != nil {
		return fail
	}
	c, findings := intake.ReadDocument(b, pause.ConfirmationFields())
	if len(findings) > 0 {
		return gateway.Refuse(gateway.KindInvalid, findings...)
	}
	at, err := d.Notices.Confirm(v.ctx, v.forParty(), ids[0], c.Progress, c.Told)
	if err != nil {
		return gateway.AsError(err)
	}
	return answer(v, http.StatusOK, noticeConfirmed{ids[0], c.Progress, at.UTC()})
}
