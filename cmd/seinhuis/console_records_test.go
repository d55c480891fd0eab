// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// TestConsoleRecords: what officers see beside the log, in a running gateway,
// and a breach that is measured from its log.
func TestConsoleRecords(t *testing.T) {
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stop := w.serve(t.Context())
	s := &story{world: w, out: io.Discard, reports: 12}
	for _, step := range []func() error{func() error { return s.introduce(t.Context()) }, func() error { return s.report(t.Context()) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	own, other, month := demoCreditors[energy].OIN, demoCreditors[water].OIN, gateway.Today(time.Now()).String()[:7]
	officer, processor := &officerBrowser{t: t, base: w.gateway.console.url}, &officerBrowser{t: t, base: w.gateway.console.url}
	officer.enter(w.home(), "--role", "toezicht", "--party", string(own))
	processor.enter(w.home(), "--role", "toezicht-verwerker")
	for path, says := range map[string]string{"/stand": "Brievenbussen", "/overeenkomsten": string(own), "/sleutels": "ontvangstbewijzen ondertekenen", "/verzoeken": "Verzoek inboeken",
		"/datalek": "Dossier openen", "/rapporten": "Maandrapport", "/rapporten/maand?maand=" + month + "&partij=" + string(own): "Melding ontvangen",
		"/rapporten/verwerkingen": string(own), "/rapporten/dpia": "TestCanary", "/rapporten/uitvoer?formaat=csv": "melding-ontvangen",
		"/rapporten/maand.json?maand=" + month + "&partij=" + string(own): "weigeringen"} {
		status, body := officer.do(http.MethodGet, path, nil)
		if status != http.StatusOK || !strings.Contains(body, says) {
			t.Errorf("%s gave %d without %q", path, status, says)
		}
		if strings.Contains(body, string(other)) {
			t.Errorf("%s names another creditor", path)
		}
	}
	if status, _ := officer.do(http.MethodGet, "/rapporten/maand?maand="+month+"&partij="+string(other), nil); status != http.StatusNotFound {
		t.Errorf("another's month gave %d", status)
	}
	if status, body := processor.do(http.MethodGet, "/sleutels", nil); status != http.StatusOK || !strings.Contains(body, "servercertificaat") || !strings.Contains(body, "uitgever") {
		t.Errorf("the certificates gave %d", status)
	}
	_, form := processor.do(http.MethodGet, "/datalek", nil)
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(form)
	today := gateway.Today(time.Now().Add(-24 * time.Hour)).String()
	status, body := processor.do(http.MethodPost, "/datalek", url.Values{"token": {token[1]}, "aard": {"vertrouwelijkheid"}, "ontdekt": {today}, "uur": {"00:00"}, "van": {today}, "gebeurtenis": {"melding-ontvangen"}})
	if status != http.StatusSeeOther {
		t.Fatalf("opening a case gave %d\n%s", status, body)
	}
	cases, err := w.gateway.truth.Breaches.Breaches(t.Context())
	if err != nil || len(cases) != 1 || len(cases[0].Touched) < 3 {
		t.Fatalf("%+v, %v", cases, err)
	}
	for _, c := range cases[0].Touched {
		if c.Signals == 0 || c.Persons == 0 || c.Persons > c.Signals || c.Unlinked != 0 {
			t.Errorf("%+v", c)
		}
	}
	if status, _ := officer.do(http.MethodGet, "/datalek/"+string(cases[0].ID), nil); status != http.StatusNotFound {
		t.Errorf("a case that was not told gave %d", status)
	}
	if status, body := processor.do(http.MethodGet, "/datalek/"+string(cases[0].ID), nil); status != http.StatusOK || !strings.Contains(body, "Autoriteit Persoonsgegevens") {
		t.Errorf("the case gave %d", status)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
}
