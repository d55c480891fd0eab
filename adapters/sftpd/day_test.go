// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

func names(t *testing.T, c *sftp.Client, dir string) []string {
	t.Helper()
	infos, err := c.ReadDir(dir)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	var all []string
	for _, i := range infos {
		all = append(all, i.Name())
	}
	return all
}

func get(t *testing.T, c *sftp.Client, name string) []byte {
	t.Helper()
	f, err := c.Open(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := f.Close(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

func put(c *sftp.Client, name string, content []byte) error {
	f, err := c.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

func (h *house) states() (states []gateway.SignalState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, g := range h.signals {
		states = append(states, g.State)
	}
	return states
}

// letter makes a feedback as the door sees it; nobody verifies it here.
func letterOf(id gateway.UUID, signal gateway.SignalID, more string) []byte {
	payload := `{"terugkoppelingId":"` + string(id) + `","signaalId":"` + string(signal) + `","resultaat":"` + more + `"}`
	return []byte("e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln")
}

func TestDayOfAMunicipality(t *testing.T) {
	h := newHouse(t)
	h.deposit(1203, 40_000) // three pages of the mailbox
	h.set(func() { h.signals[1].Municipality = "GM0546" })
	c := h.client(town)
	if got := names(t, c, "/"); !slices.Equal(got, []string{"signalen", "terugkoppelingen", "berichten", "pauzes", "pauzewijzigingen", "bewijzen"}) {
		t.Fatal(got)
	}
	if got := h.states(); got[0] != gateway.SignalWaiting {
		t.Fatal("offered before it was listed")
	}
	listed := names(t, c, "/signalen/nieuw")
	first, third := nameOf(h.signals[0]), nameOf(h.signals[2])
	if len(listed) != 1203 || !slices.Contains(listed, first) || !slices.Contains(listed, indexName) || slices.Contains(listed, nameOf(h.signals[1])) {
		t.Fatal(len(listed))
	}
	if got := h.states(); got[0] != gateway.SignalOffered || got[1202] != gateway.SignalOffered || got[1] != gateway.SignalWaiting {
		t.Fatal("not offered")
	}
	i, err := c.Stat("/signalen/nieuw/" + first)
	if err != nil || i.Size() != 40_000 || i.Mode().Perm() != 0o440 || !i.ModTime().Equal(h.signals[0].DepositedAt) {
		t.Fatal(i, err)
	}
	if got := get(t, c, "/signalen/nieuw/"+first); !bytes.Equal(got, h.bodies[h.signals[0].ID]) {
		t.Fatal("other bytes")
	}
	if got := h.states(); got[0] != gateway.SignalRead {
		t.Fatalf("state %s", got[0])
	}
	index := string(get(t, c, "/signalen/nieuw/index.csv"))
	if i, err := c.Stat("/signalen/nieuw/index.csv"); err != nil || i.Size() != int64(len(index)) || strings.Count(index, "\n") != 1203 || !strings.Contains(index, h.signals[0].Digest.String()) {
		t.Fatal(i, err)
	}
	if err := c.Rename("/signalen/nieuw/"+first, "/signalen/opgehaald/"+first); err != nil {
		t.Fatal(err)
	}
	if err := c.Remove("/signalen/nieuw/" + third); err != nil {
		t.Fatal(err)
	}
	if got := h.states(); got[0] != gateway.SignalConfirmed || got[2] != gateway.SignalConfirmed {
		t.Fatal("not confirmed")
	}
	if got := names(t, c, "/signalen/opgehaald"); len(got) != 2 || !slices.Contains(got, first) || !slices.Contains(got, third) {
		t.Error(got)
	}
	if _, err := c.Stat("/signalen/nieuw/" + first); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if got := names(t, c, "/signalen/nieuw"); len(got) != 1201 {
		t.Error(len(got))
	}
}

func TestFeedback(t *testing.T) {
	h := newHouse(t)
	h.deposit(1, 10)
	c := h.client(town)
	id := newID()
	token := letterOf(id, h.signals[0].ID, "Opgepakt")
	if err := put(c, "/terugkoppelingen/a.jws.part", token); err != nil {
		t.Fatal(err)
	}
	if did := h.did(); did != nil {
		t.Fatal("a temporary name was processed", did)
	}
	if err := c.Rename("/terugkoppelingen/a.jws.part", "/terugkoppelingen/a.jws"); err != nil {
		t.Fatal(err)
	}
	if err := put(c, "/terugkoppelingen/b.jws", append(token, '\n')); err != nil {
		t.Fatal(err)
	}
	if got := string(get(t, c, "/bewijzen/a.bewijs.jws")); got != "bewijs."+string(id)+".x" || got != string(get(t, c, "/bewijzen/b.bewijs.jws")) {
		t.Fatal(got)
	}
	if err := put(c, "/terugkoppelingen/c.jws", letterOf(id, h.signals[0].ID, "iets anders")); err == nil || !strings.Contains(err.Error(), "id-bezet") {
		t.Fatal(err)
	}
	if got := string(get(t, c, "/bewijzen/c.jws.geweigerd.json")); !strings.Contains(got, `"id-bezet"`) || strings.Contains(got, "iets anders") {
		t.Error(got)
	}
	if err := put(c, "/terugkoppelingen/d.jws", []byte("geen jws")); err == nil {
		t.Error("no JWS was taken")
	}
	again := h.client(town) // receipts outlive the session, drops do not
	if got := names(t, again, "/bewijzen"); !slices.Equal(got, []string{"a.bewijs.jws", "b.bewijs.jws", "c.jws.geweigerd.json", "d.jws.geweigerd.json"}) {
		t.Error(got)
	}
	if got := names(t, again, "/terugkoppelingen"); got != nil {
		t.Error(got)
	}
	if err := put(again, "/terugkoppelingen/a.jws", letterOf(newID(), h.signals[0].ID, "Opgepakt")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, again, "/bewijzen"); !slices.Contains(got, "a-2.bewijs.jws") {
		t.Error("a receipt was replaced", got)
	}
}

func TestDayOfACreditor(t *testing.T) {
	h := newHouse(t)
	c := h.client(energy)
	id := gateway.BatchID(newID())
	content := bytes.Repeat([]byte("ciphertext"), 20_000)
	if err := put(c, "/aanleveringen/"+string(id)+".csv.pgp.filepart", content); err != nil {
		t.Fatal(err)
	}
	if err := c.PosixRename("/aanleveringen/"+string(id)+".csv.pgp.filepart", "/aanleveringen/"+string(id)+".csv.pgp"); err != nil {
		t.Fatal(err)
	}
	check := gateway.BatchID(newID())
	if err := put(c, "/aanleveringen/"+string(check)+".controle.ndjson.jose", content[:50]); err != nil {
		t.Fatal(err)
	}
	if did := h.did(); !slices.Equal(did, []string{"receive openpgp csv false", "receive jose ndjson true"}) || h.contents[id] != string(content) {
		t.Fatal(did)
	}
	if got := names(t, c, "/uitkomsten"); len(got) != 2 || !slices.Contains(got, string(id)+endStatus) {
		t.Fatal(got)
	}
	h.set(func() {
		r := h.batches[id]
		r.State, r.Lines, r.Accepted, r.Summary, r.DoneAt = batch.Done, 1000, 1000, gateway.Compact("a.b.c"), time.Now()
		h.batches[id] = r
	})
	later := h.client(energy)
	if got := names(t, later, "/uitkomsten"); len(got) != 4 {
		t.Fatal(got)
	}
	i, err := later.Stat("/uitkomsten/" + string(id) + endOutcomes)
	if b := get(t, later, "/uitkomsten/"+string(id)+endOutcomes); err != nil || i.Size() != int64(len(b)) || bytes.Count(b, []byte("\n")) != 1000 {
		t.Error(i, err)
	}
	if got := string(get(t, later, "/bewijzen/"+string(id)+endSummary)); got != "a.b.c" {
		t.Error(got)
	}
	if got := string(get(t, later, "/uitkomsten/"+string(id)+endStatus)); !strings.Contains(got, `"toestand": "gereed"`) {
		t.Error(got)
	}
	if err := put(later, "/aanleveringen/"+string(id)+".csv.pgp", []byte("other")); err == nil || !strings.Contains(err.Error(), "id-bezet") {
		t.Error(err)
	}
}

func TestNotices(t *testing.T) {
	h := newHouse(t)
	var files []string
	for n := range 4 {
		d := feedback.Delivered{Sequence: int64(n + 1), ID: gateway.NoticeID(newID()), Progress: gateway.NoticeReady, Compact: gateway.Compact(strings.Repeat("n", n+1))}
		h.notices = append(h.notices, d)
		files = append(files, letter{id: d.ID, sequence: d.Sequence}.name())
	}
	c := h.client(energy)
	if got := names(t, c, "/berichten"); len(got) != 6 {
		t.Fatal(got)
	}
	i, err := c.Stat("/berichten/" + files[2])
	if got := get(t, c, "/berichten/"+files[2]); err != nil || string(got) != "nnn" || i.Size() != 3 || time.Since(i.ModTime()) > time.Minute {
		t.Fatal(got, i, err)
	}
	for _, err := range []error{c.Rename("/berichten/"+files[0], "/berichten/ontvangen/"+files[0]), c.Rename("/berichten/ontvangen/"+files[0], "/berichten/toegepast/"+files[0]),
		c.Rename("/berichten/"+files[1], "/berichten/toegepast/"+files[1]), c.Remove("/berichten/" + files[2])} {
		if err != nil {
			t.Error(err)
		}
	}
	if did := h.did(); !slices.Equal(did, []string{"ontvangen", "toegepast", "toegepast", "ontvangen"}) {
		t.Error(did)
	}
	later := h.client(energy)
	for dir, want := range map[string]int{"/berichten": 3, "/berichten/ontvangen": 1, "/berichten/toegepast": 2} {
		if got := names(t, later, dir); len(got) != want {
			t.Errorf("%s: %v", dir, got)
		}
	}
	if err := later.Rename("/berichten/toegepast/"+files[1], "/berichten/ontvangen/"+files[1]); err == nil {
		t.Error("applied was taken back")
	}
}
