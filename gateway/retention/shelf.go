// SPDX-License-Identifier: EUPL-1.2

package retention

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// MaxList is the longest list of deletion receipts in one answer.
const MaxList = 500

// ShelfStore is the truth store as the shelf needs it.
type ShelfStore interface {
	// Deletions gives the receipts of one controller with a sequence above after, in order, at most limit.
	Deletions(ctx context.Context, of Controller, after int64, limit int) ([]Filed, error)
	// Deletion finds one receipt of the controller; the zero Filed when it has none with this id.
	Deletion(ctx context.Context, of Controller, id gateway.UUID) (Filed, error)
	// Log adds rows to the audit log, durably.
	Log(ctx context.Context, entries []audit.Entry) error
}

// Shelf gives controllers their deletion receipts. Safe for concurrent use.
type Shelf struct{ store ShelfStore }

// NewShelf makes a Shelf over a store.
func NewShelf(store ShelfStore) *Shelf { return &Shelf{store} }

// List gives the peer's own receipts after the cursor, oldest first. limit 0 means MaxList. The look is logged first.
func (s *Shelf) List(ctx context.Context, v gateway.Visit, after int64, limit int) ([]Filed, error) {
	if limit <= 0 || limit > MaxList {
		limit = MaxList
	}
	found, err := s.store.Deletions(ctx, ControllerOf(v.Peer.Party()), after, limit)
	if err != nil {
		return nil, err
	}
	e, err := audit.New(audit.DeletionsListed, audit.ByPeer(v.Peer, v.Trace), audit.Object(audit.KindParty, string(v.Peer.OIN())), v.At, audit.Count(len(found)))
	if err != nil {
		return nil, err
	}
	if err := s.store.Log(ctx, []audit.Entry{e}); err != nil {
		return nil, err
	}
	return found, nil
}

// Receipt gives one receipt of the peer's own. Another's looks the same as none.
func (s *Shelf) Receipt(ctx context.Context, v gateway.Visit, id gateway.UUID) (Filed, error) {
	found, err := s.store.Deletion(ctx, ControllerOf(v.Peer.Party()), id)
	if err != nil {
		return Filed{}, err
	}
	if !found.Exists() {
		return Filed{}, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownDeletion, Rule: "Seinhuis formats",
			Text: "Dit verwijderingsbewijs is niet bekend."})
	}
	e, err := audit.New(audit.ReceiptGiven, audit.ByPeer(v.Peer, v.Trace),
		audit.Object(audit.KindDeletion, string(v.Peer.OIN()), string(id)), v.At, audit.Receipt(string(found.Receipt)))
	if err != nil {
		return Filed{}, err
	}
	if err := s.store.Log(ctx, []audit.Entry{e}); err != nil {
		return Filed{}, err
	}
	return found, nil
}
