// SPDX-License-Identifier: EUPL-1.2

package gateway

import "time"

// Slip goes with one member of a batch from step to step: who sent it, under
// which id, when, and at which place of the batch its answer belongs. It holds
// nothing about a person.
type Slip struct {
	Place    int
	Peer     Peer
	ReportID ReportID
	At       time.Time // one "now" for the whole request
	Trace    Trace
	Digest   Digest  // of the signed payload; zero until it was opened
	Batch    BatchID // the file that it came in, or empty
	Line     int64   // its line there, from 1

	// Of a correction: its own id, and the signal that it corrects.
	Correction CorrectionID
	Corrects   SignalID
}

// Refused is a member that a step turned away, with every reason.
type Refused struct {
	Slip Slip
	Err  *Error
}

// Visit is one request of a peer that brings no report: who, when, under which
// trace.
type Visit struct {
	Peer  Peer
	At    time.Time
	Trace Trace
}
