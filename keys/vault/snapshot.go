// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// snapshot is one state of the register, checked, ready for use and never changed.
type snapshot struct {
	version  uint64
	doc      document
	publics  []keys.Public // by use, newest first
	signers  map[string]keyRecord
	blinding []uint32 // newest first
	intake   []string // key ids, current ones first, then newest first
}

func damaged(what string, i int) error {
	return fmt.Errorf("%s %d in the register of Vault does not fit its place: %w", what, i, keys.ErrUnavailable)
}

// buildSnapshot checks a register whole: nothing is guessed and nothing is skipped.
func buildSnapshot(d document, version uint64) (*snapshot, error) {
	s := &snapshot{version: version, doc: d, signers: map[string]keyRecord{}}
	full := map[slot]bool{}
	for i, r := range d.Keys {
		place := slot{r.Use, r.Kind}
		public, err := parsePublic(r)
		seen := slices.ContainsFunc(d.Keys[:i], func(o keyRecord) bool { return o.KID == r.KID })
		if err != nil || seen || (r.Until.IsZero() && full[place]) {
			return nil, damaged("key", i)
		}
		full[place] = full[place] || r.Until.IsZero()
		s.publics = append(s.publics, keys.Public{Use: r.Use, KID: r.KID, Algorithm: r.Algorithm, Key: public, From: r.From, Until: r.Until})
		if r.Use.Signs() {
			s.signers[r.KID] = r
		}
	}
	for _, place := range required() {
		if !full[place] {
			return nil, fmt.Errorf("no current %s key in the register of Vault: %w", place.use, keys.ErrUnavailable)
		}
	}
	if len(d.Blinding) < 1 || len(d.Blinding) > 2 {
		return nil, damaged("blinding versions", len(d.Blinding))
	}
	for i, r := range d.Blinding {
		if r.Version == 0 || (i > 0 && r.Version >= d.Blinding[i-1].Version) {
			return nil, damaged("blinding version", i)
		}
		s.blinding = append(s.blinding, r.Version)
	}
	for i, r := range d.OpenPGP {
		if len(r.Public) == 0 || r.KID != openpgpKID(r.Public) || r.From.IsZero() || r.Until.IsZero() != (i == len(d.OpenPGP)-1) {
			return nil, damaged("OpenPGP key", i)
		}
	}
	s.publish()
	return s, nil
}

// parsePublic checks that use, algorithm, kind, public half and key id of a record agree. A signing key without a version
// ended in another store, and only its public half came along.
func parsePublic(r keyRecord) (any, error) {
	ended := r.Use.Signs() && !r.Until.IsZero()
	if alg := algorithm(r.Use, r.Kind); alg == "" || alg != r.Algorithm || r.From.IsZero() || r.Use.Signs() != (r.Version > 0) && !ended {
		return nil, keys.ErrAlgorithm
	}
	parsed, err := x509.ParsePKIXPublicKey(r.Public)
	if err != nil {
		return nil, keys.ErrAlgorithm
	}
	public, err := fit(r.Use, r.Kind, parsed)
	if err != nil {
		return nil, err
	}
	if kid, err := keys.Thumbprint(public); err != nil || kid != r.KID {
		return nil, keys.ErrAlgorithm
	}
	return public, nil
}

// publish puts published keys by use and newest first, and current intake keys before old ones.
func (s *snapshot) publish() {
	slices.Reverse(s.publics)
	order := keys.Uses()
	slices.SortStableFunc(s.publics, func(a, b keys.Public) int { return slices.Index(order, a.Use) - slices.Index(order, b.Use) })
	for _, current := range []bool{true, false} {
		for _, p := range s.publics {
			if p.Use == keys.IntakeDecryption && p.Until.IsZero() == current {
				s.intake = append(s.intake, p.KID)
			}
		}
	}
}

// document gives a copy that may be changed.
func (s *snapshot) document() document {
	return document{Keys: slices.Clone(s.doc.Keys), Blinding: slices.Clone(s.doc.Blinding), OpenPGP: slices.Clone(s.doc.OpenPGP)}
}

// current returns the record that new messages use in this slot, or nil.
func (d *document) current(p slot) *keyRecord {
	for i := range d.Keys {
		if r := &d.Keys[i]; r.Use == p.use && r.Kind == p.kind && r.Until.IsZero() {
			return r
		}
	}
	return nil
}

// acts reports whether a signing key may still sign.
func (r keyRecord) acts(now time.Time) bool {
	return r.Version > 0 && (r.Until.IsZero() || now.Before(r.Until))
}

// Publics returns every published key: current ones, and earlier signing keys for as long as something they signed may
// have to be verified. Order: by use, newest first.
func (s *Store) Publics(ctx context.Context) ([]keys.Public, error) {
	snap, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(snap.publics), nil
}

// Inventory lists every key for an operator, in the order they were made. It holds nothing secret.
func (s *Store) Inventory(ctx context.Context) ([]keys.Entry, error) {
	snap, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	now := s.config.Clock()
	var out []keys.Entry
	for _, r := range snap.doc.Keys {
		out = append(out, keys.Entry{Use: r.Use, KID: r.KID, Algorithm: r.Algorithm, From: r.From, Until: r.Until, Acts: !r.Use.Signs() || r.acts(now)})
	}
	for _, r := range snap.doc.OpenPGP {
		out = append(out, keys.Entry{Use: keys.IntakeDecryption, KID: r.KID, Algorithm: keys.OpenPGP, From: r.From, Until: r.Until, Acts: true})
	}
	for i, r := range snap.doc.Blinding {
		e := keys.Entry{Use: keys.SubjectBlinding, KID: blindingKID(r.Version), Algorithm: "HMAC-SHA-256", From: r.From, Acts: true}
		if i > 0 {
			e.Until = snap.doc.Blinding[i-1].From
		}
		out = append(out, e)
	}
	return out, nil
}

// blindingKID names a version of the blinding key for an operator, as the keyring does; tags carry the number.
func blindingKID(version uint32) string {
	return string(keys.SubjectBlinding) + "." + strconv.FormatUint(uint64(version), 10)
}
