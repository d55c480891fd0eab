// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
)

// connect makes a client of a party folder that does not wait long.
func connect(t testing.TB, dir string, change ...func(*client.Config)) *client.Client {
	t.Helper()
	config, err := client.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	config.Timeout, config.MinWait, config.MaxWait = 5*time.Second, time.Millisecond, 2*time.Millisecond
	for _, f := range change {
		f(&config)
	}
	c, err := client.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func report() client.Report {
	return client.Report{
		Kind: gateway.ReportEnergy, SignalDate: "2026-11-20", ArrearsSince: "2026-09-01", AmountInCents: 21250,
		Efforts: client.Efforts{PersonalContact: "2026-10-20", Reminders: []string{"2026-10-01"}},
		Person:  client.Person{Initials: "T.", Surname: "Testpersoon"},
		Address: client.Address{Postcode: "6511AB", Number: 12},
	}
}

const signalID gateway.SignalID = "01932b1c-0000-7000-8000-00000000000a"

// content is what a municipality finds in a signal.
const content = `{"versie":1,"signaalId":"01932b1c-0000-7000-8000-00000000000a","aard":"melding","gemeente":"GM0268",` +
	`"meldendePartij":{"oin":"00000099000000001000","naam":"Energie Voorbeeld"},"meldingId":"01932b1c-0000-7000-8000-000000000001",` +
	`"ontvangenOp":"2026-11-21T10:00:00Z","sha256":"0000000000000000000000000000000000000000000000000000000000000000","melding":{"soort":"Energie",` +
	`"grondslag":"wgs","signaaldatum":"2026-11-20","ontstaansdatum":"2026-09-01","bedragInCenten":21250,"crisissignaal":false,"warmeOverdracht":false,` +
	`"persoon":{"achternaam":"Testpersoon"},"adres":{"postcode":"6511AB","huisnummer":12}}}`

// around sets the fault hook.
func around(g *clienttest.Gateway, f func(http.ResponseWriter, *http.Request, http.Handler)) {
	g.Lock()
	defer g.Unlock()
	g.Around = f
}

// instead answers a PUT with something made up by the test; all else works.
func instead(g *clienttest.Gateway, media string, body func() []byte) {
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.Method != http.MethodPut {
			routes.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", media)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body())
	})
}

// lost handles the request and then drops the connection before any answer.
func lost(w http.ResponseWriter, r *http.Request, routes http.Handler) {
	routes.ServeHTTP(httptest.NewRecorder(), r)
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

func mustFail(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

var ctx = context.Background()
