// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"archive/zip"
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// sealedLog is the sample journal as a published log.
type sealedLog struct {
	journal *journal
	book    *book
	tiles   *audit.MemoryTiles
	known   note.Verifiers
	*oversight.Inspection

	mu     sync.Mutex
	leaves [][]byte
	sights map[gateway.UUID]oversight.Sight
}

func newSealedLog(t *testing.T, w *world) *sealedLog {
	t.Helper()
	l := &sealedLog{journal: w.journal, book: w.book, tiles: new(audit.MemoryTiles), sights: map[gateway.UUID]oversight.Sight{}}
	signer, known := gatewaytest.AuditSigner(t, "console")
	l.known = known
	for _, h := range w.journal.hits {
		leaf, err := proof.Encode(h.Entry)
		if err != nil {
			t.Fatal(err)
		}
		l.leaves = append(l.leaves, leaf)
	}
	seq, err := audit.NewSequencer(audit.Config{Rows: l, Tiles: l.tiles, Heads: new(audit.MemoryHeads), Signer: signer, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seq.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.Inspection, err = oversight.NewInspection(oversight.InspectionPorts{Journal: l, Rows: l, Tiles: l.tiles, Sights: l, Verifiers: known, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// alter changes a row behind the gateway's back.
func (l *sealedLog) alter(number int, from, to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaves[number-1] = bytes.Replace(l.leaves[number-1], []byte(from), []byte(to), 1)
}

func (l *sealedLog) Leaves(_ context.Context, after int64, limit int) ([][]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if after >= int64(len(l.leaves)) {
		return nil, nil
	}
	rest := l.leaves[after:]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (l *sealedLog) Search(_ context.Context, q oversight.Query) (out []oversight.Hit, err error) {
	for _, h := range slices.Backward(l.journal.hits) {
		fits := (q.Before == 0 || h.Number < q.Before) && (q.Since.IsZero() || !h.Entry.At().Before(q.Since)) && (q.Until.IsZero() || h.Entry.At().Before(q.Until))
		if fits && l.journal.in(q.Scope, h.Number) && len(out) < q.Limit {
			out = append(out, h)
		}
	}
	return out, nil
}

func (l *sealedLog) Life(context.Context, oversight.Scope, gateway.UUID) ([]oversight.Hit, error) {
	return nil, nil
}

func (l *sealedLog) Volumes(context.Context, oversight.Scope, gateway.Date, gateway.Date) ([]oversight.Volume, error) {
	return nil, nil
}

func (l *sealedLog) Write(ctx context.Context, entries []audit.Entry) error {
	return l.book.Write(ctx, entries)
}

func (l *sealedLog) Sight(_ context.Context, account gateway.UUID) (oversight.Sight, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sights[account], nil
}

func (l *sealedLog) See(ctx context.Context, account gateway.UUID, s oversight.Sight, entries []audit.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sights[account] = s
	return l.book.Write(ctx, entries)
}

func (l *sealedLog) Doubt(ctx context.Context, _ gateway.UUID, _ time.Time, entries []audit.Entry) error {
	return l.book.Write(ctx, entries)
}

func (l *sealedLog) Doubted(context.Context) (int, error) { return 0, nil }

// says fails when an answer is not 200 or lacks a text.
func says(t *testing.T, a answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if a.status != http.StatusOK || !strings.Contains(a.body, text) {
			t.Errorf("%d, no %q in\n%s", a.status, text, a.body)
		}
	}
}

func TestCheckPages(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn([]oversight.Role{oversight.RoleParty}, energyOIN)
	says(t, b.get("/controle"), "Controleren", gatewaytest.AuditOrigin, "nog niet eerder gecontroleerd", "Vergelijk deze sleutel")
	says(t, b.get("/controle/nu"), "niets gevonden dat niet klopt", "keek voor het eerst", "73 regels")
	if got := w.book.events(); got[len(got)-1] != string(audit.LogRead) {
		t.Errorf("%v", got)
	}
	says(t, b.get("/controle"), "73 regels, gezien op")
	says(t, b.get("/controle/nu"), "hetzelfde als toen")
	says(t, b.get("/controle?nummer=71"), "Regel 71 staat onveranderd", "/logboek/71/bewijs")
	for _, n := range []string{"72", "999"} { // of another party, and of nobody
		says(t, b.get("/controle?nummer="+n), "Regel "+n+" is er niet, betreft uw partijen niet")
	}
	if a := b.get("/controle?nummer=x"); a.status != http.StatusBadRequest || !strings.Contains(a.body, "Vul een nummer in") {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	says(t, b.get("/controle/alles"), "nog niet alle regels laten nalopen")
	for _, path := range []string{"/controle", "/controle/nu", "/controle/alles"} {
		if a := b.get(path); strings.Contains(a.body, "‹") || strings.Contains(a.body, "%!") {
			t.Errorf("%s has a word that is missing\n%s", path, a.body)
		}
	}
}

// finished waits for the full check that runs in the background, by asking.
func finished(t *testing.T, b *browser) answer {
	t.Helper()
	for range 10_000 {
		if a := b.get("/controle/alles"); !strings.Contains(a.body, "Kijk opnieuw") {
			return a
		}
	}
	t.Fatal("the check does not end")
	return answer{}
}

// A row that was changed in the database is named on the page.
func TestTamperIsNamed(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn([]oversight.Role{oversight.RoleParty}, energyOIN)
	start := func() answer {
		if a := b.do(http.MethodPost, "/controle", url.Values{"token": {b.token()}}); a.status != http.StatusSeeOther {
			t.Fatalf("%d", a.status)
		}
		return finished(t, b)
	}
	says(t, start(), "Alle 73 regels staan onveranderd op hun plaats")
	w.log.alter(57, `"resultaat":"gelukt"`, `"resultaat":"mislukt"`)
	a := start()
	says(t, a, "Het logboek klopt niet", `<th scope="row" role="rowheader">57</th>`, "Deze regel is veranderd", "entry 57 of 73")
	if strings.Count(a.body, `<th scope="row" role="rowheader">`) != 1 {
		t.Errorf("more than one entry is named\n%s", a.body)
	}
	if got := w.book.events(); got[len(got)-1] != string(audit.LogDoubted) {
		t.Errorf("%v", got)
	}
	says(t, b.get("/controle?nummer=57"), "Regel 57 klopt niet")
	if a := b.get("/logboek/57/bewijs"); a.status != http.StatusConflict {
		t.Errorf("the proof of an entry that was changed: %d", a.status)
	}
	other := w.browser(t)
	code, err := w.codes.Give(oversight.Claims{Account: "5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e11", Roles: []oversight.Role{oversight.RoleProcessor}}, w.clock())
	if err != nil {
		t.Fatal(err)
	}
	other.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {code}})
	says(t, other.get("/controle/alles"), "nog niet alle regels laten nalopen") // the check is another officer's
	w.log.alter(73, `"gelukt"`, `"mislukt"`)
	says(t, b.get("/controle/nu"), "Het logboek klopt niet", "Het gaat om regel 73")
}

func TestHandouts(t *testing.T) {
	w := newWorld(t)
	energy, all := w.browser(t).signIn([]oversight.Role{oversight.RoleParty}, energyOIN), w.browser(t).signIn([]oversight.Role{oversight.RoleProcessor})
	energy.get("/controle/nu")
	open := func(a answer) *zip.Reader {
		t.Helper()
		z, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body)))
		if err != nil {
			t.Fatalf("%d, %v", a.status, err)
		}
		return z
	}
	for path, want := range map[string]int64{"/controle/bundel": 72, "/controle/bundel?van=2026-11-20&tot=2026-11-20": 3} {
		a := energy.get(path)
		r, err := proof.VerifyBundle(t.Context(), open(a), proof.Options{Verifiers: w.log.known})
		if err != nil || !r.OK() || r.Entries != want || r.Previous != 73 {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
		if got := w.book.events(); got[len(got)-1] != string(audit.LogExported) {
			t.Errorf("%v", got)
		}
	}
	if a := energy.get("/controle/bundel?van=gisteren"); a.status != http.StatusBadRequest {
		t.Errorf("%d", a.status)
	}
	r, err := proof.Verify(t.Context(), open(all.get("/controle/logboek")), proof.Options{Verifiers: w.log.known})
	if err != nil || !r.OK() || r.Entries != 73 {
		t.Errorf("%+v, %v", r, err)
	}
	doc, err := proof.ParseEntryProof([]byte(energy.get("/logboek/71/bewijs").body))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := doc.Verify(w.log.known); err != nil || r.Index != 70 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := proof.OpenCheckpoint([]byte(energy.get("/controle/checkpoint").body), w.log.known); err != nil {
		t.Error(err)
	}
	says(t, energy.get("/controle/sleutel"), "# Vergelijk", gatewaytest.AuditOrigin)
	w.book.fails = gateway.Fail(gateway.KindUnavailable, nil)
	for _, path := range []string{"/controle/bundel", "/logboek/71/bewijs", "/controle/nu"} {
		if a := energy.get(path); a.status != http.StatusServiceUnavailable {
			t.Errorf("%s was given and could not be logged: %d", path, a.status)
		}
	}
}

// A row is altered behind the console's back, and an officer finds it with the mouse alone.
func TestTamperInABrowser(t *testing.T) {
	b, w := newTab(t), newWorld(t)
	b.signIn(w, oversight.RoleParty)
	b.do(chromedp.Navigate(w.server.URL + "/controle/nu"))
	b.says("niets gevonden dat niet klopt")
	b.shown("verdict-goed")
	w.log.alter(57, `"resultaat":"gelukt"`, `"resultaat":"mislukt"`)
	b.do(chromedp.Navigate(w.server.URL + "/controle"))
	b.goes(chromedp.Click(chromedp.CSS(`form[method="post"][action="/controle"] button`)))
	for range 1000 {
		if !strings.Contains(b.text(), "Kijk opnieuw") {
			break
		}
		b.goes(chromedp.Reload())
	}
	b.says("Het logboek klopt niet", "57", "Deze regel is veranderd")
	b.shown("checkall-afwijking")
	b.do(chromedp.Navigate(w.server.URL + "/controle?nummer=57"))
	b.says("Regel 57 klopt niet")
	b.shown("check-afwijking")
	w.log.alter(73, `"gelukt"`, `"mislukt"`)
	b.do(chromedp.Navigate(w.server.URL + "/controle/nu"))
	b.says("Het gaat om regel 73")
	b.shown("verdict-afwijking")
}
