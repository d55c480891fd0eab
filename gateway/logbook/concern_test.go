// SPDX-License-Identifier: EUPL-1.2

package logbook_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// The parties of the world of these tests. A stranger has nothing to do with
// the claim.
const (
	creditor = "00000003000000000001"
	reader   = "00000001000000000002"
	holder   = "00000003000000000003"
	former   = "00000003000000000004"
	stranger = "00000003000000000009"
	own      = "seinhuis"
	operator = "beheer"
	officer  = "functionaris/01a19b7c-a680-4fdf-999a-4575d839a3d7"
	id       = "01a19b7c-a680-7fdf-999a-4575d839a3d7"
)

// everything is known, so that each row shows what it leaves out.
var everything = logbook.Known{Creditor: creditor, Reader: reader, Holder: holder, Addressee: holder, Notice: gateway.NoticeHelpAccepted,
	Controller: reader, Former: former, Named: []gateway.OIN{reader, creditor}}

// rows: of each event at least one entry that went well, with whom it concerns.
var rows = []struct {
	event    audit.Event
	actor    string
	object   string
	whom     []string
	activity logbook.Activity
}{
	{audit.ServiceStarted, own, "dienst", nil, ""},
	{audit.ServiceStopped, own, "dienst", nil, ""},
	{audit.AccessRefused, stranger, "dienst", []string{stranger}, ""},
	{audit.AccessRefused, stranger, "melding/" + creditor + "/" + id, []string{stranger}, ""},
	{audit.AccessRefused, "onbekend", "dienst", nil, ""},
	{audit.BackupMade, operator, "sleutel/" + id, nil, ""},
	{audit.ServiceRestored, operator, "dienst", nil, ""},
	{audit.ServiceMoved, operator, "dienst", nil, ""},
	{audit.LogRestarted, operator, "logboek", nil, ""},

	{audit.ReportReceived, creditor, "melding/" + creditor + "/" + id, []string{reader, creditor}, logbook.ActivityReport},
	{audit.ReportRepeated, creditor, "melding/" + creditor + "/" + id, []string{creditor}, logbook.ActivityReport},
	{audit.ReportRefused, creditor, "aanlevering/" + creditor + "/" + id, []string{creditor}, logbook.ActivityReport},
	{audit.ReportChecked, creditor, "partij/" + creditor, []string{creditor}, logbook.ActivityReport},
	{audit.ReportWithdrawn, creditor, "melding/" + creditor + "/" + id, []string{reader, creditor}, logbook.ActivityReport},
	{audit.ReportCorrected, creditor, "melding/" + creditor + "/" + id, []string{reader, creditor}, logbook.ActivityReport},
	{audit.BatchReceived, creditor, "aanlevering/" + creditor + "/" + id, []string{creditor}, logbook.ActivityReport},
	{audit.BatchRefused, own, "aanlevering/" + creditor + "/" + id, []string{creditor}, logbook.ActivityReport},
	{audit.BatchDone, own, "aanlevering/" + creditor + "/" + id, []string{creditor}, logbook.ActivityReport},
	{audit.ReceiptGiven, creditor, "melding/" + creditor + "/" + id, []string{creditor}, logbook.ActivityReport},
	{audit.ReceiptGiven, reader, "terugkoppeling/" + id + "/" + id, []string{reader}, logbook.ActivityFeedback},
	{audit.ReceiptGiven, creditor, "verwijdering/" + creditor + "/" + id, []string{creditor}, logbook.ActivityRetention},

	{audit.SignalsListed, reader, "partij/" + reader, []string{reader}, ""},
	{audit.SignalOffered, reader, "signaal/" + id, []string{reader}, logbook.ActivitySignal},
	{audit.SignalHanded, reader, "signaal/" + id, []string{reader}, logbook.ActivitySignal},
	{audit.SignalRead, reader, "signaal/" + id, []string{reader}, logbook.ActivitySignal},
	{audit.SignalConfirmed, reader, "signaal/" + id, []string{reader}, logbook.ActivitySignal},
	{audit.FeedbackReceived, reader, "terugkoppeling/" + id + "/" + id, []string{reader}, logbook.ActivityFeedback},
	{audit.FeedbackRefused, stranger, "terugkoppeling/" + id + "/" + id, []string{stranger}, logbook.ActivityFeedback},

	{audit.NoticePrepared, own, "bericht/" + id, []string{reader, holder}, logbook.ActivityFeedback},
	{audit.NoticesListed, holder, "partij/" + holder, []string{holder}, ""},
	{audit.NoticeOffered, holder, "bericht/" + id, []string{holder}, logbook.ActivityFeedback},
	{audit.NoticeConfirmed, holder, "bericht/" + id, []string{reader, holder}, logbook.ActivityFeedback},
	{audit.PauseStarted, own, "pauze/" + id, []string{reader, holder}, logbook.ActivityPause},
	{audit.PauseChanged, creditor, "pauze/" + id, []string{reader, creditor, holder}, logbook.ActivityPause}, // handed over
	{audit.PauseChangeRefused, stranger, "pauze/" + id, []string{stranger}, logbook.ActivityPause},
	{audit.PauseChangeRepeated, holder, "pauze/" + id, []string{holder}, logbook.ActivityPause},
	{audit.PauseRead, reader, "pauze/" + id, []string{reader}, logbook.ActivityPause},
	{audit.PausesListed, holder, "partij/" + holder, []string{holder}, ""},
	{audit.AlarmRaised, own, "signaal/" + id, []string{reader}, logbook.ActivitySignal},
	{audit.AlarmRaised, own, "bericht/" + id, []string{reader, holder}, logbook.ActivityFeedback},
	{audit.AlarmSettled, own, "pauze/" + id, []string{reader, holder}, logbook.ActivityPause},
	{audit.AlarmsRead, operator, "dienst", nil, ""},

	{audit.PartyRegistered, operator, "partij/" + holder, []string{holder}, ""},
	{audit.PartyChanged, operator, "partij/" + holder, []string{holder}, ""},
	{audit.PartyWithdrawn, own, "partij/" + holder, []string{holder}, ""},
	{audit.WebhookSet, operator, "partij/" + holder, []string{holder}, ""},
	{audit.WebhookChanged, operator, "partij/" + holder, []string{holder}, ""},
	{audit.WebhookRemoved, operator, "partij/" + holder, []string{holder}, ""},
	{audit.WebhookFailed, own, "partij/" + holder, []string{holder}, ""},
	{audit.WebhookReplayed, operator, "partij/" + holder, []string{holder}, ""},
	{audit.AgreementConcluded, operator, "overeenkomst/" + id, []string{reader, creditor}, ""},
	{audit.AgreementEnded, operator, "overeenkomst/" + id, []string{reader, creditor}, ""},
	{audit.ReorganisationPrepared, operator, "herindeling/" + id + "/GM0268/GM0363", []string{reader, creditor}, ""},
	{audit.ReorganisationCancelled, operator, "herindeling/" + id + "/GM0268/GM0363", []string{reader, creditor}, ""},
	{audit.ReorganisationDone, own, "herindeling/" + id + "/GM0268/GM0363", []string{reader, creditor}, ""},
	{audit.PolicyLoaded, operator, "beleid", nil, ""},
	{audit.PolicyProposed, officer, "beleid", nil, ""},
	{audit.PolicyApproved, officer, "beleid", nil, ""},
	{audit.PolicyAdopted, officer, "beleid", nil, ""},
	{audit.PolicyRejected, officer, "beleid", nil, ""},
	{audit.RoutingLoaded, operator, "routering", nil, ""},
	{audit.KeyMade, operator, "sleutel", []string{reader, creditor}, ""},
	{audit.KeyDestroyed, own, "sleutel/" + holder + "/2026-11", []string{reader, creditor, holder}, logbook.ActivityRetention},

	{audit.DataErased, own, "verwijdering/" + holder + "/" + id, []string{holder}, logbook.ActivityRetention},
	{audit.DeletionsListed, reader, "partij/" + reader, []string{reader}, ""},
	{audit.HoldProposed, officer, "opschorting/" + creditor + "/" + id + "/" + id, []string{reader, creditor}, logbook.ActivityRetention},
	{audit.HoldPlaced, officer, "opschorting/" + creditor + "/" + id + "/" + id, []string{reader, creditor}, logbook.ActivityRetention},
	{audit.HoldApplied, own, "opschorting/" + id, []string{reader, creditor}, logbook.ActivityRetention},
	{audit.HoldLifted, officer, "opschorting/" + id, []string{reader, creditor}, logbook.ActivityRetention},
	{audit.PersonSought, officer, "opdracht/" + holder + "/GM0268/" + id, []string{holder}, logbook.ActivityRights},
	{audit.OverviewMade, officer, "opdracht/" + holder + "/GM0268/" + id, []string{holder}, logbook.ActivityRights},
	{audit.ErasedOnRequest, officer, "opdracht/" + holder + "/GM0268/" + id, []string{holder}, logbook.ActivityRights},
	{audit.ErasureRefused, officer, "opdracht/" + holder + "/GM0268/" + id, []string{holder}, logbook.ActivityRights},
	{audit.ObjectionPlaced, officer, "opdracht/" + holder + "/GM0268/" + id, []string{holder}, logbook.ActivityRights},
	{audit.ObjectionLifted, officer, "opdracht/" + holder + "/GM0268/" + id, []string{holder}, logbook.ActivityRights},
	{audit.ObjectionsListed, officer, "opdracht/" + holder + "/GM0268/" + id, []string{holder}, ""},
	{audit.RequestOpened, officer, "verzoek/" + id, []string{reader}, logbook.ActivityRights},
	{audit.RequestExtended, officer, "verzoek/" + id, []string{reader}, logbook.ActivityRights},
	{audit.RequestHandedOn, officer, "verzoek/" + id, []string{reader, former}, logbook.ActivityRights},
	{audit.RequestClosed, officer, "verzoek/" + id, []string{reader}, logbook.ActivityRights},
	{audit.OverviewSeen, officer, "partij/" + holder, []string{holder}, ""},
	{audit.AgreementsRead, officer, "partij/" + holder, []string{holder}, ""},
	{audit.KeysRead, officer, "partij/" + holder, []string{holder}, ""},
	{audit.RequestsRead, officer, "partij/" + holder, []string{holder}, ""},
	{audit.BreachOpened, officer, "datalek/" + id, nil, ""},
	{audit.BreachExamined, officer, "datalek/" + holder + "/" + id, []string{holder}, ""},
	{audit.BreachAdvanced, officer, "datalek/" + holder + "/" + id, []string{holder}, ""},
	{audit.BreachRead, officer, "partij/" + holder, []string{holder}, ""},
	{audit.ReportMade, operator, "partij/" + holder, []string{holder}, ""},
	{audit.RegisterMade, officer, "dienst", nil, ""},
	{audit.OfficerCodeGiven, operator, "partij/" + holder, []string{holder}, ""},
	{audit.OfficerSignedIn, officer, "dienst/" + id, nil, ""},
	{audit.OfficerSignedOut, officer, "dienst/" + id, nil, ""},
	{audit.ProcessingRead, reader, "partij/" + reader, []string{reader}, ""},
	{audit.LogRead, officer, "logboek/" + holder, []string{holder}, ""},
	{audit.LogExported, officer, "logboek", nil, ""},
	{audit.LogDoubted, officer, "logboek", nil, ""},
	{audit.LogCosigned, reader, "logboek", []string{reader}, ""},
}

func entry(event audit.Event, actor, object string) proof.Entry {
	e := proof.Entry{Event: string(event), Actor: actor, Object: object, Result: proof.ResultDone}
	for _, m := range audit.Catalogue() {
		if m.Event == event && m.Refusal {
			e.Result = proof.ResultRefused
		}
	}
	return e
}

func oins(concerns []logbook.Concern) (all []string) {
	for _, c := range concerns {
		all = append(all, string(c.Party))
	}
	return all
}

func TestConcerns(t *testing.T) {
	for _, r := range rows {
		got := logbook.Concerns(entry(r.event, r.actor, r.object), everything)
		if !slices.Equal(oins(got), r.whom) {
			t.Errorf("%s of %s by %s concerns %v, not %v", r.event, r.object, r.actor, oins(got), r.whom)
		}
		kind, _, _ := strings.Cut(r.object, "/")
		if a := logbook.ActivityOf(r.event, audit.Kind(kind)); a != r.activity {
			t.Errorf("%s of %s is %q, not %q", r.event, kind, a, r.activity)
		}
		for _, c := range got {
			if c.Activity != r.activity {
				t.Errorf("%s: %q for %s", r.event, c.Activity, c.Party)
			}
		}
		// What no store knows, nobody but those in the entry itself is told.
		for _, p := range oins(logbook.Concerns(entry(r.event, r.actor, r.object), logbook.Known{})) {
			if p != r.actor && !strings.Contains(r.object, p) {
				t.Errorf("%s concerns %s, whom nobody knows of", r.event, p)
			}
		}
	}
}

// A new event needs a row above, and so a thought about who may see it.
func TestEveryEventHasARow(t *testing.T) {
	for _, m := range audit.Catalogue() {
		if !slices.ContainsFunc(rows, func(r struct {
			event    audit.Event
			actor    string
			object   string
			whom     []string
			activity logbook.Activity
		}) bool {
			return r.event == m.Event
		}) {
			t.Errorf("%s has no row: whom does it concern?", m.Event)
		}
	}
	if c := logbook.Concerns(entry("nieuw", creditor, "melding/"+creditor+"/"+id), everything); c != nil {
		t.Errorf("an event that nobody knows concerns %v", c)
	}
}

// A refusal concerns who was refused, whatever it named (invariants I4 and I8).
func TestRefused(t *testing.T) {
	for _, m := range audit.Catalogue() {
		for _, kind := range m.Objects {
			e := entry(m.Event, stranger, string(kind)+"/"+creditor+"/"+id)
			e.Result = proof.ResultRefused
			if got := oins(logbook.Concerns(e, everything)); len(got) > 0 && !slices.Equal(got, []string{stranger}) {
				t.Errorf("refused %s of %s by a stranger concerns %v", m.Event, kind, got)
			}
		}
	}
}

func TestSpecialNotices(t *testing.T) {
	twice := everything
	twice.Notice = gateway.NoticeOwnDuplicate
	if got := oins(logbook.Concerns(entry(audit.NoticePrepared, own, "bericht/"+id), twice)); !slices.Equal(got, []string{holder}) {
		t.Errorf("a creditor's own duplicate concerns %v", got)
	}
	review := entry(audit.AlarmRaised, own, "pauze/"+id)
	review.Codes = []string{string(gateway.NoticePauseReview)}
	if got := oins(logbook.Concerns(review, everything)); !slices.Equal(got, []string{reader}) {
		t.Errorf("a municipality's own date of review concerns %v", got)
	}
}

func TestRelated(t *testing.T) {
	for actor, want := range map[string]bool{creditor: true, reader: true, holder: true, own: true, stranger: false} {
		e := entry(audit.FeedbackRefused, actor, "terugkoppeling/"+id+"/"+id)
		if got := everything.Related(e); got != want {
			t.Errorf("a refusal of %s is tied to the claim: %v", actor, got)
		}
	}
}

func TestActivities(t *testing.T) {
	seen := map[logbook.Activity]bool{}
	for _, r := range rows {
		seen[r.activity] = true
	}
	for _, a := range logbook.Activities() {
		if !seen[a] {
			t.Errorf("no event is %s", a)
		}
		delete(seen, a)
	}
	if delete(seen, ""); len(seen) > 0 {
		t.Errorf("not in the closed set: %v", seen)
	}
}
