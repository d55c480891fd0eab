// SPDX-License-Identifier: EUPL-1.2

// Package batch takes in whole files of reports (aanleveringen): it keeps a
// file as received until all of it was verified, hands its lines to the
// journey in chunks, and answers per line and with a signed summary.
//
// It may not write plaintext anywhere, use a line of a file that was not
// verified to its end, or decide about a report: that is the journey's. Called
// by the doors (Receive, Status, Outcomes) and by cmd/seinhuis (Work).
package batch

import (
	"context"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Submission is a file as a door received it, without its bytes.
type Submission struct {
	Visit    gateway.Visit
	ID       gateway.BatchID
	Envelope Envelope
	Layout   Layout
	Check    bool // a whole-file dry run
}

func (s Submission) key() Key { return Key{s.Visit.Peer.OIN(), s.ID} }

// Directory finds parties as they are now. Filled by gateway/register.
type Directory interface {
	Party(ctx context.Context, oin gateway.OIN) (gateway.Party, bool, error)
}

// Ports is everything outside that batches need. All are required but those
// from Retry on.
type Ports struct {
	Issuer    gateway.OIN // the gateway's own OIN
	Store     Store
	Spool     Spool
	Openers   map[Envelope]Opener // an envelope without one is refused
	Journey   Journey
	Signer    Signer // of receipts
	Directory Directory
	Clock     gateway.Clock
	Retry     time.Duration   // first pause after a failure, doubled up to 32 times that; 0 for a second
	Trouble   func(err error) // told what Work will try again; nil for nobody
	Poll      time.Duration   // how often Work looks without being woken; 0 for 30 seconds
	// Leave is how old a file must be that no record names before Work erases
	// it: where several processes receive, another may be at it. It is longer
	// than receiving takes; 0 where one process does all.
	Leave time.Duration
}

// Desk is safe for concurrent use; one Work per spool at a time.
type Desk struct {
	ports     Ports
	wake      chan struct{}
	comparing chan struct{} // holds whoever compares a repeated id

	mu        sync.Mutex
	receiving map[string]*place    // by spool names that no record names yet
	compares  map[gateway.OIN]bool // who compares, or waits for its turn
}

// New makes a desk over its ports.
func New(p Ports) *Desk {
	if p.Retry <= 0 {
		p.Retry = time.Second
	}
	if p.Poll <= 0 {
		p.Poll = poll
	}
	if p.Trouble == nil {
		p.Trouble = func(error) {}
	}
	return &Desk{ports: p, wake: make(chan struct{}, 1), comparing: make(chan struct{}, 1), receiving: map[string]*place{}, compares: map[gateway.OIN]bool{}}
}

func (d *Desk) ring() {
	select {
	case d.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (d *Desk) record(ctx context.Context, key Key) (Record, error) {
	records, err := d.ports.Store.Batches(ctx, []Key{key})
	if err != nil {
		return Record{}, err
	}
	return records[0], nil
}
