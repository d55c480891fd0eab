// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// registerPath is where the register lies in KV v2.
const registerPath = "kv/data/keyring"

// recheck is how long the register may go unlooked at.
const recheck = time.Second

// conflicts is how often a change is tried again because another operator was first.
const conflicts = 5

// document is the register: which version of which key acts for which use. It holds nothing secret. Times are whole seconds
// in UTC.
type document struct {
	Keys     []keyRecord      `json:"keys"`     // oldest first
	Blinding []blindingRecord `json:"blinding"` // newest first, at most two
	OpenPGP  []openpgpRecord  `json:"openpgp"`  // oldest first
}

// keyRecord is one key pair: a version of a transit key, or an intake key of which the private half is under kv/intake.
type keyRecord struct {
	Use       keys.Use  `json:"use"`
	KID       string    `json:"kid"`
	Algorithm string    `json:"algorithm"`
	Kind      kind      `json:"kind"`
	Version   uint32    `json:"version,omitempty"` // of the transit key; 0 for intake
	From      time.Time `json:"from"`
	Until     time.Time `json:"until,omitzero"` // zero while current
	Public    []byte    `json:"public"`         // PKIX DER
}

// blindingRecord is one live version of subject-blinding.
type blindingRecord struct {
	Version uint32    `json:"version"`
	From    time.Time `json:"from"`
}

// openpgpRecord is one OpenPGP intake key; the private half is under kv/openpgp.
type openpgpRecord struct {
	KID    string    `json:"kid"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"`
	Public []byte    `json:"public"`
}

// moment is a time as the register stores it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// register is this node's view of the document: one snapshot that is replaced whole.
type register struct {
	snap    atomic.Pointer[snapshot]
	checked atomic.Int64 // UnixNano of the last look

	mu      sync.Mutex // of flight, never held during a call
	flight  *flight[*snapshot]
	changes sync.Mutex // one change by this node at a time
}

// stale makes the next operation look at the register, when an answer of Vault shows that it has changed.
func (r *register) stale() { r.checked.Store(0) }

// errUnchanged is how a change says that the register is already as it wants.
var errUnchanged = errors.New("nothing to change")

// current gives a view of at most a second old. The usual path is two atomic loads; when it is older, one caller looks and
// the others wait for him, each no longer than his own context.
func (s *Store) current(ctx context.Context) (*snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if snap := s.fresh(); snap != nil {
		return snap, nil
	}
	r := &s.register
	r.mu.Lock()
	if snap := s.fresh(); snap != nil {
		r.mu.Unlock()
		return snap, nil
	}
	f := r.flight
	if f == nil {
		f = begin(ctx, s.look, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.flight = nil
		})
		r.flight = f
	}
	r.mu.Unlock()
	return f.wait(ctx)
}

func (s *Store) fresh() *snapshot {
	age := s.config.Clock().UnixNano() - s.register.checked.Load()
	if age < 0 || age >= int64(recheck) { // a clock that went back does not count as fresh
		return nil
	}
	return s.register.snap.Load()
}

// look reads the register. A register that breaks a rule is keys.ErrUnavailable: nothing is guessed.
func (s *Store) look(ctx context.Context) (*snapshot, error) {
	old := s.register.snap.Load()
	var answer struct {
		Data struct {
			Data     json.RawMessage `json:"data"`
			Metadata struct {
				Version uint64 `json:"version"`
			} `json:"metadata"`
		} `json:"data"`
	}
	err := s.read(ctx, registerPath, &answer)
	if r, ok := refused(err); ok && r.status == 404 {
		return nil, fmt.Errorf("no keys were made in this Vault yet: %w", keys.ErrUnknown)
	}
	if err != nil {
		return nil, err
	}
	version := answer.Data.Metadata.Version
	if old != nil {
		if old.version == version {
			s.register.checked.Store(s.config.Clock().UnixNano())
			return old, nil
		}
		if version < old.version {
			return nil, fmt.Errorf("the register in Vault is older than what we have seen: %w", keys.ErrUnavailable)
		}
	}
	var d document
	if err := json.Unmarshal(answer.Data.Data, &d); err != nil {
		return nil, fmt.Errorf("the register in Vault cannot be read: %w", keys.ErrUnavailable)
	}
	snap, err := buildSnapshot(d, version)
	if err != nil {
		return nil, err
	}
	s.adopt(snap)
	return snap, nil
}

// adopt makes it the view of this node, unless that is newer already.
func (s *Store) adopt(snap *snapshot) {
	for {
		old := s.register.snap.Load()
		if old != nil && old.version > snap.version {
			return
		}
		if s.register.snap.CompareAndSwap(old, snap) {
			s.register.checked.Store(s.config.Clock().UnixNano())
			return
		}
	}
}

// change applies one mutation to the newest register and stores it before anyone acts on it. mutate may be called again on
// a newer register when another operator was first, so what it makes in Vault must do no harm when it stays unused.
func (s *Store) change(ctx context.Context, mutate func(d *document, now time.Time) error) (*snapshot, error) {
	s.register.changes.Lock()
	defer s.register.changes.Unlock()
	for range conflicts {
		snap, err := s.look(ctx)
		if err != nil {
			return nil, err
		}
		d := snap.document()
		err = mutate(&d, s.config.Clock())
		if errors.Is(err, errUnchanged) {
			return snap, nil
		}
		if err != nil {
			return nil, err
		}
		next, stored, err := s.store(ctx, d, snap.version)
		if err != nil || stored {
			return next, err
		}
	}
	return nil, fmt.Errorf("others keep changing the register: %w", keys.ErrUnavailable)
}

// store writes the register if it is still the version that was read. It checks it first: what could not be read again is
// never written.
func (s *Store) store(ctx context.Context, d document, was uint64) (snap *snapshot, stored bool, err error) {
	snap, err = buildSnapshot(d, was+1)
	if err != nil {
		return nil, false, err
	}
	var answer struct {
		Data struct {
			Version uint64 `json:"version"`
		} `json:"data"`
	}
	err = s.write(ctx, registerPath, map[string]any{"data": d, "options": map[string]uint64{"cas": was}}, &answer)
	if lost(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	snap.version = answer.Data.Version
	s.adopt(snap)
	return snap, true, nil
}

// lost reports whether a check-and-set found another version than it named.
func lost(err error) bool {
	r, ok := refused(err)
	return ok && r.status == 400 && r.says("check-and-set")
}

// Generation is the version of the register: one more at every change.
func (s *Store) Generation(ctx context.Context) (uint64, error) {
	snap, err := s.current(ctx)
	if err != nil {
		return 0, err
	}
	return snap.version, nil
}

// isKID reports whether it has the form of a key id, so that it may stand in a path.
func isKID(kid string) bool {
	return len(kid) == 43 && strings.Trim(kid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
