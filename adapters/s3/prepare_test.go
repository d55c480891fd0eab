// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// The store's own rule deletes what is under the key of a month, and never what a hold keeps.
func TestSecondNet(t *testing.T) {
	server := s3test.Start(t)
	store, c := server.Store(t)
	raw := server.Raw(t)
	if err := store.Prepare(t.Context()); err != nil { // again is fine
		t.Fatal(err)
	}
	places, err := store.Bodies().Put(t.Context(), []seal.Body{gatewaytest.SealedBody("GM0268/2026-11", 1, 9),
		gatewaytest.SealedBody("GM0268/0b5f8f0e-6f0b-4a6e-8f57-2d0a2f6a9c11", 2, 9)})
	if err != nil {
		t.Fatal(err)
	}
	month, hold := raw.Tags(c.Bodies, places[0].Object), raw.Tags(c.Bodies, places[1].Object)
	if !maps.Equal(month, map[string]string{"termijn": "maand"}) || len(hold) != 0 {
		t.Errorf("of a month %v, on hold %v", month, hold)
	}
	rules := map[string]string{c.Bodies: raw.Rules(c.Bodies), c.Spool: raw.Rules(c.Spool), c.Log: raw.Rules(c.Log)}
	for bucket, text := range rules {
		if !strings.Contains(text, `"NoncurrentDays":1`) || !strings.Contains(text, `"ExpiredObjectDeleteMarker":true`) {
			t.Errorf("%s keeps what was replaced: %s", bucket, text)
		}
	}
	if text := rules[c.Bodies]; strings.Count(text, `"Days":`) != 1 || !strings.Contains(text, `"Days":62`) || !strings.Contains(text, `"Tag":{"Key":"termijn","Value":"maand"}`) {
		t.Errorf("bodies: %s", text)
	}
	if text := rules[c.Spool]; !strings.Contains(text, `"Days":30`) {
		t.Errorf("spool: %s", text)
	}
	if text := rules[c.Log]; strings.Contains(text, `"Days":`) {
		t.Errorf("the log ends by itself: %s", text)
	}
}
