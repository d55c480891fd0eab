// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

func TestReportAndReplay(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	m, err := client.Prepare(report())
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.Send(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	if first.ReportID != m.ID() || first.Digest != m.Digest() || first.Audience != clienttest.CreditorOIN || first.Replayed {
		t.Errorf("receipt is about something else: %+v", first)
	}
	again, err := c.Send(ctx, m)
	if err != nil || again.Compact != first.Compact || !again.Replayed {
		t.Errorf("same message gave another receipt (%v)", err)
	}
	other := report()
	other.ID = string(m.ID()) // with another salt
	_, err = c.Report(ctx, other)
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != 409 || p.Kind != gateway.KindConflict || !p.Has(gateway.CodeConflict) {
		t.Errorf("other content under one id: %v", err)
	}
}

func TestProblemHasAllFindings(t *testing.T) {
	g := clienttest.New(t)
	g.Judge = func([]byte) *gateway.Error {
		return gateway.Refuse(gateway.KindInvalid,
			gateway.Finding{Code: gateway.CodeMissingField, Pointer: "/adres/postcode", Rule: "Bgs", Text: "Postcode ontbreekt."},
			gateway.Finding{Code: gateway.CodeUnknownField, Pointer: "", Rule: "Seinhuis formats", Text: "Een veld is onbekend."})
	}
	c := connect(t, g.Creditor(t))
	m, _ := client.Prepare(report())
	_, err := c.Check(ctx, m)
	var p *client.Problem
	if !errors.As(err, &p) || len(p.Findings) != 2 || p.Findings[0].Pointer != "/adres/postcode" || p.Trace.IsZero() || p.Temporary() {
		t.Fatalf("problem is %+v", p)
	}
	if strings.Contains(err.Error(), "Testpersoon") {
		t.Error("an error names a person")
	}
	if n := g.Count("POST /v1/meldingen/_controleren"); n != 1 {
		t.Errorf("a refusal was asked %d times", n)
	}
}

func TestCheckWithdrawAndProof(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	m, _ := client.Prepare(report())
	if v, err := c.Check(ctx, m); err != nil || len(v.Warnings) != 1 {
		t.Fatalf("check: %v %v", v, err)
	}
	w := client.Withdrawal{ReportID: m.ID(), Reason: client.ReasonPaid, Date: gateway.Today(time.Now())}
	if _, err := c.Withdraw(ctx, w); err == nil {
		t.Error("a report that was never sent was withdrawn")
	}
	sent, err := c.Send(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	withdrawn, err := c.Withdraw(ctx, w)
	if err != nil || withdrawn.About != client.AboutWithdrawal {
		t.Fatalf("withdraw: %+v %v", withdrawn, err)
	}
	e, err := c.Proof(ctx, m.ID())
	if err != nil || !e.Published || !e.Proven || e.Receipt.Compact != sent.Compact {
		t.Fatalf("proof: %+v %v", e, err)
	}
	unkeyed := connect(t, g.Creditor(t), func(c *client.Config) { c.LogKeys = nil })
	if e, err = unkeyed.Proof(ctx, m.ID()); err != nil || !e.Published || e.Proven {
		t.Errorf("proof without the log's key: %+v %v", e, err)
	}
	w.Reason = "zomaar"
	_, err = c.Withdraw(ctx, w)
	mustFail(t, err, client.ErrInput)
}

func TestCorrect(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	m, _ := client.Prepare(report())
	id := gateway.CorrectionID(gateway.NewUUID(time.Now(), nil))
	if _, err := c.Correct(ctx, id, m); err == nil {
		t.Error("a report that was never sent was corrected")
	}
	if _, err := c.Send(ctx, m); err != nil {
		t.Fatal(err)
	}
	first, err := c.Correct(ctx, id, m)
	if err != nil || first.About != client.AboutCorrection || first.CorrectionID != id || first.ReportID != m.ID() || first.Replayed {
		t.Fatalf("%+v %v", first, err)
	}
	if again, err := c.Correct(ctx, id, m); err != nil || !again.Replayed || again.Compact != first.Compact {
		t.Errorf("again: %+v %v", again, err)
	}
	_, err = c.Correct(ctx, "1", m)
	mustFail(t, err, client.ErrInput)
	_, err = c.Correct(ctx, id, client.Message{})
	mustFail(t, err, client.ErrInput)
}

func TestProofOfAnotherLog(t *testing.T) {
	g, other := clienttest.New(t), clienttest.New(t)
	strangers, err := client.ReadFolder(other.Creditor(t))
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, g.Creditor(t), func(c *client.Config) { c.LogKeys = strangers.LogKeys })
	r, err := c.Report(ctx, report())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Proof(ctx, r.ReportID)
	mustFail(t, err, client.ErrUnverified)
}

func TestNotices(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	report := gateway.ReportID(gateway.NewUUID(time.Now(), nil))
	today := gateway.Today(time.Now())
	go func() {
		time.Sleep(20 * time.Millisecond)
		g.Post(gateway.Notice{Kind: gateway.NoticeHelpAccepted, ReportID: report,
			Pause: &gateway.Pause{ID: gateway.PauseID(gateway.NewUUID(time.Now(), nil)), From: today, Until: today.AddDays(30)}})
	}()
	page, err := c.Notices(ctx, 0, 10*time.Second)
	if err != nil || len(page.Notices) != 1 || page.Next != 1 {
		t.Fatalf("notices: %+v %v", page, err)
	}
	n := page.Notices[0]
	if n.Claims.ReportID != report || n.Claims.Pause.Until != today.AddDays(30) || n.Progress != gateway.NoticeReady {
		t.Errorf("notice is %+v", n)
	}
	first, err := c.ConfirmNotice(ctx, n.Claims.ID, gateway.NoticeApplied)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.ConfirmNotice(ctx, n.Claims.ID, gateway.NoticeApplied); err != nil || again != first {
		t.Errorf("second confirmation: %+v %v", again, err)
	}
	if page, err = c.Notices(ctx, page.Next, 0); err != nil || len(page.Notices) != 0 || page.Next != 1 {
		t.Errorf("after the last: %+v %v", page, err)
	}
}

// A forged notice must not hide the pause behind it, nor be passed over.
func TestForgedNoticeAmongGood(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t))
	for range 3 {
		g.Post(gateway.Notice{Kind: gateway.NoticeClosed, ReportID: gateway.ReportID(gateway.NewUUID(time.Now(), nil))})
	}
	second := false
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if r.URL.Path != "/v1/berichten" {
			routes.ServeHTTP(w, r)
			return
		}
		forge(w, r, routes, func(body string) string {
			second = true
			from := strings.Index(body, `"volgnummer":2`) // members are sorted: bericht stands before it
			at := strings.LastIndex(body[:from], `"bericht":"`) + len(`"bericht":"`) + 300
			return body[:at] + flip(body[at]) + body[at+1:]
		})
	})
	page, err := c.Notices(ctx, 0, 0)
	mustFail(t, err, client.ErrUnverified)
	if !second || len(page.Notices) != 2 || page.Next != 1 || !strings.Contains(err.Error(), "notice 2") {
		t.Errorf("page %+v, error %v", page, err)
	}
}

func TestNoticeOfSomebodyElse(t *testing.T) {
	report := gateway.ReportID(gateway.NewUUID(time.Now(), nil))
	today := gateway.Today(time.Now())
	for name, n := range map[string]gateway.Notice{
		"other audience": {Kind: gateway.NoticeClosed, ReportID: report, Audience: clienttest.MunicipalityOIN},
		"other issuer":   {Kind: gateway.NoticeClosed, ReportID: report, Issuer: clienttest.MunicipalityOIN},
		"no report":      {Kind: gateway.NoticeClosed},
		"of a pause":     {Kind: gateway.NoticeClosed, ReportID: report, Pause: &gateway.Pause{ID: gateway.PauseID(report), From: today, Until: today}},
		"no pause id":    {Kind: gateway.NoticePauseProlonged, ReportID: report, Pause: &gateway.Pause{From: today, Until: today}},
		"no pause":       {Kind: gateway.NoticeHelpAccepted, ReportID: report},
		"backward pause": {Kind: gateway.NoticeHelpAccepted, ReportID: report, Pause: &gateway.Pause{From: today, Until: today.AddDays(-1)}},
	} {
		t.Run(name, func(t *testing.T) {
			g := clienttest.New(t)
			c := connect(t, g.Creditor(t))
			g.Post(n)
			page, err := c.Notices(ctx, 0, 0)
			mustFail(t, err, client.ErrUnverified)
			if len(page.Notices) != 0 || page.Next != 0 {
				t.Errorf("page %+v", page)
			}
		})
	}
}

// A document that joins a receipt to the log's entry of another.
func TestProofOfAnotherEntry(t *testing.T) {
	g := clienttest.New(t)
	c := connect(t, g.Creditor(t), func(c *client.Config) { c.LogKeys = nil })
	var documents []proof.Evidence
	var ids []gateway.ReportID
	for range 2 {
		r, err := c.Report(ctx, report())
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.Proof(ctx, r.ReportID)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := proof.ParseEvidence(e.Document)
		if err != nil {
			t.Fatal(err)
		}
		documents, ids = append(documents, doc), append(ids, r.ReportID)
	}
	mixed := documents[1]
	mixed.Receipt = documents[0].Receipt
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		forge(w, r, routes, func(string) string {
			text, err := mixed.Encode()
			if err != nil {
				t.Error(err)
			}
			return string(text)
		})
	})
	_, err := c.Proof(ctx, ids[0])
	mustFail(t, err, client.ErrUnverified)
	_, err = c.Proof(ctx, ids[1]) // and a receipt of another report
	mustFail(t, err, client.ErrUnverified)
}
