// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// When the write fails the old state stands, in memory and on disk, and nothing was wrapped under a key that is not there.
func TestFailedWriteChangesNothing(t *testing.T) {
	b := newBench(t)
	before := b.raw(t)
	full := errors.New("no space left")
	b.disk.rename = func(string, string) error { return full }
	out, err := b.Wrap(t.Context(), []keys.WrapItem{{Scope: "GM0268/2026-11", ID: "a", Data: []byte("x")}})
	if !errors.Is(err, keys.ErrUnavailable) || !errors.Is(err, full) || out != nil {
		t.Errorf("Wrap = %v, %v", out, err)
	}
	if err := b.Destroy(t.Context(), "GM0268/2026-10"); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("Destroy = %v", err)
	}
	if scopes, _ := b.Scopes(t.Context()); len(scopes) != 0 {
		t.Errorf("scopes in memory: %v", scopes)
	}
	if string(before) != string(b.raw(t)) {
		t.Error("the file changed")
	}
	b.disk.rename = os.Rename
	wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
}

func TestWriterWaitsNoLongerThanItsCaller(t *testing.T) {
	b := newBench(t)
	release, err := lockFile(t.Context(), b.path+".lock")
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := b.Rotate(ctx, keys.NoticeSigning); !errors.Is(err, keys.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Rotate while another holds the lock = %v", err)
	}
	if _, err := b.MAC(t.Context(), [][]byte{[]byte("x")}); err != nil {
		t.Errorf("reading must not wait for writers: %v", err)
	}
	release()
	must(t, b.Rotate(t.Context(), keys.NoticeSigning))
}

// The new file is on disk before it gets the name, and the name is on disk before the key is used.
func TestOrderOfWrites(t *testing.T) {
	b := newBench(t)
	var order []string
	b.disk.sync = func(f *os.File) error { order = append(order, "sync "+filepath.Base(f.Name())); return f.Sync() }
	b.disk.rename = func(from, to string) error { order = append(order, "rename"); return os.Rename(from, to) }
	wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	folder := "sync " + filepath.Base(filepath.Dir(b.path))
	if want := []string{folder, "sync sleutels.new", "rename", folder}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v (the first belongs to the read)", order, want)
	}
}

// The paired faults: failed, and failed but done.
func TestFailedSync(t *testing.T) {
	b := newBench(t)
	w := wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
	failed := errors.New("input/output error")
	for _, name := range []string{"sleutels.new", filepath.Base(filepath.Dir(b.path))} {
		renamed := false
		b.disk.rename = func(from, to string) error { renamed = true; return os.Rename(from, to) }
		b.disk.sync = func(f *os.File) error {
			if filepath.Base(f.Name()) == name && (renamed || name == "sleutels.new") {
				return failed
			}
			return f.Sync()
		}
		if err := b.Destroy(t.Context(), "GM0268/2026-11"); !errors.Is(err, failed) || !errors.Is(err, keys.ErrUnavailable) {
			t.Errorf("sync of %s fails: Destroy = %v", name, err)
		}
		if renamed {
			// The folder cannot be synced, so the new file must not be used either.
			if _, err := unwrapOne(t, b.Keyring, "GM0268/2026-11", "a", w); !errors.Is(err, keys.ErrUnavailable) {
				t.Errorf("a file that may not be durable is used: %v", err)
			}
		} else if got, err := unwrapOne(t, b.Keyring, "GM0268/2026-11", "a", w); err != nil || got != "x" {
			t.Errorf("nothing was written, yet %q, %v", got, err)
		}
		b.disk = realDisk()
	}
	must(t, b.Destroy(t.Context(), "GM0268/2026-11"))
	if _, err := unwrapOne(t, b.Keyring, "GM0268/2026-11", "a", w); !errors.Is(err, keys.ErrDestroyed) {
		t.Errorf("after the retry: %v, want ErrDestroyed", err)
	}
}

// Many meet a new month at once: one of them writes.
func TestNewScopeIsWrittenOnce(t *testing.T) {
	b := newBench(t)
	other := b.second(t)
	var wg sync.WaitGroup
	for i := range 8 {
		k := []*Keyring{b.Keyring, other}[i%2]
		wg.Go(func() {
			it := keys.WrapItem{Scope: "GM0268/2026-12", ID: "a", Data: []byte("x")}
			if _, err := k.Wrap(t.Context(), []keys.WrapItem{it, it}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if g, err := other.Generation(t.Context()); err != nil || g != 2 {
		t.Errorf("generation %d, %v; want 2", g, err)
	}
}
