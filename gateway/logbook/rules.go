// SPDX-License-Identifier: EUPL-1.2

package logbook

import "github.com/seinhuis/seinhuis/gateway/audit"

// rule is one event's row.
type rule struct {
	activity Activity
	whom     []whom
}

const (
	none     Activity = ""
	ofObject Activity = "*" // the kind of the object tells
)

// rules has a row for every event of the catalogue, which a test holds; an
// immutable table. An event without a whom concerns no party.
var rules = map[audit.Event]rule{
	audit.ServiceStarted: {none, nil},
	audit.ServiceStopped: {none, nil},
	audit.AccessRefused:  {none, []whom{actor}},

	// They say what happened to the service as a whole, and name nobody.
	audit.BackupMade:      {none, nil},
	audit.ServiceRestored: {none, nil},
	audit.ServiceMoved:    {none, nil},
	audit.LogRestarted:    {none, nil},

	audit.ReportReceived:  {ActivityReport, []whom{actor, object, reader}},
	audit.ReportRepeated:  {ActivityReport, []whom{actor, object}},
	audit.ReportRefused:   {ActivityReport, []whom{actor, object}},
	audit.ReportChecked:   {ActivityReport, []whom{actor, object}},
	audit.ReportWithdrawn: {ActivityReport, []whom{actor, object, reader}},
	audit.ReportCorrected: {ActivityReport, []whom{actor, object, reader}},
	audit.BatchReceived:   {ActivityReport, []whom{actor, object}},
	audit.BatchRefused:    {ActivityReport, []whom{actor, object}},
	audit.BatchDone:       {ActivityReport, []whom{actor, object}},
	audit.ReceiptGiven:    {ofObject, []whom{actor, object}},

	audit.SignalsListed:   {none, []whom{actor}},
	audit.SignalOffered:   {ActivitySignal, []whom{actor}},
	audit.SignalHanded:    {ActivitySignal, []whom{actor}},
	audit.SignalRead:      {ActivitySignal, []whom{actor}},
	audit.SignalConfirmed: {ActivitySignal, []whom{actor}},

	audit.FeedbackReceived: {ActivityFeedback, []whom{actor}},
	audit.FeedbackRefused:  {ActivityFeedback, []whom{actor}},
	audit.NoticePrepared:   {ActivityFeedback, []whom{actor, notice}},
	audit.NoticesListed:    {none, []whom{actor}},
	audit.NoticeOffered:    {ActivityFeedback, []whom{actor}},
	audit.NoticeConfirmed:  {ActivityFeedback, []whom{actor, notice}},

	audit.PauseStarted:        {ActivityPause, []whom{actor, reader, holder}},
	audit.PauseChanged:        {ActivityPause, []whom{actor, reader, holder}},
	audit.PauseChangeRefused:  {ActivityPause, []whom{actor}},
	audit.PauseChangeRepeated: {ActivityPause, []whom{actor}},
	audit.PauseRead:           {ActivityPause, []whom{actor}},
	audit.PausesListed:        {none, []whom{actor}},

	audit.AlarmRaised:  {ofObject, []whom{alarm}},
	audit.AlarmSettled: {ofObject, []whom{alarm}},
	audit.AlarmsRead:   {none, nil},

	audit.PartyRegistered:    {none, []whom{actor, object}},
	audit.PartyChanged:       {none, []whom{actor, object}},
	audit.PartyWithdrawn:     {none, []whom{actor, object}},
	audit.WebhookSet:         {none, []whom{object}},
	audit.WebhookChanged:     {none, []whom{object}},
	audit.WebhookRemoved:     {none, []whom{object}},
	audit.WebhookFailed:      {none, []whom{object}},
	audit.WebhookReplayed:    {none, []whom{object}},
	audit.AgreementConcluded: {none, []whom{actor, object, named}},
	audit.AgreementEnded:     {none, []whom{actor, object, named}},

	audit.ReorganisationPrepared:  {none, []whom{named}},
	audit.ReorganisationCancelled: {none, []whom{named}},
	audit.ReorganisationDone:      {none, []whom{named}},

	audit.PolicyLoaded:   {none, nil},
	audit.PolicyProposed: {none, nil},
	audit.PolicyApproved: {none, nil},
	audit.PolicyAdopted:  {none, nil},
	audit.PolicyRejected: {none, nil},
	audit.RoutingLoaded:  {none, nil},
	audit.KeyMade:        {none, []whom{object, named}},
	audit.KeyDestroyed:   {ActivityRetention, []whom{object, named}},

	audit.DataErased:      {ActivityRetention, []whom{object}},
	audit.DeletionsListed: {none, []whom{actor}},
	audit.HoldProposed:    {ActivityRetention, []whom{object, creditor, reader}},
	audit.HoldPlaced:      {ActivityRetention, []whom{object, creditor, reader}},
	audit.HoldApplied:     {ActivityRetention, []whom{object, creditor, reader}},
	audit.HoldLifted:      {ActivityRetention, []whom{object, creditor, reader}},

	audit.PersonSought:     {ActivityRights, []whom{object}},
	audit.OverviewMade:     {ActivityRights, []whom{object}},
	audit.ErasedOnRequest:  {ActivityRights, []whom{object}},
	audit.ErasureRefused:   {ActivityRights, []whom{object}},
	audit.ObjectionPlaced:  {ActivityRights, []whom{object}},
	audit.ObjectionLifted:  {ActivityRights, []whom{object}},
	audit.ObjectionsListed: {none, []whom{object}},
	audit.RequestOpened:    {ActivityRights, []whom{request}},
	audit.RequestExtended:  {ActivityRights, []whom{request}},
	audit.RequestHandedOn:  {ActivityRights, []whom{request}},
	audit.RequestClosed:    {ActivityRights, []whom{request}},

	audit.OverviewSeen:   {none, []whom{object}},
	audit.AgreementsRead: {none, []whom{object}},
	audit.KeysRead:       {none, []whom{object}},
	audit.RequestsRead:   {none, []whom{object}},
	audit.BreachOpened:   {none, []whom{object}},
	audit.BreachExamined: {none, []whom{object}},
	audit.BreachAdvanced: {none, []whom{object}},
	audit.BreachRead:     {none, []whom{object}},
	audit.ReportMade:     {none, []whom{object}},
	audit.RegisterMade:   {none, []whom{object}},

	audit.OfficerCodeGiven: {none, []whom{object}},
	audit.OfficerSignedIn:  {none, []whom{object}},
	audit.OfficerSignedOut: {none, []whom{object}},
	audit.ProcessingRead:   {none, []whom{actor}},

	audit.LogRead:     {none, []whom{object}},
	audit.LogExported: {none, []whom{object}},
	audit.LogDoubted:  {none, nil},
	audit.LogCosigned: {none, []whom{actor}},
}
