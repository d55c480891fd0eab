// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// maker makes numbered stand-ins: this package does not look inside.
func maker(calls *int) func() (private, public []byte, err error) {
	return func() ([]byte, []byte, error) {
		*calls++
		return fmt.Appendf(nil, "private-%d", *calls), fmt.Appendf(nil, "public-%d", *calls), nil
	}
}

func TestOpenPGPKeys(t *testing.T) {
	b, calls := newBench(t), 0
	if got, err := b.OpenPGPKeys(t.Context()); err != nil || len(got) != 0 {
		t.Fatalf("before the first: %d, %v", len(got), err)
	}
	if bytes.Contains(mustOpen(t, b), []byte("openpgp")) {
		t.Error("a keyring without such keys must stay readable for the program before")
	}
	must(t, b.EnsureOpenPGP(t.Context(), maker(&calls)))
	must(t, b.EnsureOpenPGP(t.Context(), maker(&calls)))
	other := b.second(t)
	must(t, other.EnsureOpenPGP(t.Context(), maker(&calls)))
	want := []string{"private-1"}
	if got := texts(t, other.OpenPGPKeys); calls != 1 || !slices.Equal(got, want) {
		t.Fatalf("%d made, stored %q", calls, got)
	}

	b.clock.advance(time.Hour)
	must(t, b.RotateOpenPGP(t.Context(), maker(&calls)))
	b.clock.advance(time.Second)
	if got := texts(t, b.second(t).OpenPGPKeys); !slices.Equal(got, []string{"private-2", "private-1"}) {
		t.Errorf("after rotation: %q", got)
	}
	if got := texts(t, b.OpenPGPPublics); !slices.Equal(got, []string{"public-2", "public-1"}) {
		t.Errorf("published: %q", got)
	}

	if err := b.Retire(t.Context(), openpgpKID([]byte("public-2"))); !errors.Is(err, keys.ErrCurrent) {
		t.Errorf("retire the current one: %v", err)
	}
	must(t, b.Retire(t.Context(), openpgpKID([]byte("public-1"))))
	if got := texts(t, b.second(t).OpenPGPKeys); !slices.Equal(got, []string{"private-2"}) {
		t.Errorf("after retirement: %q", got)
	}
	if bytes.Contains(mustOpen(t, b), []byte("cHJpdmF0ZS0x")) {
		t.Error("the retired key is still in the file")
	}
	entries, err := b.Inventory(t.Context())
	must(t, err)
	if !slices.ContainsFunc(entries, func(e keys.Entry) bool {
		return e.Algorithm == keys.OpenPGP && e.Use == keys.IntakeDecryption && e.KID == openpgpKID([]byte("public-2"))
	}) {
		t.Error("an operator does not see it")
	}
}

func TestOpenPGPMakerFails(t *testing.T) {
	b, broken := newBench(t), errors.New("broken")
	before := b.raw(t)
	if err := b.EnsureOpenPGP(t.Context(), func() ([]byte, []byte, error) { return nil, nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if err := b.EnsureOpenPGP(t.Context(), func() ([]byte, []byte, error) { return nil, nil, nil }); !errors.Is(err, ErrFormat) {
		t.Errorf("an empty key: %v", err)
	}
	if !bytes.Equal(before, b.raw(t)) {
		t.Error("the file changed")
	}
}

func TestOpenPGPRecords(t *testing.T) {
	b, calls := newBench(t), 0
	must(t, b.EnsureOpenPGP(t.Context(), maker(&calls)))
	must(t, b.RotateOpenPGP(t.Context(), maker(&calls)))
	for name, spoil := range map[string]func(*document){
		"other kid":    func(d *document) { d.OpenPGP[0].KID = d.OpenPGP[1].KID },
		"twice":        func(d *document) { d.OpenPGP[0].Public, d.OpenPGP[0].KID = d.OpenPGP[1].Public, d.OpenPGP[1].KID },
		"no private":   func(d *document) { d.OpenPGP[0].Private = nil },
		"no start":     func(d *document) { d.OpenPGP[0].From = time.Time{} },
		"two current":  func(d *document) { d.OpenPGP[0].Until = time.Time{} },
		"none current": func(d *document) { d.OpenPGP[1].Until = start },
	} {
		d, err := decodeDocument(mustOpen(t, b))
		must(t, err)
		spoil(d)
		if s, err := buildSnapshot(d); s != nil || !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v, want ErrFormat", name, err)
		}
	}
}

func texts(t *testing.T, list func(context.Context) ([][]byte, error)) []string {
	t.Helper()
	raws, err := list(t.Context())
	must(t, err)
	var out []string
	for _, raw := range raws {
		out = append(out, string(raw))
	}
	return out
}
