// SPDX-License-Identifier: EUPL-1.2

package audit

import "github.com/seinhuis/seinhuis/gateway"

// ByPeer is the By of a peer that a door authenticated.
func ByPeer(p gateway.Peer, trace gateway.Trace) By {
	by := By{Actor: string(p.OIN()), Origin: p.Fingerprint(), Trace: string(trace)}
	switch p.Party().Kind {
	case gateway.KindCreditor:
		by.Role = Creditor
	case gateway.KindMunicipality:
		by.Role = Municipality
	case gateway.KindOfficer:
		by.Role = Officer
	}
	return by
}

// CodesOf turns the codes of an error into those of an entry.
func CodesOf(err *gateway.Error) []string {
	codes := make([]string, 0, len(err.Findings)+1)
	for _, c := range err.Codes() {
		codes = append(codes, string(c))
	}
	if len(codes) == 0 {
		codes = append(codes, string(err.Kind))
	}
	return codes
}
