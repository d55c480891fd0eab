// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/audit"
)

// eventName names an event in a few words. In Dutch that is its code, which is
// made of Dutch words; English has its own, and the code when it has none.
func eventName(d *dictionary, l language, code string) string {
	if name, ok := englishEvents()[audit.Event(code)]; ok && l == english {
		return name
	}
	return strings.ReplaceAll(sentence(code), "beeindigd", "beëindigd") // codes are ASCII
}

// eventChoices are all events to choose from, by name.
func eventChoices(v *visit) (all []choice) {
	for _, m := range audit.Catalogue() {
		all = append(all, choice{string(m.Event), eventName(v.words, v.Lang, string(m.Event))})
	}
	slices.SortStableFunc(all, func(a, b choice) int { return strings.Compare(a.Text, b.Text) })
	return all
}

// meaningOf is the sentence of the catalogue about an event, in Dutch; empty for
// an event that the catalogue does not have.
func meaningOf(code string) string {
	for _, m := range audit.Catalogue() {
		if string(m.Event) == code {
			return m.Dutch
		}
	}
	return ""
}

// englishEvents names every event of the catalogue in English;
// TestEveryEventHasItsName asks for those that are missing.
func englishEvents() map[audit.Event]string {
	return map[audit.Event]string{
		audit.ServiceStarted: "Service started", audit.ServiceStopped: "Service stopped", audit.AccessRefused: "Access refused",
		audit.ReportReceived: "Report received", audit.ReportRepeated: "Report repeated", audit.ReportRefused: "Report refused",
		audit.ReportChecked: "Report checked on trial", audit.ReportWithdrawn: "Report withdrawn", audit.ReportCorrected: "Report corrected",
		audit.BatchReceived: "File received", audit.BatchRefused: "File refused", audit.BatchDone: "File done",
		audit.ReceiptGiven: "Receipt given again", audit.SignalsListed: "Signals listed", audit.SignalOffered: "Signal offered",
		audit.SignalHanded: "Signal handed out", audit.SignalRead: "Signal read", audit.SignalConfirmed: "Receipt of signal confirmed",
		audit.FeedbackReceived: "Feedback received", audit.FeedbackRefused: "Feedback refused", audit.NoticePrepared: "Notice put ready",
		audit.NoticesListed: "Notices listed", audit.NoticeOffered: "Notice offered", audit.NoticeConfirmed: "Notice confirmed", audit.PauseStarted: "Pause begun",
		audit.PauseChanged: "Pause changed", audit.PauseChangeRefused: "Change of pause refused", audit.PauseChangeRepeated: "Change of pause repeated",
		audit.PauseRead: "Pause looked into", audit.PausesListed: "Pauses listed", audit.AlarmRaised: "Alarm raised", audit.AlarmSettled: "Alarm settled",
		audit.AlarmsRead: "Alarms looked into", audit.PartyRegistered: "Party registered", audit.PartyChanged: "Party changed",
		audit.PartyWithdrawn: "Party withdrawn", audit.AgreementConcluded: "Agreement concluded", audit.AgreementEnded: "Agreement ended",
		audit.PolicyLoaded: "Policy loaded", audit.RoutingLoaded: "Routing loaded", audit.KeyMade: "Key made", audit.KeyDestroyed: "Key destroyed",
		audit.PolicyProposed: "Policy proposed", audit.PolicyApproved: "Policy approved", audit.PolicyAdopted: "Policy adopted", audit.PolicyRejected: "Policy rejected",
		audit.DataErased: "Data erased", audit.LogRead: "Log read", audit.LogExported: "Log exported", audit.LogDoubted: "Log doubted", audit.LogCosigned: "Log cosigned", audit.WebhookSet: "Webhook set",
		audit.WebhookChanged: "Webhook changed", audit.WebhookRemoved: "Webhook removed", audit.WebhookFailed: "Webhook not delivered",
		audit.WebhookReplayed: "Webhook tried again", audit.ReorganisationPrepared: "Reorganisation prepared",
		audit.ReorganisationCancelled: "Reorganisation cancelled", audit.ReorganisationDone: "Reorganisation done",
		audit.PersonSought: "Person sought", audit.OverviewMade: "Overview for access made", audit.ErasedOnRequest: "Erased on request",
		audit.ErasureRefused: "Erasure refused", audit.ObjectionPlaced: "Objection placed", audit.ObjectionLifted: "Objection lifted",
		audit.ObjectionsListed: "Objections listed", audit.RequestOpened: "Request opened", audit.RequestExtended: "Request extended",
		audit.RequestHandedOn: "Request handed on", audit.RequestClosed: "Request closed", audit.DeletionsListed: "Deletion receipts listed",
		audit.HoldProposed: "Hold proposed", audit.HoldPlaced: "Hold placed", audit.HoldApplied: "Hold applied", audit.HoldLifted: "Hold lifted",
		audit.OverviewSeen: "State of affairs looked into", audit.AgreementsRead: "Agreements looked into", audit.KeysRead: "Keys looked into",
		audit.RequestsRead: "Requests looked into", audit.BreachOpened: "Breach case opened", audit.BreachExamined: "Breach case measured",
		audit.BreachAdvanced: "Step in a breach case", audit.BreachRead: "Breach cases looked into", audit.ReportMade: "Monthly report made",
		audit.RegisterMade: "Register or DPIA annex made", audit.ProcessingRead: "Data processing listed",
		audit.OfficerCodeGiven: "One-time code given", audit.OfficerSignedIn: "Officer signed in", audit.OfficerSignedOut: "Officer signed out",
		audit.BackupMade: "Backup begun", audit.ServiceRestored: "Service restored", audit.ServiceMoved: "Service moved to another store", audit.LogRestarted: "Log begun again",
	}
}
