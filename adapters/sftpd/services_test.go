// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// What the core has fills what the door needs.
var (
	_ Mailbox  = (*mailbox.Mailbox)(nil)
	_ Feedback = (*feedback.Desk)(nil)
	_ Notices  = (*feedback.Notices)(nil)
	_ Pauses   = (*pause.Desk)(nil)
	_ Batches  = (*batch.Desk)(nil)
	_ Register = (*register.Directory)(nil)
)

func TestNewNeedsEverything(t *testing.T) {
	h := newHouse(t)
	whole, o := h.server.Services, Options{HostKeys: []ssh.Signer{newKey(t)}, Spool: t.TempDir()}
	if _, err := New(whole, o); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]func(s *Services, o *Options){"register": func(s *Services, _ *Options) { s.Register = nil }, "mailbox": func(s *Services, _ *Options) { s.Mailbox = nil },
		"feedback": func(s *Services, _ *Options) { s.Feedback = nil }, "notices": func(s *Services, _ *Options) { s.Notices = nil }, "batches": func(s *Services, _ *Options) { s.Batches = nil },
		"pauses":   func(s *Services, _ *Options) { s.Pauses = nil },
		"refusals": func(s *Services, _ *Options) { s.AccessRefused = nil }, "clock": func(s *Services, _ *Options) { s.Clock = nil },
		"host keys": func(_ *Services, o *Options) { o.HostKeys = nil }, "spool": func(_ *Services, o *Options) { o.Spool = "" }} {
		s, o := whole, o
		c(&s, &o)
		if _, err := New(s, o); err == nil {
			t.Errorf("made without %s", name)
		}
	}
}

// Connections that never log in take no place from those that do, and go.
func TestScan(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Greeting, o.GreetingPerAddress, o.LoginTimeout = 8, 4, 300*time.Millisecond })
	for range 20 {
		c, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_, _ = c.Write([]byte("GET / HTTP/1.1\r\n"))
	}
	k := newKey(t)
	h.enrol(town, k.PublicKey())
	eventually(t, "a scan keeps the door shut", func() bool {
		conn, err := h.dial(town, k)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func TestSpoolForgets(t *testing.T) {
	dir := t.TempDir()
	s, err := openSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for name, at := range map[string]time.Time{"old": now.Add(-2 * time.Hour), "new": now} {
		if err := s.put(town, ShelfProofs, name+endReceipt, at, func(w io.Writer) error { _, err := io.WriteString(w, name); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if f, _, err := s.upload(town); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	if err := s.sweep(now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if l, err := s.list(town, ShelfProofs); err != nil || len(l) != 1 || l[0].Name() != "new"+endReceipt {
		t.Fatal(l, err)
	}
	again, err := openSpool(dir) // after a crash: what was not handed on is gone, receipts stay
	if err != nil {
		t.Fatal(err)
	}
	if l, err := again.list(town, shelfUploads); err != nil || len(l) != 0 {
		t.Error(l, err)
	}
	if l, err := again.list(town, ShelfProofs); err != nil || len(l) != 1 {
		t.Error(l, err)
	}
}

// A door that cannot be asked is a closed door.
func TestRegisterThatDoesNotAnswer(t *testing.T) {
	h := newHouse(t)
	h.server.Services.Register = mute{}
	if _, code := h.server.admits(t.Context(), string(town), nil, ""); code != gateway.CodeUnavailable {
		t.Error(code)
	}
}

type mute struct{}

func (mute) Party(context.Context, gateway.OIN) (gateway.Party, bool, error) {
	return gateway.Party{}, true, context.DeadlineExceeded
}
