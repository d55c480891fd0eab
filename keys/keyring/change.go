// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// freshness is how sure an operation must be that no other process changed the file.
type freshness bool

const (
	relaxed freshness = false // at most recheck old: a rotation or retirement may be followed a second late
	exact   freshness = true  // looked at now: a body must not be wrapped, nor opened, under a destroyed key
)

// errUnchanged is how a change says that the file is already as it wants.
var errUnchanged = errors.New("nothing to change")

// current returns a snapshot that is fresh enough. The usual path is two atomic loads, or one stat on top.
func (k *Keyring) current(ctx context.Context, f freshness) (*snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := k.snap.Load()
	if s == nil {
		return nil, fmt.Errorf("keyring is closed: %w", keys.ErrUnavailable)
	}
	now := k.clock().UnixNano()
	age := now - k.checked.Load()
	if f == relaxed && age >= 0 && age < int64(recheck) { // a clock that went back does not count as fresh
		return s, nil
	}
	info, err := os.Stat(k.path)
	if err != nil {
		return nil, unavailable(err)
	}
	if !s.from(info) {
		return k.reload()
	}
	k.checked.Store(now)
	return s, nil
}

// from reports whether the file is the one this snapshot was made of. The pin makes the inode a proof.
func (s *snapshot) from(info os.FileInfo) bool {
	return os.SameFile(s.info, info) && s.info.ModTime().Equal(info.ModTime()) && s.info.Size() == info.Size()
}

// reload reads the file and makes it the current snapshot, unless another caller just did.
func (k *Keyring) reload() (*snapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.snap.Load(); s != nil {
		if info, err := os.Stat(k.path); err == nil && s.from(info) {
			return s, nil
		}
	}
	d, pin, info, err := k.load()
	if err != nil {
		return nil, failClosed(err)
	}
	defer d.wipe()
	s, err := buildSnapshot(d)
	if err != nil {
		_ = pin.Close()
		return nil, failClosed(err)
	}
	k.adopt(s, pin, info)
	return s, nil
}

// load reads, decrypts and decodes the file under mu.
func (k *Keyring) load() (*document, *os.File, os.FileInfo, error) {
	if k.closed {
		return nil, nil, nil, fmt.Errorf("keyring is closed: %w", keys.ErrUnavailable)
	}
	raw, pin, info, err := k.disk.readFile(k.path)
	if err != nil {
		return nil, nil, nil, err
	}
	d, err := k.open(raw)
	if err != nil {
		_ = pin.Close()
		return nil, nil, nil, err
	}
	return d, pin, info, nil
}

func (k *Keyring) open(raw []byte) (*document, error) {
	plain, err := openBytes(raw, k.unlock)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	d, err := decodeDocument(plain)
	if err != nil {
		return nil, err
	}
	if s := k.snap.Load(); s != nil && d.Generation < s.generation {
		d.wipe()
		return nil, ErrRollback
	}
	return d, nil
}

// change applies one mutation to the newest state of the file and makes it durable before anyone sees it. It holds the
// writers' lock for the whole of read, mutate and write, so no change of another process is lost.
func (k *Keyring) change(ctx context.Context, mutate func(*document, time.Time) error) (*snapshot, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.changeUnder(ctx, k.unlock, mutate)
}

// changeUnder is change with a choice of the secret that seals the new file; mu is held.
func (k *Keyring) changeUnder(ctx context.Context, seal *secret, mutate func(*document, time.Time) error) (*snapshot, error) {
	release, err := lockFile(ctx, k.path+".lock")
	if err != nil {
		return nil, err
	}
	defer release()
	d, pin, info, err := k.load()
	if err != nil {
		return nil, failClosed(err)
	}
	defer d.wipe()
	now := k.clock()
	err = mutate(d, now)
	if errors.Is(err, errUnchanged) {
		s, err := buildSnapshot(d)
		if err != nil {
			_ = pin.Close()
			return nil, failClosed(err)
		}
		k.adopt(s, pin, info)
		return s, nil
	}
	_ = pin.Close()
	if err != nil {
		return nil, err
	}
	return k.store(d, seal, now)
}

// store writes a document and makes it the current snapshot. It builds the snapshot first: a file that could not be
// opened again is never written.
func (k *Keyring) store(d *document, seal *secret, now time.Time) (*snapshot, error) {
	d.Generation++
	d.prune(now)
	s, err := buildSnapshot(d)
	if err != nil {
		return nil, err
	}
	plain, err := d.encode()
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	raw, err := sealBytes(plain, seal)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("keyring would exceed %d bytes: %w", maxFile, keys.ErrUnavailable)
	}
	pin, info, err := k.disk.writeFile(k.path, raw)
	if err != nil {
		return nil, err
	}
	k.adopt(s, pin, info)
	return s, nil
}

// adopt publishes a snapshot. Readers of the one before keep what they hold; only its file is let go.
func (k *Keyring) adopt(s *snapshot, pin *os.File, info os.FileInfo) {
	s.pin, s.info = pin, info
	old := k.snap.Swap(s)
	k.checked.Store(k.clock().UnixNano())
	if old != nil {
		_ = old.pin.Close()
	}
}

// failClosed marks every reason why the file cannot be trusted now as keys.ErrUnavailable too: callers of the ports need not
// know the errors of this file.
func failClosed(err error) error {
	if errors.Is(err, keys.ErrUnavailable) {
		return err
	}
	return unavailable(err)
}
