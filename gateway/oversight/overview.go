// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/request"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// MaxWaiting bounds the count of signals that wait in one mailbox: beyond it an
// answer says "more", so that a mailbox that nobody empties costs no walk.
const MaxWaiting = 10_000

// MailboxCount is what waits in the mailbox of one municipality.
type MailboxCount struct {
	Municipality gateway.Municipality
	Waiting      int       // not confirmed; MaxWaiting+1 means more than MaxWaiting
	Oldest       time.Time // deposit of the oldest that waits; zero when none does
	Crisis       int       // of those, of a threatening situation
	OldestCrisis time.Time
}

// PauseCount is the pauses that run of one controller: of a municipality those
// of its signals, of a creditor those that it must observe.
type PauseCount struct {
	Controller  retention.Controller
	Running     int
	Unconfirmed int       // whose creditor did not say that it applied them
	Oldest      time.Time // when the oldest of those was told to the creditor
}

// AlarmCount is the alarms of one kind that are open and concern a controller.
type AlarmCount struct {
	Controller retention.Controller
	Kind       gateway.NoticeKind
	Open       int
	Oldest     time.Time // when the first of them was raised
}

// DueCount is what of one kind waits to be erased, of one controller.
type DueCount struct {
	Controller retention.Controller
	Kind       retention.Kind
	Due        int64 // may be erased now
	Overdue    int64 // of those, more than a day past its term
}

// Standing counts what waits now, for controllers that are named and no other;
// a controller of which nothing waits may be left out. Rows come in order of
// controller, then of kind. It answers from indexes of what waits, so the time
// grows with that and not with the store. Filled by the truth store.
type Standing interface {
	Mailboxes(ctx context.Context, of []gateway.Municipality) ([]MailboxCount, error)
	Pauses(ctx context.Context, of []retention.Controller) ([]PauseCount, error)
	Alarms(ctx context.Context, of []retention.Controller) ([]AlarmCount, error)
	Due(ctx context.Context, c retention.Cutoff, of []retention.Controller) ([]DueCount, error)
}

// Webhooks gives every subscription with what is open for it. Filled by the
// truth store.
type Webhooks interface {
	Accounts(ctx context.Context) ([]announce.Account, error)
}

// RequestList gives requests of data subjects. Filled by the truth store.
type RequestList interface {
	Requests(ctx context.Context, closedToo bool) ([]request.Request, error)
}

// Overview is how things stand for the parties of an officer: counts, no record.
type Overview struct {
	At        time.Time
	Names     map[retention.Controller]string // of every controller below
	Mailboxes []MailboxCount
	Pauses    []PauseCount
	Alarms    []AlarmCount
	Due       []DueCount
	Webhooks  []announce.Account // switched off, or with events that were not delivered
	Requests  []request.Request  // open
	Expiring  []Credential       // over, or within ExpirySoon
}

// OverviewPorts is what overviews need. All are required.
type OverviewPorts struct {
	Parties     Parties
	Standing    Standing
	Webhooks    Webhooks
	Requests    RequestList
	Credentials Credentials
	Log         Log
}

// Overviews shows officers how things stand. Safe for concurrent use. Called by
// adapters/console.
type Overviews struct{ ports OverviewPorts }

// NewOverviews makes it.
func NewOverviews(ports OverviewPorts) *Overviews { return &Overviews{ports} }

// Show counts what waits for the officer's parties, and logs the look first.
func (o *Overviews) Show(ctx context.Context, v Visit) (Overview, error) {
	scope, err := sees(v)
	if err != nil {
		return Overview{}, err
	}
	view, err := o.count(ctx, v, scope)
	if err != nil {
		return Overview{}, err
	}
	return view, v.look(ctx, o.ports.Log, audit.OverviewSeen, scope)
}

func (o *Overviews) count(ctx context.Context, v Visit, scope Scope) (Overview, error) {
	r, err := readRoll(ctx, o.ports.Parties, scope)
	if err != nil {
		return Overview{}, err
	}
	view := Overview{At: v.At, Names: map[retention.Controller]string{}}
	own := r.controllers()
	var codes []gateway.Municipality
	for _, c := range own {
		p, _ := r.holder(c)
		if view.Names[c] = p.Name; p.Kind == gateway.KindMunicipality {
			codes = append(codes, p.Municipality)
		}
	}
	if view.Mailboxes, err = o.ports.Standing.Mailboxes(ctx, codes); err != nil {
		return Overview{}, err
	}
	if view.Pauses, err = o.ports.Standing.Pauses(ctx, own); err != nil {
		return Overview{}, err
	}
	if view.Alarms, err = o.ports.Standing.Alarms(ctx, own); err != nil {
		return Overview{}, err
	}
	if view.Due, err = o.ports.Standing.Due(ctx, retention.CutoffAt(v.At), own); err != nil {
		return Overview{}, err
	}
	if view.Webhooks, err = o.webhooks(ctx, scope); err != nil {
		return Overview{}, err
	}
	if view.Requests, err = inScope(ctx, o.ports.Requests, scope, false); err != nil {
		return Overview{}, err
	}
	view.Expiring, err = expiring(ctx, o.ports.Credentials, r, v.At)
	return view, err
}

// webhooks are the subscriptions in scope that do not work.
func (o *Overviews) webhooks(ctx context.Context, scope Scope) (dead []announce.Account, err error) {
	all, err := o.ports.Webhooks.Accounts(ctx)
	for _, a := range all {
		if scope.Has(a.Subscription.Party) && (a.Undeliverable > 0 || a.Subscription.State != announce.Active) {
			dead = append(dead, a)
		}
	}
	return dead, err
}

// inScope are the requests whose controller lies in the scope.
func inScope(ctx context.Context, list RequestList, scope Scope, closedToo bool) (own []request.Request, err error) {
	all, err := list.Requests(ctx, closedToo)
	for _, r := range all {
		if scope.Has(r.Controller) {
			own = append(own, r)
		}
	}
	return own, err
}
