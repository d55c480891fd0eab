// SPDX-License-Identifier: EUPL-1.2

package logbook

import "github.com/seinhuis/seinhuis/gateway/audit"

// Activity (verwerkingsactiviteit) is one row of the register of processing
// activities (AVG art. 30(2)). The constant is the value on the wire. The empty
// Activity is none: an act that processes no record of a person.
type Activity string

const (
	// ActivityReport: a report is checked, permitted, sealed and passed on.
	ActivityReport Activity = "melding-doorgeven"
	// ActivitySignal: a municipality gets the sealed signal.
	ActivitySignal Activity = "signaal-verstrekken"
	// ActivityFeedback: feedback comes in and reaches the creditor as a notice.
	ActivityFeedback Activity = "terugkoppeling-doorgeven"
	// ActivityPause: the life of a pause of collection.
	ActivityPause Activity = "incassopauze"
	// ActivityRights: what a data subject asked for is carried out.
	ActivityRights Activity = "rechten-betrokkene"
	// ActivityRetention: terms, holds and erasure.
	ActivityRetention Activity = "bewaren-en-wissen"
)

// Activities lists the closed set.
func Activities() []Activity {
	return []Activity{ActivityReport, ActivitySignal, ActivityFeedback, ActivityPause, ActivityRights, ActivityRetention}
}

// ActivityOf is the activity of an event about an object of a kind; empty when
// it processes no record of a person. Lists hold no personal data and are none.
func ActivityOf(event audit.Event, about audit.Kind) Activity {
	r := rules[event]
	if r.activity == ofObject {
		return map[audit.Kind]Activity{audit.KindSignal: ActivitySignal, audit.KindNotice: ActivityFeedback, audit.KindPause: ActivityPause,
			audit.KindReport: ActivityReport, audit.KindBatch: ActivityReport, audit.KindFeedback: ActivityFeedback, audit.KindDeletion: ActivityRetention}[about]
	}
	return r.activity
}
