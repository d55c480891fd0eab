// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestRevokedDuringTheSession(t *testing.T) {
	h := newHouse(t)
	c := h.client(town)
	if _, err := c.ReadDir("/"); err != nil {
		t.Fatal(err)
	}
	h.set(func() { p := h.parties[town]; p.Keys = nil; h.parties[town] = p })
	began := time.Now()
	eventually(t, "a withdrawn key goes on", func() bool { _, err := c.ReadDir("/"); return err != nil })
	if time.Since(began) > 2*time.Second {
		t.Error("late")
	}
}

func TestIdleAndSlow(t *testing.T) {
	h := newHouse(t, func(o *Options) {
		o.IdleTimeout, o.StallTimeout, o.LoginTimeout = 300*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
	})
	silent, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	_ = silent.SetDeadline(time.Now().Add(5 * time.Second))
	if b, err := io.ReadAll(silent); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") || !strings.HasPrefix(string(b), serverVersion+"\r\n") {
		t.Errorf("%q %v", b, err)
	}
	_, conn := h.both(town)
	ended := make(chan struct{})
	go func() { _ = conn.Wait(); close(ended) }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; {
		select {
		case <-ended:
			return
		case <-tick.C:
			_, _, _ = conn.SendRequest("keepalive@openssh.com", true, nil)
		}
		if time.Since(began) > 5*time.Second {
			t.Fatal("an idle session stays for keep-alives")
		}
	}
}

// A client that asks and never reads holds up nobody, and not for ever.
func TestClientThatDoesNotRead(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.StallTimeout = 500 * time.Millisecond })
	h.deposit(1, 1<<20)
	k := newKey(t)
	h.enrol(town, k.PublicKey())
	raw, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	conn, channels, requests, err := ssh.NewClientConn(raw, h.addr, &ssh.ClientConfig{User: string(town), Auth: []ssh.AuthMethod{ssh.PublicKeys(k)},
		HostKeyCallback: ssh.FixedHostKey(h.hostKey), HostKeyAlgorithms: []string{ssh.KeyAlgoED25519}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewClient(conn, channels, requests).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	// Standard output is left alone, so that the channel's window runs out.
	if err := s.RequestSubsystem("sftp"); err != nil {
		t.Fatal(err)
	}
	packet := func(kind byte, body string) string {
		n := len(body) + 1
		return string([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), kind}) + body
	}
	text := func(s string) string { return string([]byte{0, 0, 0, byte(len(s))}) + s }
	_, _ = io.WriteString(in, packet(1, "\x00\x00\x00\x03")+packet(3, "\x00\x00\x00\x01"+text("/signalen/nieuw/"+nameOf(h.signals[0]))+"\x00\x00\x00\x01\x00\x00\x00\x00"))
	go func() {
		for range 400 {
			for at := range 32 {
				if _, err := io.WriteString(in, packet(5, "\x00\x00\x00\x02"+text("1")+"\x00\x00\x00\x00\x00"+string([]byte{byte(at >> 1), byte(at << 7), 0})+"\x00\x00\x80\x00")); err != nil {
					return
				}
			}
		}
	}()
	if _, err := h.client(town).ReadDir("/signalen/nieuw"); err != nil {
		t.Error("another session waits:", err)
	}
	ended := make(chan struct{})
	go func() { _ = conn.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("it stays for ever")
	}
	if slices.Contains(h.did(), "delivered") {
		t.Error("read, though it was never taken")
	}
}

func TestDrain(t *testing.T) {
	h := newHouse(t)
	h.deposit(1, 10)
	c := h.client(town)
	f, err := c.OpenFile("/terugkoppelingen/a.jws", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	h.stop()
	time.Sleep(400 * time.Millisecond)
	if _, err := f.Write(letterOf(newID(), h.signals[0].ID, "Opgepakt")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal("an open file could not finish:", err)
	}
	eventually(t, "the session goes on", func() bool { return len(h.server.list()) == 0 })
}
