// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Submission is one report as a door received it: the peer that the door
// authenticated, the id from the path and the sealed token.
type Submission struct {
	Peer  gateway.Peer
	ID    gateway.ReportID
	Token []byte
	At    time.Time
	Trace gateway.Trace
}

// Opened is a submission whose letter was decrypted and whose signature is the
// peer's own. Its digest decides between replay and conflict (invariant I3).
type Opened struct {
	slip    gateway.Slip
	payload []byte
}

// Slip says whose member this is.
func (o Opened) Slip() gateway.Slip { return o.slip }

// Payload is the signed content. Only a step that decodes it strictly may
// look (invariant I12).
func (o Opened) Payload() []byte { return o.payload }

// Correcting is the same letter as a correction of an earlier signal.
func (o Opened) Correcting(signal gateway.SignalID, id gateway.CorrectionID) Opened {
	o.slip.Corrects, o.slip.Correction = signal, id
	return o
}

// Open opens every letter of the batch; members that cannot be opened come
// back as refused.
func Open(ctx context.Context, opener Opener, batch []Submission) ([]Opened, []gateway.Refused) {
	letters := make([]Letter, len(batch))
	for i, s := range batch {
		letters[i] = Letter{Peer: s.Peer, At: s.At, Token: s.Token}
	}
	var opened []Opened
	var refused []gateway.Refused
	for i, c := range opener.Open(ctx, letters) {
		s := batch[i]
		slip := gateway.Slip{Place: i, Peer: s.Peer, ReportID: s.ID, At: s.At, Trace: s.Trace}
		if c.Err != nil {
			// The digest of a token that could not be opened still lets the
			// creditor show which attempt was refused.
			slip.Digest = gateway.DigestOf(s.Token)
			refused = append(refused, gateway.Refused{Slip: slip, Err: c.Err})
			continue
		}
		slip.Digest = gateway.DigestOf(c.Payload)
		opened = append(opened, Opened{slip, c.Payload})
	}
	return opened, refused
}
