// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// eventually waits for what happens at the other end of a connection.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestWhoMayLogIn(t *testing.T) {
	h := newHouse(t)
	good, old, stranger := newKey(t), newKey(t), newKey(t)
	h.enrol(town, good.PublicKey())
	h.enrol(town, old.PublicKey())
	h.set(func() { h.parties[town].Keys[1].Until = time.Now().Add(-time.Second) })
	smallKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	small, err := ssh.NewSignerFromKey(smallKey)
	if err != nil {
		t.Fatal(err)
	}
	h.enrol(town, small.PublicKey())
	const officer, gone gateway.OIN = "00000099000000000002", "00000099000000000003"
	h.set(func() {
		h.parties[officer] = gateway.Party{OIN: officer, Kind: gateway.KindOfficer, State: gateway.PartyActive, Keys: []gateway.PartyKey{loginKey(good.PublicKey())}}
		h.parties[gone] = gateway.Party{OIN: gone, Kind: gateway.KindCreditor, State: gateway.PartySuspended, Keys: []gateway.PartyKey{loginKey(good.PublicKey())}}
	})
	for _, c := range []struct {
		name string
		oin  gateway.OIN
		key  ssh.Signer
		code gateway.Code
	}{
		{"good", town, good, ""}, {"ended key", town, old, gateway.CodeKey}, {"strange key", town, stranger, gateway.CodeKey},
		{"key of another", energy, good, gateway.CodeKey}, {"small RSA", town, small, gateway.CodeAlgorithm}, {"root", "root", good, gateway.CodePartyUnknown},
		{"unknown", "00000099000000000009", good, gateway.CodePartyUnknown}, {"officer", officer, good, gateway.CodePartyKind}, {"suspended", gone, good, gateway.CodePartyInactive},
	} {
		h.set(func() { h.refusals = nil; h.server.refusals.seen, h.server.refusals.named = nil, nil })
		conn, err := h.dial(c.oin, c.key)
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			_ = conn.Close()
			continue
		}
		if err == nil {
			t.Errorf("%s logged in", c.name)
		}
		eventually(t, c.name+": not in the log", func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return slices.Equal(h.refusals, []gateway.Code{c.code})
		})
	}
	if _, err := ssh.Dial("tcp", h.addr, &ssh.ClientConfig{User: string(town), Auth: []ssh.AuthMethod{ssh.Password("x")}, HostKeyCallback: ssh.FixedHostKey(h.hostKey)}); err == nil {
		t.Error("a password was taken")
	}
}

func TestAlgorithms(t *testing.T) {
	h := newHouse(t)
	k := newKey(t)
	h.enrol(town, k.PublicKey())
	for name, c := range map[string]ssh.Config{"kex": {KeyExchanges: []string{"ecdh-sha2-nistp256", "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"}},
		"cipher": {Ciphers: []string{"aes128-ctr", "aes256-ctr"}}, "mac": {Ciphers: []string{"aes128-ctr"}, MACs: []string{"hmac-sha1", "hmac-sha2-256"}}} {
		if _, err := ssh.Dial("tcp", h.addr, &ssh.ClientConfig{Config: c, User: string(town), Auth: []ssh.AuthMethod{ssh.PublicKeys(k)}, HostKeyCallback: ssh.FixedHostKey(h.hostKey)}); err == nil {
			t.Errorf("%s: old algorithms are spoken", name)
		}
	}
}

// Nothing but one sftp subsystem: no shell, command, terminal, environment or
// forwarding.
func TestNothingButSFTP(t *testing.T) {
	h := newHouse(t)
	k := newKey(t)
	h.enrol(town, k.PublicKey())
	conn, err := h.dial(town, k)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Listen("tcp", "127.0.0.1:0"); err == nil {
		t.Error("remote forwarding")
	}
	if _, err := conn.Dial("tcp", h.addr); err == nil {
		t.Error("local forwarding")
	}
	if ok, _, err := conn.SendRequest("keepalive@openssh.com", true, nil); ok || err != nil {
		t.Error("keep-alive without an answer", err)
	}
	s, err := conn.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"exec": s.Start("id"), "env": s.Setenv("A", "b"), "pty": s.RequestPty("xterm", 1, 1, nil), "subsystem": s.RequestSubsystem("netconf")} {
		if err == nil {
			t.Error(name)
		}
	}
	if err := s.RequestSubsystem("sftp"); err != nil {
		t.Error(err)
	}
	if err := s.RequestSubsystem("sftp"); err == nil {
		t.Error("two subsystems on one channel")
	}
	if _, err := conn.NewSession(); err == nil {
		t.Error("two channels on one connection")
	}
}

func TestPathsStayInside(t *testing.T) {
	h := newHouse(t)
	h.deposit(1, 10)
	c := h.client(town)
	name := nameOf(h.signals[0])
	for _, p := range []string{"/etc/passwd", "/../../etc/passwd", "/signalen/nieuw/../../../etc/passwd", "/aanleveringen", "/signalen/nieuw/x", "/signalen/nieuw/" + name + "/x",
		"/signalen/nieuw/" + strings.ToUpper(name), "/signalen/nieuw/" + strings.Replace(name, "GM0268", "GM0546", 1), "/signalen/opgehaald/" + name, "/bewijzen/../" + name, "/bewijzen/.x"} {
		if _, err := c.Stat(p); err == nil {
			t.Errorf("%q is there", p)
		}
		if f, err := c.Open(p); err == nil {
			_ = f.Close()
			t.Errorf("%q opens", p)
		}
	}
	for _, p := range []string{"/x.jws", "/signalen/nieuw/x.jws", "/bewijzen/x.jws", "/terugkoppelingen/x.exe", "/terugkoppelingen/a b.jws", "/terugkoppelingen/.jws/x", "/aanleveringen/x.part", "/terugkoppelingen/\x1b.jws"} {
		if err := put(c, p, []byte("x")); err == nil {
			t.Errorf("%q was written", p)
		}
	}
	for what, err := range map[string]error{"mkdir": c.Mkdir("/terugkoppelingen/x"), "rmdir": c.RemoveDirectory("/signalen"), "symlink": c.Symlink("/etc/passwd", "/terugkoppelingen/x.jws"),
		"link": c.Link("/signalen/nieuw/"+name, "/terugkoppelingen/x.jws"), "chmod": c.Chmod("/signalen/nieuw/"+name, 0o777), "truncate": c.Truncate("/signalen/nieuw/"+name, 0),
		"move into a drop": c.Rename("/signalen/nieuw/"+name, "/terugkoppelingen/x.jws"), "another name": c.Rename("/signalen/nieuw/"+name, "/signalen/opgehaald/x")} {
		if err == nil {
			t.Error(what)
		}
	}
	if _, err := c.ReadLink("/signalen/nieuw/" + name); err == nil {
		t.Error("readlink")
	}
	if h.states()[0] == gateway.SignalConfirmed {
		t.Error("confirmed")
	}
}

func TestAbortedDownloadIsNotRead(t *testing.T) {
	h := newHouse(t)
	h.deposit(1, 100_000)
	name := "/signalen/nieuw/" + nameOf(h.signals[0])
	partly := func(drop bool, spans ...[2]int64) {
		c, conn := h.both(town)
		f, err := c.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spans {
			if _, err := f.ReadAt(make([]byte, s[1]), s[0]); err != nil && err != io.EOF {
				t.Fatal(err)
			}
		}
		if drop {
			_ = conn.Close()
		} else if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "handle stays open", func() bool {
			a := h.server.allowance.party(town)
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.handles == 0
		})
	}
	partly(false, [2]int64{0, 99_999})                                           // the last byte never
	partly(false, [2]int64{0, 40_000}, [2]int64{40_001, 59_999})                 // a hole
	partly(true, [2]int64{0, 100_000})                                           // all of it, but never closed
	if did := h.did(); !slices.Equal(did, []string{"fetch", "fetch", "fetch"}) { // handed out, not read
		t.Fatal(did)
	}
	partly(false, [2]int64{60_000, 40_000}, [2]int64{0, 60_000}) // in another order
	if did := h.did(); !slices.Equal(did, []string{"fetch", "delivered"}) {
		t.Fatal(did)
	}
}

func TestAbortedUploadIsNeverSeen(t *testing.T) {
	h := newHouse(t)
	h.deposit(1, 10)
	c, conn := h.both(town)
	token := letterOf(newID(), h.signals[0].ID, "Opgepakt")
	f, err := c.OpenFile("/terugkoppelingen/a.jws", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(token); err != nil {
		t.Fatal(err)
	}
	if err := put(c, "/terugkoppelingen/b.jws.tmp", token); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	uploads := func() int { l, _ := h.server.spool.list(town, shelfUploads); return len(l) }
	eventually(t, "the spool keeps what was cut off", func() bool { return uploads() == 0 && h.server.allowance.party(town).spool(1, 1) })
	h.server.allowance.party(town).spool(-1, 0)
	if did := h.did(); did != nil {
		t.Fatal(did)
	}
	c = h.client(town)
	holed, err := c.OpenFile("/terugkoppelingen/c.jws", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holed.WriteAt(token, 10); err != nil {
		t.Fatal(err)
	}
	if err := holed.Close(); err == nil {
		t.Error("a file with a hole was taken")
	}
	if err := put(c, "/terugkoppelingen/d.jws", nil); err == nil {
		t.Error("an empty file was taken")
	}
	if err := put(c, "/terugkoppelingen/e.jws", token); err != nil {
		t.Fatal(err)
	}
	if err := put(c, "/terugkoppelingen/e.jws.tmp", token); err != nil {
		t.Fatal(err)
	}
	if c.Rename("/terugkoppelingen/e.jws.tmp", "/terugkoppelingen/e.jws") == nil || put(c, "/terugkoppelingen/e.jws", token) == nil || c.Remove("/terugkoppelingen/e.jws") == nil {
		t.Error("a published file was replaced or removed")
	}
	if did := h.did(); !slices.Equal(did, []string{"accept"}) {
		t.Error(did)
	}
}

func TestSuccessOnlyWhenTaken(t *testing.T) {
	h := newHouse(t)
	c := h.client(energy)
	name := "/aanleveringen/" + string(newID()) + ".ndjson.pgp"
	if err := put(c, name+".part", []byte("x")); err != nil {
		t.Fatal(err)
	}
	h.set(func() { h.fail = errors.New("disk of Jansen") })
	if err := c.Rename(name+".part", name); err == nil || strings.Contains(err.Error(), "Jansen") {
		t.Fatal(err)
	}
	h.set(func() { h.panics = true })
	if err := c.Rename(name+".part", name); err == nil || strings.Contains(err.Error(), "Jansen") {
		t.Fatal(err)
	}
	if err := c.Rename(name+".part", name); err != nil { // it was kept for another try
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.batches) != 1 {
		t.Error(len(h.batches))
	}
}

func TestLimits(t *testing.T) {
	h := newHouse(t, func(o *Options) {
		o.HandlesPerParty, o.ConnectionsPerParty, o.SpoolPerParty = 3, 2, 1000
	})
	h.deposit(1, 10)
	c, other := h.client(town), h.client(town)
	for range 3 {
		if _, err := c.Open("/signalen/nieuw/" + nameOf(h.signals[0])); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := other.Open("/signalen/nieuw/" + nameOf(h.signals[0])); err == nil {
		t.Error("a fourth handle")
	}
	creditor := h.client(energy) // another party is not held up
	if err := put(creditor, "/aanleveringen/a.part", make([]byte, 900)); err != nil {
		t.Fatal(err)
	}
	if err := put(creditor, "/aanleveringen/b.part", make([]byte, 200)); err == nil {
		t.Error("over the quota")
	}
	if err := errors.Join(creditor.Remove("/aanleveringen/a.part"), creditor.Remove("/aanleveringen/b.part"), put(creditor, "/aanleveringen/c.part", make([]byte, 900))); err != nil {
		t.Error(err)
	}
	k := newKey(t)
	h.enrol(town, k.PublicKey())
	if conn, err := h.dial(town, k); err == nil {
		if _, err := conn.NewSession(); err == nil {
			t.Error("a third connection")
		}
		_ = conn.Close()
	}
	if got := limitOf(node{folderBatches, string(newID()) + ".csv.jose"}); got != batch.MaxJOSE {
		t.Error(got)
	}
}

func TestTokenBucket(t *testing.T) {
	b := newBucket(100)
	began := time.Now()
	for range 6 {
		if err := b.take(t.Context(), 25); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 400*time.Millisecond || took > 2*time.Second {
		t.Errorf("150 at 100 a second with a burst of 100 took %v", took)
	}
}
