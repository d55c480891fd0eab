// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// poll is the pause between two looks for a new notice.
const poll = 2 * time.Second

// dropped is a notice at the door.
type dropped struct {
	sequence int64
	id       gateway.NoticeID
	folder   string
}

func (d dropped) path() string {
	return d.folder + strconv.FormatInt(d.sequence, 10) + "_" + string(d.id) + ".jws"
}

func (d dropped) progress() gateway.NoticeProgress {
	switch d.folder {
	case doorReceived:
		return gateway.NoticeReceived
	case doorApplied:
		return gateway.NoticeApplied
	}
	return gateway.NoticeReady
}

// noticeFolders are those where the door shows notices: only a creditor has
// something to apply.
func (s *SFTP) noticeFolders() []string {
	if s.client.config.Municipality != "" {
		return []string{doorNotices, doorReceived}
	}
	return []string{doorNotices, doorReceived, doorApplied}
}

// notices lists the folders, oldest first.
func (l *link) notices(folders []string, after int64) (all []dropped, err error) {
	for _, folder := range folders {
		infos, err := l.list(folder)
		if err != nil {
			return nil, err
		}
		for _, i := range infos {
			number, id, _ := strings.Cut(strings.TrimSuffix(i.Name(), ".jws"), "_")
			sequence, err := strconv.ParseInt(number, 10, 64)
			if _, errID := gateway.ParseUUID(id); err == nil && errID == nil && sequence > after && !i.IsDir() {
				all = append(all, dropped{sequence, gateway.NoticeID(id), folder})
			}
		}
	}
	slices.SortFunc(all, func(a, b dropped) int { return cmp.Compare(a.sequence, b.sequence) })
	return all[:min(len(all), MaxList)], nil
}

// Notices is Client.Notices; while there are none it looks again every two
// seconds.
func (s *SFTP) Notices(ctx context.Context, after int64, wait time.Duration) (NoticePage, error) {
	for end := time.Now().Add(min(max(wait, 0), maxPoll)); ; {
		page, err := s.noticesNow(ctx, after)
		left := time.Until(end)
		if err != nil || len(page.Notices) > 0 || left <= 0 {
			return page, err
		}
		if err := sleep(ctx, min(poll, left)); err != nil {
			return page, err
		}
	}
}

func (s *SFTP) noticesNow(ctx context.Context, after int64) (NoticePage, error) {
	page := NoticePage{Next: after}
	var list []listedNotice
	err := s.do(ctx, s.client.config.Attempts, func(l *link) error {
		list = nil
		all, err := l.notices(s.noticeFolders(), after)
		if err != nil {
			return err
		}
		for _, d := range all {
			compact, err := l.read(d.path(), maxAnswer)
			if errors.Is(err, errAbsent) {
				continue // erased meanwhile
			}
			if err != nil {
				return err
			}
			list = append(list, listedNotice{Sequence: d.sequence, ID: d.id, Progress: d.progress(), Compact: string(compact)})
		}
		return nil
	})
	if err != nil {
		return page, err
	}
	var faults []error
	for _, l := range list {
		n, err := s.client.notice(ctx, l)
		if err != nil {
			faults = append(faults, fmt.Errorf("notice %d: %w", l.Sequence, err))
			continue
		}
		if len(faults) == 0 {
			page.Next = l.Sequence
		}
		page.Notices = append(page.Notices, n)
	}
	return page, errors.Join(faults...)
}

// ConfirmNotice is Client.ConfirmNotice, by a move. At is our own clock. A move
// cannot name agents.
func (s *SFTP) ConfirmNotice(ctx context.Context, id gateway.NoticeID, to gateway.NoticeProgress, told ...gateway.Agent) (NoticeConfirmation, error) {
	if err := checkConfirmation(id, to, told); err != nil {
		return NoticeConfirmation{}, err
	}
	if len(told) > 0 {
		return NoticeConfirmation{}, fmt.Errorf("%w: the SFTP door takes no agents; confirm by the API", ErrInput)
	}
	done := NoticeConfirmation{ID: id, Progress: to}
	err := s.do(ctx, s.client.config.Attempts, func(l *link) error {
		d, err := l.notice(s.noticeFolders(), id)
		if err != nil {
			return err
		}
		if p := d.progress(); p == to || p == gateway.NoticeApplied {
			done.Progress = p
			return nil
		}
		folder := doorReceived
		if to == gateway.NoticeApplied {
			folder = doorApplied
		}
		return gone(l.move(d.path(), folder+path.Base(d.path())), gateway.CodeUnknownNotice)
	})
	if err != nil {
		return NoticeConfirmation{}, err
	}
	done.At = s.now()
	return done, nil
}

// notice finds a notice by its id.
func (l *link) notice(folders []string, id gateway.NoticeID) (dropped, error) {
	for after := int64(0); ; {
		all, err := l.notices(folders, after)
		if err != nil {
			return dropped{}, err
		}
		for _, d := range all {
			if d.id == id {
				return d, nil
			}
			after = d.sequence
		}
		if len(all) == 0 {
			return dropped{}, gone(errAbsent, gateway.CodeUnknownNotice)
		}
	}
}
