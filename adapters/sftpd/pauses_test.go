// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"encoding/base64"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// changeOf is a change as the door sees it; nobody verifies it here.
func changeOf(id gateway.ChangeID, of gateway.PauseID, more string) []byte {
	payload := `{"wijzigingId":"` + string(id) + `","pauzeId":"` + string(of) + `","soort":"` + more + `"}`
	return []byte("e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln")
}

// paused puts a pause of the creditor into the house.
func (h *house) paused() gateway.PauseID {
	id := gateway.PauseID(newID())
	h.set(func() { h.pauses[id] = energy })
	return id
}

// A day with a pause: the notice that names it, its statement, a change, the
// receipt; the same for both kinds of party.
func TestDayWithAPause(t *testing.T) {
	for oin, roots := range map[gateway.OIN][]string{
		town:   {"signalen", "terugkoppelingen", "berichten", "pauzes", "pauzewijzigingen", "bewijzen"},
		energy: {"aanleveringen", "uitkomsten", "berichten", "pauzes", "pauzewijzigingen", "bewijzen"},
	} {
		h := newHouse(t)
		p, id := h.paused(), gateway.ChangeID(newID())
		c := h.client(oin)
		if got := names(t, c, "/"); !slices.Equal(got, roots) {
			t.Fatal(got)
		}
		file := "/pauzes/" + string(p) + ".jws"
		i, err := c.Stat(file)
		if err != nil || i.Mode().Perm() != 0o440 {
			t.Fatal(i, err)
		}
		if got := string(get(t, c, file)); int64(len(got)) != i.Size() || !strings.HasPrefix(got, "verklaring."+string(p)) {
			t.Fatal(got, i.Size())
		}
		if did := h.did(); !slices.Equal(did, []string{"state"}) {
			t.Fatal("told, or logged, more than once", did)
		}
		change := "/pauzewijzigingen/" + string(id) + ".jws"
		if err := put(c, change+".part", changeOf(id, p, "verlengen")); err != nil {
			t.Fatal(err)
		}
		if did := h.did(); did != nil {
			t.Fatal("a temporary name was processed", did)
		}
		if err := c.Rename(change+".part", change); err != nil {
			t.Fatal(err)
		}
		if did := h.did(); !slices.Equal(did, []string{"change by " + string(oin)}) {
			t.Fatal(did)
		}
		if got := string(get(t, c, "/bewijzen/"+string(id)+".wijzigingsbewijs.jws")); got != "wijziging."+string(id)+".x" {
			t.Fatal(got)
		}
		again := h.client(oin)
		if err := put(again, change, changeOf(id, p, "verlengen")); err != nil { // the same question
			t.Error(err)
		}
		if got := names(t, again, "/bewijzen"); !slices.Equal(got, []string{string(id) + ".wijzigingsbewijs.jws"}) {
			t.Error(got)
		}
	}
}

// Each statement that is made is in the log, and is read at most once.
func TestStatementIsReadOnce(t *testing.T) {
	h := newHouse(t)
	c := h.client(energy)
	file := "/pauzes/" + string(h.paused()) + ".jws"
	first := string(get(t, c, file))
	if i, err := c.Stat(file); err != nil || i.Size() != int64(len(first)) { // some clients ask the size of what they opened
		t.Error(i, err)
	}
	if second := string(get(t, c, file)); second == first {
		t.Error("one statement, one entry in the log, read twice")
	}
	if did := h.did(); !slices.Equal(did, []string{"state", "state"}) {
		t.Error(did)
	}
	if got := names(t, c, "/pauzes"); got != nil {
		t.Error(got)
	}
	if did := h.did(); did != nil {
		t.Error("a listing is no look at a pause", did)
	}
	for range 3 * maxStatements {
		if _, err := c.Stat("/pauzes/" + string(h.paused()) + ".jws"); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range h.server.list() {
		if len(s.statements) > maxStatements {
			t.Error(len(s.statements))
		}
	}
}

// A pause of another looks like none.
func TestPausesOfOthers(t *testing.T) {
	h := newHouse(t)
	const other gateway.OIN = "00000099000000000002"
	h.set(func() {
		h.parties[other] = gateway.Party{OIN: other, Kind: gateway.KindCreditor, State: gateway.PartyActive}
	})
	c := h.client(other)
	_, none := c.Stat("/pauzes/" + string(newID()) + ".jws")
	_, others := c.Stat("/pauzes/" + string(h.paused()) + ".jws")
	if !errors.Is(none, os.ErrNotExist) || !errors.Is(others, os.ErrNotExist) || none.Error() != others.Error() {
		t.Error(none, others)
	}
	if did := h.did(); did != nil {
		t.Error(did)
	}
}

func TestChangesThatAreRefused(t *testing.T) {
	h := newHouse(t)
	c := h.client(town)
	p, id := h.paused(), gateway.ChangeID(newID())
	name := "/pauzewijzigingen/" + string(id) + ".jws"
	for what, content := range map[string]string{"no JWS": "geen jws", "no base64": "a.!.b", "no JSON": "e30.e30x.c2ln",
		"no pause": "e30.e30.c2ln", "bad pause": "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"pauzeId":"Jansen"}`)) + ".c2ln",
		"pause twice": "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"pauzeId":"`+string(p)+`","pauzeId":"`+string(p)+`"}`)) + ".c2ln"} {
		h.set(func() { h.refusals, h.server.refusals.named = nil, nil })
		if err := put(c, name, []byte(content)); err == nil || strings.Contains(err.Error(), "Jansen") {
			t.Errorf("%s: %v", what, err)
		}
		h.set(func() {
			if len(h.refusals) != 1 || len(h.changes) != 0 {
				t.Errorf("%s: %v in the log, %d changes", what, h.refusals, len(h.changes))
			}
		})
	}
	if err := put(c, name, changeOf(id, gateway.PauseID(newID()), "verlengen")); err == nil {
		t.Error("a change of no pause was taken")
	}
	if err := put(c, name, changeOf(id, p, "verlengen")); err != nil {
		t.Fatal(err)
	}
	if err := put(h.client(town), name, changeOf(id, p, "beeindigen")); err == nil || !strings.Contains(err.Error(), "id-bezet") {
		t.Error(err)
	}
	var refusal string
	for _, n := range names(t, c, "/bewijzen") {
		if strings.HasSuffix(n, endRefused) {
			refusal += string(get(t, c, "/bewijzen/"+n))
		}
	}
	if !strings.Contains(refusal, `"pauze-onbekend"`) || !strings.Contains(refusal, `"id-bezet"`) || strings.Contains(refusal, "beeindigen") || strings.Contains(refusal, "Jansen") {
		t.Error(refusal)
	}
	for _, bad := range []string{"/pauzewijzigingen/x.jws", "/pauzewijzigingen/" + string(id), "/pauzewijzigingen/" + strings.ToUpper(string(id)) + ".jws",
		"/pauzewijzigingen/" + string(id) + ".jws.pgp", "/pauzes/" + string(p) + ".jws", "/pauzes/x.part", "/berichten/x.jws"} {
		if err := put(c, bad, changeOf(id, p, "verlengen")); err == nil {
			t.Errorf("%q was written", bad)
		}
	}
	if err := put(c, "/pauzewijzigingen/"+string(newID())+".jws", make([]byte, maxLetter+1)); err == nil {
		t.Error("a change without end was taken")
	}
	for what, err := range map[string]error{"remove": c.Remove("/pauzes/" + string(p) + ".jws"), "move": c.Rename("/pauzes/"+string(p)+".jws", "/pauzewijzigingen/"+string(newID())+".jws")} {
		if err == nil {
			t.Error(what)
		}
	}
}

// A municipality has notices as a creditor has, and nothing to apply.
func TestNoticesOfAMunicipality(t *testing.T) {
	h := newHouse(t)
	h.letters = map[gateway.NoticeID]gateway.OIN{}
	var files []string
	for n, to := range []gateway.OIN{town, energy, town} {
		d := feedback.Delivered{Sequence: int64(n + 1), ID: gateway.NoticeID(newID()), Kind: gateway.NoticePauseContested, Progress: gateway.NoticeReady, Compact: gateway.Compact("bericht")}
		h.notices, h.letters[d.ID] = append(h.notices, d), to
		files = append(files, letter{id: d.ID, sequence: d.Sequence}.name())
	}
	c := h.client(town)
	if got := names(t, c, "/berichten"); !slices.Equal(got, []string{"ontvangen", files[0], files[2]}) {
		t.Fatal(got)
	}
	if got := string(get(t, c, "/berichten/"+files[0])); got != "bericht" {
		t.Error(got)
	}
	if err := c.Rename("/berichten/"+files[0], "/berichten/toegepast/"+files[0]); err == nil {
		t.Error("a municipality applied a pause")
	}
	if _, err := c.ReadDir("/berichten/toegepast"); err == nil {
		t.Error("a municipality has a folder for what it applied")
	}
	if err := errors.Join(c.Rename("/berichten/"+files[0], "/berichten/ontvangen/"+files[0]), c.Remove("/berichten/"+files[2])); err != nil {
		t.Error(err)
	}
	if err := c.Remove("/berichten/" + files[1]); err == nil {
		t.Error("another's notice was confirmed")
	}
	if did := h.did(); !slices.Equal(did, []string{"ontvangen", "ontvangen"}) {
		t.Error(did)
	}
	if got := names(t, h.client(town), "/berichten/ontvangen"); !slices.Equal(got, []string{files[0], files[2]}) {
		t.Error(got)
	}
}
