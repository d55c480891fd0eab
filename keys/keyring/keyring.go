// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// The errors of the file itself. Those of the keys are in package keys.
var (
	// ErrUnlock: the unlock secret does not fit, or the file was changed. The two cannot be told apart.
	ErrUnlock = errors.New("wrong unlock secret, or the keyring was damaged")
	// ErrFormat: not a keyring, or one written by a newer version.
	ErrFormat = errors.New("not a keyring of a known format")
	// ErrExists: Create and WriteUnlock never replace a file.
	ErrExists = errors.New("file exists already")
	// ErrMode: others may read the file. Set its mode to 0600.
	ErrMode = errors.New("file is readable by others, set its mode to 0600")
	// ErrRollback: the file is older than what this process has already seen.
	ErrRollback = errors.New("keyring was replaced by an older one")
)

// recheck is how long the file may go unlooked at by the reading operations.
const recheck = time.Second

// Options are the choices at creation. The zero value is the default set of keys.
type Options struct {
	X25519Intake bool             // also an X25519 intake key
	RSAIntake    bool             // also an RSA-3072 intake key, for parties whose profile asks RSA-OAEP
	PS256        bool             // RSA-3072 signing keys at once, see EnsurePS256
	Clock        func() time.Time // for the returned handle; nil freezes it at the moment of creation, which suits a command
}

// Keyring acts with the keys of one file. It is safe for concurrent use; reading operations share an immutable snapshot
// and take no lock. All methods fail closed with keys.ErrUnavailable while the file cannot be read or verified, because a
// key might have been retired or destroyed meanwhile.
type Keyring struct {
	path  string
	clock func() time.Time

	snap    atomic.Pointer[snapshot]
	checked atomic.Int64 // UnixNano of the last look at the file

	mu     sync.Mutex // reload and change
	unlock *secret    // under mu
	closed bool       // under mu
	adding sync.Mutex // one maker of scope keys at a time, see addScopes

	disk disk
}

// Create makes a new keyring with a first key for every use. unlock is 32 bytes (see NewUnlock). The file must not exist
// (ErrExists); its folder must. On return it is durable.
func Create(path string, unlock []byte, now time.Time, o Options) (*Keyring, error) {
	clock := o.Clock
	if clock == nil {
		clock = func() time.Time { return now }
	}
	k, err := newKeyring(path, unlock, clock)
	if err != nil {
		return nil, err
	}
	doc, err := firstDocument(now, o)
	if err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	release, err := lockFile(context.Background(), path+".lock")
	if err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	defer release()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("create keyring: %w", ErrExists)
	}
	if _, err := k.store(doc, k.unlock, now); err != nil {
		return nil, fmt.Errorf("create keyring: %w", err)
	}
	return k, nil
}

// Open reads an existing keyring. clock gives the present moment; it decides when the file is looked at again and when a
// rotated key stops signing. Errors: ErrUnlock, ErrFormat, ErrMode, or keys.ErrUnavailable when the file cannot be read.
func Open(path string, unlock []byte, clock func() time.Time) (*Keyring, error) {
	k, err := newKeyring(path, unlock, clock)
	if err != nil {
		return nil, err
	}
	if _, err := k.reload(); err != nil {
		return nil, fmt.Errorf("open keyring: %w", err)
	}
	return k, nil
}

func newKeyring(path string, unlock []byte, clock func() time.Time) (*Keyring, error) {
	if len(unlock) != unlockSize {
		return nil, fmt.Errorf("unlock secret must be %d bytes: %w", unlockSize, ErrUnlock)
	}
	return &Keyring{path: path, clock: clock, unlock: newSecret(unlock), disk: realDisk()}, nil
}

// Close releases the file and forgets the unlock secret; the keyring can act no more. Handles that were given out fail.
func (k *Keyring) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.unlock.reveal())
	k.closed = true
	if old := k.snap.Swap(nil); old != nil {
		return old.pin.Close()
	}
	return nil
}

// Generation counts the changes of the file since it was made. Kept elsewhere it shows that an old file was put back.
func (k *Keyring) Generation(ctx context.Context) (uint64, error) {
	s, err := k.current(ctx, exact)
	if err != nil {
		return 0, err
	}
	return s.generation, nil
}

// Publics returns every published key: current ones, and earlier signing keys for as long as something they signed may
// have to be verified. Order: by use, newest first.
func (k *Keyring) Publics(ctx context.Context) ([]keys.Public, error) {
	s, err := k.current(ctx, relaxed)
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.publics), nil
}

// IntakeKeys returns the keys that open reports, current ones first, then the rotated ones that are not yet retired.
func (k *Keyring) IntakeKeys(ctx context.Context) ([]keys.Intake, error) {
	s, err := k.current(ctx, relaxed)
	if err != nil {
		return nil, err
	}
	return s.intake(), nil
}
