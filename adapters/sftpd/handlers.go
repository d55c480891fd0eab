// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/sftp"

	"github.com/seinhuis/seinhuis/gateway"
)

// call is one request at work.
type call struct {
	ctx   context.Context
	visit gateway.Visit
}

// do stands around every request: its deadline, its one "now", the mapping of
// its error and recovery from our own faults, which would otherwise end the
// program, because the SFTP server calls from goroutines of its own.
func do[T any](s *session, timeout time.Duration, work func(c call) (T, error)) (out T, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	c := call{ctx, s.visit()}
	s.mu.Lock()
	s.busy++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.busy--
		s.last = time.Now()
		s.mu.Unlock()
	}()
	defer func() {
		if recover() != nil { // what was panicked with may hold anything and is not looked at
			s.options.Logger.Error("", slog.String("gebeurtenis", "paniek"), slog.String("waar", origin()), slog.String("spoor", c.visit.Trace.ID()))
			var none T
			out, err = none, errOwn
		}
	}()
	out, err = work(c)
	if err == nil {
		return out, nil
	}
	if st, ok := err.(status); ok { //nolint:errorlint // ours, never wrapped
		return out, st
	}
	if e := gateway.AsError(err); e.Kind == gateway.KindInternal || e.Kind == gateway.KindUnavailable {
		s.options.Logger.Error("", slog.String("gebeurtenis", "verzoek-mislukt"), slog.String("fout", string(e.Kind)), slog.String("spoor", c.visit.Trace.ID()))
	}
	return out, statusOf(err)
}

// origin names the function that panicked, and its line.
func origin() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			return f.Function + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			return "onbekend"
		}
	}
}

type none struct{}

func (s *session) place(p string) (node, error) {
	n, ok := resolve(s.kind(), p)
	if !ok {
		return node{}, errNoFile
	}
	return n, nil
}

// handle takes one of the party's open files and folders.
func (s *session) handle() error {
	if !s.own.open(s.options.HandlesPerParty) {
		return errHandles
	}
	s.mu.Lock()
	s.handles++
	s.mu.Unlock()
	return nil
}

func (s *session) release() {
	s.own.close()
	s.mu.Lock()
	s.handles--
	s.mu.Unlock()
}

// Fileread opens a file for reading.
func (s *session) Fileread(r *sftp.Request) (io.ReaderAt, error) {
	return do(s, s.options.UploadTimeout, func(c call) (io.ReaderAt, error) {
		n, err := s.place(r.Filepath)
		if err != nil {
			return nil, err
		}
		if n.name == "" {
			return nil, errNotAllowed
		}
		if err := s.handle(); err != nil {
			return nil, err
		}
		f, err := s.read(c, n)
		if err != nil {
			s.release()
			return nil, err
		}
		return f, nil
	})
}

// Filewrite opens a file for writing, in a drop folder.
func (s *session) Filewrite(r *sftp.Request) (io.WriterAt, error) {
	return do(s, s.options.RequestTimeout, func(c call) (io.WriterAt, error) {
		n, err := s.place(r.Filepath)
		switch {
		case err != nil || n.name == "" || !n.folder.drop():
			return nil, errNotAllowed
		case !temporary(n.name) && !s.meant(n):
			return nil, errName
		}
		if err := s.handle(); err != nil {
			return nil, err
		}
		u, err := s.write(c, n, r.Pflags())
		if err != nil {
			s.release()
			return nil, err
		}
		return u, nil
	})
}

// Filecmd moves, removes, or sets attributes, which it takes for granted on
// what the client itself brings: clients set times and rights out of habit.
func (s *session) Filecmd(r *sftp.Request) error {
	_, err := do(s, s.options.UploadTimeout, func(c call) (none, error) {
		switch r.Method {
		case "Rename", "PosixRename", "Remove", "Setstat":
		case "Mkdir", "Rmdir":
			return none{}, errNotAllowed
		default:
			return none{}, errUnsupported
		}
		n, err := s.place(r.Filepath)
		if err != nil {
			return none{}, err
		}
		switch {
		case n.name == "":
			return none{}, errNotAllowed
		case r.Method == "Remove":
			return none{}, s.remove(c, n)
		case r.Method == "Setstat":
			if s.drops[n.key()] == nil || !n.folder.drop() {
				return none{}, errNotAllowed
			}
			if r.AttrFlags().Size {
				return none{}, errUnsupported
			}
			return none{}, nil
		}
		to, err := s.place(r.Target)
		if err != nil || to.name == "" {
			return none{}, errNotAllowed
		}
		return none{}, s.move(c, n, to)
	})
	return err
}

// Filelist lists a folder or tells about one file. There are no links.
func (s *session) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	return do(s, s.options.UploadTimeout, func(c call) (sftp.ListerAt, error) {
		if r.Method != "List" && r.Method != "Stat" {
			return nil, errUnsupported
		}
		n, err := s.place(r.Filepath)
		if err != nil {
			return nil, err
		}
		if r.Method == "Stat" {
			i, err := s.stat(c, n)
			return &listing{infos: []os.FileInfo{i}}, err
		}
		if n.name != "" {
			return nil, errNoFile
		}
		if err := s.handle(); err != nil {
			return nil, err
		}
		infos, err := s.list(c, n.folder)
		if err != nil {
			s.release()
			return nil, err
		}
		return &listing{infos: infos, close: s.release}, nil
	})
}

// RealPath makes a path absolute, whether it exists or not.
func (s *session) RealPath(p string) (string, error) { return path.Clean("/" + p), nil }

func (n node) key() string { return string(n.folder) + "/" + n.name }

// info tells about a file or folder.
type info struct {
	name string
	size int64
	at   time.Time
	mode os.FileMode
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() os.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.at }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

func fileInfo(name string, size int64, at time.Time) info { return info{name, size, at, 0o440} }

func folderInfo(f folder, at time.Time) info {
	mode := os.ModeDir | 0o550
	if f.drop() {
		mode = os.ModeDir | 0o770
	}
	return info{path.Base(string(f)), 0, at, mode}
}

// listing is what a folder held when it was opened.
type listing struct {
	infos []os.FileInfo
	close func()
}

// ListAt gives infos from a place on.
func (l *listing) ListAt(to []os.FileInfo, from int64) (int, error) {
	if from < 0 || from >= int64(len(l.infos)) {
		return 0, io.EOF
	}
	n := copy(to, l.infos[from:])
	if from+int64(n) == int64(len(l.infos)) {
		return n, io.EOF
	}
	return n, nil
}

// Close gives the handle back.
func (l *listing) Close() error {
	if l.close != nil {
		l.close()
		l.close = nil
	}
	return nil
}
