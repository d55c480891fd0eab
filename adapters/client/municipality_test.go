// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
)

func TestCollect(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Municipal(t))
	g.Deposit(signalID, []byte(content))
	page, err := c.Signals(ctx, 0)
	if err != nil || len(page.Signals) != 1 || page.Next != 1 {
		t.Fatalf("list: %+v %v", page, err)
	}
	s := page.Signals[0]
	opened, err := c.Fetch(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Content.Report.Person.Surname != "Testpersoon" || string(opened.JSON) != content {
		t.Error("content differs from what was sealed")
	}
	if g.Confirmed(signalID) {
		t.Error("fetching confirmed the signal")
	}
	first, err := c.Confirm(ctx, s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.Confirm(ctx, s.ID); err != nil || again != first {
		t.Errorf("second confirmation: %+v %v", again, err)
	}
	if page, err = c.Signals(ctx, 0); err != nil || len(page.Signals) != 0 {
		t.Errorf("after confirmation: %+v %v", page, err)
	}
}

func TestFetchRefusesWhatIsNotTheSignal(t *testing.T) {
	tests := map[string]struct {
		content string
		alter   func([]byte) []byte
		want    error
	}{
		"another signal":       {content: strings.Replace(content, string(signalID), "01932b1c-0000-7000-8000-00000000000b", 1), want: client.ErrUnverified},
		"another municipality": {content: strings.Replace(content, "GM0268", "GM0363", 1), want: client.ErrUnverified},
		"newer version":        {content: strings.Replace(content, `"versie":1`, `"versie":2`, 1), want: client.ErrUnexpected},
		"neither":              {content: strings.Replace(content, `"aard":"melding"`, `"aard":"intrekking"`, 1), want: client.ErrUnexpected},
		"doubled member":       {content: strings.Replace(content, `"versie":1`, `"versie":1,"versie":1`, 1), want: client.ErrUnverified},
		"tampered":             {content: content, alter: tamper, want: client.ErrUnverified},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := clienttest.New(t)
			c := connect(t, g.Municipal(t))
			g.Deposit(signalID, []byte(tt.content))
			page, err := c.Signals(ctx, 0)
			if err != nil {
				t.Fatal(err)
			}
			listed := page.Signals[0]
			if tt.alter != nil {
				g.Alter(signalID, tt.alter)
				_, err = c.Fetch(ctx, client.Signal{ID: signalID}) // its digest fits, the seal is broken
				mustFail(t, err, tt.want)
			}
			_, err = c.Fetch(ctx, listed)
			mustFail(t, err, tt.want)
			if strings.Contains(err.Error(), "Testpersoon") {
				t.Error("the error names a person")
			}
		})
	}
}

func TestFetchForAnotherKey(t *testing.T) {
	g := clienttest.New(t)
	old := connect(t, g.Municipal(t))
	connect(t, g.Municipal(t)) // registers new keys
	g.Deposit(signalID, []byte(content))
	_, err := old.Fetch(ctx, client.Signal{ID: signalID})
	mustFail(t, err, client.ErrUnverified)
}

func TestFeedback(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Municipal(t))
	g.Deposit(signalID, []byte(content))
	f := gateway.Feedback{ID: gateway.FeedbackID(gateway.NewUUID(time.Now(), nil)), SignalID: signalID,
		Result: gateway.ResultFollowUp, Date: gateway.Today(time.Now())}
	first, err := c.Feedback(ctx, f)
	if err != nil || first.FeedbackID != f.ID || first.About != client.AboutFeedback {
		t.Fatalf("receipt %+v: %v", first, err)
	}
	if again, err := c.Feedback(ctx, f); err != nil || again.Compact != first.Compact {
		t.Errorf("same feedback gave another receipt: %v", err)
	}
	f.ID = ""
	if made, err := c.Feedback(ctx, f); err != nil || made.FeedbackID == "" {
		t.Errorf("feedback without id: %+v %v", made, err)
	}
	f.SignalID = "../meldingen"
	_, err = c.Feedback(ctx, f)
	mustFail(t, err, client.ErrInput)
}

func TestFetchChecksBothDigests(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Municipal(t))
	g.Deposit(signalID, []byte(content))
	_, err := c.Fetch(ctx, client.Signal{ID: signalID, Digest: strings.Repeat("0", 64)})
	mustFail(t, err, client.ErrUnverified)
	for _, field := range []string{"", "sha-256=:AAAA:", "sha-512=:AAAA:"} {
		around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
			answer := httptest.NewRecorder()
			routes.ServeHTTP(answer, r)
			w.Header().Set("Content-Type", "application/jose")
			w.Header().Set("Content-Digest", field)
			_, _ = w.Write(answer.Body.Bytes())
		})
		_, err := c.Fetch(ctx, client.Signal{ID: signalID})
		mustFail(t, err, client.ErrUnverified)
	}
}
