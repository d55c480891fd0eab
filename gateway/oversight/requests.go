// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/request"
)

// RequestView is one request of a data subject with its clock, as of a day.
type RequestView struct {
	request.Request
	Name     string // of the controller
	DaysLeft int    // negative when late; 0 when closed
	Late     bool
}

// RequestDesk is where officers keep the clocks of requests to their own
// parties (AVG art. 12(3)). Safe for concurrent use. Called by adapters/console.
type RequestDesk struct {
	store   request.Store
	desk    *request.Desk
	parties Parties
	log     Log
}

// NewRequestDesk makes it.
func NewRequestDesk(store request.Store, p Parties, log Log) *RequestDesk {
	return &RequestDesk{store, request.NewDesk(store), p, log}
}

// List gives the open requests of the officer's parties, or all, in order of
// entry. The look is logged first.
func (d *RequestDesk) List(ctx context.Context, v Visit, closedToo bool) ([]RequestView, error) {
	scope, err := sees(v)
	if err != nil {
		return nil, err
	}
	r, err := readRoll(ctx, d.parties, scope)
	if err != nil {
		return nil, err
	}
	own, err := inScope(ctx, d.store, scope, closedToo)
	if err != nil {
		return nil, err
	}
	views, today := make([]RequestView, len(own)), gateway.Today(v.At)
	for i, one := range own {
		views[i] = RequestView{Request: one, Name: r.party(one.Controller).Name, Late: one.Late(today)}
		if one.Open() {
			views[i].DaysLeft = one.DaysLeft(today)
		}
	}
	return views, v.look(ctx, d.log, audit.RequestsRead, scope, counted(scope, len(views)))
}

// Open books a request that one of the officer's own parties received.
func (d *RequestDesk) Open(ctx context.Context, v Visit, r request.Request) (request.Request, error) {
	if err := d.serves(ctx, v, r.Controller); err != nil {
		return request.Request{}, err
	}
	return d.desk.Open(ctx, by(v), r)
}

// Extend gives two months more, as request.Desk does.
func (d *RequestDesk) Extend(ctx context.Context, v Visit, id gateway.UUID, why request.Extension) (request.Request, error) {
	if err := d.owns(ctx, v, id); err != nil {
		return request.Request{}, err
	}
	return changed(d.desk.Extend(ctx, by(v), id, why))
}

// HandOn gives a request to the party whose it is. That party need not lie in
// the scope, and whether the register knows it is not told: an OIN of the right
// form is taken.
func (d *RequestDesk) HandOn(ctx context.Context, v Visit, id gateway.UUID, to gateway.OIN) (request.Request, error) {
	if err := d.owns(ctx, v, id); err != nil {
		return request.Request{}, err
	}
	if _, err := gateway.ParseOIN(string(to)); err != nil {
		return request.Request{}, gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: request.CodeInvalid, Pointer: "/naar", Rule: "AVG art. 12", Text: "Dit is geen OIN."})
	}
	return changed(d.desk.HandOn(ctx, by(v), id, to))
}

// Close ends a request.
func (d *RequestDesk) Close(ctx context.Context, v Visit, id gateway.UUID, how request.Outcome) (request.Request, error) {
	if err := d.owns(ctx, v, id); err != nil {
		return request.Request{}, err
	}
	return changed(d.desk.Close(ctx, by(v), id, how))
}

// changed gives the answer of an act; a request that went to another controller
// meanwhile looks as one that is not there.
func changed(r request.Request, err error) (request.Request, error) {
	if err != nil && gateway.AsError(err).Kind == gateway.KindNotFound {
		return request.Request{}, absent()
	}
	return r, err
}

func by(v Visit) request.By {
	return request.By{Officer: v.Officer.Account(), At: v.At, Trace: v.Trace, Origin: v.By().Origin, Serves: append([]gateway.OIN{}, v.Officer.Scope().Parties()...)}
}

// serves refuses a controller that the officer does not serve himself: the
// processor's officer sees every request and answers none, for that is the
// controller's to do.
func (d *RequestDesk) serves(ctx context.Context, v Visit, controller gateway.OIN) error {
	scope := v.Officer.Scope()
	if !v.Officer.May(RoleParty) || !slices.Contains(scope.Parties(), controller) {
		return absent()
	}
	r, err := readRoll(ctx, d.parties, scope)
	if err != nil {
		return err
	}
	if p := r.party(controller); p.Kind != gateway.KindCreditor && p.Kind != gateway.KindMunicipality {
		return absent()
	}
	return nil
}

// owns refuses a request of a controller that the officer does not serve as one
// that is not there. The act looks again in its own transaction (request.By),
// for the request may be handed on meanwhile.
func (d *RequestDesk) owns(ctx context.Context, v Visit, id gateway.UUID) error {
	all, err := d.store.Requests(ctx, true)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(r request.Request) bool { return r.ID == id })
	if i < 0 {
		return absent()
	}
	return d.serves(ctx, v, all[i].Controller)
}
