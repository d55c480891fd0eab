// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
)

// Whatever the spelling, a place is a folder of the party's own tree and at
// most one plain name in it, and has one spelling.
func FuzzResolve(f *testing.F) {
	for _, p := range []string{"/", "", "/signalen/nieuw", "/signalen/nieuw/index.csv", "/signalen/nieuw/../../x", "//terugkoppelingen/a.jws", "/terugkoppelingen/./a.jws",
		"terugkoppelingen/a.jws", "/aanleveringen/a.part", "/berichten/toegepast/1_x.jws", "/pauzes/019ac9e0-1c00-7f42-b3c5-6e7f80910213.jws",
		"/pauzewijzigingen/019ac9e0-1c00-7f42-b3c5-6e7f80910213.jws", "/pauzewijzigingen/a.part", "/bewijzen/\x00", "/bewijzen/a\\b", "/bewijzen/" + strings.Repeat("a", 200)} {
		f.Add(p, true)
		f.Add(p, false)
	}
	f.Fuzz(func(t *testing.T, p string, creditor bool) {
		kind := gateway.KindMunicipality
		if creditor {
			kind = gateway.KindCreditor
		}
		n, ok := resolve(kind, p)
		if !ok {
			if n != (node{}) {
				t.Fatal("a place that is none")
			}
			return
		}
		if !slices.Contains(treeOf(kind), n.folder) || n.name != "" && (!plainName(n.name) || strings.ContainsAny(n.name, "/\\\x00")) {
			t.Fatalf("%q is %q", p, n)
		}
		if path.Join(string(n.folder), n.name) != p {
			t.Fatalf("two spellings: %q, %q", p, n)
		}
		if _, ok := resolve(gateway.KindOfficer, p); ok {
			t.Fatal("an officer has a tree")
		}
		if n.name != "" {
			if id, ok := signalOf(n.name); ok && !strings.Contains(n.name, string(id)) {
				t.Fatal(id)
			}
			if b, ok := batchOf(n.name); ok && (!strings.HasPrefix(n.name, string(b.ID)) || temporary(n.name)) {
				t.Fatal(b.ID)
			}
			if id, ok := letterID[gateway.ChangeID](n.name); ok && (n.name != string(id)+endLetter || temporary(n.name)) {
				t.Fatal(id)
			}
		}
	})
}

// Bytes in any order, as the packets of a client that logged in: the door
// stays up, keeps its other session going, and nothing is published by chance.
func FuzzRequests(f *testing.F) {
	p := func(kind byte, body string) string {
		n := len(body) + 1
		return string([]byte{0, 0, byte(n >> 8), byte(n), kind}) + body
	}
	s := func(x string) string { return string([]byte{0, 0, 0, byte(len(x))}) + x }
	id := "\x00\x00\x00\x07"
	start := p(1, "\x00\x00\x00\x03")
	f.Add([]byte(start + p(16, id+s("."))))
	f.Add([]byte(start + p(11, id+s("/signalen/nieuw")) + p(12, id+s("1")) + p(4, id+s("1"))))
	f.Add([]byte(start + p(3, id+s("/terugkoppelingen/a.part")+"\x00\x00\x00\x1a\x00\x00\x00\x00") + p(6, id+s("1")+"\x00\x00\x00\x00\x00\x00\x00\x00"+s("abc")) + p(4, id+s("1"))))
	f.Add([]byte(start + p(18, id+s("/terugkoppelingen/a.part")+s("/terugkoppelingen/a.jws")) + p(13, id+s("/x")) + p(9, id+s("/x")+"\x00\x00\x00\x01")))
	f.Add([]byte(start + p(200, id+s("posix-rename@openssh.com")+s("/a")+s("/b")) + p(200, id+s("statvfs@openssh.com")+s("/")) + p(200, id+s("x"))))
	f.Add([]byte(start + p(17, id+s("/")) + p(10, id+s("9")+"\x00\x00\x00\x00") + p(20, id+s("a")+s("b")) + p(19, id+s("a")) + p(5, id+s("1")+"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")))
	f.Add([]byte(start + p(17, id+s("/pauzes/019ac9e0-1c00-7f42-b3c5-6e7f80910213.jws")) + p(11, id+s("/pauzes"))))
	h := newHouse(f)
	h.deposit(3, 100)
	h.pauses["019ac9e0-1c00-7f42-b3c5-6e7f80910213"] = energy
	k := newKey(f)
	h.enrol(town, k.PublicKey())
	other := h.client(energy)
	f.Fuzz(func(t *testing.T, data []byte) {
		conn, err := h.dial(town, k)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		session, err := conn.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		in, err := session.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := session.RequestSubsystem("sftp"); err != nil {
			t.Fatal(err)
		}
		_, _ = in.Write(data)
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = conn.Close()
		if _, err := other.Stat("/berichten"); err != nil {
			t.Fatal("another session suffers:", err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if (len(h.feedbacks) > 0 || len(h.changes) > 0) && len(data) < 100 {
			t.Fatal("published")
		}
	})
}

// What was marked passed is what ranges call whole.
func FuzzRanges(f *testing.F) {
	f.Add([]byte{0, 4, 4, 4, 2, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		var r ranges
		var seen [300]bool
		for i := 0; i+1 < len(data); i += 2 {
			from, length := int(data[i]), int(data[i+1]%40)
			r.add(int64(from), int64(length))
			for b := from; b < from+length; b++ {
				seen[b] = true
			}
		}
		n := 0
		for n < len(seen) && seen[n] {
			n++
		}
		if n > 0 && !r.whole(int64(n)) || r.whole(int64(n+1)) {
			t.Fatalf("%d of %v", n, r.spans)
		}
	})
}
