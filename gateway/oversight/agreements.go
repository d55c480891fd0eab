// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"cmp"
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// AgreementState is whether an agreement holds today.
type AgreementState string

const (
	AgreementAhead   AgreementState = "toekomstig"
	AgreementInForce AgreementState = "in-werking"
	AgreementOver    AgreementState = "geeindigd"
)

// AgreementView is one agreement with the names of its two parties.
type AgreementView struct {
	gateway.Agreement
	State        AgreementState
	CreditorName string
	Holder       gateway.OIN // of the municipality's code; "" when the register has none
	HolderName   string
}

// AgreementList gives all agreements, past ones too. Filled by the truth
// store's register.
type AgreementList interface {
	Parties
	Agreements(ctx context.Context) ([]gateway.Agreement, error)
}

// Searcher is the part of a [Journal] that finds the history of one thing.
type Searcher interface {
	Search(ctx context.Context, q Query) ([]Hit, error)
}

// AgreementDesk shows agreements. Safe for concurrent use. Called by
// adapters/console.
type AgreementDesk struct {
	list    AgreementList
	journal Searcher
	log     Log
}

// NewAgreementDesk makes it.
func NewAgreementDesk(list AgreementList, journal Searcher, log Log) *AgreementDesk {
	return &AgreementDesk{list, journal, log}
}

// List gives the agreements of which a party lies in the officer's scope: those
// in force first, then by day. The other party is named, for both signed. The
// look is logged first.
func (d *AgreementDesk) List(ctx context.Context, v Visit) ([]AgreementView, error) {
	scope, err := sees(v)
	if err != nil {
		return nil, err
	}
	own, err := d.own(ctx, v, scope)
	if err != nil {
		return nil, err
	}
	return own, v.look(ctx, d.log, audit.AgreementsRead, scope, counted(scope, len(own)))
}

// One gives one agreement with what the log says of it, newest first. Another's
// agreement looks as none. The look is logged first.
func (d *AgreementDesk) One(ctx context.Context, v Visit, id string) (AgreementView, []Hit, error) {
	scope, err := sees(v)
	if err != nil {
		return AgreementView{}, nil, err
	}
	own, err := d.own(ctx, v, scope)
	if err != nil {
		return AgreementView{}, nil, err
	}
	i := slices.IndexFunc(own, func(a AgreementView) bool { return a.ID == id })
	if i < 0 {
		return AgreementView{}, nil, absent()
	}
	hits, err := d.journal.Search(ctx, Query{Scope: scope, Kind: audit.KindAgreement, Object: gateway.UUID(id), Limit: MaxHits})
	if err != nil {
		return AgreementView{}, nil, err
	}
	return own[i], hits, v.look(ctx, d.log, audit.AgreementsRead, scope, counted(scope, 1))
}

func (d *AgreementDesk) own(ctx context.Context, v Visit, scope Scope) (own []AgreementView, err error) {
	r, err := readRoll(ctx, d.list, scope)
	if err != nil {
		return nil, err
	}
	all, err := d.list.Agreements(ctx)
	today := gateway.Today(v.At)
	for _, a := range all {
		holder, _ := r.holder(retention.Controller(a.Municipality))
		if scope.Has(a.Creditor) || holder.OIN != "" && scope.Has(holder.OIN) {
			own = append(own, AgreementView{a, stateOf(a, today), r.party(a.Creditor).Name, holder.OIN, holder.Name})
		}
	}
	order := []AgreementState{AgreementInForce, AgreementAhead, AgreementOver}
	slices.SortStableFunc(own, func(a, b AgreementView) int {
		return cmp.Or(slices.Index(order, a.State)-slices.Index(order, b.State), b.From.DaysSince(a.From), cmp.Compare(a.ID, b.ID))
	})
	return own, err
}

func stateOf(a gateway.Agreement, today gateway.Date) AgreementState {
	switch {
	case a.InForce(today):
		return AgreementInForce
	case a.From.After(today):
		return AgreementAhead
	}
	return AgreementOver
}
