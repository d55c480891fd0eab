// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/keys"
)

// webhooks checks that events can be signed and are delivered. An installation
// without webhooks has nothing to check.
func (d *doctor) webhooks(ctx context.Context, b *books) {
	const check = "webhooks"
	accounts, err := b.truth.Webhooks.Accounts(ctx)
	if err != nil {
		d.fail(check, err, "look at the database")
		return
	}
	if len(accounts) == 0 {
		return
	}
	if _, err := receiverRoots(d.dir, d.config); err != nil {
		d.fail(check, err, "put the authorities of receivers (PEM) in the file of webhooks.ca")
	}
	fine := d.webhookKey(ctx, check)
	list, _ := d.config.allowlist() // a wrong one is no configuration
	for _, a := range accounts {
		s, said := a.Subscription, true
		switch replay := "when the receiver works again: seinhuis party webhook replay " + string(s.Party); {
		case s.State == announce.SwitchedOff:
			d.warn(check, fmt.Sprintf("%s answered that its address is no more", s.Party), "ask the party, then: seinhuis party webhook set "+string(s.Party)+" --url URL")
		case list.Allows(s.Address) != nil:
			d.warn(check, fmt.Sprintf("the address of %s is not on the list any more", s.Party), "put its host into webhooks.hosts, or: seinhuis party webhook remove "+string(s.Party))
		case a.Undeliverable > 0:
			d.warn(check, fmt.Sprintf("%d events for %s were given up (%s)", a.Undeliverable, s.Party, a.Failure), replay)
		default:
			said = false
		}
		fine = fine && !said
	}
	if fine {
		d.ok(check, "%d, nothing given up", len(accounts))
	}
}

// webhookKey reports whether there is a key to sign events with.
func (d *doctor) webhookKey(ctx context.Context, check string) bool {
	ring, err := openKeys(ctx, d.dir, d.config)
	if err != nil {
		return false // the check of the keyring says why
	}
	defer ring.Close()
	if _, err := ring.Signers(ctx, keys.WebhookSigning, keys.EdDSA); err != nil {
		d.fail(check, errors.New("there is no key to sign events with"), "seinhuis keys rotate "+string(keys.WebhookSigning))
		return false
	}
	return true
}
