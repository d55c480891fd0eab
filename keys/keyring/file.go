// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// maxFile bounds what is read before the first check. 20 years of scopes for every municipality stay under half of it.
const maxFile = 64 << 20

// lockWait is how long a writer waits for another process. The longest write makes two RSA keys.
const lockWait = 15 * time.Second

// disk is the pair of system calls that durability hangs on; tests fail them and watch their order.
type disk struct {
	sync   func(*os.File) error
	rename func(from, to string) error
}

func realDisk() disk { return disk{sync: (*os.File).Sync, rename: os.Rename} }

// readFile reads the whole file and returns it open: as long as it is held open its inode cannot be given to another
// file, so "same inode, time and size" is proof that nothing changed.
func (d disk) readFile(path string) (_ []byte, pin *os.File, info os.FileInfo, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, unavailable(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if err := checkMode(f); err != nil {
		return nil, nil, nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, nil, nil, unavailable(err)
	}
	if len(raw) > maxFile {
		return nil, nil, nil, fmt.Errorf("larger than %d bytes: %w", maxFile, ErrFormat)
	}
	if info, err = f.Stat(); err != nil {
		return nil, nil, nil, unavailable(err)
	}
	// The writer may have renamed but not yet synced the folder. A key that is used before its file is surely on disk
	// could be lost with the power, and what it wrapped with it.
	if err := d.syncFolder(filepath.Dir(path)); err != nil {
		return nil, nil, nil, unavailable(err)
	}
	return raw, f, info, nil
}

// writeFile replaces path durably: new file, sync, rename, sync of the folder. The caller holds the lock, so the fixed
// temporary name is ours and what a crash left there is garbage. On error path is as it was, or (when only the last sync
// failed) new but not surely durable; it is returned open like readFile does.
func (d disk) writeFile(path string, raw []byte) (pin *os.File, info os.FileInfo, err error) {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, unavailable(err)
	}
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, unavailable(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(temp)
		}
	}()
	if _, err = f.Write(raw); err != nil {
		return nil, nil, unavailable(err)
	}
	if err = d.sync(f); err != nil {
		return nil, nil, unavailable(err)
	}
	if info, err = f.Stat(); err != nil {
		return nil, nil, unavailable(err)
	}
	if err = d.rename(temp, path); err != nil {
		return nil, nil, unavailable(err)
	}
	if err = d.syncFolder(filepath.Dir(path)); err != nil {
		return nil, nil, unavailable(err)
	}
	return f, info, nil
}

// syncFolder makes a rename in the folder durable.
func (d disk) syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.sync(f), f.Close())
}

// lockFile takes the writers' lock; the kernel frees it when the process dies. The file stays: removing it would let two
// writers lock two different files.
func lockFile(ctx context.Context, path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			_ = f.Close()
			return nil, unavailable(err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("another process holds the keyring: %w: %w", keys.ErrUnavailable, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// unavailable marks a cause from the system as one to retry.
func unavailable(err error) error { return fmt.Errorf("%w: %w", keys.ErrUnavailable, err) }
