// SPDX-License-Identifier: EUPL-1.2

package adoption

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// History gives every officer all that was proposed or in force. Policy is
// about no person and no party in particular, so that a look is not logged.
func (d *Desk) History(ctx context.Context, v oversight.Visit) (History, error) {
	if err := mayRead(v); err != nil {
		return nil, err
	}
	return d.ports.Store.History(ctx)
}

// Version is one proposal or version with what it says.
type Version struct {
	Proposal
	Files  policies.Set
	Bundle *policies.Bundle
}

// Version reads one; that it loads does not mean that it may be adopted.
func (d *Desk) Version(ctx context.Context, v oversight.Visit, id gateway.UUID) (Version, error) {
	h, err := d.History(ctx, v)
	if err != nil {
		return Version{}, err
	}
	return d.version(ctx, h.Find(id))
}

func (d *Desk) version(ctx context.Context, p Proposal) (Version, error) {
	if !p.Exists() {
		return Version{}, unknown()
	}
	files, err := d.ports.Store.Documents(ctx, p.ID)
	if err != nil {
		return Version{}, err
	}
	b, err := files.Load()
	if err != nil {
		return Version{}, gateway.Fail(gateway.KindInternal, err)
	}
	return Version{p, files, b}, nil
}

// Compare says what b has other than a.
func (d *Desk) Compare(ctx context.Context, v oversight.Visit, a, b gateway.UUID) (policies.Difference, error) {
	was, err := d.Version(ctx, v, a)
	if err != nil {
		return policies.Difference{}, err
	}
	is, err := d.Version(ctx, v, b)
	if err != nil {
		return policies.Difference{}, err
	}
	return was.Files.Differ(was.Bundle, is.Files, is.Bundle)
}

// PreviousOf gives what a proposal is to be read against: the version that it
// was compared with when it was made. The zero Proposal for the first.
func (h History) PreviousOf(p Proposal) Proposal {
	var found Proposal
	for _, o := range h {
		if o.ID == p.ID {
			break
		}
		if o.Policy.Digest == p.Previous && (o.State == Adopted || !o.AdoptedAt.IsZero()) {
			found = o
		}
	}
	return found
}

// Imported writes into the history what the installation is started with, as
// long as nothing that officers adopted is in force, and when it differs from
// what was imported last.
func (d *Desk) Imported(ctx context.Context, files policies.Set, b *policies.Bundle, at time.Time) error {
	p := Proposal{ID: gateway.NewUUID(at, nil), Source: Import, Policy: b.Ref(), Cases: files.CasesDigest(), From: gateway.Today(at), At: at,
		State: Adopted, AdoptedAt: at}
	news := func(h History) bool {
		now := h.InForce(at)
		return now.Source != Officers && (now.Policy != p.Policy || now.Cases != p.Cases)
	}
	h, err := d.ports.Store.History(ctx)
	if err != nil || !news(h) {
		return err
	}
	return d.ports.Store.WriteAdoption(ctx, func(tx Tx) error {
		h, err := tx.PolicyHistory()
		if err != nil || !news(h) {
			return err
		}
		p.Previous = h.InForce(at).Policy.Digest
		if err := appendEntry(tx, audit.ByGateway(gateway.NewTrace()), audit.PolicyAdopted, p, at, audit.Codes(string(Import))); err != nil {
			return err
		}
		return tx.AddProposal(p, files)
	})
}
