// SPDX-License-Identifier: EUPL-1.2

package register_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

// TestFormerCodesForTheWindow: former codes are looked up on every day on which
// a signal of before the reorganisation may still match, and not for ever.
func TestFormerCodesForTheWindow(t *testing.T) {
	for month := range 12 { // windows of six months differ in days
		w := newTown(t)
		w.now = time.Date(2026, time.December, 31, 23, 0, 0, 0, time.UTC).AddDate(0, month, 0)
		done := gateway.Today(w.now)
		r := gateway.Reorganisation{ID: gateway.NewUUID(w.now, nil), From: []gateway.Municipality{"GM0001", w.Leiden.Municipality},
			Into: w.Nijmegen.Municipality, On: done, State: gateway.ReorganisationDone, PreparedAt: w.now, EndedAt: w.now}
		further := r
		further.ID, further.From, further.Into = gateway.NewUUID(w.now, nil), []gateway.Municipality{"GM0002"}, "GM0001"
		if err := w.memory.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) error {
			if err := tx.PutReorganisation(further); err != nil {
				return err
			}
			return tx.PutReorganisation(r)
		}); err != nil {
			t.Fatal(err)
		}
		for day := range 200 {
			w.now = w.now.AddDate(0, 0, min(day, 1))
			got := w.standing(t, w.Energy, w.Leiden).Municipality
			if got.OIN != w.Nijmegen.OIN {
				t.Fatalf("day %d: %s", day, got.OIN)
			}
			if needed := !match.Since(gateway.Today(w.now)).After(done); needed && !slices.Equal(got.Formerly, []gateway.Municipality{"GM0001", "GM0002", "GM0546"}) {
				t.Errorf("month %d, day %d: %v", month, day, got.Formerly)
			}
			if day == 199 && got.Formerly != nil {
				t.Errorf("looked up for ever: %v", got.Formerly)
			}
		}
	}
}
