// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
)

// session is one logged-in connection with at most one SFTP channel on it.
type session struct {
	*Server
	conn  *ssh.ServerConn
	ctx   context.Context // ends with the connection
	print string
	own   *allowance
	idle  *time.Timer
	other *bucket // requests that are not SFTP

	mu      sync.Mutex
	peer    gateway.Peer
	checked time.Time
	busy    int // calls at work
	handles int
	last    time.Time // of the last request or answer, by the machine's clock
	answers *meter

	// What the SFTP server calls one at a time, it keeps without a lock.
	mail    mail
	letters letters
	drops   map[string]*upload

	statements map[gateway.PauseID]statement
}

// receive serves one TCP connection to its end.
func (d *Server) receive(life context.Context, c net.Conn) {
	defer func() { _ = c.Close() }()
	conn, who, channels, requests, err := d.greet(life, c)
	d.greeting.leave(c)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	oin := who.party.OIN
	if !d.inside.enter(oin) {
		d.refuse(life, refused{gateway.CodeBusy, who.print, oin, addressOf(c)})
		return
	}
	defer d.inside.leave(oin)
	ctx, cancel := context.WithCancel(life)
	defer cancel()
	s := &session{Server: d, conn: conn, ctx: ctx, print: who.print, own: d.allowance.party(oin), other: newBucket(20),
		peer: gateway.Authenticated(who.party, who.print), checked: d.Clock(), last: time.Now(),
		drops: map[string]*upload{}, statements: map[gateway.PauseID]statement{}}
	s.idle = time.AfterFunc(d.options.IdleTimeout, s.idled)
	defer s.idle.Stop()
	d.keep(s, true)
	defer d.keep(s, false)
	s.log("sessie-begonnen")
	var all sync.WaitGroup
	all.Go(func() { s.refuseAll(requests) })
	all.Go(func() { s.channels(channels) })
	_ = conn.Wait()
	cancel()
	all.Wait()
	s.log("sessie-beeindigd")
}

func (s *session) log(event string) {
	s.options.Logger.Info("", slog.String("gebeurtenis", event), slog.String("oin", s.conn.User()))
}

// refuseAll answers no to every request, keep-alives among them: an answer is
// all that those ask for.
func (s *session) refuseAll(requests <-chan *ssh.Request) {
	for r := range requests {
		_ = s.other.take(s.ctx, 1)
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
}

// channels gives the connection its one channel.
func (s *session) channels(channels <-chan ssh.NewChannel) {
	var all sync.WaitGroup
	defer all.Wait()
	taken := false
	for n := range channels {
		_ = s.other.take(s.ctx, 1)
		if taken || n.ChannelType() != "session" {
			_ = n.Reject(ssh.Prohibited, "only one session")
			continue
		}
		channel, requests, err := n.Accept()
		if err != nil {
			continue
		}
		taken = true
		all.Go(func() { s.subsystem(channel, requests) })
	}
}

// subsystem serves sftp, once, and nothing else: no shell, no command, no
// terminal, no environment, no forwarding of anything.
func (s *session) subsystem(channel ssh.Channel, requests <-chan *ssh.Request) {
	var serving sync.WaitGroup
	defer serving.Wait()
	begun := false
	for r := range requests {
		_ = s.other.take(s.ctx, 1)
		var name struct{ Name string }
		ok := !begun && r.Type == "subsystem" && ssh.Unmarshal(r.Payload, &name) == nil && name.Name == "sftp"
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if ok {
			begun = true
			serving.Go(func() { s.serve(channel) })
		}
	}
}

func (s *session) serve(channel ssh.Channel) {
	m := newMeter(channel, s)
	s.mu.Lock()
	s.answers = m
	s.mu.Unlock()
	stop := context.AfterFunc(s.ctx, m.broken)
	defer stop()
	_ = sftp.NewRequestServer(m, sftp.Handlers{FileGet: s, FilePut: s, FileCmd: s, FileList: s}).Serve()
	s.discardAll()
	_, _ = channel.SendRequest("exit-status", false, make([]byte, 4)) // every client just hangs up
	_ = channel.Close()
	// The client hangs up; one that finds the connection closed under it
	// calls a finished transfer failed.
	s.idle.Reset(min(hangUp, s.options.IdleTimeout))
}

// hangUp is how long a client may keep a connection whose channel is done.
const hangUp = 10 * time.Second

func (s *session) end() { _ = s.conn.Close() }

func (s *session) touch() {
	s.mu.Lock()
	s.last = time.Now()
	s.mu.Unlock()
	s.idle.Reset(s.options.IdleTimeout)
}

func (s *session) idled() {
	s.mu.Lock()
	working := s.busy > 0
	s.mu.Unlock()
	if working {
		s.idle.Reset(s.options.IdleTimeout)
		return
	}
	s.end()
}

// quiet reports whether nothing would be lost by ending the session.
func (s *session) quiet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy == 0 && s.handles == 0 && time.Since(s.last) > 200*time.Millisecond
}

// recheck is how long a yes of the register counts.
const recheck = time.Second

// still reports whether the party may still be here: a suspended party or a
// withdrawn key ends its sessions at their next request.
func (s *session) still() bool {
	now := s.Clock()
	s.mu.Lock()
	since := now.Sub(s.checked)
	s.mu.Unlock()
	if since >= 0 && since < recheck {
		return true
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.options.RequestTimeout)
	defer cancel()
	party, code := s.admits(ctx, s.conn.User(), nil, s.print)
	if code != "" {
		s.refuse(ctx, refused{code, s.print, gateway.OIN(s.conn.User()), addressOf(s.conn)})
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peer, s.checked = gateway.Authenticated(party, s.print), now
	return true
}

// visit is one request: who, when, under which trace.
func (s *session) visit() gateway.Visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return gateway.Visit{Peer: s.peer, At: s.Clock(), Trace: gateway.NewTrace()}
}

func (s *session) kind() gateway.PartyKind {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peer.Party().Kind
}
