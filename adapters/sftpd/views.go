// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"os"
	"path"

	"github.com/seinhuis/seinhuis/gateway"
)

// What each folder shows and does; one row of each switch per folder.

// list shows a folder. Its subfolders come first.
func (s *session) list(c call, f folder) ([]os.FileInfo, error) {
	var infos []os.FileInfo
	for _, sub := range treeOf(c.visit.Peer.Party().Kind) {
		if sub != f && folder(path.Dir(string(sub))) == f {
			infos = append(infos, folderInfo(sub, c.visit.At))
		}
	}
	var files []os.FileInfo
	var err error
	switch f {
	case folderNew:
		files, err = s.listNew(c)
	case folderCollected:
		files = s.listCollected()
	case folderNotices, folderReceived, folderApplied:
		files, err = s.listNotices(c, f)
	case folderOutcomes:
		files, err = s.listOutcomes(c)
	case folderProofs:
		files, err = s.listProofs(c)
	case folderFeedback, folderBatches, folderChanges:
		files = s.listDrops(f)
	case folderPauses: // read by name; see pauses.go
	}
	return append(infos, files...), err
}

// stat tells about one place.
func (s *session) stat(c call, n node) (os.FileInfo, error) {
	if n.name == "" {
		return folderInfo(n.folder, c.visit.At), nil
	}
	switch n.folder {
	case folderNew, folderCollected:
		return s.statSignal(c, n)
	case folderNotices, folderReceived, folderApplied:
		_, i, err := s.notice(c, n)
		return i, err
	case folderOutcomes:
		return s.statOutcome(c, n.name)
	case folderProofs:
		return s.statProof(c, n.name)
	case folderPauses:
		return s.statPause(c, n.name)
	case folderFeedback, folderBatches, folderChanges:
		if u := s.drops[n.key()]; u != nil {
			return u.info(), nil
		}
	}
	return nil, errNoFile
}

// read opens one file.
func (s *session) read(c call, n node) (*download, error) {
	switch n.folder {
	case folderNew, folderCollected:
		return s.readSignal(c, n)
	case folderNotices, folderReceived, folderApplied:
		return s.readNotice(c, n)
	case folderOutcomes:
		return s.readOutcome(c, n.name)
	case folderProofs:
		return s.readProof(c, n.name)
	case folderPauses:
		return s.readPause(c, n.name)
	case folderFeedback, folderBatches, folderChanges:
		return nil, errNotAllowed // what was dropped goes one way
	}
	return nil, errNoFile
}

// move is a confirmation in the folders of the gateway, and a publication in
// those of the client.
func (s *session) move(c call, from, to node) error {
	switch {
	case from.folder == folderNew && to.folder == folderCollected && from.name == to.name:
		return s.confirmSignal(c, from.name)
	case from.folder == folderNotices && to.folder == folderReceived && from.name == to.name:
		return s.confirmNotice(c, from, gateway.NoticeReceived)
	case (from.folder == folderNotices || from.folder == folderReceived) && to.folder == folderApplied && from.name == to.name:
		return s.confirmNotice(c, from, gateway.NoticeApplied)
	case from.folder == to.folder && from.folder.drop():
		return s.rename(c, from, to)
	}
	return errNotAllowed
}

// remove is a confirmation in the folders of the gateway.
func (s *session) remove(c call, n node) error {
	switch n.folder {
	case folderNew:
		return s.confirmSignal(c, n.name)
	case folderNotices:
		return s.confirmNotice(c, n, gateway.NoticeReceived)
	case folderFeedback, folderBatches, folderChanges:
		return s.discard(n)
	}
	return errNotAllowed
}
