// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// TestKill ends the server in the middle of the writes of two nodes, at random
// moments, starts it again over its data, and holds what is there to what was
// answered: nothing with a receipt is lost (invariant I2), and there is no half
// of anything. The nodes stay as they are and write again.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server of its own")
	}
	server := postgrestest.Own(t)
	c := configOf(server, gatewaytest.NewBodies())
	c.Trial = false
	c.Database = server.Database(t, "", nil)
	must(t, Migrate(t.Context(), c))
	nodes := [2]*DB{openAt(t, c), openAt(t, c)}
	var all answered
	for round := range 4 {
		before := len(all.keys)
		var writers sync.WaitGroup
		stop, cancel := context.WithCancel(t.Context())
		begun := make(chan struct{}, 1000)
		for w, db := range nodes {
			writers.Go(func() { all.writeUntilKilled(t, stop, db, 1000*round+100*w, begun) })
		}
		<-begun
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		server.Kill()
		cancel()
		writers.Wait()
		must(t, server.Launch())
		all.check(t, nodes[round%2])
		t.Logf("round %d: killed after %d answers", round, len(all.keys)-before)
	}
}

// answered is what the nodes said they have.
type answered struct {
	sync.Mutex
	keys []journey.Key
}

// writeUntilKilled files reports of two, from its own numbers on, until the
// server is gone.
func (a *answered) writeUntilKilled(t *testing.T, ctx context.Context, db *DB, n int, begun chan<- struct{}) {
	s := gatewaytest.NewSteps(t)
	for ; ctx.Err() == nil; n++ {
		d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, n)), s.Submission(s.Water, s.Paper(s.Water, s.Nijmegen, n)))
		err := db.Ledger().Write(ctx, []seal.Body{d[0].Sealed().Body(), d[1].Sealed().Body()}, func(tx journey.Tx) error { return fileTwo(t, tx, d) })
		if err != nil {
			if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
				t.Errorf("a lost server is told as %v", err)
			}
			return
		}
		a.Lock()
		for _, one := range d {
			a.keys = append(a.keys, journey.Key{Creditor: one.Slip().Peer.OIN(), ReportID: one.Slip().ReportID})
		}
		a.Unlock()
		select {
		case begun <- struct{}{}:
		default:
		}
	}
}

func fileTwo(t *testing.T, tx journey.Tx, d []mailbox.Deposit) error {
	candidates := []match.Candidate{gatewaytest.CandidateOf(d[0]), gatewaytest.CandidateOf(d[1])}
	earlier, err := tx.Earlier(candidates)
	if err != nil {
		return err
	}
	first, err := tx.Append([]audit.Entry{gatewaytest.Entry(t, 0), gatewaytest.Entry(t, 1)})
	if err != nil {
		return err
	}
	var filed []journey.Filed
	for i, m := range match.Relate(candidates, earlier) {
		filed = append(filed, journey.Filed{Deposit: d[i], Candidate: candidates[i], Relations: m.Relations, Entry: first + int64(i)})
	}
	return tx.File(filed)
}

func (a *answered) check(t *testing.T, db *DB) {
	t.Helper()
	records, err := db.Ledger().Records(t.Context(), a.keys)
	must(t, err)
	var signals []gateway.SignalID
	for i, r := range records {
		if !r.Exists() || r.Receipt == nil {
			t.Errorf("answer %d of %d is lost", i, len(a.keys))
		}
		signals = append(signals, r.Signal)
	}
	rest, err := db.Mailbox().Bodies(t.Context(), signals)
	must(t, err)
	for i, r := range rest {
		if r.Wrapped == nil {
			t.Errorf("answer %d has no body", i)
		}
	}
	// Each commit wrote one audit row, indexed, one signal, body and report per
	// deposit, and three trails.
	var got [9]int
	must(t, each(db.read.with(t.Context()), func(scan func(...any) error) error {
		return scan(&got[0], &got[1], &got[2], &got[3], &got[4], &got[5], &got[6], &got[7], &got[8])
	}, `SELECT (SELECT count(*) FROM audit_row), (SELECT max(number) FROM audit_row), (SELECT number FROM audit_last), (SELECT count(*) FROM audit_index),
		(SELECT count(*) FROM signal), (SELECT count(*) FROM body), (SELECT count(*) FROM report), (SELECT count(*) / 3 FROM trail),
		(SELECT sum(last)::bigint FROM mailbox_sequence)`))
	for _, n := range got {
		if n != got[0] || n < len(a.keys) || n%2 != 0 {
			t.Fatalf("rows of what each commit wrote: %v, for %d answers", got, len(a.keys))
		}
	}
}
