// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// DecisionEvent is the event_name of every decision.
const DecisionEvent = "adl.access_evaluation"

// PolicyAccess is what decided when no policy document did: the register, the
// certificate and the table of the door, which say who may do what.
const PolicyAccess = "toegang"

// Decision is one record of the Authorization Decision Log 1.0: somebody asked,
// and was allowed or denied. It is the same entry as a row of the processing
// log, and shares its trace and span. A denial is no error.
type Decision struct {
	Trace, Span, Parent string
	At                  time.Time
	Status              Status
	Allowed             bool
	Codes               []string // the reasons
	Request             string   // reference: the entry of the log that names who asked what
	Policy              string   // reference: the digest of the policy, or PolicyAccess
	Exchange            string   // transaction id of FSC
	Service, Version    string
}

// Decision makes the decision of a record, or reports that it holds none: nobody
// asked, the gateway or its operator acted, or it stands in another record of the
// same entry.
func (p Profile) Decision(r Record) (Decision, bool) {
	if r.Further {
		return Decision{}, false
	}
	switch audit.Role(r.Entry.Role) {
	case audit.Creditor, audit.Municipality, audit.Unknown:
	case audit.Officer: // at the command line it is an instruction, and nobody is asked
		if r.Entry.Origin == proof.OriginLocal && r.Entry.Result != proof.ResultRefused {
			return Decision{}, false
		}
	case audit.Operator, audit.Gateway:
		if r.Entry.Result != proof.ResultRefused {
			return Decision{}, false
		}
	default:
		return Decision{}, false
	}
	d := Decision{Trace: r.Trace.ID(), Span: r.Span, Parent: r.Trace.Parent(), At: r.Entry.At(), Status: statusOf(r.Entry),
		Allowed: r.Entry.Result != proof.ResultRefused, Codes: r.Entry.Codes, Request: "logboek/" + strconv.FormatInt(r.Number, 10),
		Policy: PolicyAccess, Exchange: string(r.Trace.Exchange()), Service: ServiceName, Version: p.Version}
	if r.Entry.Policy != "" {
		d.Policy = r.Entry.Policy
	}
	return d, true
}
