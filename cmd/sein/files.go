// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// partSuffix marks a file that is not whole yet.
const partSuffix = ".deel"

// writeWhole writes a file so that under its name it is whole and on disk, or
// not there: a temporary file beside it, fsync, rename, fsync of the directory.
func writeWhole(dir, name string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(dir, "."+name+".*"+partSuffix) // readable for its owner only
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("%s schrijven: %w", name, err)
	}
	return syncDir(dir)
}

// writeNew writes a file that must not exist yet.
func writeNew(dir, name string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in a folder durable; Windows has no such call and
// writes names through by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

// removeParts clears what an earlier run left behind when it was killed: such
// a file may hold personal data and belongs to nobody. A younger one may be of
// a run that is still busy.
func removeParts(dir string, before time.Time) error {
	parts, err := filepath.Glob(filepath.Join(dir, ".*"+partSuffix))
	if err != nil {
		return err
	}
	for _, p := range parts {
		if info, err := os.Stat(p); err == nil && info.ModTime().Before(before) {
			if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// maxInput bounds a report, in bytes; the gateway takes no more.
const maxInput = 1 << 20

// read reads a file, or the input for "-".
func (a *app) read(name string) ([]byte, error) {
	in := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = errors.New("de invoer is groter dan 1 MiB")
	}
	return data, err
}
