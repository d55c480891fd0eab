// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"cmp"
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// Backlog is what waits to be erased of one kind.
type Backlog struct {
	Kind    Kind         `json:"soort"`
	Due     int64        `json:"due"`           // may be erased now
	Overdue int64        `json:"overdue"`       // of those, more than a day past its term
	Held    int64        `json:"held"`          // would be due, and a hold keeps it
	Next    gateway.Date `json:"next,omitzero"` // the next last day of what is not due yet; zero when there is nothing
}

// Left is the class of what is left of a record's term: how old it is, seen from its end.
type Left string

const (
	LeftNothing Left = "verlopen" // its last day has passed
	LeftWeek    Left = "7"        // at most so many days
	LeftMonth   Left = "31"
	LeftHalf    Left = "183"
	LeftYear    Left = "396"
	LeftMore    Left = "meer"
)

// LeftOf is the class of a last day.
func LeftOf(last, today gateway.Date) Left {
	switch days := last.DaysSince(today); {
	case days < 0:
		return LeftNothing
	case days <= 7:
		return LeftWeek
	case days <= 31:
		return LeftMonth
	case days <= 183:
		return LeftHalf
	case days <= 396:
		return LeftYear
	}
	return LeftMore
}

// Count is how many records of a controller rest.
type Count struct {
	Controller Controller
	Kind       Kind
	Left       Left
	Records    int64
}

// SortCounts puts counts in the order that Census gives them in.
func SortCounts(counts []Count) {
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Controller, b.Controller), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Left, b.Left))
	})
}

// Overview tells what rests and what waits; it shows nothing about one record. Census looks at an index of every record:
// seconds in a store of years, so it is asked seldom. Filled by the truth store, called by cmd.
type Overview interface {
	// Backlog gives one row per kind of [Steps], in their order.
	Backlog(ctx context.Context, c Cutoff) ([]Backlog, error)
	// Census counts what rests, in order of controller, kind and class.
	Census(ctx context.Context, today gateway.Date) ([]Count, error)
}
