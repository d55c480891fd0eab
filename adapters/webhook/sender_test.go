// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/keys"
)

// What goes over the wire, and that each key that may sign did.
func TestRequest(t *testing.T) {
	var got *http.Request
	var body []byte
	r := newReceiver(t, func(w http.ResponseWriter, q *http.Request) {
		got = q.Clone(context.Background())
		body, _ = io.ReadAll(q.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	one, two := newKey(t), newKey(t)
	e := gatewaytest.WebhookEvent("00000099000000220001", announce.Signals, 7)
	answer, err := NewSender(oneKey{one, two}, r.options(t, true)).Send(t.Context(), r.at(t, "localhost"), e, time.Unix(1_800_000_000, 0))
	if err != nil || !answer.Delivered {
		t.Fatal(answer, err)
	}
	want, _ := e.Body()
	if got.Method != http.MethodPost || got.URL.RequestURI() != "/hook?sleutel=abc" || string(body) != string(want) {
		t.Errorf("%s %s\n%s", got.Method, got.URL, body)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "User-Agent": "Seinhuis", "Webhook-Id": string(e.ID),
		"Webhook-Timestamp": "1800000000", "Accept-Encoding": "", "Cookie": "", "Referer": ""} {
		if h := got.Header.Get(name); h != want {
			t.Errorf("%s: %q, want %q", name, h, want)
		}
	}
	if h := got.Header.Get("Traceparent"); !strings.HasPrefix(h, "00-"+strings.ReplaceAll(string(e.ID), "-", "")+"-") || len(h) != 55 {
		t.Errorf("traceparent %q", h)
	}
	list := strings.Split(got.Header.Get("Webhook-Signature"), " ")
	message := string(e.ID) + ".1800000000." + string(body)
	for i, k := range []ed25519.PrivateKey{one, two} {
		text, is := strings.CutPrefix(list[i], "v1a,")
		signature, err := base64.StdEncoding.DecodeString(text)
		if !is || err != nil || !ed25519.Verify(k.Public().(ed25519.PublicKey), []byte(message), signature) {
			t.Errorf("signature %d does not verify (%v)", i, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	for status, want := range map[int]announce.Answer{
		200: {Delivered: true}, 202: {Delivered: true}, 299: {Delivered: true}, 410: {Gone: true},
		300: {Failure: announce.BadAnswer}, 304: {Failure: announce.BadAnswer}, 401: {Failure: announce.BadAnswer}, 404: {Failure: announce.BadAnswer},
		429: {Failure: announce.BadAnswer, NotBefore: 90 * time.Second}, 500: {Failure: announce.BadAnswer}, 503: {Failure: announce.BadAnswer, NotBefore: 24 * time.Hour},
	} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			switch status {
			case 429:
				w.Header().Set("Retry-After", "90")
			case 503:
				w.Header().Set("Retry-After", gatewaytest.Now().AddDate(1, 0, 0).Format(http.TimeFormat))
			case 500:
				w.Header().Set("Retry-After", "-1")
			}
			w.WriteHeader(status)
		})
		if got := send(t, r.options(t, true), r.at(t, "localhost")); got != want {
			t.Errorf("%d: %+v, want %+v", status, got, want)
		}
	}
	closed := newReceiver(t, ok)
	o := closed.options(t, true, 1)
	if to, _ := announce.ParseAddress("https://localhost:1/"); send(t, o, to).Failure != announce.Unreachable {
		t.Error("a closed port answers")
	}
}

// endless counts what is read of it.
type endless int

func (e *endless) Read(p []byte) (int, error) { *e += endless(len(p)); return len(p), nil }

// An answer without end costs 4 KiB, and one that never comes costs the time
// of one attempt.
func TestHostileAnswers(t *testing.T) {
	var body endless
	if drain(&body); body > maxAnswer {
		t.Errorf("%d bytes were read", body)
	}
	large := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	if got := send(t, large.options(t, true), large.at(t, "localhost")); !got.Delivered {
		t.Errorf("large: %+v", got)
	}
	headers := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) })
	if got := send(t, headers.options(t, true), headers.at(t, "localhost")); got.Failure != announce.Unreachable {
		t.Errorf("headers: %+v", got)
	}
	release := make(chan struct{})
	defer close(release)
	slow := newReceiver(t, func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Webhook-Id")[0] == '0' {
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-q.Context().Done():
		case <-release:
		}
	})
	for id, want := range map[announce.EventID]announce.Answer{"0": {Delivered: true}, "1": {Failure: announce.Unreachable}} {
		o := slow.options(t, true)
		o.Patience = 500 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		got, err := NewSender(oneKey{newKey(t)}, o).Send(ctx, slow.at(t, "localhost"), announce.Event{ID: id}, gatewaytest.Now())
		if err != nil || got != want || ctx.Err() != nil {
			t.Errorf("slow %s: %+v, %v, %v", id, got, err, ctx.Err())
		}
		cancel()
	}
}

// No connection serves two events.
func TestConnectionsAreNotShared(t *testing.T) {
	r := newReceiver(t, ok)
	s := NewSender(oneKey{newKey(t)}, r.options(t, true))
	for n := int64(1); n <= 2; n++ {
		if a, err := s.Send(t.Context(), r.at(t, "localhost"), announce.Event{}, gatewaytest.Now()); err != nil || !a.Delivered || r.conns.Load() != n {
			t.Errorf("%+v, %v, %d connections", a, err, r.conns.Load())
		}
	}
}

// Without a key nothing is sent, and that is our fault.
func TestNoKey(t *testing.T) {
	r := newReceiver(t, ok)
	s := NewSender(noKey{}, r.options(t, true))
	if _, err := s.Send(t.Context(), r.at(t, "localhost"), announce.Event{}, gatewaytest.Now()); !errors.Is(err, keys.ErrUnknown) || r.conns.Load() != 0 {
		t.Errorf("%v", err)
	}
}
