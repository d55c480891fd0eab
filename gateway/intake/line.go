// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Line is one report out of a file whose integrity and signer were verified
// before any of it is used. Only gateway/batch makes lines, in its second pass;
// Payload is one JSON report.
type Line struct {
	Peer    gateway.Peer
	Batch   gateway.BatchID
	Number  int64
	Payload []byte
	// Findings is what stood in the way before the line could be read (its
	// layout, its sender's standing); a line with findings is refused.
	Findings []gateway.Finding
	At       time.Time
	Trace    gateway.Trace
}

// OfFile takes lines as opened: the signature over the file stands for each.
// The id comes from the content when it is read.
func OfFile(lines []Line) (opened []Opened, refused []gateway.Refused) {
	for i, l := range lines {
		slip := gateway.Slip{Place: i, Peer: l.Peer, At: l.At, Trace: l.Trace,
			Digest: gateway.DigestOf(l.Payload), Batch: l.Batch, Line: l.Number}
		if len(l.Findings) > 0 {
			report, _ := ReadDocument(l.Payload, reportFields) // only for its id
			slip.ReportID = report.ID
			refused = append(refused, gateway.Refused{Slip: slip, Err: gateway.Refuse(gateway.KindInvalid, l.Findings...)})
			continue
		}
		opened = append(opened, Opened{slip, l.Payload})
	}
	return opened, refused
}
