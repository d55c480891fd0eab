// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

var _ batch.Spool = (*s3.Spool)(nil)

func TestSpool(t *testing.T) {
	server := s3test.Start(t)
	open := func(t *testing.T) batch.Spool { store, _ := server.Store(t); return store.Spool() }
	gatewaytest.Spool(t, open)
	t.Run("with versions", func(t *testing.T) {
		gatewaytest.Spool(t, func(t *testing.T) batch.Spool {
			store, c := server.Store(t)
			server.Raw(t).KeepVersions(c.Spool)
			return store.Spool()
		})
	})
}

// A file of several parts comes back whole; one that breaks off leaves nothing, not even its parts.
func TestSpoolLargeFile(t *testing.T) {
	server := s3test.Start(t)
	store, c := server.Store(t)
	s, raw := store.Spool(), server.Raw(t)
	raw.KeepVersions(c.Spool)
	large := make([]byte, 50<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(large)
	for range 2 {
		size, sum, err := s.Put(t.Context(), "large", bytes.NewReader(large))
		if err != nil || size != int64(len(large)) || sum != sha256.Sum256(large) {
			t.Fatalf("%d bytes, %v", size, err)
		}
	}
	f, err := s.Open(t.Context(), "large")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil || !bytes.Equal(got, large) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	half := io.MultiReader(bytes.NewReader(large[:40<<20]), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, _, err := s.Put(t.Context(), "half", half); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	if all := raw.Versions(c.Spool); len(all) != 1 || all[0].Name != "large" || raw.Uploads(c.Spool) != 0 {
		t.Errorf("versions %v, %d unfinished uploads", all, raw.Uploads(c.Spool))
	}
	if err := s.Erase(t.Context(), "large"); err != nil || len(raw.Versions(c.Spool)) != 0 {
		t.Errorf("%v, left %v", err, raw.Versions(c.Spool))
	}
}

func TestSpoolNames(t *testing.T) {
	store, _ := s3test.Start(t).Store(t)
	s := store.Spool()
	for _, name := range []string{"", ".", "..", "../x", "a/b", ".nieuw", "a.b", "/etc/passwd", strings.Repeat("a", 300)} {
		_, _, put := s.Put(t.Context(), name, strings.NewReader("x"))
		_, open := s.Open(t.Context(), name)
		if erase := s.Erase(t.Context(), name); put == nil || open == nil || erase == nil || errors.Is(open, fs.ErrNotExist) {
			t.Errorf("%q is taken as a name", name)
		}
	}
}
