// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// receiptFor is the receipt of a sealed report. It depends on the creditor's
// own report and the policy alone, never on what others sent (invariant I8).
func receiptFor(issuer gateway.OIN, s seal.Sealed) gateway.Statement {
	slip := s.Slip()
	ref := seal.PolicyRef(s.Decision())
	about := "melding"
	if slip.Correction != "" {
		about = "correctie"
	}
	return receipt(slip, gateway.Receipt{
		Issuer: issuer, About: about, CorrectionID: slip.Correction, Municipality: s.Municipality(),
		Policy: &ref, Warnings: seal.Warnings(s.Decision()),
	})
}

// receipt fills in what every receipt says about its request.
func receipt(slip gateway.Slip, r gateway.Receipt) gateway.Statement {
	r.Audience, r.ReportID, r.Digest = slip.Peer.OIN(), slip.ReportID, slip.Digest
	r.ID, r.ReceivedAt, r.Status, r.Trace = gateway.NewUUID(slip.At, nil), slip.At.UTC(), "geaccepteerd", slip.Trace
	payload, err := json.Marshal(r)
	if err != nil { // every field of Receipt can be marshalled
		panic(fmt.Sprintf("journey: %T", err))
	}
	return gateway.Statement{Type: gateway.TypeReceipt, Algorithm: slip.Peer.Party().ReceiptAlg, Payload: payload}
}
