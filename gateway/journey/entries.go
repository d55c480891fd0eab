// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"encoding/hex"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// entriesOf writes one log entry per member, in order, and after them one per
// notice. The digest of a refused report is all that is kept of it (invariant
// I4).
func entriesOf(members []member, filed []Filed) ([]audit.Entry, error) {
	var entries []audit.Entry
	for _, m := range members {
		e, err := entryOf(m)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	for _, f := range filed {
		if f.Notice == nil {
			continue
		}
		slip := f.Deposit.Slip()
		by := audit.By{Actor: audit.ActorGateway, Role: audit.Gateway, Origin: audit.Local, Trace: slip.Trace}
		e, err := audit.New(audit.NoticePrepared, by, audit.Object(audit.KindNotice, string(f.Notice.ID)), slip.At,
			audit.Codes(string(f.Notice.Kind)))
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func entryOf(m member) (audit.Entry, error) {
	by := audit.ByPeer(m.slip.Peer, m.slip.Trace)
	object := audit.Object(audit.KindReport, string(m.slip.Peer.OIN()), string(m.slip.ReportID))
	switch {
	case m.slip.ReportID != "":
	case m.slip.Batch != "": // a line that held no id
		object = audit.Object(audit.KindBatch, string(m.slip.Peer.OIN()), string(m.slip.Batch))
	default: // a check whose id was never learned
		object = audit.Object(audit.KindParty, string(m.slip.Peer.OIN()))
	}
	var options []audit.Option
	if m.event != audit.ReportChecked { // of a check nothing is kept, not even a digest
		options = append(options, audit.Digest(m.slip.Digest))
	}
	event := m.event
	switch {
	case m.deposit != nil:
		event = audit.ReportReceived
		decision := m.deposit.Sealed().Decision()
		options = append(options, audit.Receipt(string(m.deposit.Receipt())),
			audit.Policy(hex.EncodeToString(decision.Policy.Digest[:])), audit.Codes(texts(seal.Warnings(decision))...))
	case m.answer.Err != nil:
		options = append(options, audit.Refused(audit.CodesOf(m.answer.Err)...))
	}
	return audit.New(event, by, object, m.slip.At, options...)
}

func texts(codes []gateway.Code) []string {
	var all []string
	for _, c := range codes {
		all = append(all, string(c))
	}
	return all
}
