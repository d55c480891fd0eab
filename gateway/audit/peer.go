// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// ByPeer says that an authenticated peer acted, in the role of its party.
func ByPeer(p gateway.Peer, trace gateway.Trace) By {
	// The kinds of parties and the roles have the same words; a test holds them together.
	by := By{Actor: string(p.OIN()), Role: Role(p.Party().Kind), Origin: p.Fingerprint(), Trace: string(trace)}
	if by.Origin == "" { // an operator acts for the party at the command line
		by.Origin = Local
	}
	return by
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
