// SPDX-License-Identifier: EUPL-1.2

// Package sftpdtest holds the contract of the shelves of the SFTP door, as a suite that every store of them runs. It may be
// imported by tests only.
package sftpdtest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seinhuis/seinhuis/adapters/sftpd"
	"github.com/seinhuis/seinhuis/gateway"
)

// The parties are synthetic: Logius keeps prefix 99 for tests.
const (
	town gateway.OIN = "00000099000000000002"
	city gateway.OIN = "00000099000000000003"
)

var errBroken = errors.New("the source broke off")

// Shelves is the contract of sftpd.Shelves. Open gives empty ones, new ones at each call.
func Shelves(t *testing.T, open func(t *testing.T) sftpd.Shelves) {
	t.Run("kept", func(t *testing.T) { kept(t, open(t)) })
	t.Run("replaced", func(t *testing.T) { replaced(t, open(t)) })
	t.Run("swept", func(t *testing.T) { swept(t, open(t)) })
}

// at is of a moment within a year, to the second: what a listing over SFTP can show.
func at(day int) time.Time { return time.Date(2026, 3, day, 9, 30, 15, 0, time.UTC) }

func put(t *testing.T, s sftpd.Shelves, oin gateway.OIN, shelf, name string, day int, content []byte) {
	t.Helper()
	if err := s.Put(t.Context(), oin, shelf, name, at(day), func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, s sftpd.Shelves, oin gateway.OIN, shelf string) (names []string) {
	t.Helper()
	infos, err := s.List(t.Context(), oin, shelf)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range infos {
		names = append(names, i.Name())
	}
	slices.Sort(names)
	return names
}

func kept(t *testing.T, s sftpd.Shelves) {
	if names := list(t, s, town, sftpd.ShelfProofs); len(names) != 0 {
		t.Errorf("an empty shelf has %v", names)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 200_000) // 3.2 MB
	put(t, s, town, sftpd.ShelfProofs, "a.bewijs.jws", 1, []byte("receipt"))
	put(t, s, town, sftpd.ShelfProofs, "a", 2, []byte("not the same name"))
	put(t, s, town, sftpd.ShelfBatches, "leeg", 3, nil)
	put(t, s, city, sftpd.ShelfProofs, strings.Repeat("b", 110)+"-1_2.jws", 4, large)
	if names := list(t, s, town, sftpd.ShelfProofs); !slices.Equal(names, []string{"a", "a.bewijs.jws"}) {
		t.Errorf("on the shelf: %v", names)
	}
	infos, err := s.List(t.Context(), city, sftpd.ShelfProofs)
	if err != nil || len(infos) != 1 || infos[0].Size() != int64(len(large)) || !infos[0].ModTime().Equal(at(4)) {
		t.Fatalf("%v, %v", infos, err)
	}
	f, info, err := s.Open(t.Context(), city, sftpd.ShelfProofs, infos[0].Name())
	if err != nil || info.Size() != int64(len(large)) || !info.ModTime().Equal(at(4)) {
		t.Fatalf("%v, %v", info, err)
	}
	for _, from := range []int64{0, 3_000_000, 5, 1_048_570, 2_097_152, 1} { // in any order, as clients ask
		part := make([]byte, 32<<10)
		if n, err := f.ReadAt(part, from); err != nil || !bytes.Equal(part[:n], large[from:][:len(part)]) {
			t.Errorf("from %d: %d bytes, %v", from, n, err)
		}
	}
	end := make([]byte, 100)
	if n, err := f.ReadAt(end, int64(len(large))-10); n != 10 || !errors.Is(err, io.EOF) || !bytes.Equal(end[:10], large[:16][6:]) {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
	if n, err := f.ReadAt(end, int64(len(large))+1); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("past the end: %d bytes, %v", n, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		oin         gateway.OIN
		shelf, name string
	}{{town, sftpd.ShelfProofs, "b"}, {city, sftpd.ShelfProofs, "a"}, {town, sftpd.ShelfOutcomes, "a"}, {town, sftpd.ShelfProofs, "a.bewijs"}} {
		if _, _, err := s.Open(t.Context(), c.oin, c.shelf, c.name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if f, info, err := s.Open(t.Context(), town, sftpd.ShelfBatches, "leeg"); err != nil || info.Size() != 0 || f.Close() != nil {
		t.Errorf("an empty one: %v, %v", info, err)
	}
}

func replaced(t *testing.T, s sftpd.Shelves) {
	put(t, s, town, sftpd.ShelfOutcomes, "x", 9, []byte("first"))
	old, _, err := s.Open(t.Context(), town, sftpd.ShelfOutcomes, "x")
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 5)
	if _, err := old.ReadAt(first, 0); err != nil || string(first) != "first" {
		t.Errorf("%q, %v", first, err)
	}
	for _, day := range []int{8, 10} { // an older one replaces as well
		put(t, s, town, sftpd.ShelfOutcomes, "x", day, []byte("second one"))
		f, info, err := s.Open(t.Context(), town, sftpd.ShelfOutcomes, "x")
		if err != nil || info.Size() != 10 || !info.ModTime().Equal(at(day)) {
			t.Fatalf("%v, %v", info, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	err = s.Put(t.Context(), town, sftpd.ShelfOutcomes, "x", at(11), func(w io.Writer) error {
		_, err := io.Copy(w, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errBroken)))
		return err
	})
	if !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
	infos, err := s.List(t.Context(), town, sftpd.ShelfOutcomes)
	if err != nil || len(infos) != 1 || infos[0].Size() != 10 || !infos[0].ModTime().Equal(at(10)) {
		t.Errorf("%v, %v", infos, err)
	}
}

func swept(t *testing.T, s sftpd.Shelves) {
	for _, shelf := range []string{sftpd.ShelfProofs, sftpd.ShelfBatches, sftpd.ShelfOutcomes} {
		for _, oin := range []gateway.OIN{town, city} {
			put(t, s, oin, shelf, "old", 1, []byte("x"))
			put(t, s, oin, shelf, "new", 20, []byte("x"))
		}
	}
	for range 2 {
		if err := s.Sweep(t.Context(), at(10)); err != nil {
			t.Fatal(err)
		}
	}
	for _, shelf := range []string{sftpd.ShelfProofs, sftpd.ShelfBatches, sftpd.ShelfOutcomes} {
		if names := slices.Concat(list(t, s, town, shelf), list(t, s, city, shelf)); !slices.Equal(names, []string{"new", "new"}) {
			t.Errorf("%s: %v", shelf, names)
		}
	}
}
