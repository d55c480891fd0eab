// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"github.com/seinhuis/seinhuis/gateway/batch"
)

// upload is a file that a client brings. It lies in the spool under a name of
// ours and lives as long as the session.
type upload struct {
	session *session
	node    node
	path    string // in the spool
	limit   int64
	at      time.Time

	mu        sync.Mutex
	file      *os.File // while it is open
	size      int64
	passed    ranges
	failed    bool
	aborted   bool
	published bool // handed on; nothing of it is left here
}

// maxDrops bounds the uploads that one session keeps, published ones among
// them.
const maxDrops = 4096

// maxLetter bounds a signed feedback or change of a pause in bytes.
const maxLetter = 64 << 10

// limitOf is how long a file under this name may be.
func limitOf(n node) int64 {
	if n.folder == folderFeedback || n.folder == folderChanges {
		return maxLetter
	}
	if b, ok := batchOf(n.name); ok && b.Envelope == batch.EnvelopeJOSE {
		return batch.MaxJOSE
	}
	return batch.MaxFile
}

func (u *upload) info() info {
	u.mu.Lock()
	defer u.mu.Unlock()
	return fileInfo(u.node.name, u.size, u.at)
}

func (s *session) listDrops(f folder) []os.FileInfo {
	var infos []os.FileInfo
	for _, u := range s.drops {
		if u.node.folder == f {
			infos = append(infos, u.info())
		}
	}
	slices.SortFunc(infos, func(a, b os.FileInfo) int { return strings.Compare(a.Name(), b.Name()) })
	return infos
}

// write opens a file for writing: a new one, or one under a temporary name
// that the session brought before, to go on or to begin again.
func (s *session) write(c call, n node, flags sftp.FileOpenFlags) (*upload, error) {
	u := s.drops[n.key()]
	if u != nil {
		return u, u.reopen(flags)
	}
	if len(s.drops) >= maxDrops {
		return nil, errHandles
	}
	f, path, err := s.spool.upload(c.visit.Peer.OIN())
	if err != nil {
		return nil, err
	}
	u = &upload{session: s, node: n, path: path, limit: limitOf(n), at: c.visit.At, file: f}
	s.drops[n.key()] = u
	return u, nil
}

func (u *upload) reopen(flags sftp.FileOpenFlags) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.published || u.file != nil || flags.Excl {
		return errExists
	}
	f, err := u.session.spool.root.OpenFile(u.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if flags.Trunc {
		if err := f.Truncate(0); err != nil {
			_ = f.Close()
			return err
		}
		u.session.own.spool(-u.size, 0)
		u.size, u.passed, u.failed = 0, ranges{}, false
	}
	u.file = f
	return nil
}

// WriteAt spools bytes within the limits of the file and of the party.
func (u *upload) WriteAt(p []byte, at int64) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	end := at + int64(len(p))
	switch {
	case u.file == nil:
		return 0, errNoFile
	case at < 0 || end < at || end > u.limit:
		u.failed = true
		return 0, errTooLarge
	}
	if grows := end - u.size; grows > 0 {
		if !u.session.own.spool(grows, u.session.options.SpoolPerParty) {
			u.failed = true
			return 0, errQuota
		}
		u.size = end
	}
	n, err := u.file.WriteAt(p, at)
	if err != nil {
		u.failed = true
		return n, errOwn
	}
	u.passed.add(at, int64(n))
	return n, nil
}

// TransferError is called instead of a client's close when the session ends.
func (u *upload) TransferError(error) {
	u.mu.Lock()
	u.aborted = true
	u.mu.Unlock()
}

// Close makes the file durable, and publishes one under its final name.
func (u *upload) Close() error {
	s := u.session
	_, err := do(s, s.options.UploadTimeout, func(c call) (none, error) {
		defer s.release()
		if err := u.settle(); err != nil || temporary(u.node.name) {
			return none{}, err
		}
		err := s.publish(c, u, u.node)
		if err != nil {
			delete(s.drops, u.node.key())
			u.erase()
		}
		return none{}, err
	})
	return err
}

// settle closes the file in the spool. One that was cut off is erased: an
// aborted upload is never seen.
func (u *upload) settle() error {
	u.mu.Lock()
	aborted, f := u.aborted, u.file
	u.file = nil
	u.mu.Unlock()
	if f == nil {
		return errNoFile
	}
	err := errors.Join(f.Sync(), f.Close())
	if aborted || err != nil && !temporary(u.node.name) {
		delete(u.session.drops, u.node.key())
		u.erase()
	}
	if aborted {
		return errIncomplete
	}
	return err
}

// complete reports whether the file is what the client meant to bring.
func (u *upload) complete() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.file == nil && !u.failed && u.size > 0 && u.passed.whole(u.size)
}

// erase takes the file off the spool and gives its room back.
func (u *upload) erase() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.file != nil {
		_ = u.file.Close()
		u.file = nil
	}
	if u.path == "" {
		return
	}
	_ = u.session.spool.root.Remove(u.path) // what stays is erased when the door opens again
	u.session.own.spool(-u.size, 0)
	u.path = ""
}

// rename publishes, or gives a temporary file another temporary name.
func (s *session) rename(c call, from, to node) error {
	u := s.drops[from.key()]
	switch {
	case u == nil:
		return errNoFile
	case s.drops[to.key()] != nil:
		return errExists
	case u.published || u.open():
		return errNotAllowed
	}
	if !temporary(to.name) {
		if !s.meant(to) {
			return errName
		}
		if err := s.publish(c, u, to); err != nil {
			return err // it stays under its temporary name
		}
	}
	delete(s.drops, from.key())
	u.node = to
	s.drops[to.key()] = u
	return nil
}

func (u *upload) open() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.file != nil
}

// discard removes a file that was not published.
func (s *session) discard(n node) error {
	u := s.drops[n.key()]
	switch {
	case u == nil:
		return errNoFile
	case u.published || u.open():
		return errNotAllowed
	}
	delete(s.drops, n.key())
	u.erase()
	return nil
}

// discardAll erases what the session leaves unpublished.
func (s *session) discardAll() {
	for _, u := range s.drops {
		u.erase()
	}
}
