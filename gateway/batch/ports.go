// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"io"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// Envelope is how a file is signed and encrypted.
type Envelope string

const (
	EnvelopeJOSE    Envelope = "jose"    // at most MaxJOSE, held in memory
	EnvelopeOpenPGP Envelope = "openpgp" // at most MaxFile, streamed
)

// Layout is what the lines of a file are.
type Layout string

const (
	LayoutNDJSON Layout = "ndjson"
	LayoutCSV    Layout = "csv"
)

// Limits of a file.
const (
	MaxJOSE  = 16 << 20
	MaxFile  = 1 << 30
	MaxLine  = 64 << 10
	MaxLines = 1_000_000
)

// Limits of what waits for one creditor, with what it is sending now.
const (
	MaxPending      = 20      // files
	MaxPendingBytes = 4 << 30 // as received
)

// State is how far a batch is.
type State string

const (
	Received   State = "ontvangen"   // spooled whole, as received
	Verifying  State = "controleren" // first pass: integrity, signer, lines
	Processing State = "verwerken"   // second pass: the journey, in chunks
	Done       State = "gereed"
	Rejected   State = "geweigerd" // the file as a whole; no line was processed
)

// Key names a batch: the id is the creditor's own.
type Key struct {
	Creditor gateway.OIN
	ID       gateway.BatchID
}

// Record is what truth keeps about a batch. The zero Record stands for none.
type Record struct {
	Key
	Sealed     gateway.Digest // of the bytes as received
	Payload    gateway.Digest // of the plaintext; zero until verified
	Envelope   Envelope
	Layout     Layout
	Check      bool // a whole-file dry run: no line is stored
	Size       int64
	State      State
	Lines      int64 // known after verification
	Next       int64 // first line that has no outcome yet, from 1
	Accepted   int64
	Refused    int64
	Duplicate  int64
	ReceivedAt time.Time
	DoneAt     time.Time
	Origin     string // fingerprint of the credential that brought it
	Spool      string // name of its file in the spool, until it is Done or Rejected
	Trace      gateway.Trace
	Findings   []gateway.Finding // why the whole file was rejected
	Summary    gateway.Compact   // signed, when Done or Rejected
}

// Exists reports whether there is such a batch.
func (r Record) Exists() bool { return r.ID != "" }

// OutcomeKind is what became of a line.
type OutcomeKind string

const (
	LineAccepted  OutcomeKind = "geaccepteerd"
	LineRefused   OutcomeKind = "geweigerd"
	LineDuplicate OutcomeKind = "dubbel" // a report with this id and content had a receipt already
)

// Outcome is what became of one line. Receipt is filled when read back.
type Outcome struct {
	Line     int64
	Kind     OutcomeKind
	ReportID gateway.ReportID // empty when the line held none
	Findings []gateway.Finding
	Receipt  gateway.Compact
}

// Store is the truth store as batches need it.
type Store interface {
	// Batches finds batches, each at its own place.
	Batches(ctx context.Context, keys []Key) ([]Record, error)
	// Pending gives the batches that are not Done or Rejected, oldest first.
	Pending(ctx context.Context) ([]Record, error)
	// Outcomes gives the outcomes of the lines after a line, in order, at most
	// limit, with the receipts of accepted and duplicate lines.
	Outcomes(ctx context.Context, key Key, after int64, limit int) ([]Outcome, error)
	// Write runs fn in one durable transaction, as journey.Ledger does.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one open transaction of a Store.
type Tx interface {
	// Batches finds batches as of this transaction.
	Batches(keys []Key) ([]Record, error)
	// Put stores a batch whole, replacing an earlier state of it.
	Put(r Record) error
	// Add stores outcomes of lines that had none.
	Add(key Key, outcomes []Outcome) error
	// Append adds rows to the audit log.
	Append(entries []audit.Entry) (first int64, err error)
}

// Spool keeps files as received: ciphertext only. Names are made by this
// package of letters, digits and hyphens.
type Spool interface {
	// Put stores all of body under name and returns size and SHA-256 once it is
	// durable; on an error nothing is left. A second Put replaces.
	Put(ctx context.Context, name string, body io.Reader) (size int64, sum gateway.Digest, err error)
	// Open reads a file; fs.ErrNotExist when there is none.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Erase removes a file; none is fine.
	Erase(ctx context.Context, name string) error
	// Names lists the files.
	Names(ctx context.Context) ([]string, error)
}

// Opener gives the plaintext of a sealed file. The reader gives io.EOF only
// after integrity was checked and the signature is one of the party's own keys,
// valid at the moment; any failure, also one found at the very end, is a
// *gateway.Error instead. What was read before that may not be used for
// anything but checking. Filled by adapters/openpgp and adapters/jose.
type Opener interface {
	OpenFile(ctx context.Context, from gateway.Party, at time.Time, sealed io.Reader) (io.Reader, error)
}

// Journey takes the lines of a verified file. Filled by gateway/journey.
type Journey interface {
	Lines(ctx context.Context, lines []intake.Line, check bool) ([]journey.Answer, error)
}

// Signer signs the summary.
type Signer interface {
	Sign(ctx context.Context, statements []gateway.Statement) ([]gateway.Compact, error)
}
