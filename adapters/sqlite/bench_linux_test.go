// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
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
// again, look for earlier ones, log, index, store.
func BenchmarkFile(b *testing.B) { benchmarkFile(b, true) }

// BenchmarkFileUnindexed leaves the index of the log out: what the index costs is the difference.
func BenchmarkFileUnindexed(b *testing.B) { benchmarkFile(b, false) }

func benchmarkFile(b *testing.B, indexed bool) {
	for _, size := range []int{1, 10, 50, 256} {
		b.Run(fmt.Sprintf("group=%d", size), func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			db := openTest(b)
			s := gatewaytest.NewSteps(b)
			must(b, db.write.do(b.Context(), func(t *tx) error { return t.PutParties(s.Parties()) }))
			var used time.Duration
			n := 0
			for b.Loop() {
				b.StopTimer()
				g := newGroup(b, s, n, size)
				n += size
				before := cpu(b)
				b.StartTimer()
				g.commit(b, db, indexed)
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
		e, err := audit.New(audit.ReportReceived, audit.ByPeer(d.Slip().Peer, gateway.NewTrace()), audit.Object(audit.KindReport, string(s.Energy.OIN), string(d.Slip().ReportID)),
			d.Slip().At, audit.Digest(d.Slip().Digest), audit.Receipt("receipt"), audit.Policy(strings.Repeat("ab", 32)))
		must(b, err)
		g.entries = append(g.entries, e)
	}
	return g
}

func (g group) commit(b *testing.B, db *DB, indexed bool) {
	err := db.Ledger().Write(b.Context(), nil, func(to journey.Tx) error {
		if _, err := to.Records(g.keys); err != nil {
			return err
		}
		if _, err := to.Earlier(g.candidates); err != nil {
			return err
		}
		first, err := to.Append(g.entries)
		if err != nil {
			return err
		}
		if t, ours := to.(*tx); ours && !indexed {
			t.added = nil
		}
		filed := make([]journey.Filed, len(g.deposits))
		for i := range filed {
			filed[i] = journey.Filed{Deposit: g.deposits[i], Candidate: g.candidates[i], Entry: first + int64(i)}
		}
		return to.File(filed)
	})
	if err != nil {
		b.Fatal(err)
	}
}
