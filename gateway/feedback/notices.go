// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/commit"
	"github.com/seinhuis/seinhuis/keys"
)

// MaxList is the longest list of notices in one answer.
const MaxList = 500

// Notices prepares, lists and confirms the notices of parties. Safe for
// concurrent use.
type Notices struct {
	store   Store
	signer  Signer
	wrapper Wrapper
	bell    *Bell
	commit  *commit.Group[noticeAct, time.Time]
}

// noticeAct is a look, with its entry and what it shows that may be new, or a
// confirmation, which is logged by what came of it.
type noticeAct struct {
	entry        audit.Entry
	by           audit.By
	at           time.Time
	offered      []gateway.NoticeID
	confirmation *Confirmation
}

// NewNotices makes Notices over its ports. signer signs with the
// notice-signing key.
func NewNotices(store Store, signer Signer, wrapper Wrapper, bell *Bell) *Notices {
	n := &Notices{store: store, signer: signer, wrapper: wrapper, bell: bell}
	n.commit = commit.NewGroup(MaxList, n.write)
	return n
}

// Prepare signs and wraps notices, ready to be posted in a transaction. It
// stores nothing.
func (n *Notices) Prepare(ctx context.Context, notices []gateway.NoticeDraft) ([]gateway.PostedNotice, error) {
	statements := make([]gateway.Statement, len(notices))
	for i, d := range notices {
		payload, err := json.Marshal(d.Notice)
		if err != nil {
			return nil, fmt.Errorf("notice: %T", err)
		}
		statements[i] = gateway.Statement{Type: gateway.TypeNotice, Algorithm: d.To.ReceiptAlg, Payload: payload}
	}
	signed, err := n.signer.Sign(ctx, statements)
	if err != nil {
		return nil, err
	}
	items := make([]keys.WrapItem, len(notices))
	for i, d := range notices {
		scope := d.To.Domain() + "/" + gateway.Today(d.Notice.IssuedAt).String()[:7]
		items[i] = keys.WrapItem{Scope: scope, ID: string(d.Notice.ID), Data: signed[i]}
	}
	wrapped, err := n.wrapper.Wrap(ctx, items)
	if err != nil {
		return nil, err
	}
	posted := make([]gateway.PostedNotice, len(notices))
	for i, d := range notices {
		posted[i] = gateway.PostedNotice{ID: d.Notice.ID, To: d.To.OIN, Signal: d.Signal, ReportID: d.Notice.ReportID, Kind: d.Notice.Kind,
			Pause: d.Notice.Pause, Scope: items[i].Scope, Wrapped: wrapped[i], Digest: gateway.DigestOf(signed[i])}
	}
	return posted, nil
}

// Delivered is a notice as the party gets it.
type Delivered struct {
	Sequence int64
	ID       gateway.NoticeID
	Kind     gateway.NoticeKind
	Progress gateway.NoticeProgress
	Compact  gateway.Compact
}

// Await returns when the party has a notice after the cursor, the time is up
// or ctx ends. It shows nothing and opens nothing, so that a caller can see
// once more who asks before it lists. That the store cannot be read ends the
// wait; List will say so.
func (n *Notices) Await(ctx context.Context, creditor gateway.OIN, after int64, patience time.Duration) {
	rung := n.bell.listen(creditor)
	if waiting, err := n.store.Notices(ctx, creditor, after, 1); err == nil && len(waiting) == 0 && patience > 0 {
		wait(ctx, rung, patience)
	}
}

// List gives the peer's notices after the cursor, oldest first. When there are
// none it waits at most the given time for one, with the peer and the moment of
// the visit as they were; without patience it never waits. Notices stay in the
// list until they are erased: reading does not confirm. Each is about a person, so
// that it is given out for the first time has an entry of its own; who polls
// causes no others.
func (n *Notices) List(ctx context.Context, v gateway.Visit, after int64, limit int, patience time.Duration) ([]Delivered, error) {
	if limit <= 0 || limit > MaxList {
		limit = MaxList
	}
	if patience > 0 {
		n.Await(ctx, v.Peer.OIN(), after, patience)
	}
	waiting, err := n.store.Notices(ctx, v.Peer.OIN(), after, limit)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	items := make([]keys.WrapItem, len(waiting))
	for i, w := range waiting {
		items[i] = keys.WrapItem{Scope: w.Notice.Scope, ID: string(w.Notice.ID), Data: w.Notice.Wrapped}
	}
	compacts, err := n.wrapper.Unwrap(ctx, items)
	if err != nil && !onlyDestroyed(err) {
		return nil, err
	}
	e, err := audit.New(audit.NoticesListed, audit.ByPeer(v.Peer, v.Trace), audit.Object(audit.KindParty, string(v.Peer.OIN())), v.At, audit.Count(len(waiting)))
	if err != nil {
		return nil, err
	}
	look := noticeAct{entry: e, by: audit.ByPeer(v.Peer, v.Trace), at: v.At}
	for i, w := range waiting {
		if compacts[i] != nil && !w.Offered {
			look.offered = append(look.offered, w.Notice.ID)
		}
	}
	if _, err := n.commit.Do(ctx, look); err != nil {
		return nil, err
	}
	delivered := make([]Delivered, 0, len(waiting))
	for i, w := range waiting {
		if compacts[i] != nil { // a notice whose key was destroyed is gone
			delivered = append(delivered, Delivered{w.Sequence, w.Notice.ID, w.Notice.Kind, w.Progress, compacts[i]})
		}
	}
	return delivered, nil
}

// onlyDestroyed reports whether every item that failed did so because its key
// was destroyed: the others of the batch are whole.
func onlyDestroyed(err error) bool {
	var failed keys.BatchError
	if !errors.As(err, &failed) {
		return false
	}
	for _, item := range failed {
		if !errors.Is(item, keys.ErrDestroyed) {
			return false
		}
	}
	return true
}

// Confirm records that the party received a notice or, a creditor, applied its
// pause and told its agents, and gives the first moment again when asked again
// (invariant I3).
func (n *Notices) Confirm(ctx context.Context, v gateway.Visit, id gateway.NoticeID, p gateway.NoticeProgress, told []gateway.Agent) (time.Time, error) {
	if p != gateway.NoticeReceived && !(p == gateway.NoticeApplied && v.Peer.Is(gateway.KindCreditor)) {
		return time.Time{}, gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeUnknownValue, Pointer: "/stand",
			Rule: "Seinhuis formats", Text: "De waarde komt niet voor in de waardelijst."})
	}
	moments, err := n.commit.Do(ctx, noticeAct{by: audit.ByPeer(v.Peer, v.Trace), confirmation: &Confirmation{ID: id, Party: v.Peer.OIN(), Progress: p, Told: told, At: v.At}})
	if err != nil {
		return time.Time{}, err
	}
	if moments[0].IsZero() {
		return time.Time{}, unknownNotice()
	}
	return moments[0], nil
}

// write is the one transaction of many acts. Confirmations go first, so that
// the log says of each whether the party has such a notice.
func (n *Notices) write(ctx context.Context, acts []noticeAct) ([]time.Time, error) {
	moments := make([]time.Time, len(acts))
	err := n.store.Write(ctx, func(tx Tx) error {
		var confirmations []Confirmation
		var at []int
		for i, a := range acts {
			if a.confirmation != nil {
				confirmations, at = append(confirmations, *a.confirmation), append(at, i)
			}
		}
		first, err := tx.Confirm(confirmations)
		if err != nil {
			return err
		}
		for i, place := range at {
			moments[place] = first[i]
		}
		var entries []audit.Entry
		for i, a := range acts {
			e, err := a.logged(moments[i])
			if err != nil {
				return err
			}
			offered, err := a.offer(tx)
			if err != nil {
				return err
			}
			entries = append(append(entries, e), offered...)
		}
		_, err = tx.Append(entries)
		return err
	})
	return moments, err
}

// logged is the entry of an act; a confirmation without a moment found no
// notice of its party.
func (a noticeAct) logged(moment time.Time) (audit.Entry, error) {
	c := a.confirmation
	if c == nil {
		return a.entry, nil
	}
	outcome := audit.Codes(string(c.Progress))
	if moment.IsZero() {
		outcome = audit.Refused(string(gateway.CodeUnknownNotice))
	}
	return audit.New(audit.NoticeConfirmed, a.by, audit.Object(audit.KindNotice, string(c.ID)), c.At, outcome)
}

// offer marks what a look shows, and makes an entry for each notice that nobody
// was shown before.
func (a noticeAct) offer(tx Tx) ([]audit.Entry, error) {
	if len(a.offered) == 0 {
		return nil, nil
	}
	first, err := tx.Offer(gateway.OIN(a.by.Actor), a.offered, a.at)
	if err != nil {
		return nil, err
	}
	entries := make([]audit.Entry, len(first))
	for i, id := range first {
		if entries[i], err = audit.New(audit.NoticeOffered, a.by, audit.Object(audit.KindNotice, string(id)), a.at); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func unknownNotice() *gateway.Error {
	return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownNotice,
		Rule: "Seinhuis formats", Text: "Dit bericht is niet bekend."})
}
