// SPDX-License-Identifier: EUPL-1.2

package request

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// The codes of what an official asks here; they never reach a door.
const (
	CodeUnknown  gateway.Code = "verzoek-onbekend"
	CodeClosed   gateway.Code = "verzoek-gesloten"
	CodeTooLate  gateway.Code = "verlengen-te-laat"
	CodeExtended gateway.Code = "al-verlengd"
	CodeSame     gateway.Code = "zelfde-verantwoordelijke"
	CodeInvalid  gateway.Code = "verzoek-ongeldig"
)

// Store keeps requests.
type Store interface {
	// Requests lists the open ones, or all, in order of entry.
	Requests(ctx context.Context, closedToo bool) ([]Request, error)
	// WriteRequests runs fn in one durable transaction, as journey.Ledger does.
	WriteRequests(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// Request finds one; the zero Request when there is none.
	Request(id gateway.UUID) (Request, error)
	// PutRequest adds a request, or replaces what is known about it. A closed
	// one is kept for KeepDays.
	PutRequest(r Request) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// By is the official who acts.
type By struct {
	Officer gateway.UUID
	At      time.Time
	Trace   gateway.Trace
	Origin  string // what the log names as origin; "": the command line, audit.Local
	// Serves are the controllers whose requests he may change; nil: any. Another's
	// request looks as one that is not there.
	Serves []gateway.OIN
}

func (b By) serves(controller gateway.OIN) bool {
	return b.Serves == nil || slices.Contains(b.Serves, controller)
}

// Desk is where officials keep the register of requests.
type Desk struct{ store Store }

// NewDesk makes the desk.
func NewDesk(store Store) *Desk { return &Desk{store} }

// Open books a request that a controller received on a day; the clock runs from
// that day.
func (d *Desk) Open(ctx context.Context, by By, r Request) (Request, error) {
	r = Request{ID: gateway.NewUUID(by.At, nil), Kind: r.Kind, Controller: r.Controller, Instruction: r.Instruction, Received: r.Received}
	_, err := gateway.ParseUUID(string(r.Instruction))
	if err != nil || !known(Kinds(), r.Kind) || r.Controller == "" || r.Received.IsZero() || r.Received.After(gateway.Today(by.At)) {
		return Request{}, refuse(CodeInvalid, "Een verzoek heeft een soort, een verantwoordelijke, een opdrachtnummer en een dag van ontvangst die niet in de toekomst ligt.")
	}
	err = d.store.WriteRequests(ctx, func(tx Tx) error { return put(tx, by, r, audit.RequestOpened, string(r.Kind)) })
	return r, err
}

// Extend gives two months more, once, and only within the first month: then
// the data subject must have been told why.
func (d *Desk) Extend(ctx context.Context, by By, id gateway.UUID, why Extension) (Request, error) {
	return d.change(ctx, by, id, audit.RequestExtended, func(r *Request) (string, error) {
		switch {
		case !known(Extensions(), why):
			return "", refuse(CodeInvalid, "Verlengen kan wegens de complexiteit of het aantal verzoeken.")
		case r.Extended != "":
			return "", refuse(CodeExtended, "De termijn is al een keer verlengd.")
		case r.Late(gateway.Today(by.At)):
			return "", refuse(CodeTooLate, "Verlengen moet binnen de eerste maand aan de betrokkene zijn gemeld.")
		}
		r.Extended = why
		return string(why), nil
	})
}

// HandOn gives the request to the controller whose it is, when it arrived at
// the wrong one. The clock goes on.
func (d *Desk) HandOn(ctx context.Context, by By, id gateway.UUID, to gateway.OIN) (Request, error) {
	return d.change(ctx, by, id, audit.RequestHandedOn, func(r *Request) (string, error) {
		if to == "" || to == r.Controller {
			return "", refuse(CodeSame, "Het verzoek ligt al bij deze verantwoordelijke.")
		}
		r.HandedFrom, r.Controller, r.HandedOn = r.Controller, to, gateway.Today(by.At)
		return "", nil
	})
}

// Close ends a request.
func (d *Desk) Close(ctx context.Context, by By, id gateway.UUID, how Outcome) (Request, error) {
	return d.change(ctx, by, id, audit.RequestClosed, func(r *Request) (string, error) {
		if !known(Outcomes(), how) {
			return "", refuse(CodeInvalid, "Deze uitkomst bestaat niet.")
		}
		r.Outcome, r.Closed = how, gateway.Today(by.At)
		return string(how), nil
	})
}

// List gives the open requests, or all. It holds nothing about a person, so
// that it was looked at is not logged.
func (d *Desk) List(ctx context.Context, closedToo bool) ([]Request, error) {
	return d.store.Requests(ctx, closedToo)
}

// change is one act on an open request; it gives the code for the log.
func (d *Desk) change(ctx context.Context, by By, id gateway.UUID, event audit.Event, act func(*Request) (string, error)) (Request, error) {
	var r Request
	err := d.store.WriteRequests(ctx, func(tx Tx) error {
		var err error
		if r, err = tx.Request(id); err != nil {
			return err
		}
		switch {
		case !r.Exists() || !by.serves(r.Controller):
			return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: CodeUnknown, Rule: "AVG art. 12", Text: "Dit verzoek is niet bekend."})
		case !r.Open():
			return refuse(CodeClosed, "Dit verzoek is al afgehandeld.")
		}
		code, err := act(&r)
		if err != nil {
			return err
		}
		return put(tx, by, r, event, code)
	})
	if err != nil {
		return Request{}, err
	}
	return r, nil
}

func put(tx Tx, by By, r Request, event audit.Event, code string) error {
	var options []audit.Option
	if code != "" {
		options = append(options, audit.Codes(code))
	}
	e, err := audit.New(event, audit.By{Actor: audit.ActorOfficer(string(by.Officer)), Role: audit.Officer, Origin: cmp.Or(by.Origin, audit.Local), Trace: by.Trace},
		audit.Object(audit.KindRequest, string(r.ID)), by.At, options...)
	if err != nil {
		return err
	}
	if _, err := tx.Append([]audit.Entry{e}); err != nil {
		return err
	}
	return tx.PutRequest(r)
}

func refuse(code gateway.Code, text string) *gateway.Error {
	return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: code, Rule: "AVG art. 12 lid 3", Text: text})
}
