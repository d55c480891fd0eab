// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// paused is a gateway at which a pause runs, and both its parties.
func paused(t *testing.T) (g *clienttest.Gateway, creditor, municipality *client.Client, given gateway.GivenPause) {
	t.Helper()
	g = clienttest.New(t)
	creditor, municipality = connect(t, g.Creditor(t)), connect(t, g.Municipal(t))
	g.Deposit(signalID, []byte(content))
	today := gateway.Today(time.Now())
	r, err := municipality.Feedback(ctx, gateway.Feedback{SignalID: signalID, Result: gateway.ResultFollowUp, Date: today, PauseEnd: today.AddDays(5)})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Pauses) != 1 || r.Pauses[0].SignalID != signalID || r.Pauses[0].Step != 1 {
		t.Fatalf("receipt says of the pause %+v", r.Pauses)
	}
	return g, creditor, municipality, r.Pauses[0]
}

func TestLifeOfAPause(t *testing.T) {
	g, creditor, municipality, given := paused(t)
	begun := notices(t, creditor, 0)[0]
	agents := []gateway.Agent{{Kind: gateway.AgentBailiff, KvK: "90000001"}}
	if _, err := creditor.ConfirmNotice(ctx, begun.Claims.ID, gateway.NoticeApplied, agents...); err != nil || !slices.Equal(g.Told(begun.Claims.ID), agents) {
		t.Errorf("agents told: %v, %v", g.Told(begun.Claims.ID), err)
	}

	longer := client.ProlongPause(given.ID, given.Until.AddDays(15))
	first, err := municipality.ChangePause(ctx, longer)
	if err != nil || first.About != client.AboutChange || len(first.Pauses) != 1 || first.Pauses[0].Until != longer.Until || first.Pauses[0].Step != 2 {
		t.Fatalf("receipt %+v: %v", first, err)
	}
	if again, err := municipality.ChangePause(ctx, longer); err != nil || again.Compact != first.Compact || !again.Replayed {
		t.Errorf("the same change gave another receipt: %v", err)
	}
	contest := client.ContestPause(given.ID, gateway.ReasonNoClaim)
	if _, err := creditor.ChangePause(ctx, contest); err != nil {
		t.Fatal(err)
	}
	asked := notices(t, municipality, 0)
	if len(asked) != 1 || asked[0].Claims.Kind != gateway.NoticePauseContested || asked[0].Claims.SignalID != signalID || asked[0].Claims.ReportID != "" {
		t.Fatalf("the municipality was told %+v", asked)
	}
	if _, err := municipality.ConfirmNotice(ctx, asked[0].Claims.ID, gateway.NoticeReceived); err != nil {
		t.Error(err)
	}
	if _, err := municipality.ChangePause(ctx, client.UpholdPause(given.ID, gateway.ReasonStillHelping)); err != nil {
		t.Fatal(err)
	}
	var kinds []gateway.NoticeKind
	for _, n := range notices(t, creditor, 0) {
		kinds = append(kinds, n.Claims.Kind)
	}
	if !slices.Equal(kinds, []gateway.NoticeKind{gateway.NoticeHelpAccepted, gateway.NoticePauseProlonged, gateway.NoticePauseUpheld}) {
		t.Errorf("the creditor was told %v", kinds)
	}
	for _, c := range []*client.Client{creditor, municipality} {
		s, err := c.Pause(ctx, given.ID)
		if err != nil || len(s.Steps) != 4 || s.Pause.Until != longer.Until || s.State != gateway.PauseRuns {
			t.Errorf("statement %+v: %v", s, err)
		}
	}
}

// What was kept is verified by whoever trusts the gateway's keys alone.
func TestStatementIsProof(t *testing.T) {
	_, creditor, municipality, given := paused(t)
	if _, err := municipality.ChangePause(ctx, client.EndPause(given.ID, gateway.ReasonHelpStopped)); err != nil {
		t.Fatal(err)
	}
	s, err := creditor.Pause(ctx, given.ID)
	if err != nil {
		t.Fatal(err)
	}
	document, err := creditor.Keys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := proof.ParseKeySet(document)
	if err != nil {
		t.Fatal(err)
	}
	docs := []proof.PauseDocument{}
	for _, compact := range []string{s.Compact, notices(t, creditor, 0)[0].Compact, notices(t, creditor, 0)[1].Compact} {
		d, err := keys.OpenPauseDocument(compact)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	today := gateway.Today(time.Now())
	for day, want := range map[gateway.Date]proof.PauseAnswer{today: proof.PauseInForce, today.AddDays(1): proof.PauseNotInForce} {
		if v, err := proof.VerifyPause(docs, "", day.String()); err != nil || v.Answer != want || !v.Final {
			t.Errorf("%s: %+v, %v", day, v, err)
		}
	}
}

func TestStatementThatIsNoEvidence(t *testing.T) {
	g, creditor, _, given := paused(t)
	good, err := creditor.Pause(ctx, given.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*client.PauseStatement){
		"other gateway":      func(s *client.PauseStatement) { s.Issuer = clienttest.MunicipalityOIN },
		"other audience":     func(s *client.PauseStatement) { s.Audience = clienttest.MunicipalityOIN },
		"other pause":        func(s *client.PauseStatement) { s.Pause.ID = gateway.PauseID(gateway.NewUUID(time.Now(), nil)) },
		"of a signal":        func(s *client.PauseStatement) { s.ReportID, s.SignalID = "", signalID },
		"before its key":     func(s *client.PauseStatement) { s.IssuedAt = time.Now().AddDate(-1, 0, 0) },
		"other than a step":  func(s *client.PauseStatement) { s.Pause.Until = s.Pause.Until.AddDays(1) },
		"without steps":      func(s *client.PauseStatement) { s.Steps = nil },
		"state of something": func(s *client.PauseStatement) { s.State = gateway.PauseOver },
	} {
		bad := good
		spoil(&bad)
		media(g, "/v1/pauzes/", g.SignStatement(bad))
		if s, err := creditor.Pause(ctx, given.ID); err == nil {
			t.Errorf("%s: %+v", name, s)
		} else {
			mustFail(t, err, client.ErrUnverified)
		}
	}
	media(g, "/v1/pauzes/", g.SignReceipt(gateway.TypeReceipt, gateway.Receipt{}))
	_, err = creditor.Pause(ctx, given.ID)
	mustFail(t, err, client.ErrUnverified)
}

// media answers every request below a path with one JOSE text.
func media(g *clienttest.Gateway, path string, body []byte) {
	around(g, func(w http.ResponseWriter, r *http.Request, routes http.Handler) {
		if !strings.HasPrefix(r.URL.Path, path) {
			routes.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/jose")
		_, _ = w.Write(bytes.Clone(body))
	})
}

// The receipt of a change must be of this change, and of its one pause.
func TestChangeReceiptThatIsNoEvidence(t *testing.T) {
	g, _, municipality, given := paused(t)
	change := client.EndPause(given.ID, gateway.ReasonMistake)
	other := gateway.PauseID(gateway.NewUUID(time.Now(), nil))
	good, err := municipality.ChangePause(ctx, change)
	if err != nil {
		t.Fatal(err)
	}
	digest := gateway.DigestOf([]byte("other"))
	for name, spoil := range map[string]func(*gateway.Receipt){
		"other pause":   func(r *gateway.Receipt) { r.PauseID = other },
		"other change":  func(r *gateway.Receipt) { r.ChangeID = gateway.ChangeID(other) },
		"other content": func(r *gateway.Receipt) { r.Digest = digest },
		"no pause":      func(r *gateway.Receipt) { r.Pauses = nil },
		"pause of another": func(r *gateway.Receipt) {
			r.Pauses = []gateway.GivenPause{{ID: other, Step: 2, From: given.From, Until: given.Until}}
		},
		"two pauses":     func(r *gateway.Receipt) { r.Pauses = append(r.Pauses, r.Pauses[0]) },
		"backward":       func(r *gateway.Receipt) { r.Pauses[0].Until = given.From.AddDays(-1) },
		"about feedback": func(r *gateway.Receipt) { r.About = client.AboutFeedback },
	} {
		bad := gateway.Receipt{Issuer: good.Issuer, Audience: good.Audience, ID: good.ID, About: good.About, PauseID: good.PauseID, ChangeID: good.ChangeID,
			ReceivedAt: good.ReceivedAt, Status: good.Status, Trace: good.Trace, Pauses: slices.Clone(good.Pauses)}
		if err := unhex(good.Digest, &bad.Digest); err != nil {
			t.Fatal(err)
		}
		media(g, "/v1/pauzes/", g.SignReceipt(gateway.TypeChangeReceipt, bad))
		if _, err := municipality.ChangePause(ctx, change); err != nil {
			t.Fatalf("the receipt before it was spoiled: %v", err)
		}
		spoil(&bad)
		media(g, "/v1/pauzes/", g.SignReceipt(gateway.TypeChangeReceipt, bad))
		_, err := municipality.ChangePause(ctx, change)
		if err == nil {
			t.Errorf("%s is taken", name)
			continue
		}
		mustFail(t, err, client.ErrUnverified)
	}
}

// What cannot be right never leaves the machine.
func TestChangesThatCannotBeMade(t *testing.T) {
	g, creditor, _, given := paused(t)
	withoutID, another := client.ContestPause(given.ID, gateway.ReasonNoClaim), client.ContestPause(given.ID, gateway.ReasonNoClaim)
	withoutID.ID, another.Taker = "", clienttest.MunicipalityOIN
	for name, c := range map[string]client.PauseChange{
		"no id":          withoutID,
		"no pause":       client.ContestPause("../berichten", gateway.ReasonNoClaim),
		"another reason": client.ContestPause(given.ID, gateway.ReasonHelpStopped),
		"no day":         client.ProlongPause(given.ID, gateway.Date{}),
		"no taker":       client.TransferClaim(given.ID, ""),
		"taker":          another,
		"nothing":        {},
	} {
		if _, err := creditor.ChangePause(ctx, c); err == nil {
			t.Errorf("%s was sent", name)
		} else {
			mustFail(t, err, client.ErrInput)
		}
	}
	id := gateway.NoticeID(signalID)
	for _, told := range [][]gateway.Agent{{{Kind: "deurwaarder", KvK: "90000001"}}, {{Kind: gateway.AgentLawyer, KvK: "9000000"}}, make([]gateway.Agent, 21)} {
		_, err := creditor.ConfirmNotice(ctx, id, gateway.NoticeApplied, told...)
		mustFail(t, err, client.ErrInput)
	}
	_, err := creditor.ConfirmNotice(ctx, id, gateway.NoticeReceived, gateway.Agent{Kind: gateway.AgentLawyer, KvK: "90000001"})
	mustFail(t, err, client.ErrInput)
	if g.Count("PUT /v1/pauzes/{id}/wijzigingen/{changeId}")+g.Count("PUT /v1/berichten/{id}/bevestiging") != 0 {
		t.Error("something was sent")
	}
}

// A claim that was sold: the pause is no longer the seller's to see.
func TestTransfer(t *testing.T) {
	_, creditor, municipality, given := paused(t)
	if _, err := creditor.ChangePause(ctx, client.TransferClaim(given.ID, "00000099000000004000")); err != nil {
		t.Fatal(err)
	}
	if told := notices(t, municipality, 0); len(told) != 1 || told[0].Claims.Kind != gateway.NoticeClaimPassed {
		t.Errorf("the municipality was told %+v", told)
	}
	if _, err := creditor.Pause(ctx, given.ID); err == nil {
		t.Error("the seller still sees the pause")
	}
}

// Whoever lost the papers finds its pauses in the list, and what waits.
func TestPausesOfMyOwn(t *testing.T) {
	g, creditor, municipality, given := paused(t)
	late := client.PauseAlarm{Kind: gateway.NoticePauseNotApplied, Term: gateway.TermWorkingDays, Since: time.Now().UTC().Truncate(time.Second)}
	g.Alarm(given.ID, late)
	for _, c := range []*client.Client{creditor, municipality} {
		page, err := c.Pauses(ctx, "")
		if err != nil || len(page.Pauses) != 1 || page.Next != given.ID {
			t.Fatalf("%+v: %v", page, err)
		}
		p := page.Pauses[0]
		if p.ID != given.ID || p.State != gateway.PauseRuns || p.Until != given.Until || !slices.Equal(p.Alarms, []client.PauseAlarm{late}) || (p.SignalID == signalID) != (c == municipality) {
			t.Errorf("%+v", p)
		}
		if page, err := c.Pauses(ctx, given.ID); err != nil || len(page.Pauses) != 0 || page.Next != given.ID {
			t.Errorf("after it: %+v: %v", page, err)
		}
	}
	_, err := creditor.Pauses(ctx, "../berichten")
	mustFail(t, err, client.ErrInput)
}

// A list that is not ours, or that would never end, is no list.
func TestListOfNobody(t *testing.T) {
	g, creditor, municipality, given := paused(t)
	row := func(id, member string) string {
		return `{"pauzes":[{"pauzeId":"` + id + `",` + member + `"gemeente":"GM0268","alarmen":[]}]}`
	}
	report, signal := `"meldingId":"01932b1c-0000-7000-8000-000000000001",`, `"signaalId":"`+string(signalID)+`",`
	for name, body := range map[string]string{"no id": row("x", report), "of a signal": row(string(given.ID), signal), "of nothing": row(string(given.ID), ""),
		"of both": row(string(given.ID), report+signal), "not JSON": "x"} {
		around(g, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		})
		if page, err := creditor.Pauses(ctx, ""); err == nil {
			t.Errorf("%s: %+v", name, page)
		} else {
			mustFail(t, err, client.ErrUnexpected)
		}
	}
	around(g, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(row(string(given.ID), signal)))
	})
	if _, err := municipality.Pauses(ctx, ""); err != nil {
		t.Fatal(err)
	}
	_, err := municipality.Pauses(ctx, given.ID)
	mustFail(t, err, client.ErrUnexpected)
}

func notices(t *testing.T, c *client.Client, after int64) []client.Notice {
	t.Helper()
	page, err := c.Notices(ctx, after, 0)
	if err != nil {
		t.Fatal(err)
	}
	return page.Notices
}

func unhex(text string, into *gateway.Digest) error {
	raw, err := hex.DecodeString(text)
	copy(into[:], raw)
	return err
}
