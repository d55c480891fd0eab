// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Log appends to the audit log, durably: the looks of officers themselves.
// Every [Journal] is one.
type Log interface {
	Write(ctx context.Context, entries []audit.Entry) error
}

// Parties is the register as officers see it, past parties too. Filled by the
// truth store's register.
type Parties interface {
	Parties(ctx context.Context) ([]gateway.Party, error)
}

// sees refuses who has no sight of any party: the policy role alone.
func sees(v Visit) (Scope, error) {
	s := v.Officer.Scope()
	if s.Empty() {
		return Scope{}, absent()
	}
	return s, nil
}

// looks are the entries of one look: one for each party of the scope, so that
// each finds it in its own part of the log; one about the service when the scope
// is all.
func (v Visit) looks(event audit.Event, s Scope, options ...audit.Option) ([]audit.Entry, error) {
	objects := []string{string(audit.KindService)}
	if !s.All() {
		objects = nil
		for _, p := range s.Parties() {
			objects = append(objects, audit.Object(audit.KindParty, string(p)))
		}
	}
	var entries []audit.Entry
	for _, o := range objects {
		e, err := audit.New(event, v.By(), o, v.At, options...)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// counted is how much was shown, when it is of one party or of all: the entry of
// a party does not count what its officer saw of another that he serves.
func counted(s Scope, n int) audit.Option {
	if !s.All() && len(s.parties) > 1 {
		n = 0
	}
	return audit.Count(n)
}

// inBooks are the entries about a look into the log itself, or an export of it:
// one for each party of the scope, so that its other officers find it; one that
// names none when the scope is all, or nothing.
func (v Visit) inBooks(event audit.Event, s Scope, options ...audit.Option) (all []audit.Entry, err error) {
	objects := []string{audit.Object(audit.KindLog)}
	if !s.All() && !s.Empty() {
		objects = nil
		for _, p := range s.Parties() {
			objects = append(objects, audit.Object(audit.KindLog, string(p)))
		}
	}
	for _, o := range objects {
		e, err := looked(v, event, o, options...)
		if err != nil {
			return nil, err
		}
		all = append(all, e...)
	}
	return all, nil
}

// look writes them.
func (v Visit) look(ctx context.Context, log Log, event audit.Event, s Scope, options ...audit.Option) error {
	entries, err := v.looks(event, s, options...)
	if err != nil {
		return err
	}
	return log.Write(ctx, entries)
}

// roll is the register as one answer needs it: the parties of the scope, and
// which records are theirs.
type roll struct {
	all   []gateway.Party
	scope Scope
}

func readRoll(ctx context.Context, parties Parties, s Scope) (roll, error) {
	all, err := parties.Parties(ctx)
	return roll{all, s}, err
}

// own are the parties in scope that are controllers.
func (r roll) own() (own []gateway.Party) {
	for _, p := range r.all {
		if p.Kind != gateway.KindOfficer && r.scope.Has(p.OIN) {
			own = append(own, p)
		}
	}
	return own
}

// holder is the party that answers for a controller's records now: of a
// municipality the one that has the code, or had it last when it ended.
func (r roll) holder(of retention.Controller) (gateway.Party, bool) {
	var last gateway.Party
	for _, p := range r.all {
		if p.Kind == gateway.KindOfficer || p.Domain() != string(of) {
			continue
		}
		if last.OIN == "" || p.State != gateway.PartyEnded {
			last = p
		}
	}
	return last, last.OIN != ""
}

// controllers are the controllers that the scope answers for. A mailbox that
// passed to another party is that party's alone.
func (r roll) controllers() (own []retention.Controller) {
	for _, p := range r.own() {
		c := retention.ControllerOf(p)
		if holder, ok := r.holder(c); ok && holder.OIN == p.OIN && !slices.Contains(own, c) {
			own = append(own, c)
		}
	}
	return own
}

// party finds one by its OIN; the zero Party when the register has none.
func (r roll) party(oin gateway.OIN) gateway.Party {
	if i := slices.IndexFunc(r.all, func(p gateway.Party) bool { return p.OIN == oin }); i >= 0 {
		return r.all[i]
	}
	return gateway.Party{OIN: oin}
}
