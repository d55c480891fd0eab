// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/seinhuis/seinhuis/keys"
)

// snapshot is one state of the file, ready for use and never changed. It refers to the file it came from, so that a look
// at the folder tells whether it still holds.
type snapshot struct {
	generation uint64
	pin        *os.File // keeps the inode from being reused, see readFile
	info       os.FileInfo

	signers  map[string]*signer // by kid; those that still hold a private half
	current  map[slot]*signer
	publics  []keys.Public
	intake   func() []keys.Intake // in a closure for the reason that secret gives
	blinding []*blinder           // newest first
	openpgp  []openpgpPair        // newest first
	scopes   map[string]*wrapper
	listed   []keys.Scope
	entries  []keys.Entry
}

// buildSnapshot checks a document whole and makes it ready for use. A document that breaks a rule is ErrFormat: nothing
// is guessed and nothing is skipped. It keeps no reference to the document's bytes.
func buildSnapshot(d *document) (*snapshot, error) {
	s := &snapshot{
		generation: d.Generation,
		signers:    make(map[string]*signer),
		current:    make(map[slot]*signer),
		scopes:     make(map[string]*wrapper, len(d.Scopes)),
	}
	if d.Generation == 0 || d.Keys == nil || d.Scopes == nil {
		return nil, fmt.Errorf("incomplete keyring: %w", ErrFormat)
	}
	if err := s.addKeys(d.Keys); err != nil {
		return nil, err
	}
	if err := s.addOpenPGP(d.OpenPGP); err != nil {
		return nil, err
	}
	if err := s.addBlinding(d.Blinding); err != nil {
		return nil, err
	}
	if err := s.addScopes(d.Scopes); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *snapshot) addKeys(records []keyRecord) error {
	var intake []keys.Intake
	seen := make(map[string]bool, len(records))
	full := make(map[slot]bool)
	for i, r := range records {
		place := slot{r.Use, r.Kind}
		p, err := parsePair(r)
		if err != nil || seen[r.KID] || (r.Until.IsZero() && full[place]) {
			return fmt.Errorf("key %d does not fit its place: %w", i, ErrFormat)
		}
		seen[r.KID] = true
		full[place] = full[place] || r.Until.IsZero()
		s.publics = append(s.publics, keys.Public{
			Use: r.Use, KID: r.KID, Algorithm: r.Algorithm, Key: p.public, From: r.From, Until: r.Until,
		})
		s.entries = append(s.entries, keys.Entry{
			Use: r.Use, KID: r.KID, Algorithm: r.Algorithm, From: r.From, Until: r.Until, Acts: len(r.Private) > 0,
		})
		switch {
		case r.Use == keys.IntakeDecryption:
			intake = append(intake, keys.Intake{KID: r.KID, Algorithm: r.Algorithm, Key: p.private})
		case p.sign != nil:
			g := &signer{kid: r.KID, public: p.public, until: r.Until, sign: p.sign}
			s.signers[r.KID] = g
			if r.Until.IsZero() {
				s.current[place] = g
			}
		}
	}
	s.publish(intake)
	for _, place := range required() {
		if !full[place] {
			return fmt.Errorf("no current %s key: %w", place.use, ErrFormat)
		}
	}
	return nil
}

func (s *snapshot) addBlinding(records []blindingRecord) error {
	if len(records) < 1 || len(records) > 2 {
		return fmt.Errorf("%d blinding keys: %w", len(records), ErrFormat)
	}
	for i, r := range records {
		if r.Version == 0 || len(r.Key) != 32 || (i > 0 && r.Version >= records[i-1].Version) {
			return fmt.Errorf("blinding key %d does not fit its place: %w", i, ErrFormat)
		}
		s.blinding = append(s.blinding, newBlinder(r.Version, newSecret(r.Key)))
		e := keys.Entry{Use: keys.SubjectBlinding, KID: blindingKID(r.Version), Algorithm: "HMAC-SHA-256", From: r.From, Acts: true}
		if i > 0 {
			e.Until = records[i-1].From
		}
		s.entries = append(s.entries, e)
	}
	return nil
}

func (s *snapshot) addScopes(records []scopeRecord) error {
	for i, r := range records {
		whole := len(r.Key) == 32 && !r.Created.IsZero() && r.Destroyed.IsZero()
		gone := len(r.Key) == 0 && !r.Destroyed.IsZero()
		if keys.CheckScope(r.Name) != nil || whole == gone || (i > 0 && r.Name <= records[i-1].Name) {
			return fmt.Errorf("scope %d does not fit its place: %w", i, ErrFormat)
		}
		var key *secret
		if whole {
			key = newSecret(r.Key)
		}
		s.scopes[r.Name] = newWrapper(key)
		s.listed = append(s.listed, keys.Scope{Name: r.Name, Created: r.Created, Destroyed: r.Destroyed})
	}
	return nil
}

// publish puts published keys by use and newest first (records are oldest first), and current intake keys before old ones.
func (s *snapshot) publish(intake []keys.Intake) {
	slices.Reverse(s.publics)
	order := keys.Uses()
	slices.SortStableFunc(s.publics, func(a, b keys.Public) int {
		return slices.Index(order, a.Use) - slices.Index(order, b.Use)
	})
	rank := make(map[string]int, len(s.publics))
	for i, p := range s.publics {
		rank[p.KID] = i
		if !p.Until.IsZero() {
			rank[p.KID] += len(s.publics)
		}
	}
	slices.SortFunc(intake, func(a, b keys.Intake) int { return rank[a.KID] - rank[b.KID] })
	s.intake = func() []keys.Intake { return slices.Clone(intake) }
}

// blindingKID names a version of the blinding key for an operator; tags carry the number.
func blindingKID(version uint32) string {
	return string(keys.SubjectBlinding) + "." + strconv.FormatUint(uint64(version), 10)
}
