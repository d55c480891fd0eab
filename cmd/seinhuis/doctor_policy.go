// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/policies"
)

// adopted holds the policy that officers adopted to their signatures, and tells
// of documents that came since and do not count.
func (d *doctor) adopted(ctx context.Context, b *books) {
	const check = "adopted policy"
	h, err := b.truth.Adoptions.History(ctx)
	if err != nil {
		d.fail(check, err, "look at the database")
		return
	}
	p := h.InForce(d.now)
	if p.Source != adoption.Officers {
		d.ok(check, "none yet: the policy of the configuration counts")
		return
	}
	start, err := d.countsAsSigned(ctx, b)
	switch {
	case err != nil:
		d.fail(check, err, "the gateway does not start on it: restore the database and the keyring, or propose a policy anew")
	case newSince(h, start):
		d.warn(check, fmt.Sprintf("%s %s counts; the configuration or this program brings other documents, which do not", p.Policy.Name, p.Policy.Version),
			"compare them with: seinhuis policy diff; propose them with: seinhuis policy propose")
	default:
		d.ok(check, "%s %s, approved by %d officers", p.Policy.Name, p.Policy.Version, len(p.Approvals))
	}
}

// countsAsSigned takes the adopted policy as the gateway does when it starts.
func (d *doctor) countsAsSigned(ctx context.Context, b *books) (start *policies.Bundle, err error) {
	if start, err = openPolicy(d.dir, d.config); err != nil {
		return nil, err
	}
	ring, err := openKeys(ctx, d.dir, d.config)
	if err != nil {
		return nil, err
	}
	desk := newAdoption(gateway.OIN(d.config.OIN), b.truth, ring)
	err = adoption.NewCurrent(desk, start).Refresh(ctx, d.now, func(policies.Ref) error { return nil })
	return start, errors.Join(err, ring.Close())
}

// newSince reports whether a policy is none of those that ever counted.
func newSince(h adoption.History, b *policies.Bundle) bool {
	for _, p := range h {
		if p.Policy == b.Ref() && p.State == adoption.Adopted {
			return false
		}
	}
	return true
}
