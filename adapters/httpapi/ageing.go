// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/clocks"
)

type ageCount struct {
	Class       clocks.AgeClass    `json:"klasse"`
	Kind        gateway.ReportKind `json:"soort"`
	Count       int                `json:"aantal"`
	Uncollected int                `json:"nietBevestigd"`
}

type agedRow struct {
	ID    gateway.SignalID   `json:"signaalId"`
	Class clocks.AgeClass    `json:"klasse"`
	Kind  gateway.ReportKind `json:"soort"`
	On    gateway.Date       `json:"dag"`
}

type ageingAnswer struct {
	At     time.Time  `json:"op"`
	Counts []ageCount `json:"aantallen"`
	Oldest []agedRow  `json:"oudste"`
}

// ageing tells a municipality how old its signals without feedback are.
func (d *door) ageing(v *visit) *gateway.Error {
	a, err := d.Ageing.Ageing(v.ctx, v.forParty())
	if err != nil {
		return gateway.AsError(err)
	}
	out := ageingAnswer{At: v.at.UTC(), Counts: make([]ageCount, len(a.Counts)), Oldest: make([]agedRow, len(a.Oldest))}
	for i, c := range a.Counts {
		out.Counts[i] = ageCount(c)
	}
	for i, s := range a.Oldest {
		out.Oldest[i] = agedRow{s.ID, s.Class, s.Kind, s.On}
	}
	return answer(v, http.StatusOK, out)
}
