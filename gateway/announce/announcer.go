// SPDX-License-Identifier: EUPL-1.2

package announce

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

const (
	// pace is how often Work looks; that long an event is late at most.
	pace = time.Second
	// places bounds the attempts at one time. A party has at most one of them,
	// so a slow receiver delays nobody but itself.
	places = 16
	// fresh is how long news waits for an event that is still pending. After it
	// the news gets an event of its own, so that a receiver that was down hears
	// of new things within the hour, and not after the long pauses of an old event.
	fresh = time.Hour
	// maxNews bounds one transaction.
	maxNews = 500
)

// Ports is everything outside that an Announcer needs. All are required but
// Trouble.
type Ports struct {
	Store     Store
	Sender    Sender
	Directory Directory
	Clock     gateway.Clock
	Jitter    func() float64  // in [0,1)
	Trouble   func(err error) // told what Work will try again; nil for nobody
}

// Announcer makes events and delivers them. One at a time may work on a store:
// two would send events twice, which receivers bear.
type Announcer struct {
	ports     Ports
	mu        sync.Mutex
	busy      map[gateway.OIN]bool
	delivered atomic.Int64
}

// New makes an Announcer over its ports.
func New(p Ports) *Announcer {
	if p.Trouble == nil {
		p.Trouble = func(error) {}
	}
	return &Announcer{ports: p, busy: map[gateway.OIN]bool{}}
}

// Delivered counts the events that receivers took since the Announcer was made.
func (a *Announcer) Delivered() int64 { return a.delivered.Load() }

// Work announces until the context ends. Attempts under way are then broken
// off, and made again by the next process.
func (a *Announcer) Work(ctx context.Context) {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for {
		if err := a.look(ctx, &attempts); err != nil && ctx.Err() == nil {
			a.ports.Trouble(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Round looks once and waits for the attempts that it began.
func (a *Announcer) Round(ctx context.Context) error {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	return a.look(ctx, &attempts)
}

// look makes events of the news and begins the attempts that are due.
func (a *Announcer) look(ctx context.Context, attempts *sync.WaitGroup) error {
	now := a.ports.Clock()
	err := a.derive(ctx, now)
	free := a.free() // before looking: what is under way now may be done when the list comes
	due, dueErr := a.ports.Store.Due(ctx, now)
	err = errors.Join(err, dueErr)
	for _, d := range due {
		party := d.Event.Party
		active, failed := a.active(ctx, party)
		err = errors.Join(err, failed)
		if !active || !free(party) || !a.take(party) {
			continue
		}
		attempts.Go(func() {
			defer a.leave(party)
			if err := a.attempt(ctx, d); err != nil {
				a.ports.Trouble(err)
			}
		})
	}
	return err
}

// active reports whether a party takes part now. Whoever was suspended is told
// nothing until it is resumed.
func (a *Announcer) active(ctx context.Context, oin gateway.OIN) (bool, error) {
	p, known, err := a.ports.Directory.Party(ctx, oin)
	return err == nil && known && p.State == gateway.PartyActive, err
}

// free tells of each party whether it had no attempt under way at this moment.
func (a *Announcer) free() func(gateway.OIN) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	busy := map[gateway.OIN]bool{}
	for oin := range a.busy {
		busy[oin] = true
	}
	return func(oin gateway.OIN) bool { return !busy[oin] }
}

func (a *Announcer) take(oin gateway.OIN) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy[oin] || len(a.busy) >= places {
		return false
	}
	a.busy[oin] = true
	return true
}

func (a *Announcer) leave(oin gateway.OIN) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.busy, oin)
}

// derive writes events and moves the cursors to them, in one transaction.
func (a *Announcer) derive(ctx context.Context, now time.Time) error {
	all, err := a.ports.Store.News(ctx, maxNews)
	var news []News
	for _, n := range all {
		active, failed := a.active(ctx, n.Party)
		err = errors.Join(err, failed)
		if active && (n.Latest.IsZero() || now.Sub(n.Latest) >= fresh) {
			news = append(news, n)
		}
	}
	if err != nil || len(news) == 0 {
		return err
	}
	return a.ports.Store.Write(ctx, func(tx Tx) error {
		for _, n := range news {
			if err := announce(tx, n, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// announce makes the event of one piece of news, unless the subscription
// changed since it was read.
func announce(tx Tx, n News, now time.Time) error {
	s, err := tx.Subscription(n.Party)
	if err != nil {
		return err
	}
	if told, wanted := s.announced(n.Subject); !wanted || s.State != Active || told >= n.Last {
		return nil
	}
	e := Event{ID: EventID(gateway.NewUUID(now, nil)), Party: n.Party, Subject: n.Subject, UpTo: n.Last, MadeAt: now, State: Pending, Next: now}
	return tx.Put(s.advance(n.Subject, n.Last), []Event{e})
}
