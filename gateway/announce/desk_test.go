// SPDX-License-Identifier: EUPL-1.2

package announce_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"https://hook.example.nl":                   "https://hook.example.nl:443",
		"https://hook.example.nl/a/b?c=d":           "https://hook.example.nl:443",
		"https://hook.example.nl:8443/":             "https://hook.example.nl:8443",
		"https://xn--bcher-kva.example/":            "https://xn--bcher-kva.example:443",
		"https://127.0.0.1:9/":                      "https://127.0.0.1:9",
		"https://[2a02::1]/":                        "https://[2a02::1]:443",
		"https://localhost/":                        "https://localhost:443",
		"":                                          "",
		"http://hook.example.nl/":                   "",
		"HTTPS://hook.example.nl/":                  "https://hook.example.nl:443",
		"https://u@hook.example.nl/":                "",
		"https://u:p@hook.example.nl/":              "",
		"https://hook.example.nl/#a":                "",
		"https://hook.example.nl/#":                 "",
		"https://hook.example.nl:/":                 "",
		"https://hook.example.nl:0443/":             "",
		"https://hook.example.nl:65536/":            "",
		"https://hook.example.nl./":                 "",
		"https://Hook.example.nl/":                  "",
		"https://hook.exämple.nl/":                  "",
		"https://hook_a.example.nl/":                "",
		"https://hook.example.nl\\@evil.nl/":        "",
		"https://hook.example.nl/\r\nHost: a":       "",
		"https://hook.example.nl/ a":                "",
		"https://2130706433/":                       "", // 127.0.0.1 in decimal
		"https://0x7f000001/":                       "",
		"https://0x7f.0.0.1/":                       "",
		"https://127.0.0.0x1/":                      "",
		"https://0177.0.0.1/":                       "",
		"https://127.1/":                            "",
		"https://[::ffff:7f00:1]/":                  "", // not as the library writes it
		"https://[::ffff:8.8.8.8]/":                 "",
		"https://[fe80::1%25eth0]/":                 "",
		"https:hook.example.nl":                     "",
		"https:///a":                                "",
		"//hook.example.nl/":                        "",
		"https://a.nl/" + strings.Repeat("a", 1000): "",
	} {
		a, err := announce.ParseAddress(text)
		if a.String() != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, a, err, want)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error quotes the address: %v", err)
		}
	}
	a := gatewaytest.Webhook(t, "1").Address
	if text := fmt.Sprintf("%v %s", a, a); strings.Contains(text, "abc") || !strings.HasSuffix(a.Reveal(), "abc") {
		t.Errorf("the secret part prints: %s", text)
	}
}

func TestSet(t *testing.T) {
	w := newWorld(t)
	other, err := announce.ParseAddress("https://elders.example.nl/")
	if err != nil {
		t.Fatal(err)
	}
	w.set(w.Nijmegen, announce.Signals, announce.Notices)
	w.set(w.Nijmegen, announce.Notices, announce.Signals) // nothing new
	w.arrive(2)
	w.round(0)
	w.set(w.Nijmegen, announce.Signals) // keeps its place
	if sent := w.round(0); len(sent) != 0 {
		t.Errorf("told again after a subject was left out: %+v", sent)
	}
	w.answer = announce.Answer{Failure: announce.Unreachable}
	w.arrive(1)
	w.round(0)
	if _, err := w.desk.Set(t.Context(), w.Nijmegen, other, []announce.Subject{announce.Signals}); err != nil {
		t.Fatal(err)
	}
	if a := w.account(); a.Pending != 0 {
		t.Error("what was for the old address still goes out")
	}
	if sent := w.round(0); len(sent) != 1 || sent[0].UpTo != 3 {
		t.Errorf("the new address starts without what there is: %+v", sent)
	}
	want := []string{"webhook-ingesteld berichten signalen", "webhook-gewijzigd signalen", "webhook-gewijzigd signalen"}
	if !slices.Equal(w.events(), want) {
		t.Errorf("log: %q", w.events())
	}
	for _, leaf := range w.store.Entries() {
		if strings.Contains(string(leaf), "example.nl") {
			t.Errorf("an address is in the log: %s", leaf)
		}
	}
}

// Everything that is wrong comes at once, and nothing is stored.
func TestSetRefuses(t *testing.T) {
	w := newWorld(t)
	w.denied = errors.New("not on the list")
	p := w.Energy
	p.State = gateway.PartySuspended
	_, err := w.desk.Set(t.Context(), p, w.to, []announce.Subject{announce.Signals})
	for _, want := range []string{"not active", "no signalen", "not on the list"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q in it", err, want)
		}
	}
	w.denied = nil
	officer := w.Nijmegen
	officer.Kind = gateway.KindOfficer
	for _, c := range []struct {
		p gateway.Party
		a announce.Address
		s []announce.Subject
	}{{w.Energy, w.to, nil}, {w.Energy, announce.Address{}, []announce.Subject{announce.Notices}}, {officer, w.to, []announce.Subject{announce.Notices}}} {
		if _, err := w.desk.Set(t.Context(), c.p, c.a, c.s); err == nil {
			t.Errorf("%+v was set", c)
		}
	}
	if all, err := w.desk.Accounts(t.Context()); err != nil || len(all) != 0 || len(w.events()) != 0 {
		t.Errorf("%d accounts, log %q, %v", len(all), w.events(), err)
	}
}

func TestRemoveAndReplay(t *testing.T) {
	w := newWorld(t)
	if err := w.desk.Remove(t.Context(), w.Nijmegen.OIN); !errors.Is(err, announce.ErrSubscription) {
		t.Errorf("remove nothing: %v", err)
	}
	w.set(w.Nijmegen, announce.Signals)
	if _, err := w.desk.Replay(t.Context(), w.Nijmegen.OIN); !errors.Is(err, announce.ErrSubscription) {
		t.Errorf("replay nothing: %v", err)
	}
	w.arrive(1)
	w.answer = announce.Answer{Failure: announce.Certificate}
	dead := w.round(0)[0]
	for range announce.Waits() {
		w.round(30 * time.Hour)
	}
	if a := w.account(); a.Undeliverable != 1 {
		t.Fatalf("%+v", a)
	}
	if n, err := w.desk.Replay(t.Context(), w.Nijmegen.OIN); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if sent := w.round(0); len(sent) != 1 || sent[0].ID != dead.ID || sent[0].Attempts != 0 {
		t.Errorf("replayed: %+v", sent)
	}
	if err := w.desk.Remove(t.Context(), w.Nijmegen.OIN); err != nil {
		t.Fatal(err)
	}
	if sent := w.round(1000 * time.Hour); len(sent) != 0 {
		t.Error("sent after removal")
	}
	want := []string{"webhook-ingesteld signalen", "webhook-onbestelbaar signalen certificaat", "webhook-herhaald", "webhook-verwijderd"}
	if !slices.Equal(w.events(), want) {
		t.Errorf("log: %q", w.events())
	}
}

// What the old address answers after the operator changed it says nothing
// about the new one.
func TestChangedDuringAnAttempt(t *testing.T) {
	other, err := announce.ParseAddress("https://elders.example.nl/")
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]announce.Answer{"gone": {Gone: true}, "failed": {Failure: announce.BadAnswer}, "delivered": {Delivered: true}} {
		w := newWorld(t)
		w.set(w.Nijmegen, announce.Signals)
		w.arrive(1)
		w.answer = answer
		w.during = func(ctx context.Context) {
			if _, err := w.desk.Set(ctx, w.Nijmegen, other, []announce.Subject{announce.Signals}); err != nil {
				t.Error(err)
			}
		}
		w.round(0)
		w.answer, w.during = announce.Answer{Delivered: true}, nil
		if sent := w.round(time.Second); len(sent) != 1 || w.account().Subscription.State != announce.Active {
			t.Errorf("%s: %+v, %+v", name, sent, w.account())
		}
	}
}

// No log, no act: when the write fails, nothing is changed.
func TestNoLogNoAct(t *testing.T) {
	w := newWorld(t)
	w.store.FailWrites(gatewaytest.Failed)
	if _, err := w.desk.Set(t.Context(), w.Energy, w.to, []announce.Subject{announce.Notices}); err == nil {
		t.Error("set")
	}
	if all, _ := w.desk.Accounts(t.Context()); len(all)+len(w.events()) != 0 {
		t.Error("something is left")
	}
}
