// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"io"
	"sync"
)

// download is a file that a client reads. It follows which bytes went out, in
// whatever order the client asks for them.
type download struct {
	session *session
	content io.ReaderAt
	size    int64
	whole   func() // called at most once: all of it was sent, and the client closed it
	free    func()

	mu      sync.Mutex
	passed  ranges
	aborted bool
	closed  bool
}

func (s *session) bytesOf(b []byte) *download {
	return &download{session: s, content: bytes.NewReader(b), size: int64(len(b))}
}

func (s *session) file(f interface {
	io.ReaderAt
	io.Closer
}, size int64) *download {
	return &download{session: s, content: f, size: size, free: func() { _ = f.Close() }}
}

// ReadAt reads, and notes what will be sent.
func (d *download) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errUnsupported
	}
	n, err := d.content.ReadAt(p, at)
	if err != nil && err != io.EOF { //nolint:errorlint // io.ReaderAt gives it bare
		return 0, errOwn
	}
	if n > 0 {
		d.session.answers.promise()
		d.mu.Lock()
		d.passed.add(at, int64(n))
		d.mu.Unlock()
	}
	return n, err
}

// TransferError is called instead of a client's close when the session ends.
func (d *download) TransferError(error) {
	d.mu.Lock()
	d.aborted = true
	d.mu.Unlock()
}

// Close ends the download. It was read when every byte was asked for, the
// answers have left, and the client closed the file itself.
func (d *download) Close() error {
	d.mu.Lock()
	again := d.closed
	read := !again && !d.aborted && d.passed.whole(d.size)
	d.closed = true
	d.mu.Unlock()
	if again {
		return nil
	}
	defer d.session.release()
	if d.free != nil {
		defer d.free()
	}
	if d.whole != nil && read && d.session.answers.left() {
		d.whole()
	}
	return nil
}
