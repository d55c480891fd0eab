// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

const batchID gateway.BatchID = "01932b1c-0000-7000-8000-0000000000b1"

// lines makes a file of n reports.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"meldingId":"01932b1c-0000-7000-8000-%012d","zout":"AAAAAAAAAAAAAAAAAAAAAA","soort":"Energie","persoon":{"achternaam":"Testpersoon"}}`+"\n", i+1)
	}
	return b.String()
}

func collect(t *testing.T, c *client.Client) []client.Outcome {
	t.Helper()
	var got []client.Outcome
	if err := c.Outcomes(ctx, batchID, func(o client.Outcome) error { got = append(got, o); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFileThereAndBack(t *testing.T) {
	for _, envelope := range []batch.Envelope{"", batch.EnvelopeOpenPGP} {
		t.Run(string(envelope), func(t *testing.T) {
			g := clienttest.New(t)
			c := connect(t, g.Creditor(t))
			dir := t.TempDir()
			path := filepath.Join(dir, "november.ndjson")
			if err := os.WriteFile(path, []byte(lines(300)), 0o600); err != nil {
				t.Fatal(err)
			}
			var sent, total int64
			f := client.File{ID: batchID, Layout: batch.LayoutNDJSON, Envelope: envelope, Path: path}
			s, err := c.SendFile(ctx, f, func(s, t int64) { sent, total = s, t })
			if err != nil || s.State != batch.Received || sent == 0 || sent != total || sent != s.Size {
				t.Fatalf("%+v, %d of %d bytes, %v", s, sent, total, err)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("left behind: %v", left)
			}
			seen := 0
			s, err = c.WaitBatch(ctx, batchID, func(client.BatchStatus) { seen++ })
			if err != nil || s.State != batch.Done || s.Accepted != 300 || s.Summary == "" || seen < 2 {
				t.Fatalf("%+v after %d, %v", s, seen, err)
			}
			if s.Digest != gateway.DigestOf([]byte(lines(300))).String() {
				t.Error("digest is not that of the file")
			}
			got := collect(t, c)
			if len(got) != 300 || got[299].Line != 300 || got[299].Receipt.ReportID != "01932b1c-0000-7000-8000-000000000300" || got[299].Receipt.Compact == "" {
				t.Fatalf("%d outcomes, %+v", len(got), got[len(got)-1])
			}
			// Sealed anew, the same content is the same file; other content is not.
			if _, err := c.SendFile(ctx, f, nil); err != nil {
				t.Errorf("repeated: %v", err)
			}
			f.Path, f.Source = "", strings.NewReader(lines(2))
			var p *client.Problem
			if _, err = c.SendFile(ctx, f, nil); !errors.As(err, &p) || p.Status != 409 {
				t.Errorf("other content: %v", err)
			}
		})
	}
}

func TestOutcomesOfEveryKind(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	g.Judge = func(payload []byte) *gateway.Error {
		if bytes.Contains(payload, []byte("000000000002")) {
			return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: gateway.CodeNoAgreement, Rule: "LCV", Text: "Er is geen overeenkomst."})
		}
		return nil
	}
	content := lines(2) + lines(1)
	if _, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Source: strings.NewReader(content)}, nil); err != nil {
		t.Fatal(err)
	}
	got := collect(t, c)
	if len(got) != 3 || got[0].Kind != batch.LineAccepted || got[1].Kind != batch.LineRefused || got[1].Findings[0].Code != gateway.CodeNoAgreement ||
		got[2].Kind != batch.LineDuplicate || got[2].Compact != got[0].Compact {
		t.Fatalf("%+v", got)
	}
}

func TestFileOnTrialLeavesNothing(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	for range 2 {
		s, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Source: strings.NewReader(lines(2)), Check: true}, nil)
		if err != nil || !s.Check {
			t.Fatalf("%+v %v", s, err)
		}
	}
	if got := collect(t, c); len(got) != 2 || got[0].Compact != "" {
		t.Fatalf("%+v", got)
	}
}

// TestFileIsSentAgain: after lost answers and refusals for a while, the same
// bytes arrive.
func TestFileIsSentAgain(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	tries := 0
	var sizes []int64
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.Method != http.MethodPut {
			routes.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Expect") != "100-continue" {
			t.Error("the gateway was not asked first")
		}
		sizes = append(sizes, r.ContentLength)
		switch tries++; tries {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			lost(w, r, routes)
		default:
			routes.ServeHTTP(w, r)
		}
	})
	if _, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Source: strings.NewReader(lines(500))}, nil); err != nil {
		t.Fatal(err)
	}
	if tries != 3 || sizes[0] != sizes[2] {
		t.Errorf("%d tries of %v bytes", tries, sizes)
	}
}

// TestOutcomesGoOnWhereTheyBroke: each line is given once, however often the
// connection breaks.
func TestOutcomesGoOnWhereTheyBroke(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	if _, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Source: strings.NewReader(lines(40))}, nil); err != nil {
		t.Fatal(err)
	}
	room := 0
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/uitkomsten") {
			room += 8000
			w = &narrow{w, room}
		}
		routes.ServeHTTP(w, r)
	})
	got := collect(t, c)
	for i, o := range got {
		if o.Line != int64(i+1) {
			t.Fatalf("line %d at place %d", o.Line, i)
		}
	}
	if len(got) != 40 || room < 16000 {
		t.Fatalf("%d lines over %d bytes", len(got), room)
	}
	stop := errors.New("disk is full")
	if err := c.Outcomes(ctx, batchID, func(client.Outcome) error { return stop }); !errors.Is(err, stop) {
		t.Fatalf("error of the caller is %v", err)
	}
}

// narrow breaks the connection after so many bytes.
type narrow struct {
	http.ResponseWriter
	left int
}

func (n *narrow) Write(p []byte) (int, error) {
	if n.left -= len(p); n.left < 0 {
		_ = http.NewResponseController(n.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n.ResponseWriter.Write(p)
}

// TestOutcomesThatLie: what does not verify is an error, and so is a part.
func TestOutcomesThatLie(t *testing.T) {
	good := `{"regel":1,"uitkomst":"geweigerd"}` + "\n"
	for name, tt := range map[string]struct {
		body string
		want error
	}{
		"a line too few":    {"", client.ErrUnverified},
		"accepted, nothing": {`{"regel":1,"uitkomst":"geaccepteerd"}` + "\n", client.ErrUnverified},
		"no receipt of ours": {`{"regel":1,"uitkomst":"geaccepteerd","meldingId":"01932b1c-0000-7000-8000-000000000001","ontvangstbewijs":"e30.e30.AAAA"}` + "\n",
			client.ErrUnverified},
		"another kind":      {good, client.ErrUnverified},
		"cut":               {strings.TrimSuffix(good, "\n"), client.ErrUnexpected},
		"out of order":      {good + good, client.ErrUnexpected},
		"unknown kind":      {`{"regel":1,"uitkomst":"misschien"}` + "\n", client.ErrUnexpected},
		"no JSON":           {"jansen\n", client.ErrUnexpected},
		"a line of 300 KiB": {strings.Repeat("a", 300<<10) + "\n", client.ErrUnexpected},
	} {
		t.Run(name, func(t *testing.T) {
			g := clienttest.New(t)
			c := connect(t, g.Creditor(t))
			if _, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Source: strings.NewReader(lines(1))}, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := c.WaitBatch(ctx, batchID, nil); err != nil {
				t.Fatal(err)
			}
			around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
				if !strings.HasSuffix(r.URL.Path, "/uitkomsten") {
					routes.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/x-ndjson")
				_, _ = w.Write([]byte(tt.body))
			})
			err := c.Outcomes(ctx, batchID, func(client.Outcome) error { return nil })
			mustFail(t, err, tt.want)
			if strings.Contains(err.Error(), "jansen") {
				t.Error("the error quotes the answer")
			}
		})
	}
}

// TestOutcomeThatWasChanged: the counts hold and the signature does not.
func TestOutcomeThatWasChanged(t *testing.T) {
	g := clienttest.New(t)
	g.Judge = func([]byte) *gateway.Error {
		return gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: gateway.CodeNoAgreement})
	}
	c := connect(t, g.Creditor(t))
	if _, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Source: strings.NewReader(lines(1))}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.WaitBatch(ctx, batchID, nil); err != nil {
		t.Fatal(err)
	}
	nothing := func(client.Outcome) error { return nil }
	if err := c.Outcomes(ctx, batchID, nothing); err != nil {
		t.Fatal(err)
	}
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if !strings.HasSuffix(r.URL.Path, "/uitkomsten") {
			routes.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		_, _ = w.Write([]byte(`{"regel":1,"uitkomst":"geweigerd"}` + "\n"))
	})
	mustFail(t, c.Outcomes(ctx, batchID, nothing), client.ErrUnverified)
}

func TestSummaryForAnother(t *testing.T) {
	g := clienttest.New(t)
	g.Audience = clienttest.MunicipalityOIN
	c := connect(t, g.Creditor(t))
	if _, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Source: strings.NewReader(lines(1))}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := c.WaitBatch(ctx, batchID, nil)
	mustFail(t, err, client.ErrUnverified)
}

func TestFileIsNotSent(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	plain := connect(t, g.Creditor(t), func(c *client.Config) { c.Sealer = nil })
	source := strings.NewReader(lines(1))
	for name, tt := range map[string]struct {
		c *client.Client
		f client.File
	}{
		"no id":          {c, client.File{Layout: batch.LayoutCSV, Source: source}},
		"no layout":      {c, client.File{ID: batchID, Source: source}},
		"no file":        {c, client.File{ID: batchID, Layout: batch.LayoutCSV}},
		"no OpenPGP key": {plain, client.File{ID: batchID, Layout: batch.LayoutCSV, Envelope: batch.EnvelopeOpenPGP, Source: source}},
		"too large":      {c, client.File{ID: batchID, Layout: batch.LayoutCSV, Source: bytes.NewReader(make([]byte, batch.MaxJOSE-1))}},
	} {
		_, err := tt.c.SendFile(ctx, tt.f, nil)
		if !errors.Is(err, client.ErrInput) || g.Count("PUT /v1/aanleveringen/{id}") != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSilenceEndsAnUpload: a file may take long, silence may not.
func TestSilenceEndsAnUpload(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t), func(c *client.Config) { c.Timeout, c.Attempts = 200*time.Millisecond, 1 })
	over := make(chan bool)
	defer close(over)
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.Method != http.MethodPut {
			routes.ServeHTTP(w, r)
			return
		}
		_, _ = r.Body.Read(make([]byte, 1))
		<-over
	})
	// More than the buffers of the connection hold.
	_, err := c.SendFile(ctx, client.File{ID: batchID, Layout: batch.LayoutNDJSON, Envelope: batch.EnvelopeOpenPGP, Source: strings.NewReader(lines(200_000))}, nil)
	mustFail(t, err, client.ErrUnreachable)
}
