// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// worldLater is a gateway that serves, and a sweeper whose clock is days ahead.
func worldLater(t *testing.T, days int) (*story, *retention.Sweeper) {
	t.Helper()
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stop := w.serve(t.Context())
	t.Cleanup(func() {
		if err := errors.Join(stop(), w.close()); err != nil {
			t.Error(err)
		}
	})
	s := &story{world: w, out: io.Discard}
	if err := s.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := w.gateway
	return s, retention.NewSweeper(retention.Ports{Issuer: demoOIN, Store: g.truth.Retention, Directory: g.truth.Register,
		Signer: jose.NewIssuer(g.ring, keys.ReceiptSigning), Keys: g.ring, Wrapper: g.ring,
		Clock: func() time.Time { return time.Now().AddDate(0, 0, days) }})
}

// TestForgotten follows one body to its end: the bytes leave the disk, the key
// leaves the keyring, the door says that it is gone, and the receipt that the
// municipality fetches proves it to whoever knows the name (invariant I10).
func TestForgotten(t *testing.T) {
	s, sweeper := worldLater(t, 70)
	g := s.world.gateway
	r := newPeople(5, gateway.Today(s.world.now)).report(gateway.ReportEnergy, 0)
	if _, err := s.creditors[energy].Report(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	page, err := s.municipalities[0].Signals(t.Context(), 0)
	if err != nil || len(page.Signals) != 1 {
		t.Fatal(len(page.Signals), err)
	}
	signal := page.Signals[0]
	rest, err := g.truth.Mailbox.Bodies(t.Context(), []gateway.SignalID{signal.ID})
	if err != nil {
		t.Fatal(err)
	}
	on := func() (places []string) {
		scan(t, s.world.home(), func(path string, data []byte) {
			if bytes.Contains(data, rest[0].Wrapped[:64]) {
				places = append(places, path)
			}
		})
		return places
	}
	if len(on()) == 0 {
		t.Fatal("the body is nowhere on disk: the test looks at nothing")
	}

	if n, err := sweepOnce(t.Context(), sweeper, g.truth); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	if places := on(); len(places) != 0 {
		t.Errorf("bytes of the body are left in %v", places)
	}
	if n, err := sweeper.Destroy(t.Context()); err != nil || n != 1 {
		t.Errorf("%d keys destroyed, %v", n, err)
	}
	// A backup of the row opens no more.
	if _, err := g.ring.Unwrap(t.Context(), []keys.WrapItem{{Scope: rest[0].Scope, ID: string(signal.ID), Data: rest[0].Wrapped}}); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("the wrapping still opens: %v", err)
	}
	var problem *client.Problem
	if _, err := s.municipalities[0].Fetch(t.Context(), signal); !errors.As(err, &problem) || problem.Status != http.StatusGone {
		t.Errorf("fetched: %v", err)
	}
	provenAtTheDoor(t, s, "signaal/"+string(signal.ID)+"/inhoud")
}

// provenAtTheDoor fetches the deletion receipts as the municipality, and verifies
// them with what is published.
func provenAtTheDoor(t *testing.T, s *story, object string) {
	t.Helper()
	g := s.world.gateway
	if _, err := g.sequencer.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	door := doorAs(t, s.world, demoMunicipalities[0])
	var list struct {
		Deletions []struct {
			ID      string `json:"verwijderingId"`
			Kind    string `json:"soort"`
			Compact string `json:"verwijderingsbewijs"`
		} `json:"verwijderingen"`
	}
	if err := json.Unmarshal(door("/v1/verwijderingen"), &list); err != nil || len(list.Deletions) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	set, err := proof.ParseKeySet(door("/v1/sleutels"))
	if err != nil {
		t.Fatal(err)
	}
	known, err := proof.Verifiers(s.world.verifier())
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, row := range list.Deletions {
		doc, err := proof.ParseEvidence(door("/v1/verwijderingen/" + row.ID))
		if err != nil || doc.Receipt != row.Compact {
			t.Fatal(err)
		}
		recorded, err := doc.Verify(set, known)
		if err != nil {
			t.Fatal(err)
		}
		d, err := proof.ParseDeletion(recorded.Receipt)
		if err != nil || !d.Recorded(recorded.Entry) || d.Audience != string(demoMunicipalities[0].OIN) || d.Issuer != string(demoOIN) {
			t.Errorf("%+v, %+v, %v", d, recorded.Entry, err)
		}
		if d.Names(object) {
			named++
		}
		if d.Names("signaal/00000000-0000-4000-8000-000000000000/inhoud") {
			t.Error("a receipt names what never was")
		}
	}
	if named != 1 {
		t.Errorf("%d receipts name the object", named)
	}
}

// doorAs asks the API as a party, and gives bodies of good answers.
func doorAs(t *testing.T, w *demoWorld, p gateway.Party) func(path string) []byte {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(w.folder(p), kitCert), filepath.Join(w.folder(p), kitKey))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(filepath.Join(w.home(), "test-ca", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	door := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS13}}}
	t.Cleanup(door.CloseIdleConnections)
	return func(path string) []byte {
		t.Helper()
		answer, err := door.Get(w.url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s %v", path, answer.StatusCode, body, err)
		}
		return body
	}
}

// TestMetricsAtRest: the loopback metrics count what rests, by whose and what it
// is, and name no record.
func TestMetricsAtRest(t *testing.T) {
	s, _ := worldLater(t, 0)
	g := s.world.gateway
	receipt, err := s.creditors[energy].Report(t.Context(), newPeople(5, gateway.Today(s.world.now)).report(gateway.ReportEnergy, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(g.atRest.count(t.Context(), g.truth.Overview, time.Now()), g.atRest.wait(t.Context(), g.truth.Overview, time.Now().AddDate(0, 0, 33))); err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	g.atRest.write(recorder)
	text := recorder.Body.String()
	for _, line := range []string{
		`seinhuis_records_at_rest{controller="GM0268",kind="inhoud",left="31"} 1`,
		`seinhuis_records_at_rest{controller="` + string(demoCreditors[energy].OIN) + `",kind="melding",left="meer"} 1`,
		`seinhuis_records_waiting{kind="inhoud",state="overdue"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s:\n%s", line, text)
		}
	}
	if strings.Contains(text, string(receipt.ReportID)) {
		t.Error("the metrics name a report")
	}
}

// TestChoreSweeps: what serves also erases, and stops with the rest.
func TestChoreSweeps(t *testing.T) {
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.close() }()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.gateway.watchOver(w.gateway.desks).forget(ctx) }()
	for w.gateway.atRest.backlog.Load() == nil || w.gateway.atRest.counts.Load() == nil {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
}
