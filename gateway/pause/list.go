// SPDX-License-Identifier: EUPL-1.2

package pause

import (
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// MaxList is how many pauses one list holds at most.
const MaxList = 500

// Reader is one side of pauses: the creditor that must observe them now, or the
// municipality whose signals they are about, which after a reorganisation is the
// successor. The zero Reader has none.
type Reader struct {
	Holder       gateway.OIN
	Municipality gateway.Municipality
}

// Listed is one pause of a list, with what waits for somebody about it.
type Listed struct {
	Standing
	Alarms []OpenAlarm // the oldest first
}

// OpenAlarm is a clock about a pause, or about a document of it, that ran out
// and whose cause is still there. Both sides were told of it and both see it.
type OpenAlarm struct {
	Kind  gateway.NoticeKind // as in the notice of it
	Term  gateway.ClockTerm
	Since time.Time
}

// AlarmKinds lists the kinds of alarms about pauses that stay open until their
// cause is gone, for stores.
func AlarmKinds() []gateway.NoticeKind {
	return []gateway.NoticeKind{gateway.NoticePauseNotFetched, gateway.NoticePauseNotApplied, gateway.NoticeContestOpen}
}

// List gives a party its own pauses after one, in the order of their ids; the
// look is in the log before anything is shown (invariant I5). The place in the
// list is the id of a pause: it begins with the moment at which the pause was
// made, which its parties know, and the rest is random, so that it counts
// nothing (invariant I8), and it stays good when that pause was erased or passed
// to another. Called by the HTTP door.
func (d *Desk) List(ctx context.Context, v gateway.Visit, after gateway.PauseID, limit int) ([]Listed, error) {
	if limit <= 0 || limit > MaxList {
		limit = MaxList
	}
	found, err := d.ports.Store.Own(ctx, readerOf(v.Peer), after, limit)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(l Listed) bool { return !l.of(v.Peer) })
	e, err := audit.New(audit.PausesListed, audit.ByPeer(v.Peer, v.Trace), audit.Object(audit.KindParty, string(v.Peer.OIN())), v.At, audit.Count(len(found)))
	if err != nil {
		return nil, err
	}
	err = d.ports.Store.Write(ctx, func(tx Tx) error {
		_, err := tx.Append([]audit.Entry{e})
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func readerOf(p gateway.Peer) Reader {
	switch party := p.Party(); party.Kind {
	case gateway.KindMunicipality:
		return Reader{Municipality: party.Municipality}
	case gateway.KindCreditor:
		return Reader{Holder: party.OIN}
	}
	return Reader{}
}
