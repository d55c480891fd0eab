// SPDX-License-Identifier: EUPL-1.2

package objection_test

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// TestRowHasThePerson: placing and lifting an objection are rows about the person,
// as far as the controller has a report about them; a creditor learns by it of no
// report of another.
func TestRowHasThePerson(t *testing.T) {
	w := newWorld(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	if codes := w.report(t, false, w.Submission(w.Energy, paper)); codes[0] != "" {
		t.Fatal(codes)
	}
	for _, c := range []struct {
		controller gateway.Party
		want       bool
	}{{w.Nijmegen, true}, {w.Energy, true}, {w.Water, false}} {
		i := w.instruction(c.controller)
		o, err := w.desk.Place(t.Context(), i, subject(t, paper), gateway.Today(i.At).AddDays(10))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.desk.Lift(t.Context(), i, o.ID); err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, r := range gatewaytest.Logged(t, w.memory.Truth, c.controller) {
			if e := audit.Event(r.Entry.Event); e == audit.ObjectionPlaced || e == audit.ObjectionLifted {
				if rows++; r.Subject.IsZero() == c.want {
					t.Errorf("%s of %s has subject %v", e, c.controller.Name, r.Subject)
				}
			}
		}
		if rows != 2 {
			t.Errorf("%s has %d rows", c.controller.Name, rows)
		}
	}
}
