// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// Pauses is the contract of [pause.Store], through the desk that uses it. open
// gives an empty store, a new one at each call.
func Pauses(t *testing.T, open func(t *testing.T) Truth) {
	for name, test := range map[string]func(*testing.T, *Office){
		"a whole life": wholeLife, "standing": pauseStanding, "steps in order": stepsInOrder, "one pause for a claim": onePause,
		"replay": replayedChange, "the claim is sold": soldClaim, "the steps tell progress": stepsTellProgress, "nothing of a failed write": failedChange,
		"from hand to hand": handToHand, "what the taker learns": takerLearns,
		"the list of one's own": ownPauses, "the list with its alarms": ownAlarms,
	} {
		t.Run(name, func(t *testing.T) { test(t, NewOffice(t, open(t))) })
	}
}

func wholeLife(t *testing.T, o *Office) {
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	o.Later(2)
	if got := o.Change(t, o.Nijmegen, id, pause.Prolong, Object{"einddatum": o.Day(9)}); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Energy, id, pause.Contest, nil); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Nijmegen, id, pause.Uphold, nil); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Nijmegen, id, pause.Correct, Object{"einddatum": o.Day(6)}); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Nijmegen, id, pause.End, Object{"einddatum": o.Day(3), "reden": gateway.ReasonHelpStopped}); got != "" {
		t.Fatal(got)
	}
	if got, want := o.Kinds(t, o.Energy), "hulp-geaccepteerd pauze-verlengd pauze-gehandhaafd pauze-gecorrigeerd pauze-beeindigd"; got != want {
		t.Errorf("the creditor heard %s, want %s", got, want)
	}
	if got, want := o.Kinds(t, o.Nijmegen), "pauze-betwist"; got != want {
		t.Errorf("the municipality heard %s, want %s", got, want)
	}
	s := o.Statement(t, o.Nijmegen, id)
	var kinds []gateway.PauseStepKind
	for i, step := range s.Steps {
		if kinds = append(kinds, step.Kind); step.Number != i+1 || step.Digest == (gateway.Digest{}) {
			t.Errorf("step %d: %+v", i+1, step)
		}
	}
	want := []gateway.PauseStepKind{gateway.PauseBegun, gateway.PauseProlonged, gateway.PauseContested, gateway.PauseUpheld, gateway.PauseCorrected, gateway.PauseEnded}
	if !slices.Equal(kinds, want) || s.State != gateway.PauseFinished || s.Pause.Until.String() != o.Day(3) || s.Pause.Step != 6 {
		t.Errorf("%+v", s)
	}
}

func pauseStanding(t *testing.T, o *Office) {
	d := o.Report(t, o.Energy, 1)
	id := o.Begin(t, d, 5)
	none := gateway.PauseID(gateway.NewUUID(o.At, nil))
	found, err := o.Truth.Pauses.Pauses(t.Context(), []gateway.PauseID{none, id})
	if err != nil || found[0].Exists() {
		t.Fatal(found, err)
	}
	today := gateway.Today(o.At)
	s := found[1]
	if !sameParty(s.Holder, o.Energy) || !sameParty(s.Municipality, o.Nijmegen) {
		t.Errorf("%+v, %+v", s.Holder, s.Municipality)
	}
	s.Holder, s.Municipality = gateway.Party{}, gateway.Party{}
	want := pause.Standing{Pause: gateway.Pause{ID: id, Step: 1, From: today, Until: today.AddDays(5), Review: today.AddDays(5)}, Signal: d.Sealed().Body().ID,
		ReportID: d.Slip().ReportID, Limits: gateway.PauseLimits{Days: 10, Prolongations: 1}, State: gateway.PauseRuns, SettledOn: today, GivenOn: today}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("%+v, want %+v", s, want)
	}
	if steps, err := o.steps(t, none); err != nil || len(steps) != 0 {
		t.Errorf("%d steps of no pause, %v", len(steps), err)
	}
}

// A step that does not follow the last one fails: two that were judged on the
// same standing cannot both be stored.
func stepsInOrder(t *testing.T, o *Office) {
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	found, err := o.Truth.Pauses.Pauses(t.Context(), []gateway.PauseID{id})
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []int{0, 1, 3} {
		after := found[0]
		after.Pause.Step = number
		err := o.Truth.Pauses.Write(t.Context(), func(tx pause.Tx) error {
			return tx.Change([]pause.Changed{{After: after, Step: gateway.PauseStep{Number: number, Kind: gateway.PauseUpheld, By: o.Nijmegen.OIN, At: o.At, Pause: after.Pause}}})
		})
		if err == nil {
			t.Errorf("step %d was stored after step 1", number)
		}
	}
}

func onePause(t *testing.T, o *Office) {
	d := o.Report(t, o.Energy, 1)
	id := o.Begin(t, d, 5)
	if got := o.Change(t, o.Nijmegen, id, pause.End, nil); got != "" {
		t.Fatal(got)
	}
	o.Later(20)
	if a := o.Say(t, d, gateway.ResultFollowUp, nil); Wrong(a.Err) != "pauze-bestaat-al@/resultaat" {
		t.Errorf("a second pause of one claim: %v", a.Err)
	}
}

func replayedChange(t *testing.T, o *Office) {
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	s := o.Submit(o.Nijmegen, id, pause.Prolong, Object{"einddatum": o.Day(9)})
	other := o.Submit(o.Nijmegen, id, pause.Prolong, Object{"einddatum": o.Day(8), "wijzigingId": gateway.UUID(s.ID)})
	a := o.Accept(t, s, s, other)
	if a[0].Err != nil || a[0].Replayed || !a[1].Replayed || string(a[0].Receipt) != string(a[1].Receipt) || Wrong(a[2].Err) != "id-bezet@/wijzigingId" {
		t.Fatalf("%+v", a)
	}
	o.Later(40) // the pause is long over, the answer stands
	s.At = o.At
	if again := o.Accept(t, s)[0]; !again.Replayed || string(again.Receipt) != string(a[0].Receipt) {
		t.Errorf("%+v", again)
	}
	if got := len(o.Told(t, o.Energy)); got != 2 {
		t.Errorf("%d notices of one change", got)
	}
}

func soldClaim(t *testing.T, o *Office) {
	d := o.Report(t, o.Energy, 1)
	id := o.Begin(t, d, 5)
	if got := o.Change(t, o.Energy, id, pause.Transfer, Object{"overnemer": o.Water.OIN}); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Energy, id, pause.Contest, nil); got != "pauze-onbekend@" {
		t.Errorf("who sold the claim may still contest: %s", got)
	}
	if got := o.Change(t, o.Nijmegen, id, pause.Prolong, Object{"einddatum": o.Day(9)}); got != "" {
		t.Fatal(got)
	}
	if a := o.Say(t, d, gateway.ResultPaid, nil); a.Err != nil {
		t.Fatal(a.Err)
	}
	// And it is sold once more: whoever held it in between hears that as well.
	if got := o.Change(t, o.Water, id, pause.Transfer, Object{"overnemer": o.Housing.OIN}); got != "" {
		t.Fatal(got)
	}
	for _, c := range []struct {
		who  gateway.Party
		want string
	}{
		{o.Energy, "hulp-geaccepteerd vordering-overgedragen"},
		{o.Water, "vordering-overgenomen pauze-verlengd afgesloten vordering-overgedragen"},
		{o.Housing, "vordering-overgenomen"},
		{o.Nijmegen, "vordering-overgedragen vordering-overgedragen"},
	} {
		if got := o.Kinds(t, c.who); got != c.want {
			t.Errorf("%s heard %s, want %s", c.who.Name, got, c.want)
		}
	}
}

func stepsTellProgress(t *testing.T, o *Office) {
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	o.At = o.At.Add(time.Hour)
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeReceived)
	o.At = o.At.Add(time.Hour)
	bailiff := gateway.Agent{Kind: gateway.AgentBailiff, KvK: "90000001"}
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeApplied, bailiff)
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeApplied, gateway.Agent{Kind: gateway.AgentOther, KvK: "90000002"})
	steps, err := o.steps(t, id)
	if err != nil || len(steps) != 1 {
		t.Fatal(steps, err)
	}
	if s := steps[0]; !s.ReceivedAt.Equal(Now().Add(time.Hour)) || !s.AppliedAt.Equal(Now().Add(2*time.Hour)) || !slices.Equal(s.Told, []gateway.Agent{bailiff}) {
		t.Errorf("%+v", s)
	}
}

func failedChange(t *testing.T, o *Office) {
	id := o.Begin(t, o.Report(t, o.Energy, 1), 5)
	found, err := o.Truth.Pauses.Pauses(t.Context(), []gateway.PauseID{id})
	if err != nil {
		t.Fatal(err)
	}
	after := found[0]
	after.Pause.Step, after.State = 2, gateway.PauseFinished
	key := pause.Key{Party: o.Nijmegen.OIN, ID: gateway.ChangeID(gateway.NewUUID(o.At, nil))}
	_ = o.Truth.Pauses.Write(t.Context(), func(tx pause.Tx) error {
		if err := tx.Change([]pause.Changed{{After: after, Step: gateway.PauseStep{Number: 2, Kind: gateway.PauseEnded, By: o.Nijmegen.OIN, At: o.At, Pause: after.Pause},
			Record: pause.Record{Key: key, Pause: id, Receipt: gateway.Compact("r"), At: o.At}}}); err != nil {
			t.Error(err)
		}
		return errOnPurpose
	})
	again, err := o.Truth.Pauses.Pauses(t.Context(), []gateway.PauseID{id})
	records, err2 := o.Truth.Pauses.Changes(t.Context(), []pause.Key{key})
	if err != nil || err2 != nil || again[0].Pause.Step != 1 || again[0].State != gateway.PauseRuns || records[0].Exists() {
		t.Errorf("%+v %+v %v %v", again[0], records[0], err, err2)
	}
}

// steps reads the life of a pause in a transaction.
func (o *Office) steps(t testing.TB, id gateway.PauseID) (steps []gateway.PauseStep, err error) {
	t.Helper()
	err = o.Truth.Pauses.Write(t.Context(), func(tx pause.Tx) (err error) {
		steps, err = tx.Steps(id)
		return err
	})
	return steps, err
}

// handToHand: selling a claim on does not shake off its pause. Whoever never
// heard of it is late all the same, and there is a bound.
func handToHand(t *testing.T, o *Office) {
	id := o.Begin(t, o.Report(t, o.Energy, 1), 9)
	for _, sale := range [][2]gateway.Party{{o.Energy, o.Water}, {o.Water, o.Housing}, {o.Housing, o.Energy}} {
		o.At = o.At.Add(23 * time.Hour)
		if got := o.Change(t, sale[0], id, pause.Transfer, Object{"overnemer": sale[1].OIN}); got != "" {
			t.Fatal(got)
		}
		o.Sweep(t)
	}
	if got := o.Change(t, o.Energy, id, pause.Transfer, Object{"overnemer": o.Water.OIN}); got != "pauze-te-veel-wijzigingen@/soort" {
		t.Error("sold a fourth time: ", got)
	}
	o.Later(1)
	o.Sweep(t)
	late := 0
	for _, n := range o.Told(t, o.Nijmegen) {
		if n.Kind == gateway.NoticePauseNotFetched {
			late++
		}
	}
	if late != 4 {
		t.Errorf("%d of 4 creditors that never heard of it are late", late)
	}
	for _, n := range o.Told(t, o.Water) {
		if n.Kind == gateway.NoticePauseNotFetched && n.Pause != nil {
			t.Error("who sold the claim is told how the pause stands")
		}
	}
}

// takerLearns: what the seller said, did and told is not the taker's to know.
func takerLearns(t *testing.T, o *Office) {
	id := o.Begin(t, o.Report(t, o.Energy, 1), 9)
	o.Confirm(t, o.Energy, gateway.NoticeHelpAccepted, gateway.NoticeApplied, gateway.Agent{Kind: gateway.AgentBailiff, KvK: "90000001"})
	if got := o.Change(t, o.Energy, id, pause.Contest, Object{"reden": gateway.ReasonWrongPerson}); got != "" {
		t.Fatal(got)
	}
	if got := o.Change(t, o.Energy, id, pause.Transfer, Object{"overnemer": o.Water.OIN}); got != "" {
		t.Fatal(got)
	}
	s := o.Statement(t, o.Water, id)
	for _, step := range s.Steps[:2] {
		if step.Reason != "" || step.Told != nil || !step.ReceivedAt.IsZero() || !step.AppliedAt.IsZero() || step.Notice != "" {
			t.Errorf("the taker sees %+v", step)
		}
	}
	if s.Contested {
		t.Error("the seller's contest is still open")
	}
	if m := o.Statement(t, o.Nijmegen, id); m.Steps[1].Reason != gateway.ReasonWrongPerson || len(m.Steps[0].Told) != 1 {
		t.Errorf("the municipality does not see %+v", m.Steps)
	}
}
