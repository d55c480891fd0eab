// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
)

// cpu is the time of this thread alone: preparing the next group makes garbage,
// and collecting that is not the store's cost.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFile is one synced commit of a group as the journey makes it: look
// again, look for earlier ones, log, store.
func BenchmarkFile(b *testing.B) {
	for _, size := range []int{1, 10, 50, 256} {
		b.Run(fmt.Sprintf("group=%d", size), func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			db := openTest(b)
			s := gatewaytest.NewSteps(b)
			var used time.Duration
			n := 0
			for b.Loop() {
				b.StopTimer()
				g := newGroup(b, s, n, size)
				n += size
				before := cpu(b)
				b.StartTimer()
				g.commit(b, db)
				used += cpu(b) - before
			}
			b.ReportMetric(float64(used.Microseconds())/float64(n), "cpu-µs/deposit")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/deposit")
		})
	}
}

// group is what one commit needs, prepared beforehand.
type group struct {
	deposits   []mailbox.Deposit
	keys       []journey.Key
	candidates []match.Candidate
	entries    []audit.Entry
}

func newGroup(b *testing.B, s *gatewaytest.Steps, from, size int) group {
	var g group
	for i := range size {
		d := s.Deposits(b, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, from+i)))[0]
		g.deposits, g.candidates = append(g.deposits, d), append(g.candidates, gatewaytest.CandidateOf(d))
		g.keys = append(g.keys, journey.Key{Creditor: s.Energy.OIN, ReportID: d.Slip().ReportID})
		g.entries = append(g.entries, gatewaytest.Entry(b, from+i))
	}
	return g
}

func (g group) commit(b *testing.B, db *DB) {
	err := db.Ledger().Write(b.Context(), nil, func(tx journey.Tx) error {
		if _, err := tx.Records(g.keys); err != nil {
			return err
		}
		if _, err := tx.Earlier(g.candidates); err != nil {
			return err
		}
		first, err := tx.Append(g.entries)
		if err != nil {
			return err
		}
		filed := make([]journey.Filed, len(g.deposits))
		for i := range filed {
			filed[i] = journey.Filed{Deposit: g.deposits[i], Candidate: g.candidates[i], Entry: first + int64(i)}
		}
		return tx.File(filed)
	})
	if err != nil {
		b.Fatal(err)
	}
}
