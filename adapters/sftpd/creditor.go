// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
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
	if _, err := s.Notices.Confirm(c.ctx, c.visit, l.id, p, nil); err != nil {
		return err
	}
	l.progress = p
	return nil
}
