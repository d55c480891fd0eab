// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// A keyring from before webhooks opens, signs no event, and gets its first key by rotation.
func TestFirstWebhookKeyByRotation(t *testing.T) {
	b := newBench(t)
	_, err := b.change(t.Context(), func(d *document, _ time.Time) error {
		d.Keys = slices.DeleteFunc(d.Keys, func(r keyRecord) bool { return r.Use == keys.WebhookSigning })
		return nil
	})
	must(t, err)
	old := b.second(t)
	if all, err := old.Signers(t.Context(), keys.WebhookSigning, keys.EdDSA); !errors.Is(err, keys.ErrUnknown) || len(all) != 0 {
		t.Fatalf("before the first: %d keys, %v", len(all), err)
	}
	must(t, old.Rotate(t.Context(), keys.WebhookSigning))
	if all, err := old.Signers(t.Context(), keys.WebhookSigning, keys.EdDSA); err != nil || len(all) != 1 {
		t.Errorf("after the first: %d keys, %v", len(all), err)
	}
}

// The old key signs beside the new one for its week, and then no more.
func TestWebhookOverlap(t *testing.T) {
	b := newBench(t)
	must(t, b.Rotate(t.Context(), keys.WebhookSigning))
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{webhookOverlap - time.Second, 2}, {time.Second, 1}} {
		b.clock.advance(c.after)
		if all, err := b.Signers(t.Context(), keys.WebhookSigning, keys.EdDSA); err != nil || len(all) != c.want {
			t.Errorf("%d keys sign, want %d (%v)", len(all), c.want, err)
		}
	}
}
