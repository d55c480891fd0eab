// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// cable stands between a client and the door, and can be cut.
type cable struct {
	address string
	left    atomic.Int64 // bytes to the door before it is cut; negative for never
	dials   atomic.Int64
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &cable{address: l.Addr().String()}
	c.left.Store(-1)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			c.dials.Add(1)
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, &cut{in, c}); _ = out.Close(); _ = in.Close() }()
		}
	}()
	return c
}

type cut struct {
	net.Conn
	cable *cable
}

func (c *cut) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if left := c.cable.left.Load(); left >= 0 && c.cable.left.Add(-int64(n)) < 0 {
		c.cable.left.Store(-1) // once
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func openSFTP(t *testing.T, dir, address, hostKey string) *client.SFTP {
	t.Helper()
	s, err := client.OpenSFTP(dir, address, hostKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestSFTPUploadSurvivesACutCable(t *testing.T) {
	g := clienttest.New(t)
	dir := g.Creditor(t)
	address, hostKey := g.SFTP(t)
	wire := newCable(t, address)
	s := openSFTP(t, dir, wire.address, hostKey)
	var lines bytes.Buffer
	for range 1000 {
		noise := make([]byte, 300) // more than one packet, after compression as well
		_, _ = rand.Read(noise)
		lines.WriteString(`{"meldingId":"` + string(gateway.NewUUID(time.Now(), nil)) + `","zout":"` + hex.EncodeToString(noise) + `"}` + "\n")
	}
	wire.left.Store(150_000)
	restarted, last := 0, int64(0)
	id := gateway.BatchID(gateway.NewUUID(time.Now(), nil))
	_, err := s.SendFile(t.Context(), client.File{ID: id, Layout: batch.LayoutNDJSON, Envelope: batch.EnvelopeOpenPGP, Source: bytes.NewReader(lines.Bytes())},
		func(sent, _ int64) {
			if sent < last {
				restarted++
			}
			last = sent
		})
	if err != nil {
		t.Fatal(err)
	}
	if wire.dials.Load() != 2 || restarted != 1 {
		t.Errorf("%d connections, %d restarts", wire.dials.Load(), restarted)
	}
	done, err := s.WaitBatch(t.Context(), id, nil)
	if err != nil || done.Accepted != 1000 || len(done.Digest) != 64 {
		t.Fatalf("%+v %v", done, err)
	}
	n := 0
	if err := s.Outcomes(t.Context(), id, func(client.Outcome) error { n++; return nil }); err != nil || n != 1000 {
		t.Errorf("%d outcomes: %v", n, err)
	}
	stop := errors.New("stop")
	if err := s.Outcomes(t.Context(), id, func(client.Outcome) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error of the caller: %v", err)
	}
}

func TestSFTPRefuses(t *testing.T) {
	g := clienttest.New(t)
	dir, other := g.Creditor(t), g.Municipal(t)
	address, hostKey := g.SFTP(t)
	_, otherKey := g.SFTP(t)
	for _, c := range []struct {
		name             string
		address, hostKey string
		want             error
	}{
		{"no host key", address, "", client.ErrFolder},
		{"no key at all", address, "ssh-ed25519 AAAA", client.ErrFolder},
		{"no address", "", hostKey, client.ErrFolder},
		{"another host key", address, otherKey, client.ErrUntrusted},
		{"one of two", address, otherKey + "\n" + hostKey, nil},
		{"nobody there", "127.0.0.1:1", hostKey, client.ErrUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			s, err := client.OpenSFTP(dir, c.address, c.hostKey)
			if err == nil {
				defer s.Close()
				_, err = s.Notices(ctx, 0, 0)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("another login key", func(t *testing.T) {
		key, err := os.ReadFile(filepath.Join(other, client.FileLogin))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, client.FileLogin), key, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openSFTP(t, dir, address, hostKey).Notices(t.Context(), 0, 0); !errors.Is(err, client.ErrUntrusted) {
			t.Errorf("%v", err)
		}
	})
	t.Run("key that others can read", func(t *testing.T) {
		if err := os.Chmod(filepath.Join(dir, client.FileLogin), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := client.OpenSFTP(dir, address, hostKey); !errors.Is(err, client.ErrOpenFile) {
			t.Errorf("%v", err)
		}
	})
}

// TestSFTPVerifies: what the door gives is believed no more than what the API gives.
func TestSFTPVerifies(t *testing.T) {
	g := clienttest.New(t)
	dir, town := g.Creditor(t), g.Municipal(t)
	address, hostKey := g.SFTP(t)
	s := openSFTP(t, dir, address, hostKey)

	post := func(to gateway.OIN) {
		today := gateway.Today(time.Now())
		g.Post(gateway.Notice{Audience: to, Kind: gateway.NoticeHelpAccepted, ReportID: "01932b1c-0000-7000-8000-000000000001",
			Pause: &gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(time.Now(), nil)), From: today, Until: today.AddDays(30)}})
	}
	post("")
	post(clienttest.MunicipalityOIN) // made out to another
	post("")
	page, err := s.Notices(t.Context(), 0, 0)
	if !errors.Is(err, client.ErrUnverified) || len(page.Notices) != 2 || page.Next != 1 {
		t.Errorf("%d notices up to %d: %v", len(page.Notices), page.Next, err)
	}

	g.Lock()
	g.Audience = clienttest.MunicipalityOIN // of summaries
	g.Unlock()
	id := gateway.BatchID(gateway.NewUUID(time.Now(), nil))
	f := client.File{ID: id, Layout: batch.LayoutNDJSON, Source: strings.NewReader(`{"meldingId":"01932b1c-0000-7000-8000-000000000001"}`)}
	if _, err := s.SendFile(t.Context(), f, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WaitBatch(t.Context(), id, nil); !errors.Is(err, client.ErrUnverified) {
		t.Errorf("summary of another: %v", err)
	}

	m := openSFTP(t, town, address, hostKey)
	content := []byte(`{"versie":1,"signaalId":"01932b1c-0000-7000-8000-00000000000b","aard":"melding","gemeente":"GM0268","melding":{}}`)
	g.Deposit("01932b1c-0000-7000-8000-00000000000a", content)
	g.Deposit("01932b1c-0000-7000-8000-00000000000b", content)
	listed, err := m.Signals(t.Context(), 0)
	if err != nil || len(listed.Signals) != 2 {
		t.Fatal(listed, err)
	}
	if _, err := m.Fetch(t.Context(), listed.Signals[0]); !errors.Is(err, client.ErrUnverified) {
		t.Errorf("content of another signal: %v", err)
	}
	if _, err := m.Fetch(t.Context(), listed.Signals[1]); err != nil {
		t.Error(err)
	}
	listed.Signals[1].Digest = strings.Repeat("0", 64)
	if _, err := m.Fetch(t.Context(), listed.Signals[1]); !errors.Is(err, client.ErrUnverified) {
		t.Errorf("another digest: %v", err)
	}
	if _, err := m.Confirm(t.Context(), "01932b1c-0000-7000-8000-00000000000c"); !errors.Is(err, client.ErrInput) {
		t.Errorf("confirmed what was not listed: %v", err)
	}
}

func TestSFTPEndsWithItsContext(t *testing.T) {
	g := clienttest.New(t)
	dir := g.Creditor(t)
	address, hostKey := g.SFTP(t)
	s := openSFTP(t, dir, address, hostKey)
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if _, err := s.Notices(ctx, 0, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if _, err := s.Notices(t.Context(), 0, 0); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
