// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

func TestReorganisation(t *testing.T) { gatewaytest.Reorganisation(t, truth) }

// stays are columns municipality that keep the code of one that is gone.
var stays = map[string]string{
	"party":            "it is ended, and the log names it",
	"agreement":        "those that ended before the day are history; package reorganisation decides on the others",
	"mailbox_sequence": "a number is never given out twice, whoever had it",
}

// TestNothingStaysUnderAnOldCode holds every table with a municipality to one
// of two: Pass moves it, or it is said here why it stays.
func TestNothingStaysUnderAnOldCode(t *testing.T) {
	db := openTest(t)
	s, truth := gatewaytest.NewSteps(t), db.truth()
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Leiden, 1)), s.Submission(s.Water, s.Paper(s.Water, s.Leiden, 1)))
	gatewaytest.File(t, truth, d...)
	must(t, truth.Feedback.Write(t.Context(), func(tx feedback.Tx) error {
		id := d[0].Sealed().Body().ID
		return tx.Post([]feedback.Record{{Key: feedback.Key{Municipality: s.Leiden.Municipality, ID: gateway.FeedbackID(id)}, Signal: id,
			Receipt: gateway.Compact("r"), At: gatewaytest.Now()}}, nil)
	}))
	must(t, db.Objections().WriteObjections(t.Context(), func(tx objection.Tx) error {
		today := gateway.Today(gatewaytest.Now())
		return tx.PlaceObjection(objection.Objection{ID: gateway.NewUUID(gatewaytest.Now(), nil), Controller: gatewaytest.Issuer, Municipality: s.Leiden.Municipality,
			Instruction: gateway.NewUUID(gatewaytest.Now(), nil), PlacedOn: today, Until: today, Tags: []objection.Tag{{Kind: pseudonym.TokenPerson, Tag: keys.Tag{Version: 1}}}})
	}))
	before := withCode(t, db, s.Leiden.Municipality)
	gatewaytest.Pass(t, truth, "GM1999", s.Leiden.Municipality)
	after := withCode(t, db, s.Leiden.Municipality)
	for _, table := range slices.Sorted(maps.Keys(before)) {
		_, may := stays[table]
		switch {
		case may:
		case before[table] == 0:
			t.Errorf("%s has a municipality and no row in this test: fill it here", table)
		case after[table] != 0:
			t.Errorf("%s: %d rows of the old municipality; add it to passes, or say here why it stays", table, after[table])
		}
	}
}

// withCode counts the rows of a municipality in every table that has one.
func withCode(t *testing.T, db *DB, m gateway.Municipality) map[string]int {
	t.Helper()
	counts := map[string]int{}
	q := db.read.with(t.Context())
	var tables []string
	must(t, each(q, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		tables = append(tables, name)
		return err
	}, `SELECT c.table_name FROM information_schema.columns AS c WHERE c.table_schema = 'seinhuis' AND c.column_name = 'municipality'`))
	for _, name := range tables {
		must(t, each(q, func(scan func(...any) error) error {
			var n int
			err := scan(&n)
			counts[name] = n
			return err
		}, `SELECT count(*) FROM `+name+` WHERE municipality = $1`, string(m)))
	}
	if len(tables) < 5 {
		must(t, errors.New("the tables were not found"))
	}
	return counts
}
