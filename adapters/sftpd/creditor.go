// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// letters is what a session saw of its notices.
type letters struct {
	all   []letter
	place map[gateway.NoticeID]int
	at    time.Time
}

// letter is a notice without its text.
type letter struct {
	id       gateway.NoticeID
	sequence int64
	size     int64
	progress gateway.NoticeProgress
}

func (l letter) name() string { return strconv.FormatInt(l.sequence, 10) + "_" + string(l.id) + ".jws" }

func (l letter) info() info { return fileInfo(l.name(), l.size, madeAt(l.id)) }

// madeAt reads the moment out of an id of the gateway, which makes version 7
// (RFC 9562, 5.7); the zero moment for another.
func madeAt(id gateway.NoticeID) time.Time {
	b, err := hex.DecodeString(strings.ReplaceAll(string(id), "-", ""))
	if err != nil || len(b) != 16 || b[6]>>4 != 7 {
		return time.Unix(0, 0)
	}
	var ms int64
	for _, c := range b[:6] {
		ms = ms<<8 | int64(c)
	}
	return time.UnixMilli(ms)
}

// folderOf is where a notice lies.
func (l letter) folder() folder {
	switch l.progress {
	case gateway.NoticeReceived:
		return folderReceived
	case gateway.NoticeApplied:
		return folderApplied
	}
	return folderNotices
}

func (s *session) lookNotices(c call) error {
	l := letters{place: map[gateway.NoticeID]int{}, at: c.visit.At}
	for after := int64(0); len(l.all) < maxShown; {
		page, err := s.Notices.List(c.ctx, c.visit, after, feedback.MaxList, 0)
		if err != nil {
			return err
		}
		for _, d := range page {
			l.place[d.ID] = len(l.all)
			l.all = append(l.all, letter{d.ID, d.Sequence, int64(len(d.Compact)), d.Progress})
			after = max(after, d.Sequence)
		}
		if len(page) == 0 { // a short page may be one with erased notices in it
			break
		}
	}
	s.letters = l
	return nil
}

func (s *session) listNotices(c call, f folder) ([]os.FileInfo, error) {
	if err := s.lookNotices(c); err != nil {
		return nil, err
	}
	var infos []os.FileInfo
	for _, l := range s.letters.all {
		if l.folder() == f {
			infos = append(infos, l.info())
		}
	}
	return infos, nil
}

// notice finds a notice by its file name, where it lies.
func (s *session) notice(c call, n node) (*letter, os.FileInfo, error) {
	_, rest, _ := strings.Cut(n.name, "_")
	id, err := gateway.ParseUUID(strings.TrimSuffix(rest, ".jws"))
	if err != nil {
		return nil, nil, errNoFile
	}
	i, ok := s.letters.place[gateway.NoticeID(id)]
	if since := c.visit.At.Sub(s.letters.at); !ok && (s.letters.place == nil || since < 0 || since >= fresh) {
		if err := s.lookNotices(c); err != nil {
			return nil, nil, err
		}
		i, ok = s.letters.place[gateway.NoticeID(id)]
	}
	if !ok || s.letters.all[i].name() != n.name || s.letters.all[i].folder() != n.folder {
		return nil, nil, errNoFile
	}
	return &s.letters.all[i], s.letters.all[i].info(), nil
}

func (s *session) readNotice(c call, n node) (*download, error) {
	l, _, err := s.notice(c, n)
	if err != nil {
		return nil, err
	}
	page, err := s.Notices.List(c.ctx, c.visit, l.sequence-1, 1, 0)
	if err != nil {
		return nil, err
	}
	if len(page) != 1 || page[0].ID != l.id {
		return nil, errNoFile // erased meanwhile
	}
	return s.bytesOf(page[0].Compact), nil
}

func (s *session) confirmNotice(c call, n node, p gateway.NoticeProgress) error {
	l, _, err := s.notice(c, n)
	if err != nil {
		return err
	}
	if _, err := s.Notices.Confirm(c.ctx, c.visit, l.id, p); err != nil {
		return err
	}
	l.progress = p
	return nil
}

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
	known, err := s.spool.list(c.visit.Peer.OIN(), shelfBatches)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(known, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var infos []os.FileInfo
	for _, k := range known[:min(len(known), 500)] {
		for _, end := range []string{endStatus, endOutcomes, endSummary} {
			i, err := s.statOutcome(c, k.Name()+end)
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

// outcome finds the batch that a file name is about. Asking for a batch that
// has ended is logged as giving its summary, so telling about its files asks
// once in a session; opening one always asks.
func (s *session) outcome(c call, name string, opening bool) (r batch.Record, end string, err error) {
	if len(name) < 36 {
		return r, "", errNoFile
	}
	id, err := gateway.ParseUUID(name[:36])
	end = name[36:]
	if err != nil || end != endStatus && end != endOutcomes && end != endSummary {
		return r, "", errNoFile
	}
	r = s.ended[gateway.BatchID(id)]
	if opening || !r.Exists() {
		r, err = s.Batches.Status(c.ctx, c.visit, gateway.BatchID(id))
	}
	if err == nil && ended(r) && len(s.ended) < maxShown {
		s.ended[r.ID] = r
	}
	if err == nil && (!r.Exists() || end == endOutcomes && r.State != batch.Done || end == endSummary && (!ended(r) || len(r.Summary) == 0)) {
		err = errNoFile
	}
	if e := gateway.AsError(err); e != nil && e.Kind == gateway.KindNotFound {
		err = errNoFile
	}
	return r, end, err
}

func (s *session) statOutcome(c call, name string) (os.FileInfo, error) {
	d, at, err := s.openOutcome(c, name, false)
	if err != nil {
		return nil, err
	}
	if d.free != nil {
		d.free()
	}
	return fileInfo(name, d.size, at), nil
}

func (s *session) readOutcome(c call, name string) (*download, error) {
	d, _, err := s.openOutcome(c, name, true)
	return d, err
}

// openOutcome gives a file about a batch. The outcomes of a batch that is done
// do not change any more: they are written out once, so that every listing can
// tell their size.
func (s *session) openOutcome(c call, name string, opening bool) (*download, time.Time, error) {
	r, end, err := s.outcome(c, name, opening)
	if err != nil {
		return nil, time.Time{}, err
	}
	switch end {
	case endStatus:
		b, err := statusFileOf(r)
		return s.bytesOf(b), later(r), err
	case endSummary:
		return s.bytesOf(r.Summary), later(r), nil
	}
	oin := c.visit.Peer.OIN()
	f, i, err := s.spool.open(oin, shelfOutcomes, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = s.spool.put(oin, shelfOutcomes, name, s.Clock(), func(to io.Writer) error { return s.Batches.Outcomes(c.ctx, c.visit, r.ID, to) })
		if err == nil {
			f, i, err = s.spool.open(oin, shelfOutcomes, name)
		}
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	return s.file(f, i.Size()), later(r), nil
}

func later(r batch.Record) time.Time {
	if r.DoneAt.IsZero() {
		return r.ReceivedAt
	}
	return r.DoneAt
}
