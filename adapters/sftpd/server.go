// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Server is the door. Safe for concurrent use.
type Server struct {
	Services
	options   Options
	spool     *spool
	shelves   Shelves
	refusals  refusals
	greeting  *greetings
	inside    *count[gateway.OIN]
	allowance *allowances

	mu       sync.Mutex
	sessions map[*session]bool
}

// New makes the door and clears its spool of uploads that nobody waits for any
// more. It fails when a service, the host keys or the spool is missing.
func New(s Services, o Options) (*Server, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	d := &Server{Services: s, options: o.filled(), sessions: map[*session]bool{}}
	var err error
	if d.spool, err = openSpool(o.Spool); err != nil {
		return nil, err
	}
	if d.shelves = o.Shelves; d.shelves == nil {
		d.shelves = folderShelves{d.spool}
	}
	d.greeting = newGreetings(d.options.Greeting, d.options.GreetingPerAddress)
	d.inside = newCount[gateway.OIN](d.options.Connections, d.options.ConnectionsPerParty)
	d.allowance = &allowances{o: &d.options, of: map[gateway.OIN]*allowance{}}
	return d, nil
}

// sweepEvery is how often kept results are looked at for their age.
const sweepEvery = time.Hour

// Serve takes connections until ctx ends, then lets open files finish for
// Options.DrainTimeout, closes what is left and returns nil. It closes l.
func (d *Server) Serve(ctx context.Context, l net.Listener) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { d.sweep(life) })
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			d.drain()
			end()
			all.Wait()
			if ctx.Err() == nil {
				return err
			}
			return nil
		}
		if err != nil { // out of descriptors, or the other end was gone already
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if !d.greeting.enter(c) {
			_ = c.Close()
			continue
		}
		all.Go(func() { d.receive(life, c) })
	}
}

func (d *Server) sweep(ctx context.Context) {
	t, minute := time.NewTicker(sweepEvery), time.NewTicker(time.Minute)
	defer t.Stop()
	defer minute.Stop()
	for {
		if err := d.shelves.Sweep(ctx, d.Clock().Add(-d.options.Keep)); err != nil {
			d.options.Logger.Error("", slog.String("gebeurtenis", "opruimen-mislukt"))
		}
		for swept := true; swept; {
			select {
			case <-t.C:
				swept = false
			case <-minute.C:
				d.tell(d.refusals.over(d.Clock()))
			case <-ctx.Done():
				return
			}
		}
	}
}

// drain closes sessions once they have nothing open, and all of them when the
// time is up.
func (d *Server) drain() {
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for began := time.Now(); ; <-t.C {
		late := time.Since(began) > d.options.DrainTimeout
		left := 0
		for _, s := range d.list() {
			if late || s.quiet() {
				s.end()
			} else {
				left++
			}
		}
		if left == 0 {
			return
		}
	}
}

func (d *Server) list() []*session {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*session, 0, len(d.sessions))
	for s := range d.sessions {
		all = append(all, s)
	}
	return all
}

func (d *Server) keep(s *session, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if on {
		d.sessions[s] = true
	} else {
		delete(d.sessions, s)
	}
}
