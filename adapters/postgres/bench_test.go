// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"fmt"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// group is deposits of one commit, about as many persons.
func group(t testing.TB, s *gatewaytest.Steps, from, n int) []mailbox.Deposit {
	var all []mailbox.Deposit
	for i := range n {
		all = append(all, s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, from+i)))...)
	}
	return all
}

// commit does what the journey's transaction does: look again, match, log, file.
func commit(t testing.TB, db *DB, deposits []mailbox.Deposit) {
	t.Helper()
	n := len(deposits)
	keys, bodies := make([]journey.Key, n), make([]seal.Body, n)
	entries, candidates, filed := make([]audit.Entry, n), make([]match.Candidate, n), make([]journey.Filed, n)
	for i, d := range deposits {
		keys[i], bodies[i] = journey.Key{Creditor: d.Slip().Peer.OIN(), ReportID: d.Slip().ReportID}, d.Sealed().Body()
		entries[i], candidates[i] = gatewaytest.Entry(t, i), gatewaytest.CandidateOf(d)
	}
	must(t, db.Ledger().Write(t.Context(), bodies, func(tx journey.Tx) error {
		if _, err := tx.Records(keys); err != nil {
			return err
		}
		earlier, err := tx.Earlier(candidates)
		if err != nil {
			return err
		}
		first, err := tx.Append(entries)
		if err != nil {
			return err
		}
		for i, m := range match.Relate(candidates, earlier) {
			filed[i] = journey.Filed{Deposit: deposits[i], Candidate: candidates[i], Relations: m.Relations, Entry: first + int64(i)}
		}
		return tx.File(filed)
	}))
}

// A commit takes as many round trips for many reports as for one.
func TestTripsDoNotGrowWithTheGroup(t *testing.T) {
	db, s := openTest(t), gatewaytest.NewSteps(t)
	commit(t, db, group(t, s, 0, 2)) // statements are prepared
	trips := func(n int) uint64 {
		deposits, before := group(t, s, 100*n, n), db.Trips()
		commit(t, db, deposits)
		return db.Trips() - before
	}
	if one, many := trips(1), trips(40); one != many || one > 12 {
		t.Errorf("%d round trips for one report, %d for forty", one, many)
	}
}

func BenchmarkFile(b *testing.B) {
	for _, size := range []int{1, 64, 256} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			db, s := openTest(b), gatewaytest.NewSteps(b)
			var groups [][]mailbox.Deposit
			for i := range b.N {
				groups = append(groups, group(b, s, i*size, size))
			}
			before := db.Trips()
			b.ResetTimer()
			for _, g := range groups {
				commit(b, db, g)
			}
			reports := float64(b.N * size)
			b.ReportMetric(float64(db.Trips()-before)/reports, "trips/report")
			b.ReportMetric(reports/b.Elapsed().Seconds(), "reports/s")
		})
	}
}
