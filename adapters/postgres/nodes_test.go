// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// inTurn gives every call to the next of two nodes.
type inTurn struct {
	nodes [2]*DB
	calls atomic.Uint64
}

func (n *inTurn) next() *DB { return n.nodes[n.calls.Add(1)%2] }

type ledgerInTurn struct{ *inTurn }

func (n ledgerInTurn) Records(ctx context.Context, keys []journey.Key) ([]journey.Record, error) {
	return n.next().Ledger().Records(ctx, keys)
}

func (n ledgerInTurn) Write(ctx context.Context, bodies []seal.Body, fn func(journey.Tx) error) error {
	return n.next().Ledger().Write(ctx, bodies, fn)
}

type mailboxInTurn struct{ *inTurn }

func (n mailboxInTurn) List(ctx context.Context, of gateway.Municipality, after int64, limit int) ([]gateway.Signal, error) {
	return n.next().Mailbox().List(ctx, of, after, limit)
}

func (n mailboxInTurn) Signals(ctx context.Context, ids []gateway.SignalID) ([]gateway.Signal, error) {
	return n.next().Mailbox().Signals(ctx, ids)
}

func (n mailboxInTurn) Bodies(ctx context.Context, ids []gateway.SignalID) ([]mailbox.Rest, error) {
	return n.next().Mailbox().Bodies(ctx, ids)
}

func (n mailboxInTurn) Write(ctx context.Context, fn func(mailbox.Tx) error) error {
	return n.next().Mailbox().Write(ctx, fn)
}

func twoNodes(t *testing.T) gatewaytest.Truth {
	c := testConfig(t, gatewaytest.NewBodies())
	n := &inTurn{nodes: [2]*DB{openAt(t, c), openAt(t, c)}}
	truth := n.nodes[0].truth()
	truth.Ledger, truth.Mailbox = ledgerInTurn{n}, mailboxInTurn{n}
	return truth
}

// Calls that two nodes take in turn have the contract of one store.
func TestLedgerOfTwoNodes(t *testing.T)  { gatewaytest.Ledger(t, twoNodes) }
func TestMailboxOfTwoNodes(t *testing.T) { gatewaytest.Mailbox(t, twoNodes) }

// The same report sent to two nodes at once is filed once: whoever comes second
// sees the first (invariant I3).
func TestOneReportAtTwoNodes(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	nodes := [2]*DB{openAt(t, c), openAt(t, c)}
	s := gatewaytest.NewSteps(t)
	for n := range 10 {
		d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, n)))[0]
		var filed atomic.Int32
		var wg sync.WaitGroup
		for _, db := range nodes {
			wg.Go(func() {
				err := db.Ledger().Write(t.Context(), []seal.Body{d.Sealed().Body()}, func(tx journey.Tx) error {
					known, err := tx.Records([]journey.Key{{Creditor: d.Slip().Peer.OIN(), ReportID: d.Slip().ReportID}})
					if err != nil || known[0].Exists() {
						return err
					}
					first, err := tx.Append(nil)
					if err != nil {
						return err
					}
					filed.Add(1)
					return tx.File([]journey.Filed{{Deposit: d, Candidate: gatewaytest.CandidateOf(d), Entry: first}})
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if filed.Load() != 1 {
			t.Errorf("report %d was filed %d times", n, filed.Load())
		}
	}
}

// A node whose connection ends in the middle of a transaction leaves nothing
// and keeps nobody waiting, itself included.
func TestConnectionLostWithinATransaction(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	db, other, s := openAt(t, c), openAt(t, c), gatewaytest.NewSteps(t)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
	err := db.Ledger().Write(t.Context(), []seal.Body{d.Sealed().Body()}, func(tx journey.Tx) error {
		if err := tx.File([]journey.Filed{{Deposit: d, Candidate: gatewaytest.CandidateOf(d), Entry: 1}}); err != nil {
			t.Fatal(err)
		}
		endWriters(t, c)
		_, err := tx.Append([]audit.Entry{gatewaytest.Entry(t, 1)})
		return err
	})
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable {
		t.Errorf("the caller is told %v", err)
	}
	for _, node := range []*DB{other, db} {
		got, err := node.Ledger().Records(t.Context(), []journey.Key{{Creditor: d.Slip().Peer.OIN(), ReportID: d.Slip().ReportID}})
		if err != nil || got[0].Exists() {
			t.Errorf("left behind: %v, %v", got[0].Exists(), err)
		}
		gatewaytest.File(t, node.truth(), s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 2)))...)
	}
}

// endWriters ends every connection that has the writers' lock, as a cut cable
// would.
func endWriters(t *testing.T, c Config) {
	t.Helper()
	postgrestest.Start(t).Admin(t, c.Database, fmt.Sprintf(`SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l
		WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND l.classid::bigint = %d AND l.objid::bigint = %d`, writeLock>>32, writeLock&0xffffffff))
}

// A caller that stops waiting for its turn does not hold up those behind it.
func TestWaitingEndsWithTheCaller(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	one, other := openAt(t, c), openAt(t, c)
	err := one.write.do(t.Context(), func(*tx) error {
		waiting, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- other.write.do(waiting, func(*tx) error { t.Error("ran beside another writer"); return nil })
		}()
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.write.do(t.Context(), func(*tx) error { return nil }); err != nil {
		t.Error(err)
	}
}
