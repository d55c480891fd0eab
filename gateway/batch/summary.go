// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// TypeSummary is the typ header of a summary.
const TypeSummary gateway.StatementType = "aanleveringsbewijs+jwt"

// Summary (aanleveringsbewijs) is the claim set of what we sign about a whole
// file. Outcomes is the SHA-256 of the NDJSON that Outcomes gave when it was
// signed, so that nobody can change one line of it unseen.
type Summary struct {
	Issuer     gateway.OIN       `json:"iss"`
	Audience   gateway.OIN       `json:"aud"`
	ID         gateway.UUID      `json:"jti"`
	About      string            `json:"betreft"` // aanlevering
	BatchID    gateway.BatchID   `json:"aanleveringId"`
	State      State             `json:"toestand"` // gereed or geweigerd
	Check      bool              `json:"controle,omitzero"`
	ReceivedAt time.Time         `json:"ontvangenOp"`
	DoneAt     time.Time         `json:"gereedOp"`
	Sealed     gateway.Digest    `json:"sha256Ontvangen"`
	Payload    gateway.Digest    `json:"sha256,omitzero"` // of the content, when it could be opened
	Lines      int64             `json:"regels"`
	Accepted   int64             `json:"geaccepteerd"`
	Refused    int64             `json:"geweigerd"`
	Duplicate  int64             `json:"dubbel"`
	Outcomes   gateway.Digest    `json:"sha256Uitkomsten"`
	Findings   []gateway.Finding `json:"bevindingen,omitzero"`
	Trace      gateway.Trace     `json:"spoor"`
}

// finish signs the summary, closes the batch and erases its file, in this
// order: a crash in between leaves a file that the next sweep erases.
func (d *Desk) finish(ctx context.Context, r Record) error {
	party, _, err := d.ports.Directory.Party(ctx, r.Creditor)
	if err != nil {
		return err
	}
	outcomes := sha256.New()
	if err := d.outcomes(ctx, r.Key, outcomes); err != nil {
		return err
	}
	name := r.Spool
	r.DoneAt, r.Spool = d.ports.Clock(), ""
	if r.State != Rejected {
		r.State = Done
	}
	s := Summary{Issuer: d.ports.Issuer, Audience: r.Creditor, ID: gateway.NewUUID(r.DoneAt, nil), About: "aanlevering", BatchID: r.ID,
		State: r.State, Check: r.Check, ReceivedAt: r.ReceivedAt.UTC(), DoneAt: r.DoneAt.UTC(), Sealed: r.Sealed, Payload: r.Payload,
		Lines: r.Lines, Accepted: r.Accepted, Refused: r.Refused, Duplicate: r.Duplicate, Findings: r.Findings, Trace: r.Trace}
	outcomes.Sum(s.Outcomes[:0])
	payload, err := json.Marshal(s)
	if err != nil { // every field can be marshalled
		panic(fmt.Sprintf("batch: %T", err))
	}
	signed, err := d.ports.Signer.Sign(ctx, []gateway.Statement{{Type: TypeSummary, Algorithm: party.ReceiptAlg, Payload: payload}})
	if err != nil {
		return err
	}
	r.Summary = signed[0]
	if err := d.close(ctx, r); err != nil {
		return err
	}
	return d.ports.Spool.Erase(ctx, name)
}

func (d *Desk) close(ctx context.Context, r Record) error {
	event, options := audit.BatchDone, []audit.Option{audit.Receipt(string(r.Summary)), audit.Count(int(r.Lines)), audit.Digest(r.Sealed)}
	if r.State == Rejected {
		event = audit.BatchRefused
		options = append(options, audit.Refused(audit.CodesOf(gateway.Refuse(gateway.KindInvalid, r.Findings...))...))
	}
	by := audit.ByGateway(r.Trace)
	entry, err := audit.New(event, by, object(r.Key), r.DoneAt, options...)
	if err != nil {
		return err
	}
	entries := []audit.Entry{entry}
	if r.Check && r.State == Done { // one for all its lines
		peer := gateway.Authenticated(gateway.Party{OIN: r.Creditor, Kind: gateway.KindCreditor}, r.Origin)
		checked, err := audit.New(audit.ReportChecked, audit.ByPeer(peer, r.Trace), object(r.Key), r.DoneAt, audit.Count(int(r.Lines)))
		if err != nil {
			return err
		}
		entries = []audit.Entry{checked, entry}
	}
	return d.ports.Store.Write(ctx, func(tx Tx) error {
		now, err := tx.Batches([]Key{r.Key})
		if err != nil {
			return err
		}
		if now[0].Next != r.Next || now[0].State == Done || now[0].State == Rejected {
			return errMoved
		}
		if err := tx.Put(r); err != nil {
			return err
		}
		_, err = tx.Append(entries)
		return err
	})
}

// Status is how far a batch of the peer's own is. That its summary was given
// is logged.
func (d *Desk) Status(ctx context.Context, v gateway.Visit, id gateway.BatchID) (Record, error) {
	r, err := d.own(ctx, v, id)
	if err != nil || r.Summary == nil {
		return r, err
	}
	return r, d.given(ctx, v, r)
}

// Progress is Status for listings: without the summary, and not logged.
func (d *Desk) Progress(ctx context.Context, v gateway.Visit, id gateway.BatchID) (Record, error) {
	r, err := d.own(ctx, v, id)
	r.Summary = nil
	return r, err
}

// Outcomes writes what became of each line so far, as NDJSON in order of
// lines. The log says that it was given before the first line is.
func (d *Desk) Outcomes(ctx context.Context, v gateway.Visit, id gateway.BatchID, w io.Writer) error {
	r, err := d.own(ctx, v, id)
	if err != nil {
		return err
	}
	if err := d.given(ctx, v, r); err != nil {
		return err
	}
	return d.outcomes(ctx, r.Key, w)
}

func (d *Desk) own(ctx context.Context, v gateway.Visit, id gateway.BatchID) (Record, error) {
	r, err := d.record(ctx, Key{v.Peer.OIN(), id})
	if err == nil && !r.Exists() {
		err = refuse(gateway.KindNotFound, CodeUnknownBatch, "")
	}
	return r, err
}

func (d *Desk) given(ctx context.Context, v gateway.Visit, r Record) error {
	options := []audit.Option{audit.Digest(r.Sealed)}
	if r.Summary != nil {
		options = append(options, audit.Receipt(string(r.Summary)))
	}
	entry, err := audit.New(audit.ReceiptGiven, audit.ByPeer(v.Peer, v.Trace), object(r.Key), v.At, options...)
	if err != nil {
		return err
	}
	return d.append(ctx, entry)
}

// outcomeLine is one line of the outcomes (docs/formats.md, "uitkomsten").
type outcomeLine struct {
	Line     int64             `json:"regel"`
	Kind     OutcomeKind       `json:"uitkomst"`
	ReportID gateway.ReportID  `json:"meldingId,omitzero"`
	Receipt  string            `json:"ontvangstbewijs,omitzero"`
	Findings []gateway.Finding `json:"bevindingen,omitzero"`
}

func (d *Desk) outcomes(ctx context.Context, key Key, w io.Writer) error {
	for after := int64(0); ; {
		page, err := d.ports.Store.Outcomes(ctx, key, after, chunkLines)
		if err != nil || len(page) == 0 {
			return err
		}
		var b []byte
		for _, o := range page {
			line, err := json.Marshal(outcomeLine{o.Line, o.Kind, o.ReportID, string(o.Receipt), o.Findings})
			if err != nil {
				return err
			}
			b = append(append(b, line...), '\n')
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		after = page[len(page)-1].Line
	}
}
