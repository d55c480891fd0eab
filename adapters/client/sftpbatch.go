// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// SendFile is Client.SendFile: the sealed file is dropped in /aanleveringen.
func (s *SFTP) SendFile(ctx context.Context, f File, progress func(sent, total int64)) (BatchStatus, error) {
	if f.Envelope == "" {
		f.Envelope = batch.EnvelopeJOSE
	}
	if err := s.client.checkFile(f); err != nil {
		return BatchStatus{}, err
	}
	sealed, size, err := s.client.sealFile(ctx, f)
	if err != nil {
		return BatchStatus{}, err
	}
	defer discard(sealed)
	err = s.do(ctx, s.client.config.Attempts, func(l *link) error {
		return s.put(l, doorBatches+dropName(f), &told{SectionReader: io.NewSectionReader(sealed, 0, size), progress: progress})
	})
	if err != nil {
		return BatchStatus{}, err
	}
	return s.Batch(ctx, f.ID)
}

func dropName(f File) string {
	name := string(f.ID)
	if f.Check {
		name += ".controle"
	}
	if f.Envelope == batch.EnvelopeOpenPGP {
		return name + "." + string(f.Layout) + ".pgp"
	}
	return name + "." + string(f.Layout) + ".jose"
}

// told tells how much of a file was read.
type told struct {
	*io.SectionReader
	progress func(sent, total int64) // may be nil
	sent     int64
}

func (t *told) Read(p []byte) (int, error) {
	n, err := t.SectionReader.Read(p)
	if t.sent += int64(n); n > 0 && t.progress != nil {
		t.progress(t.sent, t.Size())
	}
	return n, err
}

// Batch is Client.Batch. The door does not tell the envelope; the digest of the
// content is known once the summary is.
func (s *SFTP) Batch(ctx context.Context, id gateway.BatchID) (BatchStatus, error) {
	if _, err := gateway.ParseUUID(string(id)); err != nil {
		return BatchStatus{}, fmt.Errorf("%w: aanleveringId: %w", ErrInput, err)
	}
	var status BatchStatus
	err := s.do(ctx, s.client.config.Attempts, func(l *link) error {
		status = BatchStatus{}
		data, err := l.read(doorOutcomes+string(id)+".status.json", maxAnswer)
		if err != nil {
			return gone(err, batch.CodeUnknownBatch)
		}
		if json.Unmarshal(data, &status) != nil {
			return unexpected("status of a file is not the JSON of the contract")
		}
		if !status.Ended() {
			return nil
		}
		summary, err := l.read(doorOutcomes+string(id)+".samenvatting.jws", maxAnswer)
		status.Summary = string(summary)
		return gone(err, batch.CodeUnknownBatch)
	})
	if err != nil {
		return BatchStatus{}, err
	}
	return s.checked(ctx, status, id)
}

// checked verifies the summary. sha256 of the door's status is of the file as
// it was received, so that is compared, and the content's is filled in.
func (s *SFTP) checked(ctx context.Context, status BatchStatus, id gateway.BatchID) (BatchStatus, error) {
	received := status.Digest
	status.Digest, status.Processed = "", status.Accepted+status.Refused+status.Duplicate
	if status.ID != id {
		return BatchStatus{}, unexpected("status of another file")
	}
	if status.Summary == "" {
		return status, nil
	}
	payload, err := s.client.verify(ctx, []byte(status.Summary), batch.TypeSummary)
	if err != nil {
		return BatchStatus{}, err
	}
	var claims summary
	if json.Unmarshal(payload, &claims) != nil {
		return BatchStatus{}, unverified("summary is not the JSON of the contract")
	}
	if claims.Sealed != received {
		return BatchStatus{}, unverified("summary is of another file than the status")
	}
	status.Digest = claims.Digest
	if _, err := s.client.summary(ctx, status); err != nil {
		return BatchStatus{}, err
	}
	return status, nil
}

// WaitBatch is Client.WaitBatch.
func (s *SFTP) WaitBatch(ctx context.Context, id gateway.BatchID, moved func(BatchStatus)) (BatchStatus, error) {
	return waitBatch(ctx, id, s.Batch, moved)
}

// Outcomes is Client.Outcomes. At this door there are none before every line
// was processed: then it is a Problem that is Temporary.
func (s *SFTP) Outcomes(ctx context.Context, id gateway.BatchID, fn func(Outcome) error) error {
	status, err := s.Batch(ctx, id)
	if err != nil {
		return err
	}
	if !status.Ended() {
		return &Problem{Status: http.StatusServiceUnavailable, Kind: gateway.KindUnavailable,
			Detail: "Aan de SFTP-deur staan de uitkomsten er pas als alle regels zijn verwerkt."}
	}
	r := s.client.reader(status, fn)
	if status.State == batch.Rejected {
		return r.complete(ctx, status)
	}
	err = s.do(ctx, s.client.config.Attempts, func(l *link) error {
		path := doorOutcomes + string(id) + ".uitkomsten.ndjson"
		f, err := l.door.Open(path)
		if err != nil {
			return gone(remote(path, err), batch.CodeUnknownBatch)
		}
		err = r.read(ctx, f)
		if closed := remote(path, f.Close()); err == nil {
			err = closed
		}
		if errors.Is(err, errBroken) {
			return s.failed(ctx, err)
		}
		return err
	})
	if c := (callerError{}); errors.As(err, &c) {
		return c.error
	}
	if err != nil {
		return err
	}
	return r.complete(ctx, status)
}
