// SPDX-License-Identifier: EUPL-1.2

package gateway

import "time"

// Instruction (opdracht) is what a controller asks of the gateway about one
// data subject (AVG art. 28(3)(a) and (e)): the gateway is processor and acts
// on nothing else. It says who asked and who carried it out, never about whom.
type Instruction struct {
	ID           UUID           // the controller's own number of the request
	Controller   Party          // whoever answers for the data: a municipality, or a creditor for its own reports
	Municipality Municipality   // tokens differ per municipality, so an instruction is about one
	Formerly     []Municipality // codes that went into it: reports from before stand under those
	Officer      UUID           // account of the official who carries it out
	At           time.Time
	Trace        Trace
}

// Codes are the municipality's code and behind it those that went into it.
func (i Instruction) Codes() []Municipality {
	return append([]Municipality{i.Municipality}, i.Formerly...)
}

// Creditor is whose reports the controller may ask about: "" for a municipality
// in its own mailbox, which may ask about all; a creditor's own OIN for a
// creditor (invariant I8). Anyone else is refused, as is a municipality that
// asks about another. That a party was suspended or ended takes nothing from
// its duty to answer, so its state does not count.
func (i Instruction) Creditor() (OIN, error) {
	switch {
	case i.Controller.Kind == KindMunicipality && i.Controller.Municipality == i.Municipality && i.Municipality != "":
		return "", nil
	case i.Controller.Kind == KindCreditor && i.Controller.OIN != "" && i.Municipality != "":
		return i.Controller.OIN, nil
	}
	return "", Refuse(KindForbidden, Finding{Code: CodePartyKind, Rule: "AVG art. 4 onder 7 en art. 28",
		Text: "Alleen de gemeente zelf of de meldende partij zelf kan dit voor deze gemeente opdragen."})
}
