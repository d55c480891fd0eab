// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
)

// link is one connection with the door.
type link struct {
	ssh     *ssh.Client
	door    *sftp.Client
	silence *time.Timer  // ends the connection when nothing flows during a call
	wait    atomic.Int64 // nanoseconds; zero between calls
}

// watched tells the link that something flows.
type watched struct {
	net.Conn
	link *link
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.link.moved(n)
	return n, err
}
func (w watched) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.link.moved(n)
	return n, err
}

func (l *link) moved(n int) {
	if wait := l.wait.Load(); n > 0 && wait > 0 {
		l.silence.Reset(time.Duration(wait))
	}
}

// expect allows so long a silence from here on.
func (l *link) expect(wait time.Duration) {
	l.wait.Store(int64(wait))
	l.silence.Reset(wait)
}

func (l *link) rest() {
	l.wait.Store(0)
	l.silence.Stop()
}

// errAbsent says that there is no such file at the door.
var errAbsent = errors.New("no such file")

// do runs work on the connection, which is made when there is none; when it is
// lost, work is run again on another one, at most so many times.
func (s *SFTP) do(ctx context.Context, attempts int, work func(*link) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for attempt := 1; ; attempt++ {
		err := s.once(ctx, work)
		if err == nil || ctx.Err() != nil || attempt >= attempts {
			return err
		}
		wait, again := s.client.pause(attempt, err)
		if !again {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func (s *SFTP) once(ctx context.Context, work func(*link) error) error {
	if s.link == nil {
		l, err := s.dial(ctx)
		if err != nil {
			return err
		}
		s.link = l
	}
	l := s.link
	stop := context.AfterFunc(ctx, func() { _ = l.ssh.Close() })
	l.expect(s.client.config.Timeout)
	err := work(l)
	l.rest()
	if !stop() && ctx.Err() != nil { // the connection was closed
		s.drop()
		if err != nil {
			return ctx.Err()
		}
	}
	if errors.Is(err, ErrUnreachable) {
		s.drop()
	}
	return err
}

func (s *SFTP) drop() {
	if s.link != nil {
		s.link.rest()
		_ = s.link.ssh.Close() // first: nobody waits for an answer
		_ = s.link.door.Close()
		s.link = nil
	}
}

// remote reads what the door said about a path.
func remote(path string, err error) error {
	var status *sftp.StatusError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: %w", path, errAbsent)
	case errors.Is(err, os.ErrPermission):
		return &Problem{Status: http.StatusForbidden, Kind: gateway.KindForbidden, Detail: "Dit mag niet aan de SFTP-deur: " + path}
	case errors.As(err, &status) && status.FxCode() == sftp.ErrSSHFxFailure:
		// Full, busy or out of order: it may pass.
		return &Problem{Status: http.StatusServiceUnavailable, Kind: gateway.KindUnavailable, Detail: said(status)}
	case errors.As(err, &status) && status.FxCode() != sftp.ErrSSHFxConnectionLost && status.FxCode() != sftp.ErrSSHFxNoConnection:
		return unexpected(path + ": " + status.FxCode().Error())
	}
	return fmt.Errorf("sftp %s: %w: %w", path, ErrUnreachable, err)
}

// said is the door's own sentence, quoted again so that it can steer no terminal.
func said(e *sftp.StatusError) string {
	_, text, _ := strings.Cut(e.Error(), "sftp: ")
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return ""
	}
	plain, err := strconv.Unquote(quoted)
	if err != nil {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return -1
		}
		return r
	}, plain)
}

// read gives a whole file; closing it tells the door that we have it.
func (l *link) read(path string, limit int64) ([]byte, error) {
	f, err := l.door.Open(path)
	if err != nil {
		return nil, remote(path, err)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		_ = f.Close()
		return nil, unexpected(path + ": longer than is allowed")
	}
	return data, remote(path, errors.Join(err, f.Close()))
}

func (l *link) list(dir string) ([]os.FileInfo, error) {
	infos, err := l.door.ReadDir(dir)
	return infos, remote(dir, err)
}

func (l *link) move(from, to string) error { return remote(from, l.door.Rename(from, to)) }
