// SPDX-License-Identifier: EUPL-1.2

package files_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

var _ batch.Spool = (*files.Spool)(nil)

func openSpool(t *testing.T, dir string) *files.Spool {
	t.Helper()
	s, err := files.OpenSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSpool(t *testing.T) {
	gatewaytest.Spool(t, func(t *testing.T) batch.Spool { return openSpool(t, t.TempDir()) })
}

func TestSpoolOnDisk(t *testing.T) {
	dir := t.TempDir()
	s := openSpool(t, dir)
	_, _, err := s.Put(t.Context(), "half", io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, ".nieuw")); len(left) != 0 {
		t.Errorf("%d fresh files are left of an aborted Put", len(left))
	}
	if _, _, err := s.Put(t.Context(), "whole", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "whole"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	for _, name := range []string{"", ".", "..", "../x", "a/b", ".nieuw", "a.b", "/etc/passwd", strings.Repeat("a", 300)} {
		_, _, put := s.Put(t.Context(), name, strings.NewReader("x"))
		_, open := s.Open(t.Context(), name)
		if erase := s.Erase(t.Context(), name); put == nil || open == nil || erase == nil || errors.Is(open, fs.ErrNotExist) {
			t.Errorf("%q is taken as a name", name)
		}
	}
	// What a crash left half written is gone, what was whole stays.
	if err := os.WriteFile(filepath.Join(dir, ".nieuw", "9"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := openSpool(t, dir)
	names, err := again.Names(t.Context())
	if left, _ := os.ReadDir(filepath.Join(dir, ".nieuw")); err != nil || !slices.Equal(names, []string{"whole"}) || len(left) != 0 {
		t.Errorf("names %v, error %v, %d fresh", names, err, len(left))
	}
}

func TestSpoolOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := openSpool(t, dir)
	if err := os.Remove(filepath.Join(dir, ".nieuw")); err != nil { // nowhere to write
		t.Fatal(err)
	}
	_, _, err := s.Put(t.Context(), "x", strings.NewReader("x"))
	if gateway.AsError(err).Kind != gateway.KindUnavailable {
		t.Errorf("error %v", err)
	}
}
