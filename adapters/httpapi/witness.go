// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"math"
	"net/http"

	"github.com/seinhuis/seinhuis/gateway"
)

var plainText = []string{"text/plain"}

// offer gives a witness the newest checkpoint and how it goes on from his last.
func (d *door) offer(v *visit) *gateway.Error {
	q, fail := wholes(v, whole{"sinds", 0, math.MaxInt64, 0})
	if fail != nil {
		return fail
	}
	text, err := d.Witnesses.Offer(v.ctx, q[0])
	if err != nil {
		return gateway.AsError(err)
	}
	send(v.Context, http.StatusOK, "text/plain; charset=utf-8", text)
	return nil
}

// cosign takes what a witness cosigned.
func (d *door) cosign(v *visit) *gateway.Error {
	signed, fail := body(v, plainText)
	if fail != nil {
		return fail
	}
	if err := d.Witnesses.Accept(v.ctx, v.forParty(), signed); err != nil {
		return gateway.AsError(err)
	}
	return answer(v, http.StatusOK, cosigned{"bewaard"})
}

type cosigned struct {
	Status string `json:"status"`
}
