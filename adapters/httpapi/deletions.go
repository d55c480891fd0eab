// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

type deletionRow struct {
	Sequence int64            `json:"volgnummer"`
	ID       gateway.UUID     `json:"verwijderingId"`
	Kind     retention.Kind   `json:"soort"`
	Reason   retention.Reason `json:"reden"`
	Count    int              `json:"aantal"`
	Compact  string           `json:"verwijderingsbewijs"`
}

type deletionList struct {
	Deletions []deletionRow `json:"verwijderingen"`
	Next      int64         `json:"volgende"`
}

func (d *door) deletions(v *visit) *gateway.Error {
	q, fail := wholes(v, after, atMost)
	if fail != nil {
		return fail
	}
	found, err := d.Deletions.List(v.ctx, v.forParty(), q[0], int(q[1]))
	if err != nil {
		return gateway.AsError(err)
	}
	list := deletionList{Deletions: make([]deletionRow, len(found)), Next: q[0]}
	for i, f := range found {
		list.Deletions[i] = deletionRow{f.Sequence, f.ID, f.Kind, f.Reason, f.Count, string(f.Receipt)}
		list.Next = max(list.Next, f.Sequence)
	}
	return answer(v, http.StatusOK, list)
}

func (d *door) deletion(v *visit) *gateway.Error {
	ids, fail := pathID[gateway.UUID](v, "verwijderingId")
	if fail != nil {
		return fail
	}
	f, err := d.Deletions.Receipt(v.ctx, v.forParty(), ids[0])
	if err != nil {
		return gateway.AsError(err)
	}
	return d.proven(v, f.Receipt, f.Entry)
}
