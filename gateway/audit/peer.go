// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// ByPeer says that an authenticated peer acted, in the role of its party.
func ByPeer(p gateway.Peer, trace gateway.Trace) By {
	// The kinds of parties and the roles have the same words; a test holds them together.
	by := By{Actor: string(p.OIN()), Role: Role(p.Party().Kind), Origin: p.Fingerprint(), Trace: trace}
	if by.Origin == "" { // an operator acts for the party at the command line
		by.Origin = Local
	}
	return by
}

// ByGateway says that the gateway acted by itself.
func ByGateway(trace gateway.Trace) By {
	return By{Actor: ActorGateway, Role: Gateway, Origin: Local, Trace: trace}
}

// ByOperator says that whoever has the command line acted.
func ByOperator(trace gateway.Trace) By {
	return By{Actor: ActorOperator, Role: Operator, Origin: Local, Trace: trace}
}

// Prepared are the entries of notices that were signed and put ready in one
// transaction.
func Prepared(notices []gateway.PostedNotice, trace gateway.Trace, at time.Time) ([]Entry, error) {
	entries := make([]Entry, len(notices))
	for i, n := range notices {
		var err error
		if entries[i], err = New(NoticePrepared, ByGateway(trace), Object(KindNotice, string(n.ID)), at, Codes(string(n.Kind))); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// CodesOf gives the codes of an error for an entry: each once, as many as an entry can hold; the error's kind when it has none.
func CodesOf(err error) []string {
	e := gateway.AsError(err)
	if e == nil {
		return nil
	}
	var codes []string
	for _, c := range e.Codes() {
		if !slices.Contains(codes, string(c)) && len(codes) < proof.MaxCodes {
			codes = append(codes, string(c))
		}
	}
	if len(codes) == 0 {
		codes = []string{string(e.Kind)}
	}
	return codes
}
