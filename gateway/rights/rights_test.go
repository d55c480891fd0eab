// SPDX-License-Identifier: EUPL-1.2

package rights_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
)

// world is the real journey and the real desk over one store in memory.
type world struct {
	*gatewaytest.Steps
	memory  *gatewaytest.Memory
	journey *journey.Journey
	ports   rights.Ports
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Steps: gatewaytest.NewSteps(t), memory: gatewaytest.NewMemory()}
	if err := w.memory.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties(w.Parties()) }); err != nil {
		t.Fatal(err)
	}
	w.journey = journey.New(w.Ports(w.memory.Truth))
	w.ports = rights.Ports{Store: w.memory.Rights, Keyer: gatewaytest.Keyer{Versions: 1}}
	return w
}

func (w *world) desk() *rights.Desk { return rights.NewDesk(w.ports) }

func (w *world) report(t *testing.T, from gateway.Party, p gatewaytest.Paper) {
	t.Helper()
	answers, err := w.journey.Report(t.Context(), []intake.Submission{w.Submission(from, p)})
	if err != nil || answers[0].Err != nil {
		t.Fatal(err, answers)
	}
}

// household files two reports of one person, one of a housemate, one without
// initials, and one of a stranger.
func (w *world) household(t *testing.T) gatewaytest.Paper {
	t.Helper()
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	housemate, unnamed := w.Paper(w.Water, w.Nijmegen, 1), w.Paper(w.Housing, w.Nijmegen, 1)
	housemate.Resident.Initials, unnamed.Resident.Initials = "X.", "-"
	w.report(t, w.Energy, paper)
	w.report(t, w.Water, w.Paper(w.Water, w.Nijmegen, 1))
	w.report(t, w.Water, housemate)
	w.report(t, w.Housing, unnamed)
	w.report(t, w.Energy, w.Paper(w.Energy, w.Nijmegen, 2))
	return paper
}

func (w *world) search(t *testing.T, controller gateway.Party, p gatewaytest.Paper) rights.Search {
	t.Helper()
	number, err := gateway.NewHouseNumber(p.Home.Number)
	if err != nil {
		t.Fatal(err)
	}
	text := gateway.NewPersonal
	return rights.Search{Instruction: gateway.Instruction{ID: gateway.NewUUID(gatewaytest.Now(), nil), Controller: controller,
		Municipality: w.Nijmegen.Municipality, Officer: gateway.NewUUID(gatewaytest.Now(), nil), At: gatewaytest.Now(), Trace: gateway.NewTrace()},
		Subject: pseudonym.Subject{Person: gateway.Person{Initials: text(p.Resident.Initials), Surname: text(p.Resident.Surname)},
			Address: gateway.Address{Postcode: text(p.Home.Postcode), Number: number}}}
}

// last is the newest row of the log.
func (w *world) last() string {
	rows := w.memory.Entries()
	return string(rows[len(rows)-1])
}

// TestFind: a municipality finds the person's reports and is told which may be
// of a housemate; a creditor finds its own only (invariant I8); the log has
// who, when, on whose instruction and how many, and no word.
func TestFind(t *testing.T) {
	w := newWorld(t)
	paper := w.household(t)
	s := w.search(t, w.Nijmegen, paper)
	hits, err := w.desk().Find(t.Context(), s)
	if err != nil || len(hits) != 4 {
		t.Fatalf("%d hits, %v", len(hits), err)
	}
	for i, sure := range []bool{true, true, false, false} {
		if hits[i].Surely != sure {
			t.Errorf("hit %d (%s by %v) is surely %t", i, hits[i].CreditorName, hits[i].By, hits[i].Surely)
		}
	}
	row := w.last()
	for _, want := range []string{`"gebeurtenis":"persoon-gezocht"`, `"actor":"functionaris/` + string(s.Instruction.Officer) + `"`,
		`"object":"opdracht/` + string(w.Nijmegen.OIN) + `/GM0268/` + string(s.Instruction.ID) + `"`, `"aantal":4`} {
		if !strings.Contains(row, want) {
			t.Errorf("the log lacks %s: %s", want, row)
		}
	}
	hits, err = w.desk().Find(t.Context(), w.search(t, w.Water, paper))
	if err != nil || len(hits) != 2 {
		t.Fatalf("a creditor: %d hits, %v", len(hits), err)
	}
	for _, h := range hits {
		if h.Creditor != w.Water.OIN {
			t.Errorf("a creditor sees a report of %s", h.Creditor)
		}
	}
	w.ports.Keyer = gatewaytest.Keyer{Versions: 2}
	if hits, err := w.desk().Find(t.Context(), s); err != nil || len(hits) != 4 {
		t.Errorf("after a rotation: %d hits, %v", len(hits), err)
	}
}

func TestWhoMayAsk(t *testing.T) {
	w := newWorld(t)
	paper := w.household(t)
	rows := len(w.memory.Entries())
	officer := gateway.Party{OIN: gatewaytest.Issuer, Kind: gateway.KindOfficer}
	nobody, little, unnumbered := w.search(t, officer, paper), w.search(t, w.Nijmegen, paper), w.search(t, w.Nijmegen, paper)
	little.Subject = pseudonym.Subject{Person: little.Subject.Person}
	unnumbered.Instruction.Officer = ""
	for what, c := range map[string]struct {
		s    rights.Search
		want string
	}{
		"another municipality": {w.search(t, w.Leiden, paper), "niet-toegestaan partijsoort-niet-toegestaan"},
		"an officer":           {nobody, "niet-toegestaan partijsoort-niet-toegestaan"},
		"too little":           {little, "geweigerd te-weinig-gegevens"},
		"no officer":           {unnumbered, "geweigerd opdracht-onvolledig"},
	} {
		for how, act := range map[string]func() error{
			"find":     func() error { _, err := w.desk().Find(t.Context(), c.s); return err },
			"overview": func() error { _, err := w.desk().Overview(t.Context(), c.s); return err },
			"erase":    func() error { _, err := w.desk().Erase(t.Context(), c.s); return err },
		} {
			if err := act(); err == nil || err.Error() != c.want {
				t.Errorf("%s, %s: %v", what, how, err)
			}
		}
	}
	if len(w.memory.Entries()) != rows || w.memory.Bodies() != 5 {
		t.Error("something was done")
	}
	w.memory.FailWrites(gatewaytest.Failed)
	if hits, err := w.desk().Find(t.Context(), w.search(t, w.Nijmegen, paper)); !errors.Is(err, gatewaytest.ErrFault) || hits != nil {
		t.Errorf("found without a log: %d hits, %v", len(hits), err)
	}
}

// TestOverview: what counts is shown, what may be a housemate's is only
// counted; a creditor is not told what the municipality did; no word of the
// person is in it.
func TestOverview(t *testing.T) {
	w := newWorld(t)
	paper := w.household(t)
	o, err := w.desk().Overview(t.Context(), w.search(t, w.Nijmegen, paper))
	if err != nil || len(o.Reports) != 2 || o.LeftOut != 2 {
		t.Fatalf("%d reports, %d left out, %v", len(o.Reports), o.LeftOut, err)
	}
	first := o.Reports[0]
	if first.Policy == nil || first.Policy.Name == "" || first.From.Name != w.Energy.Name || first.Mailbox == nil || len(first.Coincidences) == 0 || first.Kept.Body.IsZero() {
		t.Errorf("%+v", first)
	}
	own, err := w.desk().Overview(t.Context(), w.search(t, w.Energy, paper))
	if err != nil || len(own.Reports) != 1 || own.Reports[0].Mailbox != nil || own.Reports[0].Coincidences != nil || own.Reports[0].Feedback != nil {
		t.Errorf("a creditor: %+v, %v", own, err)
	}
	var page strings.Builder
	if err := o.WritePage(&page); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{page.String(), string(text)} {
		for _, word := range []string{paper.Resident.Surname, paper.Home.Postcode, paper.Reference} {
			if strings.Contains(out, word) {
				t.Errorf("the overview holds %q", word)
			}
		}
		if !strings.Contains(out, w.Energy.Name) || !strings.Contains(out, string(first.SignalID)) {
			t.Error("the overview does not show the report")
		}
	}
	if !strings.Contains(page.String(), "2 signalen zijn niet opgenomen") || !strings.Contains(page.String(), "2-11-2026") {
		t.Error("the page lacks what was left out, or days")
	}
	if got := fmt.Sprint(first.FoundBy); got != "[adres bewoner]" {
		t.Errorf("found by %s", got)
	}
	hits, err := w.desk().Find(t.Context(), w.search(t, w.Nijmegen, paper))
	if err != nil {
		t.Fatal(err)
	}
	s := w.search(t, w.Nijmegen, paper)
	s.Also = []gateway.SignalID{hits[3].Signal.ID}
	if o, err := w.desk().Overview(t.Context(), s); err != nil || len(o.Reports) != 3 || o.LeftOut != 1 {
		t.Errorf("with one that the controller made sure of: %d, %v", len(o.Reports), err)
	}
	s.Also = []gateway.SignalID{gateway.SignalID(gateway.NewUUID(gatewaytest.Now(), nil))}
	if _, err := w.desk().Overview(t.Context(), s); err == nil || gateway.AsError(err).Kind != gateway.KindNotFound {
		t.Errorf("a signal that was not found: %v", err)
	}
}

func TestErase(t *testing.T) {
	w := newWorld(t)
	paper := w.household(t)
	erased, err := w.desk().Erase(t.Context(), w.search(t, w.Nijmegen, paper))
	if err != nil || erased.Signals != 2 || erased.Bodies != 2 || erased.Relations == 0 || erased.Tokens != 6 {
		t.Fatalf("%+v, %v", erased, err)
	}
	if !strings.Contains(w.last(), `"gebeurtenis":"gewist-op-verzoek"`) || !strings.Contains(w.last(), `"aantal":2`) {
		t.Errorf("log: %s", w.last())
	}
	if hits, err := w.desk().Find(t.Context(), w.search(t, w.Nijmegen, paper)); err != nil || len(hits) != 2 || hits[0].Counts() || hits[1].Counts() {
		t.Errorf("still found: %d, %v", len(hits), err)
	}
	if w.memory.Bodies() != 3 {
		t.Errorf("%d bodies are left, want 3", w.memory.Bodies())
	}
	rows := len(w.memory.Entries())
	if again, err := w.desk().Erase(t.Context(), w.search(t, w.Nijmegen, paper)); err != nil || again != (rights.Erased{}) || len(w.memory.Entries()) != rows+1 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestPauseIsNotErased: a pause that runs protects the resident; after it the
// same request is carried out.
func TestPauseIsNotErased(t *testing.T) {
	w := newWorld(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	w.report(t, w.Energy, paper)
	records, err := w.memory.Ledger.Records(t.Context(), []journey.Key{{Creditor: w.Energy.OIN, ReportID: paper.ID}})
	if err != nil {
		t.Fatal(err)
	}
	n := gatewaytest.NoticeOn(w.Energy.OIN, records[0].Signal, paper.ID, gateway.NoticeHelpAccepted)
	if err := w.memory.Feedback.Write(t.Context(), func(tx feedback.Tx) error {
		return tx.Post([]feedback.Record{{Key: feedback.Key{Municipality: "GM0268", ID: gateway.FeedbackID(n.ID)}, Signal: n.Signal, Receipt: gateway.Compact("r"), At: gatewaytest.Now(),
			Pauses: []gateway.PauseStart{{Pause: *n.Pause, Signal: n.Signal, Holder: n.To, Notice: n.ID, By: w.Nijmegen.OIN, At: gatewaytest.Now()}}}}, []gateway.PostedNotice{n})
	}); err != nil {
		t.Fatal(err)
	}
	s := w.search(t, w.Nijmegen, paper)
	if _, err := w.desk().Erase(t.Context(), s); err == nil || err.Error() != "geweigerd pauze-loopt" {
		t.Fatalf("erased during a pause: %v", err)
	}
	if !strings.Contains(w.last(), `"gebeurtenis":"wissing-geweigerd"`) || !strings.Contains(w.last(), "pauze-loopt") || w.memory.Bodies() != 1 {
		t.Errorf("log: %s", w.last())
	}
	s.Instruction.At = s.Instruction.At.AddDate(0, 0, 31)
	if erased, err := w.desk().Erase(t.Context(), s); err != nil || erased.Notices != 1 || erased.Bodies != 1 {
		t.Errorf("after the pause: %+v, %v", erased, err)
	}
}

// prover fills rights.Prover and lets a test act in between.
type prover struct {
	meanwhile func()
	asked     []int
	err       error
}

func (p *prover) Prove(_ context.Context, _ retention.Reason, records map[retention.Kind][]retention.Record, _ time.Time, _ gateway.Trace) ([]retention.Proof, error) {
	p.asked = append(p.asked, len(records[retention.KindTokens]))
	if p.meanwhile != nil {
		p.meanwhile()
	}
	return nil, p.err
}

// TestErasedIsWhatWasProven: what changed between the proof and the commit is
// proven again, and what cannot be proven is not erased.
func TestErasedIsWhatWasProven(t *testing.T) {
	w := newWorld(t)
	paper := w.household(t)
	p := &prover{}
	p.meanwhile = func() {
		p.meanwhile = nil
		w.report(t, w.Housing, w.Paper(w.Housing, w.Nijmegen, 1))
	}
	w.ports.Prover = p
	erased, err := w.desk().Erase(t.Context(), w.search(t, w.Nijmegen, paper))
	if err != nil || erased.Signals != 3 || len(p.asked) != 2 || p.asked[0] != 2 || p.asked[1] != 3 {
		t.Errorf("%+v, proven %v, %v", erased, p.asked, err)
	}
	w.report(t, w.Energy, w.Paper(w.Energy, w.Nijmegen, 1))
	bodies := w.memory.Bodies()
	p.err = gatewaytest.ErrFault
	if _, err := w.desk().Erase(t.Context(), w.search(t, w.Nijmegen, paper)); !errors.Is(err, gatewaytest.ErrFault) || w.memory.Bodies() != bodies {
		t.Errorf("erased without a proof: %v", err)
	}
	p.err, p.meanwhile = nil, func() { w.report(t, w.Energy, w.Paper(w.Energy, w.Nijmegen, 1)) }
	if _, err := w.desk().Erase(t.Context(), w.search(t, w.Nijmegen, paper)); err == nil || err.Error() != "niet-beschikbaar gegevens-veranderen" {
		t.Errorf("data that never settles: %v", err)
	}
}

// TestErasureIsProven: everything that an erasure takes is in a signed receipt
// of its controller, with its entry in the log.
func TestErasureIsProven(t *testing.T) {
	w := newWorld(t)
	paper := w.household(t)
	now := func() time.Time { return gatewaytest.Now() }
	w.ports.Prover = retention.NewSweeper(retention.Ports{Issuer: gatewaytest.Issuer, Store: w.memory.Retention, Directory: w.memory.Register,
		Signer: gatewaytest.Signer{}, Keys: w.Wraps, Wrapper: w.Wraps, Clock: now})
	s := w.search(t, w.Nijmegen, paper)
	hits, err := w.desk().Find(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	erased, err := w.desk().Erase(t.Context(), s)
	if err != nil || erased.Bodies == 0 {
		t.Fatalf("%+v, %v", erased, err)
	}
	filed, err := w.memory.Shelf.Deletions(t.Context(), "GM0268", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	counts, objects := map[retention.Kind]int{}, map[string]bool{}
	for _, f := range filed {
		payload, err := gatewaytest.Unsign(f.Receipt)
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Reason  retention.Reason `json:"reden"`
			Objects []string         `json:"objecten"`
		}
		if err := json.Unmarshal(payload, &r); err != nil || r.Reason != retention.ReasonRequest || len(r.Objects) != f.Count {
			t.Fatalf("%s, %v", payload, err)
		}
		entry := string(w.memory.Entries()[f.Entry-1])
		if !strings.Contains(entry, "gegevens-gewist") || !strings.Contains(entry, string(f.ID)) {
			t.Errorf("entry %d: %s", f.Entry, entry)
		}
		for _, o := range r.Objects {
			objects[o] = true
		}
		counts[f.Kind] += f.Count
	}
	if counts[retention.KindBody] != erased.Bodies || counts[retention.KindRelation] != erased.Relations || counts[retention.KindTokens] == 0 {
		t.Errorf("proven %v, erased %+v", counts, erased)
	}
	for _, h := range hits {
		if h.Counts() && !objects[gateway.DigestOf([]byte("signaal/"+string(h.Signal.ID)+"/inhoud")).String()] {
			t.Error("a body went without a receipt")
		}
	}
}

// TestHeldIsNotErased: what two officers keep stays, also on request, until the
// hold has ended.
func TestHeldIsNotErased(t *testing.T) {
	w := newWorld(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	w.report(t, w.Energy, paper)
	now := func() time.Time { return gatewaytest.Now() }
	holds := retention.NewHolds(w.memory.Holds, now)
	one, two := gateway.NewUUID(now(), nil), gateway.NewUUID(now(), nil)
	h, err := holds.Propose(t.Context(), one, retention.Claim{Creditor: w.Energy.OIN, ReportID: paper.ID}, retention.HoldLegalClaim, gateway.Today(now()).AddDays(40))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holds.Confirm(t.Context(), two, h.ID); err != nil {
		t.Fatal(err)
	}
	s := w.search(t, w.Nijmegen, paper)
	if _, err := w.desk().Erase(t.Context(), s); err == nil || err.Error() != "geweigerd opschorting-loopt" || w.memory.Bodies() != 1 {
		t.Fatalf("erased under a hold: %v", err)
	}
	s.Instruction.At = s.Instruction.At.AddDate(0, 0, 41)
	if erased, err := w.desk().Erase(t.Context(), s); err != nil || erased.Bodies != 1 {
		t.Errorf("after the hold: %+v, %v", erased, err)
	}
}
