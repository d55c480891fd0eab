// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// The files about a batch.
const (
	endStatus   = ".status.json"
	endOutcomes = ".uitkomsten.ndjson"
	endSummary  = ".samenvatting.jws"
)

// statusFile is what <aanleveringId>.status.json holds.
type statusFile struct {
	ID         gateway.BatchID   `json:"aanleveringId"`
	State      batch.State       `json:"toestand"`
	Check      bool              `json:"controle"`
	Layout     batch.Layout      `json:"indeling"`
	Size       int64             `json:"omvang"`
	Digest     gateway.Digest    `json:"sha256"` // of the file as received
	ReceivedAt time.Time         `json:"ontvangenOp"`
	DoneAt     time.Time         `json:"gereedOp,omitzero"`
	Lines      int64             `json:"regels"`
	Accepted   int64             `json:"geaccepteerd"`
	Refused    int64             `json:"geweigerd"`
	Duplicate  int64             `json:"dubbel"`
	Findings   []gateway.Finding `json:"bevindingen,omitzero"`
}

func statusFileOf(r batch.Record) ([]byte, error) {
	b, err := json.Marshal(statusFile{r.ID, r.State, r.Check, r.Layout, r.Size, r.Sealed, r.ReceivedAt.UTC(), r.DoneAt.UTC(),
		r.Lines, r.Accepted, r.Refused, r.Duplicate, r.Findings}, jsontext.WithIndent("  "))
	return append(b, '\n'), err
}

func ended(r batch.Record) bool { return r.State == batch.Done || r.State == batch.Rejected }

// listOutcomes shows the batches that came in at this door, newest first as
// far as there is room.
func (s *session) listOutcomes(c call) ([]os.FileInfo, error) {
	known, err := s.shelves.List(c.ctx, c.visit.Peer.OIN(), ShelfBatches)
	if err != nil {
		return nil, err
	}
	shelf, err := s.shelves.List(c.ctx, c.visit.Peer.OIN(), ShelfOutcomes)
	if err != nil {
		return nil, err
	}
	kept := map[string]os.FileInfo{} // asked once, not for each batch
	for _, i := range shelf {
		kept[i.Name()] = fileInfo(i.Name(), i.Size(), i.ModTime())
	}
	stat := func(id, end string) (os.FileInfo, error) {
		i, there := kept[id+end]
		switch {
		case kept[id+endStatus] == nil: // it had not ended, or nobody looked since
			return s.statOutcome(c, id+end)
		case !there:
			return nil, errNoFile
		}
		return i, nil
	}
	slices.SortFunc(known, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var infos []os.FileInfo
	for _, k := range known[:min(len(known), 500)] {
		for _, end := range []string{endStatus, endOutcomes, endSummary} {
			i, err := stat(k.Name(), end)
			if errors.Is(err, errNoFile) {
				continue
			}
			if err != nil {
				return nil, err
			}
			infos = append(infos, i)
		}
	}
	return infos, nil
}

func splitOutcome(name string) (id gateway.BatchID, end string, err error) {
	if len(name) < 36 {
		return "", "", errNoFile
	}
	u, err := gateway.ParseUUID(name[:36])
	end = name[36:]
	if err != nil || end != endStatus && end != endOutcomes && end != endSummary {
		return "", "", errNoFile
	}
	return gateway.BatchID(u), end, nil
}

// batch asks for a batch. Of one that has ended, that is logged as giving its
// summary.
func (s *session) batch(c call, id gateway.BatchID) (batch.Record, error) {
	r, err := s.Batches.Status(c.ctx, c.visit, id)
	if e := gateway.AsError(err); e != nil && e.Kind == gateway.KindNotFound || err == nil && !r.Exists() {
		err = errNoFile
	}
	return r, err
}

// statOutcome tells about a file about a batch. The first time that a batch
// turns out to have ended its files are kept, and from then on nobody is asked:
// looking leaves no entry in the log, however often a client does.
func (s *session) statOutcome(c call, name string) (os.FileInfo, error) {
	id, end, err := splitOutcome(name)
	if err != nil {
		return nil, err
	}
	if _, err := s.keptOutcome(c, string(id)+endStatus); !errors.Is(err, errNoFile) {
		if err != nil {
			return nil, err
		}
		return s.keptOutcome(c, name)
	}
	r, err := s.batch(c, id)
	if err != nil {
		return nil, err
	}
	if ended(r) {
		if err := s.keepOutcomes(c, r); err != nil {
			return nil, err
		}
		return s.keptOutcome(c, name)
	}
	if end != endStatus {
		return nil, errNoFile
	}
	b, err := statusFileOf(r)
	return fileInfo(name, int64(len(b)), later(r)), err
}

func (s *session) keptOutcome(c call, name string) (os.FileInfo, error) {
	f, i, err := s.shelves.Open(c.ctx, c.visit.Peer.OIN(), ShelfOutcomes, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoFile
	}
	if err != nil {
		return nil, err
	}
	_ = f.Close()
	return fileInfo(name, i.Size(), i.ModTime()), nil
}

// keepOutcomes keeps the files about a batch that has ended, which do not
// change any more. Its status comes last: where that is, all are.
func (s *session) keepOutcomes(c call, r batch.Record) error {
	if r.State == batch.Done {
		if err := s.keepOutcome(c, r, endOutcomes, func(to io.Writer) error { return s.Batches.Outcomes(c.ctx, c.visit, r.ID, to) }); err != nil {
			return err
		}
	}
	content := func(b []byte) func(io.Writer) error {
		return func(to io.Writer) error { _, err := to.Write(b); return err }
	}
	if len(r.Summary) > 0 {
		if err := s.keepOutcome(c, r, endSummary, content(r.Summary)); err != nil {
			return err
		}
	}
	b, err := statusFileOf(r)
	if err != nil {
		return err
	}
	return s.keepOutcome(c, r, endStatus, content(b))
}

func (s *session) keepOutcome(c call, r batch.Record, end string, write func(io.Writer) error) error {
	name := string(r.ID) + end
	if _, err := s.keptOutcome(c, name); !errors.Is(err, errNoFile) {
		return err
	}
	return s.shelves.Put(c.ctx, c.visit.Peer.OIN(), ShelfOutcomes, name, later(r), write)
}

// readOutcome opens a file about a batch; that is asked for and logged each
// time.
func (s *session) readOutcome(c call, name string) (*download, error) {
	id, end, err := splitOutcome(name)
	if err != nil {
		return nil, err
	}
	r, err := s.batch(c, id)
	if err != nil {
		return nil, err
	}
	switch {
	case end == endStatus:
		b, err := statusFileOf(r)
		return s.bytesOf(b), err
	case end == endSummary && ended(r) && len(r.Summary) > 0:
		return s.bytesOf(r.Summary), nil
	case end == endSummary || r.State != batch.Done:
		return nil, errNoFile
	}
	if err := s.keepOutcomes(c, r); err != nil {
		return nil, err
	}
	f, i, err := s.shelves.Open(c.ctx, c.visit.Peer.OIN(), ShelfOutcomes, name)
	if err != nil {
		return nil, err
	}
	return s.file(f, i.Size()), nil
}

func later(r batch.Record) time.Time {
	if r.DoneAt.IsZero() {
		return r.ReceivedAt
	}
	return r.DoneAt
}
