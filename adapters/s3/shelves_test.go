// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/adapters/sftpd"
	"github.com/seinhuis/seinhuis/adapters/sftpd/sftpdtest"
)

var _ sftpd.Shelves = (*s3.Shelves)(nil)

func TestShelves(t *testing.T) {
	server := s3test.Start(t)
	sftpdtest.Shelves(t, func(t *testing.T) sftpd.Shelves { store, _ := server.Store(t); return store.Shelves() })
	t.Run("with versions", func(t *testing.T) {
		sftpdtest.Shelves(t, func(t *testing.T) sftpd.Shelves {
			store, c := server.Store(t)
			server.Raw(t).KeepVersions(c.Spool)
			return store.Shelves()
		})
	})
}

// The shelves do not show among the spooled files, and no name leaves its shelf.
func TestShelvesStandApart(t *testing.T) {
	store, _ := s3test.Start(t).Store(t)
	s := store.Shelves()
	nothing := func(io.Writer) error { return nil }
	if err := s.Put(t.Context(), "00000099000000000002", sftpd.ShelfProofs, "x", time.Now(), nothing); err != nil {
		t.Fatal(err)
	}
	if names, err := store.Spool().Names(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("%v, %v", names, err)
	}
	for _, name := range []string{"", ".", "..", "../x", "a/b", "a b"} {
		err := s.Put(t.Context(), "00000099000000000002", sftpd.ShelfProofs, name, time.Now(), nothing)
		if _, _, open := s.Open(t.Context(), "00000099000000000002", sftpd.ShelfProofs, name); !errors.Is(err, s3.ErrName) || !errors.Is(open, s3.ErrName) {
			t.Errorf("%q: %v, %v", name, err, open)
		}
	}
}
