// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
)

// place is the room that one attempt takes while it is received.
type place struct {
	desk    *Desk
	name    string
	of      gateway.OIN
	pending int64 // bytes that waited for this creditor when it began
	size    int64 // so far
}

// full asks to come back: nothing is wrong with the file.
func full() *gateway.Error { return refuse(gateway.KindUnavailable, gateway.CodeBusy, "") }

// reserve keeps one party from filling the spool: at most [MaxPending] files
// and [MaxPendingBytes] of it wait or are being sent. A repeated id takes no
// place that lasts, so what waits does not count against it.
func (d *Desk) reserve(ctx context.Context, s Submission, name string) (*place, error) {
	p := &place{desk: d, name: name, of: s.Visit.Peer.OIN()}
	sending := p.enter()
	pending, err := d.ports.Store.Pending(ctx)
	if err != nil {
		p.leave()
		return nil, err
	}
	known, waiting, bytes := false, 0, int64(0)
	for _, r := range pending {
		if r.Creditor == p.of {
			known, waiting, bytes = known || r.ID == s.ID, waiting+1, bytes+r.Size
			delete(sending, r.Spool) // it arrived between the two looks
		}
	}
	if known {
		waiting, bytes = 0, 0
	}
	d.mu.Lock()
	p.pending = bytes
	over := waiting+len(sending) >= MaxPending || bytes+d.received(p.of) >= MaxPendingBytes
	d.mu.Unlock()
	if over {
		p.leave()
		return nil, full()
	}
	return p, nil
}

// enter takes the place before the look at what waits, so that of two at once
// at least one sees the other. It gives the spool names of the others.
func (p *place) enter() map[string]bool {
	p.desk.mu.Lock()
	defer p.desk.mu.Unlock()
	others := map[string]bool{}
	for name, other := range p.desk.receiving {
		if other.of == p.of {
			others[name] = true
		}
	}
	p.desk.receiving[p.name] = p
	return others
}

// received is what a party is sending now, in bytes. d.mu is held.
func (d *Desk) received(of gateway.OIN) (n int64) {
	for _, p := range d.receiving {
		if p.of == of {
			n += p.size
		}
	}
	return n
}

// grow reports whether so many bytes more fit.
func (p *place) grow(n int64) bool {
	p.desk.mu.Lock()
	defer p.desk.mu.Unlock()
	p.size += n
	return p.pending+p.desk.received(p.of) <= MaxPendingBytes
}

func (p *place) leave() {
	p.desk.mu.Lock()
	defer p.desk.mu.Unlock()
	delete(p.desk.receiving, p.name)
}
