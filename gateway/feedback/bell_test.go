// SPDX-License-Identifier: EUPL-1.2

package feedback

import (
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

// TestBellElsewhere: a ring is passed on, a wake is not, so that two processes
// do not keep ringing each other.
func TestBellElsewhere(t *testing.T) {
	var heard []gateway.OIN
	b := NewBell(func(parties ...gateway.OIN) { heard = append(heard, parties...) })
	for _, ring := range []func(...gateway.OIN){b.Ring, b.Wake} {
		rung := b.listen("a")
		ring("a", "b")
		select {
		case <-rung:
		default:
			t.Error("nobody woke")
		}
	}
	b.Ring()
	if !slices.Equal(heard, []gateway.OIN{"a", "b"}) {
		t.Errorf("elsewhere heard %v", heard)
	}
}
