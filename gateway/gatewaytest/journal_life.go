// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

func splitObject(e proof.Entry) []string { return strings.Split(e.Object, "/") }

// reported is a report that went the real journey.
type reported struct {
	id     string
	signal gateway.SignalID
}

// report sends reports through the real journey, so that the log has the real
// entries.
func (o *Office) report(t testing.TB, from gateway.Party, papers ...Paper) (all []reported) {
	t.Helper()
	j := journey.New(o.Ports(o.Truth))
	for _, p := range papers {
		s := o.Submission(from, p)
		s.At = o.At
		answers, err := j.Report(t.Context(), []intake.Submission{s})
		if err != nil || answers[0].Err != nil {
			t.Fatal(err, answers)
		}
		records, err := o.Truth.Ledger.Records(t.Context(), []journey.Key{{Creditor: from.OIN, ReportID: p.ID}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, reported{string(p.ID), records[0].Signal})
	}
	return all
}

// journalLife plays a claim through and asks every party's officer for it.
func journalLife(t *testing.T, o *Office) {
	one := o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))[0]
	other := o.report(t, o.Water, o.Paper(o.Water, o.Nijmegen, 1))[0] // about the same home
	o.report(t, o.Housing, o.Paper(o.Housing, o.Leiden, 2))
	if _, err := o.Box.List(t.Context(), o.Visit(o.Nijmegen), 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Box.Fetch(t.Context(), o.Visit(o.Nijmegen), one.signal); err != nil {
		t.Fatal(err)
	}
	id := o.begin(t, one.signal, 5)
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeApplied)
	if wrong := o.Change(t, o.Energy, id, pause.Contest, nil); wrong != "" {
		t.Fatal(wrong)
	}
	if wrong := o.Change(t, o.Nijmegen, id, pause.Uphold, nil); wrong != "" {
		t.Fatal(wrong)
	}
	life := Lived(t, o.Truth, ServesAll(t), one.id)
	if got, want := strings.Join(EventsOf(life), " "), "melding-ontvangen signaal-aangeboden signaal-verstrekt terugkoppeling-ontvangen bericht-klaargezet "+
		"pauze-ingegaan bericht-aangeboden bericht-bevestigd pauze-gewijzigd bericht-klaargezet pauze-gewijzigd bericht-klaargezet"; got != want {
		t.Errorf("the life of the claim is %s", got)
	}
	ids := named(life)
	// Each part of the chain leads to the whole of it.
	for _, part := range ids {
		if got := Lived(t, o.Truth, ServesAll(t), part); !reflect.DeepEqual(got, life) {
			t.Errorf("from %s: %v", part, EventsOf(got))
		}
	}
	o.whoSeesWhat(t, life, one)
	// The other claim about the same person is not in it, for nobody.
	if slices.Contains(ids, other.id) || len(Lived(t, o.Truth, Serves(t, o.Nijmegen), other.id)) != 2 {
		t.Error("the lives of two claims are mixed")
	}
}

// whoSeesWhat holds the life of Energy's claim against what each officer gets.
func (o *Office) whoSeesWhat(t *testing.T, life []oversight.Hit, one reported) {
	t.Helper()
	for name, want := range map[string]string{
		"energy": "melding-ontvangen bericht-klaargezet pauze-ingegaan bericht-aangeboden bericht-bevestigd pauze-gewijzigd pauze-gewijzigd bericht-klaargezet",
		"nijmegen": "melding-ontvangen signaal-aangeboden signaal-verstrekt terugkoppeling-ontvangen bericht-klaargezet " +
			"pauze-ingegaan bericht-bevestigd pauze-gewijzigd bericht-klaargezet pauze-gewijzigd bericht-klaargezet",
		"water": "", "leiden": "", "water and leiden": "", "nobody": "",
	} {
		scope := o.scopes(t)[name]
		for _, part := range named(life) {
			// A part that is not a party's to know leads it nowhere.
			got := strings.Join(EventsOf(Lived(t, o.Truth, scope, part)), " ")
			known := slices.ContainsFunc(Lived(t, o.Truth, scope, one.id), func(h oversight.Hit) bool { return slices.Contains(splitObject(h.Entry), part) })
			if known && got != want || !known && got != "" {
				t.Errorf("officer of %s, from %s: %s", name, part, got)
			}
			if !known && len(Found(t, o.Truth, oversight.Query{Scope: scope, Object: gateway.UUID(part)})) > 0 {
				t.Errorf("officer of %s finds %s", name, part)
			}
		}
		if got := strings.Join(EventsOf(Lived(t, o.Truth, scope, one.id)), " "); got != want {
			t.Errorf("officer of %s sees %s", name, got)
		}
	}
}

func named(hits []oversight.Hit) (ids []string) {
	for _, h := range hits {
		for _, part := range splitObject(h.Entry) {
			if proof.IsUUID(part) && !slices.Contains(ids, part) {
				ids = append(ids, part)
			}
		}
	}
	return ids
}

// begin starts a pause and gives its id.
func (o *Office) begin(t testing.TB, signal gateway.SignalID, days int) gateway.PauseID {
	t.Helper()
	a, _ := o.feedback(t, o.Nijmegen, signal, Object{"pauzeTot": o.Day(days), "toetsdatum": o.Day(days)})
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	for _, n := range o.Told(t, o.Energy) {
		if n.Pause != nil {
			return n.Pause.ID
		}
	}
	t.Fatal("no pause")
	return ""
}

// feedback gives feedback of a municipality about a signal, also of another's.
func (o *Office) feedback(t testing.TB, from gateway.Party, signal gateway.SignalID, more Object) (feedback.Answer, string) {
	t.Helper()
	id := gateway.FeedbackID(gateway.NewUUID(o.At, nil))
	w := Object{"terugkoppelingId": id, "signaalId": signal, "resultaat": gateway.ResultFollowUp, "datum": o.Day(0)}
	for name, v := range more {
		w[name] = v
	}
	v := o.Visit(from)
	a, err := o.Desk.Accept(t.Context(), []feedback.Submission{{Peer: v.Peer, Signal: signal, ID: id, Token: letter(from, w), At: v.At, Trace: v.Trace}})
	if err != nil {
		t.Fatal(err)
	}
	return a[0], string(id)
}

// A stranger's tries at a claim are its own concern alone, and its log does not
// tell whether the claim exists: they look the same as tries at nothing.
func journalStrangers(t *testing.T, o *Office) {
	one := o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))[0]
	id := o.begin(t, one.signal, 5)
	absent := gateway.SignalID(gateway.NewUUID(o.At, nil))
	before := Lived(t, o.Truth, ServesAll(t), one.id)
	scope := Serves(t, o.Leiden)
	var seen [][]int
	for _, signal := range []gateway.SignalID{one.signal, absent} {
		var counts []int
		for range 2 {
			a, try := o.feedback(t, o.Leiden, signal, nil)
			if a.Err == nil {
				t.Fatal("feedback about another's signal")
			}
			counts = append(counts, len(Lived(t, o.Truth, scope, try)))
		}
		seen = append(seen, append(counts, len(Lived(t, o.Truth, scope, string(signal))), len(Found(t, o.Truth, oversight.Query{Scope: scope, Object: gateway.UUID(signal)}))))
	}
	if !slices.Equal(seen[0], seen[1]) {
		t.Errorf("tries at a signal of another show as %v, at none as %v", seen[0], seen[1])
	}
	for _, at := range []gateway.PauseID{id, gateway.PauseID(absent)} {
		if wrong := o.Change(t, o.Water, at, pause.Contest, nil); wrong == "" {
			t.Fatal("a pause of another was changed")
		}
	}
	if a, b := len(Lived(t, o.Truth, Serves(t, o.Water), string(id))), len(Found(t, o.Truth, oversight.Query{Scope: Serves(t, o.Water), Kind: audit.KindPause})); a != 1 || b != 2 {
		t.Errorf("%d entries about the pause, %d tries in all", a, b)
	}
	for _, p := range []gateway.Party{o.Energy, o.Nijmegen} {
		for _, h := range Found(t, o.Truth, oversight.Query{Scope: Serves(t, p)}) {
			if h.Entry.Actor == string(o.Leiden.OIN) || h.Entry.Actor == string(o.Water.OIN) {
				t.Errorf("%s sees the try of a stranger: %+v", p.Name, h.Entry)
			}
		}
	}
	if after := Lived(t, o.Truth, ServesAll(t), one.id); !reflect.DeepEqual(after, before) {
		t.Errorf("tries of strangers are tied to the claim: %v", EventsOf(after))
	}
}

// A creditor chooses its ids: with another's id it learns nothing.
func journalSameID(t *testing.T, o *Office) {
	one := o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))[0]
	copied := o.Paper(o.Water, o.Leiden, 2)
	copied.ID = gateway.ReportID(one.id)
	two := o.report(t, o.Water, copied)[0]
	if one.signal == two.signal {
		t.Fatal("one signal for two reports")
	}
	o.begin(t, one.signal, 5)
	for name, want := range map[string]int{"energy": 4, "water": 1, "leiden": 1, "all": 6} {
		if got := Lived(t, o.Truth, o.scopes(t)[name], one.id); len(got) != want {
			t.Errorf("officer of %s sees %v", name, EventsOf(got))
		}
	}
}

// The life of a claim outlives what is erased of it, and never runs on into
// that of a later claim.
func journalErased(t *testing.T, o *Office) {
	one := o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 1))[0]
	if _, err := o.Box.List(t.Context(), o.Visit(o.Nijmegen), 0, 0); err != nil {
		t.Fatal(err)
	}
	before := Lived(t, o.Truth, Serves(t, o.Nijmegen), one.id)
	eraseAll(t, o)
	later := o.report(t, o.Energy, o.Paper(o.Energy, o.Nijmegen, 2))[0]
	for _, scope := range []oversight.Scope{Serves(t, o.Nijmegen), Serves(t, o.Energy), ServesAll(t)} {
		if got := Lived(t, o.Truth, scope, later.id); len(got) != 1 {
			t.Errorf("the life of a new claim is %v", EventsOf(got))
		}
	}
	if got := Lived(t, o.Truth, Serves(t, o.Nijmegen), one.id); !reflect.DeepEqual(got, before) {
		t.Errorf("the life of an erased claim is %v, and was %v", EventsOf(got), EventsOf(before))
	}
}

// eraseAll erases all that ever gets due, in the order in which sweeps do. What
// goes first lets go of what comes later.
func eraseAll(t *testing.T, o *Office) {
	t.Helper()
	cutoff := retention.CutoffAt(o.At.AddDate(30, 0, 0))
	for n := -1; n != 0; {
		n = 0
		for _, step := range retention.Steps() {
			due, err := o.Truth.Retention.Due(t.Context(), step, cutoff)
			if err != nil {
				t.Fatal(err)
			}
			var refs []string
			for _, r := range due {
				refs = append(refs, r.Ref)
			}
			n += len(refs)
			if err := o.Truth.Retention.Write(t.Context(), func(tx retention.Tx) error {
				_, err := tx.Erase(step, cutoff, refs)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// After reorganisation the officer of the successor sees what concerned the
// municipality that is no more; that one's officer gets nothing new.
func journalPassed(t *testing.T, o *Office) {
	one := o.report(t, o.Housing, o.Paper(o.Housing, o.Leiden, 2))[0]
	nijmegen, leiden := Serves(t, o.Nijmegen), Serves(t, o.Leiden)
	if n := len(Lived(t, o.Truth, nijmegen, one.id)); n != 0 {
		t.Fatalf("%d entries of Leiden", n)
	}
	Pass(t, o.Truth, o.Nijmegen.Municipality, o.Leiden.Municipality)
	ended := o.Leiden
	ended.State = gateway.PartyEnded
	if err := o.Truth.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties([]gateway.Party{ended}) }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Box.Fetch(t.Context(), o.Visit(o.Nijmegen), one.signal); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		scope oversight.Scope
		party gateway.OIN
		want  string
	}{
		"the successor":              {nijmegen, "", "melding-ontvangen signaal-verstrekt"},
		"the successor, by name":     {nijmegen, o.Nijmegen.OIN, "melding-ontvangen signaal-verstrekt"},
		"the processor, by name":     {ServesAll(t), o.Nijmegen.OIN, "melding-ontvangen signaal-verstrekt"},
		"the old one":                {leiden, "", "melding-ontvangen"},
		"the old one, in an old age": {leiden, o.Nijmegen.OIN, ""},
	} {
		found := Found(t, o.Truth, oversight.Query{Scope: c.scope, Party: c.party})
		slices.Reverse(found)
		if got := strings.Join(EventsOf(found), " "); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := strings.Join(EventsOf(Lived(t, o.Truth, nijmegen, one.id)), " "); got != "melding-ontvangen signaal-verstrekt" {
		t.Error(got)
	}
	volumes, err := o.Truth.Journal.Volumes(t.Context(), nijmegen, gateway.Today(o.At), gateway.Today(o.At))
	if err != nil || len(volumes) < 2 {
		t.Errorf("%v, %v", volumes, err)
	}
}
