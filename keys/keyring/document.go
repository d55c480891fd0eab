// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// document is the plaintext of the file. Times are whole seconds in UTC, lists have one order, so that a document has
// one encoding; decode refuses any other.
type document struct {
	Generation uint64           `json:"generation"`        // one more at every write
	Keys       []keyRecord      `json:"keys"`              // oldest first
	Blinding   []blindingRecord `json:"blinding"`          // newest first, at most two
	Scopes     []scopeRecord    `json:"scopes"`            // by name
	OpenPGP    []openpgpRecord  `json:"openpgp,omitempty"` // oldest first; absent in older files
}

// keyRecord is one key pair. A signing key that is past its time keeps its public half, for what it signed.
type keyRecord struct {
	Use       keys.Use  `json:"use"`
	KID       string    `json:"kid"`
	Algorithm string    `json:"algorithm"`
	Kind      kind      `json:"kind"`
	From      time.Time `json:"from"`
	Until     time.Time `json:"until,omitzero"` // zero while current
	Public    []byte    `json:"public"`         // PKIX DER
	Private   []byte    `json:"private,omitempty"`
}

// blindingRecord is one version of the blinding key.
type blindingRecord struct {
	Version uint32    `json:"version"`
	From    time.Time `json:"from"`
	Key     []byte    `json:"key"`
}

// scopeRecord is one body-wrapping key, or the tombstone that keeps a destroyed one from coming back.
type scopeRecord struct {
	Name      string    `json:"name"`
	Created   time.Time `json:"created,omitzero"`
	Destroyed time.Time `json:"destroyed,omitzero"`
	Key       []byte    `json:"key,omitempty"`
}

// moment is a time as the document stores it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func (d *document) encode() ([]byte, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode keyring: %w", err)
	}
	return raw, nil
}

// decodeDocument is strict: unknown fields, trailing bytes, doubled names and any other second way to write the same
// document fail. The comparison with its own encoding covers what the decoder tolerates.
func decodeDocument(raw []byte) (*document, error) {
	d := new(document)
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(d); err != nil {
		// The decoder's text may quote the input, which is key material here.
		return nil, fmt.Errorf("decode keyring: %w", ErrFormat)
	}
	again, err := d.encode()
	defer clear(again)
	if err != nil || !bytes.Equal(raw, again) || !d.plainTimes() {
		d.wipe()
		return nil, fmt.Errorf("decode keyring: not canonical: %w", ErrFormat)
	}
	return d, nil
}

// plainTimes reports whether every time is as moment makes it.
func (d *document) plainTimes() bool {
	plain := func(times ...time.Time) bool {
		for _, t := range times {
			if _, offset := t.Zone(); offset != 0 || t.Nanosecond() != 0 {
				return false
			}
		}
		return true
	}
	for _, r := range d.Keys {
		if !plain(r.From, r.Until) {
			return false
		}
	}
	for _, r := range d.Blinding {
		if !plain(r.From) {
			return false
		}
	}
	for _, r := range d.Scopes {
		if !plain(r.Created, r.Destroyed) {
			return false
		}
	}
	for _, r := range d.OpenPGP {
		if !plain(r.From, r.Until) {
			return false
		}
	}
	return true
}

// wipe overwrites the key bytes once a snapshot was built from them.
func (d *document) wipe() {
	for i := range d.Keys {
		clear(d.Keys[i].Private)
	}
	for i := range d.Blinding {
		clear(d.Blinding[i].Key)
	}
	for i := range d.Scopes {
		clear(d.Scopes[i].Key)
	}
	for i := range d.OpenPGP {
		clear(d.OpenPGP[i].Private)
	}
}

// prune erases the private half of signing keys that may sign no more.
func (d *document) prune(now time.Time) {
	for i := range d.Keys {
		r := &d.Keys[i]
		if r.Use.Signs() && !r.Until.IsZero() && !now.Before(r.Until) {
			clear(r.Private)
			r.Private = nil
		}
	}
}

// current returns the record that new messages use in this slot, or nil.
func (d *document) current(use keys.Use, kd kind) *keyRecord {
	for i := range d.Keys {
		if r := &d.Keys[i]; r.Use == use && r.Kind == kd && r.Until.IsZero() {
			return r
		}
	}
	return nil
}

// scope finds the place of a scope by name.
func (d *document) scope(name string) (int, bool) {
	return slices.BinarySearchFunc(d.Scopes, name, func(r scopeRecord, n string) int {
		return bytes.Compare([]byte(r.Name), []byte(n))
	})
}
