// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
)

// loggedKeys runs a change of the key store and logs each key that is new or gone.
// Truth is locked first and the keys second, as in the gateway; making RSA keys
// holds the lock for some tenths of a second.
func (b *books) loggedKeys(ctx context.Context, ring keyStore, change func() error) error {
	before, err := ring.Inventory(ctx)
	if err != nil {
		return notReady(err)
	}
	return b.logged(ctx, func() ([]deed, error) {
		if err := change(); err != nil {
			return nil, err
		}
		after, err := ring.Inventory(ctx)
		if err != nil {
			return nil, err
		}
		return append(keyNotes(audit.KeyMade, after, before), keyNotes(audit.KeyDestroyed, before, after)...), nil
	})
}

// keyNotes names the keys of one list that the other does not have.
func keyNotes(event audit.Event, list, other []keys.Entry) (notes []deed) {
	for _, e := range list {
		if !slices.ContainsFunc(other, func(o keys.Entry) bool { return o.KID == e.KID }) {
			notes = append(notes, keyNote(event, e))
		}
	}
	return notes
}

// keyNote names a key in the log: the thumbprint in hexadecimal, or for a
// symmetric key its use and version as codes.
func keyNote(event audit.Event, e keys.Entry) deed {
	n := deed{event: event, object: string(audit.KindKey), codes: []string{string(e.Use)}}
	if sum, err := base64.RawURLEncoding.DecodeString(e.KID); err == nil && len(sum) == 32 {
		n.object = audit.Object(audit.KindKey, hex.EncodeToString(sum))
		return n
	}
	if version, ok := strings.CutPrefix(e.KID, string(e.Use)+"."); ok {
		n.codes = append(n.codes, "versie-"+version)
	}
	return n
}
