// SPDX-License-Identifier: EUPL-1.2

package pause_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

type object = gatewaytest.Object

func office(t testing.TB) (*gatewaytest.Office, *gatewaytest.Memory) {
	m := gatewaytest.NewMemory()
	return gatewaytest.NewOffice(t, m.Truth), m
}

// The limits of each change, on a pause of five days that began today; the
// agreement allows ten days and one prolongation.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		kind pause.ChangeKind
		more object // dates are days from today
		want string
	}{
		{"prolong", pause.Prolong, object{"einddatum": 10}, ""},
		{"prolong with a review", pause.Prolong, object{"einddatum": 10, "toetsdatum": 10}, ""},
		{"prolong to the same day", pause.Prolong, object{"einddatum": 5}, "pauze-niet-langer@/einddatum"},
		{"prolong too far", pause.Prolong, object{"einddatum": 11}, "pauze-te-lang@/einddatum"},
		{"prolong without a date", pause.Prolong, nil, "veld-ontbreekt@/einddatum"},
		{"prolong with a review after it", pause.Prolong, object{"einddatum": 8, "toetsdatum": 9}, "toetsdatum-buiten-pauze@/toetsdatum"},
		{"prolong with another's reason", pause.Prolong, object{"einddatum": 8, "reden": "vergissing"}, "waarde-onbekend@/reden"},
		{"end today", pause.End, nil, ""},
		{"end within", pause.End, object{"einddatum": 3}, ""},
		{"end yesterday", pause.End, object{"einddatum": -1}, "pauze-al-voorbij@/einddatum"},
		{"end later than it does", pause.End, object{"einddatum": 6}, "pauze-niet-korter@/einddatum"},
		{"end with a review", pause.End, object{"toetsdatum": 2}, "veld-onbekend@/toetsdatum"},
		{"correct shorter", pause.Correct, object{"einddatum": 1}, ""},
		{"correct longer", pause.Correct, object{"einddatum": 10}, ""},
		{"correct too far", pause.Correct, object{"einddatum": 11}, "pauze-te-lang@/einddatum"},
		{"correct into the past", pause.Correct, object{"einddatum": -1}, "pauze-al-voorbij@/einddatum"},
		{"uphold what nobody contests", pause.Uphold, nil, "pauze-niet-betwist@"},
		{"a municipality contests", pause.Contest, nil, "wijziging-niet-van-deze-partij@/soort"},
		{"a municipality sells", pause.Transfer, object{"overnemer": "00000099000000110002"}, "wijziging-niet-van-deze-partij@/soort"},
		{"free text", pause.End, object{"opmerking": "Zwartebloem"}, "veld-onbekend@"},
		{"everything at once", pause.Prolong, object{"einddatum": "x", "toetsdatum": true, "reden": "zin"}, "verkeerd-type@/toetsdatum verkeerde-vorm@/einddatum waarde-onbekend@/reden"},
	} {
		o, m := office(t)
		id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
		for name, v := range c.more {
			if days, ok := v.(int); ok {
				c.more[name] = o.Day(days)
			}
		}
		if got := o.Change(t, o.Nijmegen, id, c.kind, c.more); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if n := len(o.Told(t, o.Energy)); (c.want == "") != (n == 2) {
			t.Errorf("%s: %d notices", c.name, n)
		}
		for _, e := range m.Entries() {
			if strings.Contains(string(e), "Zwartebloem") {
				t.Error("the log keeps content of a refused change")
			}
		}
	}
}

func TestOncePerAgreement(t *testing.T) {
	o, _ := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	o.Later(4)
	if got := o.Change(t, o.Nijmegen, id, pause.Prolong, object{"einddatum": o.Day(8)}); got != "" {
		t.Fatal(got)
	}
	o.Later(4)
	if got := o.Change(t, o.Nijmegen, id, pause.Prolong, object{"einddatum": o.Day(9)}); got != "pauze-vaak-genoeg-verlengd@" {
		t.Error(got)
	}
}

// TestCorrectStaysWithinWhatWasGiven: a correction gives no more than the message
// that it corrects could have given.
func TestCorrectStaysWithinWhatWasGiven(t *testing.T) {
	o, _ := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	if got := o.Change(t, o.Nijmegen, id, pause.Prolong, object{"einddatum": o.Day(6)}); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Nijmegen, id, pause.Correct, object{"einddatum": o.Day(11)}); got != "pauze-te-lang@/einddatum" {
		t.Error(got)
	}
	if got := o.Change(t, o.Nijmegen, id, pause.Correct, object{"einddatum": o.Day(10)}); got != "" {
		t.Error(got)
	}
}

func TestContest(t *testing.T) {
	o, _ := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 10)
	o.Later(7) // the fifth working day
	if got := o.Change(t, o.Energy, id, pause.Contest, object{"reden": "procedure-loopt"}); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Energy, id, pause.Contest, nil); got != "pauze-al-betwist@" {
		t.Error(got)
	}
	told := o.Told(t, o.Nijmegen)
	if n := told[len(told)-1]; n.Reason != gateway.ReasonProcedure || n.AnswerBy.String() != o.Day(7) || n.SignalID == "" || n.ReportID != "" {
		t.Errorf("%+v", n)
	}
	late, _ := office(t)
	id = late.Begin(t, late.Report(t, late.Energy, 1), 10)
	late.Later(8)
	if got := late.Change(t, late.Energy, id, pause.Contest, nil); got != "betwisting-te-laat@" {
		t.Error(got)
	}
}

// Another's pause and no pause look the same, to read and to change.
func TestOnlyOwnPauses(t *testing.T) {
	o, _ := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	nobody := o.Nijmegen
	nobody.Municipality = ""
	for name, p := range map[string]gateway.Party{"another municipality": o.Leiden, "without municipality": nobody} {
		if got := o.Change(t, p, id, pause.End, nil); got != "pauze-onbekend@" {
			t.Errorf("%s: %q", name, got)
		}
		if _, err := o.Pauses.State(t.Context(), o.Visit(p), id); gatewaytest.Wrong(gateway.AsError(err)) != "pauze-onbekend@" {
			t.Errorf("%s reads: %v", name, err)
		}
	}
	if got := o.Change(t, o.Water, id, pause.Contest, nil); got != "pauze-onbekend@" {
		t.Error(got)
	}
	if got := o.Change(t, o.Nijmegen, gateway.PauseID(gateway.NewUUID(o.At, nil)), pause.End, nil); got != "pauze-onbekend@" {
		t.Error(got)
	}
}

func TestForgedChange(t *testing.T) {
	o, _ := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	s := o.Submit(o.Nijmegen, id, pause.End, nil)
	s.Token = gatewaytest.Letter(o.Leiden.OIN, []byte(`{}`))
	if a := o.Accept(t, s)[0]; a.Err == nil || a.Err.Codes()[0] != gateway.CodeSignature {
		t.Errorf("%+v", a)
	}
	// With the id of a change that has a receipt it is still a forgery.
	right := o.Submit(o.Nijmegen, id, pause.End, nil)
	if a := o.Accept(t, right)[0]; a.Err != nil {
		t.Fatal(a.Err)
	}
	right.Token = s.Token
	if a := o.Accept(t, right)[0]; a.Receipt != nil || a.Err == nil || a.Err.Codes()[0] != gateway.CodeSignature {
		t.Errorf("%+v", a)
	}
	other := o.Submit(o.Nijmegen, id, pause.End, object{"pauzeId": gateway.NewUUID(o.At, nil), "wijzigingId": gateway.NewUUID(o.At, nil)})
	other.ID = gateway.ChangeID(gateway.NewUUID(o.At, nil))
	if got := gatewaytest.Wrong(o.Accept(t, other)[0].Err); got != "id-ongelijk@/pauzeId id-ongelijk@/wijzigingId" {
		t.Error(got)
	}
}

// Why help stopped is not the creditor's to know.
func TestWithheldReasons(t *testing.T) {
	for reason, shown := range map[gateway.PauseReason]gateway.PauseReason{gateway.ReasonHelpStopped: "", gateway.ReasonArranged: "",
		gateway.ReasonNoContact: "", gateway.ReasonMistake: gateway.ReasonMistake, gateway.ReasonDead: gateway.ReasonDead} {
		o, _ := office(t)
		id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
		if got := o.Change(t, o.Nijmegen, id, pause.End, object{"reden": reason}); got != "" {
			t.Fatal(got)
		}
		told := o.Told(t, o.Energy)
		if n := told[1]; n.Reason != shown {
			t.Errorf("%s is told as %q", reason, n.Reason)
		}
		if s := o.Statement(t, o.Energy, id); s.Steps[1].Reason != shown || s.SignalID != "" || s.ReportID == "" {
			t.Errorf("%s is stated as %q", reason, s.Steps[1].Reason)
		}
		if s := o.Statement(t, o.Nijmegen, id); s.Steps[1].Reason != reason || s.ReportID != "" || s.SignalID == "" {
			t.Errorf("%s is stated to the municipality as %q", reason, s.Steps[1].Reason)
		}
	}
}

// A creditor that is not there cannot take a claim over: the pause stays where
// it is.
func TestTaker(t *testing.T) {
	o, _ := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	for name, oin := range map[string]gateway.OIN{"nobody": "00000099000000119999", "a municipality": o.Leiden.OIN, "itself": o.Energy.OIN} {
		if got := o.Change(t, o.Energy, id, pause.Transfer, object{"overnemer": oin}); got != "overnemer-onbekend@/overnemer" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := o.Change(t, o.Energy, id, pause.Transfer, object{"overnemer": "x"}); got != "verkeerde-vorm@/overnemer" {
		t.Error(got)
	}
	if s := o.Statement(t, o.Energy, id); s.Pause.Step != 1 {
		t.Errorf("%+v", s)
	}
}

// Two changes of one pause in one group meet each other.
func TestTwoChangesInOneGroup(t *testing.T) {
	o, _ := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	a := o.Accept(t, o.Submit(o.Nijmegen, id, pause.End, nil), o.Submit(o.Nijmegen, id, pause.Prolong, object{"einddatum": o.Day(8)}))
	if a[0].Err != nil || gatewaytest.Wrong(a[1].Err) != "pauze-niet-lopend@" {
		t.Errorf("%+v", a)
	}
}

// No log, no act; and what failed but was done is found by repetition
// (invariants I3, I5).
func TestFaults(t *testing.T) {
	o, m := office(t)
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	s := o.Submit(o.Nijmegen, id, pause.End, nil)
	m.FailWrites(gatewaytest.Failed, gatewaytest.FailedButDone)
	for range 2 {
		if _, err := o.Pauses.Accept(t.Context(), []pause.Submission{s}); gateway.AsError(err).Kind != gateway.KindUnavailable {
			t.Fatal(err)
		}
	}
	if a := o.Accept(t, s)[0]; !a.Replayed || a.Receipt == nil {
		t.Errorf("%+v", a)
	}
	if got := o.Kinds(t, o.Energy); got != "hulp-geaccepteerd pauze-beeindigd" {
		t.Error(got)
	}
	m.FailWrites(gatewaytest.Failed)
	if c, err := o.Pauses.State(t.Context(), o.Visit(o.Energy), id); err == nil {
		t.Errorf("%d bytes shown without a log entry", len(c))
	}
}

// The list is in the log, with how many it showed, before anything is shown
// (invariant I5).
func TestListIsLogged(t *testing.T) {
	o, m := office(t)
	o.Begin(t, o.Report(t, o.Energy, 1), 5)
	before := len(m.Entries())
	if all, err := o.Pauses.List(t.Context(), o.Visit(o.Energy), "", 0); err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	entries := m.Entries()[before:]
	if len(entries) != 1 || !bytes.Contains(entries[0], []byte(`"pauzes-opgevraagd"`)) || !bytes.Contains(entries[0], []byte("partij/"+o.Energy.OIN)) {
		t.Errorf("%s", entries)
	}
	m.FailWrites(gatewaytest.Failed)
	if all, err := o.Pauses.List(t.Context(), o.Visit(o.Energy), "", 0); err == nil || all != nil {
		t.Errorf("%d pauses shown without a log entry", len(all))
	}
}
