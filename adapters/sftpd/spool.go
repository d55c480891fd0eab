// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// spool is the folder on disk: per party uploads as received, and, unless
// Options.Shelves keeps them, shelves of results. Names in it are ours or were held to plainName, and os.Root keeps
// all of it inside.
type spool struct{ root *os.Root }

// shelf is a folder of one party: one of the exported shelves, or that of
// uploads.
type shelf string

const shelfUploads shelf = "binnen" // erased when the door opens

func openSpool(dir string) (*spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sftpd: spool: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("sftpd: spool: %w", err)
	}
	s := &spool{root}
	return s, s.each(shelfUploads, func(name string, _ fs.FileInfo) error { return root.Remove(name) })
}

// each walks one shelf of all parties, over every file whatever its name.
func (s *spool) each(on shelf, do func(name string, info fs.FileInfo) error) error {
	parties, err := fs.ReadDir(s.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("sftpd: spool: %w", err)
	}
	for _, p := range parties {
		infos, err := s.files(gateway.OIN(p.Name()), on)
		if err != nil {
			return err
		}
		for _, i := range infos {
			if err := do(filepath.Join(p.Name(), string(on), i.Name()), i); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// sweep erases results from before a moment.
func (s *spool) sweep(before time.Time) error {
	for _, on := range []shelf{ShelfProofs, ShelfBatches, ShelfOutcomes} {
		err := s.each(on, func(name string, i fs.FileInfo) error {
			if i.ModTime().Before(before) {
				return s.root.Remove(name)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// list gives the files of a party on a shelf that may be shown, by name.
func (s *spool) list(oin gateway.OIN, on shelf) ([]fs.FileInfo, error) {
	infos, err := s.files(oin, on)
	return slices.DeleteFunc(infos, func(i fs.FileInfo) bool { return !plainName(i.Name()) || i.Name()[0] == '.' }), err
}

// files gives every file of a party on a shelf.
func (s *spool) files(oin gateway.OIN, on shelf) ([]fs.FileInfo, error) {
	entries, err := fs.ReadDir(s.root.FS(), string(oin)+"/"+string(on))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sftpd: spool: %w", err)
	}
	infos := make([]fs.FileInfo, 0, len(entries))
	for _, e := range entries {
		if i, err := e.Info(); err == nil && i.Mode().IsRegular() {
			infos = append(infos, i)
		}
	}
	return infos, nil
}

func (s *spool) path(oin gateway.OIN, on shelf, name string) string {
	return filepath.Join(string(oin), string(on), name)
}

// open gives a file of a party, which the caller closes.
func (s *spool) open(oin gateway.OIN, on shelf, name string) (*os.File, fs.FileInfo, error) {
	f, err := s.root.Open(s.path(oin, on, name))
	if err != nil {
		return nil, nil, err
	}
	i, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, i, nil
}

// upload makes an empty file for what comes in.
func (s *spool) upload(oin gateway.OIN) (f *os.File, name string, err error) {
	if err := s.root.MkdirAll(filepath.Join(string(oin), string(shelfUploads)), 0o700); err != nil {
		return nil, "", fmt.Errorf("sftpd: spool: %w", err)
	}
	name = s.path(oin, shelfUploads, gateway.NewTrace().ID())
	f, err = s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, "", fmt.Errorf("sftpd: spool: %w", err)
	}
	return f, name, nil
}

// put writes a result whole or not at all, durable when it returns.
func (s *spool) put(oin gateway.OIN, on shelf, name string, at time.Time, write func(io.Writer) error) error {
	if err := s.root.MkdirAll(filepath.Join(string(oin), string(on)), 0o700); err != nil {
		return fmt.Errorf("sftpd: spool: %w", err)
	}
	f, making, err := s.upload(oin)
	if err != nil {
		return err
	}
	defer func() { _ = s.root.Remove(making) }() // gone already when it was put in its place
	defer func() { _ = f.Close() }()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sftpd: spool: %w", err)
	}
	place := s.path(oin, on, name)
	if err := s.root.Rename(making, place); err != nil {
		return fmt.Errorf("sftpd: spool: %w", err)
	}
	_ = s.root.Chtimes(place, at, at) // only its age
	return s.syncDir(oin, on)
}

func (s *spool) syncDir(oin gateway.OIN, on shelf) error {
	d, err := s.root.Open(filepath.Join(string(oin), string(on)))
	if err != nil {
		return fmt.Errorf("sftpd: spool: %w", err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sftpd: spool: %w", err)
	}
	return nil
}
