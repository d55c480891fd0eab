// SPDX-License-Identifier: EUPL-1.2

package rights_test

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// rows are the subjects of an event in a party's processing log.
func (w *world) rows(t *testing.T, p gateway.Party, event audit.Event) (of []logbook.Subject) {
	t.Helper()
	for _, r := range gatewaytest.Logged(t, w.memory.Truth, p) {
		if r.Entry.Event == string(event) {
			of = append(of, r.Subject)
		}
	}
	return of
}

// TestRowHasThePerson: a search and an overview are rows about the person who was
// looked for, and not about the housemate who came along; who is not found is
// nobody; and what was erased has no link any more.
func TestRowHasThePerson(t *testing.T) {
	w := newWorld(t)
	paper := w.household(t)
	s := w.search(t, w.Nijmegen, paper)
	received := w.rows(t, w.Nijmegen, audit.ReportReceived)
	if _, err := w.desk().Find(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk().Overview(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for _, event := range []audit.Event{audit.PersonSought, audit.OverviewMade} {
		if of := w.rows(t, w.Nijmegen, event); len(of) != 1 || of[0].IsZero() || of[0] != received[0] || of[0] == received[2] {
			t.Errorf("%s is about %v", event, of)
		}
	}
	stranger := w.Paper(w.Energy, w.Nijmegen, 40)
	if _, err := w.desk().Find(t.Context(), w.search(t, w.Nijmegen, stranger)); err != nil {
		t.Fatal(err)
	}
	if of := w.rows(t, w.Nijmegen, audit.PersonSought); len(of) != 2 || !of[1].IsZero() {
		t.Errorf("who was not found is %v", of)
	}
	if _, err := w.desk().Erase(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for _, event := range []audit.Event{audit.PersonSought, audit.OverviewMade, audit.ErasedOnRequest} {
		of := w.rows(t, w.Nijmegen, event)
		for _, subject := range of {
			if !subject.IsZero() {
				t.Errorf("%s is still about somebody", event)
			}
		}
		if len(of) == 0 {
			t.Errorf("no row of %s", event)
		}
	}
}
