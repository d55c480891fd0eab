// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// signingOverlap and webhookOverlap are as in the keyring: what was begun may be finished, and receivers of events may have
// kept the published keys. Nodes look at the register once a second, so a minute covers all of them.
const (
	signingOverlap = time.Minute
	webhookOverlap = 7 * 24 * time.Hour
)

func overlap(use keys.Use) time.Duration {
	if use == keys.WebhookSigning {
		return webhookOverlap
	}
	return signingOverlap
}

func isUnknown(err error) bool { return errors.Is(err, keys.ErrUnknown) }

// Rotate makes a new key for a use (for each algorithm it has), durably. What happens to the old one:
//
//   - signing: signs for one minute more (webhooks: a week), stays published with that moment as its end; its private half is
//     erased in Vault by the first change after it.
//   - intake-decryption: opens reports until it is retired. For OpenPGP see [Store.RotateOpenPGP].
//   - subject-blinding: tags carry both versions; the one before it is erased in Vault, so rotate again only when no token of
//     it is left.
//
// body-wrapping is keys.ErrUse: its keys change with their scope.
func (s *Store) Rotate(ctx context.Context, use keys.Use) error {
	if use != keys.SubjectBlinding && use != keys.IntakeDecryption && !use.Signs() {
		return fmt.Errorf("rotate: %w", keys.ErrUse)
	}
	if err := s.prune(ctx); err != nil { // first: when Vault cannot, nothing has changed yet
		return err
	}
	_, err := s.change(ctx, func(d *document, now time.Time) error {
		if use == keys.SubjectBlinding {
			return s.rotateBlinding(ctx, d, now)
		}
		until := now
		if use.Signs() {
			until = now.Add(overlap(use))
		}
		return s.rotateSlots(ctx, d, use, now, until)
	})
	if err != nil {
		return err
	}
	// The rotation stands. What it ended is erased now, or else by the next change; the register already forbids its use.
	_ = s.prune(ctx)
	return nil
}

func (s *Store) rotateBlinding(ctx context.Context, d *document, now time.Time) error {
	if err := s.write(ctx, "keys/keys/"+blindingName+"/rotate", map[string]any{}, nil); err != nil {
		return err
	}
	v, err := s.transit(ctx, blindingName)
	if err != nil {
		return err
	}
	d.Blinding = []blindingRecord{{v.Latest, moment(now)}, d.Blinding[0]}
	return nil
}

func (s *Store) rotateSlots(ctx context.Context, d *document, use keys.Use, now, until time.Time) error {
	for i := range d.Keys {
		r := &d.Keys[i]
		if r.Use != use || !r.Until.IsZero() {
			continue
		}
		next, err := s.newKey(ctx, slot{r.Use, r.Kind}, now)
		if err != nil {
			return err
		}
		r.Until = moment(until)
		d.Keys = append(d.Keys, next) // range saw the old length
	}
	return nil
}

// Retire ends a key that was rotated before, durably and at once: an old signing key signs no more (its public half stays
// published for what it signed), an old intake key or blinding version is erased. Blinding versions are named
// "subject-blinding.<version>". Retiring twice is no error for signing keys. Errors: keys.ErrCurrent, keys.ErrUnknown.
// When it fails after the register was changed, do it again: that erases what was left.
func (s *Store) Retire(ctx context.Context, kid string) error {
	if err := s.prune(ctx); err != nil {
		return err
	}
	_, err := s.change(ctx, func(d *document, now time.Time) error { return d.retire(kid, now) })
	if err != nil && !(isUnknown(err) && isKID(kid)) {
		return err
	}
	if isKID(kid) { // also when the register no longer names it: an earlier try may have stopped halfway
		if erase := s.eraseIntake(ctx, kid); erase != nil {
			return erase
		}
	}
	if err != nil {
		return err
	}
	return s.prune(ctx)
}

func (d *document) retire(kid string, now time.Time) error {
	for i, r := range d.Blinding {
		if blindingKID(r.Version) != kid {
			continue
		}
		if i == 0 {
			return keys.ErrCurrent
		}
		d.Blinding = d.Blinding[:i]
		return nil
	}
	for i, r := range d.OpenPGP {
		if r.KID != kid {
			continue
		}
		if r.Until.IsZero() {
			return keys.ErrCurrent
		}
		d.OpenPGP = slices.Delete(d.OpenPGP, i, i+1)
		return nil
	}
	for i := range d.Keys {
		r := &d.Keys[i]
		switch end := moment(now); {
		case r.KID != kid:
			continue
		case r.Until.IsZero():
			return keys.ErrCurrent
		case !r.Use.Signs():
			d.Keys = slices.Delete(d.Keys, i, i+1)
		case !end.Before(r.Until):
			return errUnchanged
		default:
			r.Until = end
		}
		return nil
	}
	return keys.ErrUnknown
}

// EnsurePS256 makes the RSA-3072 keys for receipts and notices, for parties that want PS256, unless they exist.
func (s *Store) EnsurePS256(ctx context.Context) error {
	_, err := s.change(ctx, func(d *document, now time.Time) error {
		changed := errUnchanged
		for _, use := range []keys.Use{keys.ReceiptSigning, keys.NoticeSigning} {
			place := slot{use, rsa3072}
			if d.current(place) != nil {
				continue
			}
			r, err := s.newKey(ctx, place, now)
			if err != nil {
				return err
			}
			d.Keys = append(d.Keys, r)
			changed = nil
		}
		return changed
	})
	return err
}

// prune takes from Vault what the register no longer lets act: below the lowest version that acts nothing signs or tags any
// more (min_encryption_version), and the key itself is erased (trim). It only ever raises.
func (s *Store) prune(ctx context.Context) error {
	snap, err := s.current(ctx)
	if err != nil {
		return err
	}
	now := s.config.Clock()
	lowest := map[string]uint32{blindingName: snap.blinding[len(snap.blinding)-1]}
	for _, r := range snap.doc.Keys {
		name := slot{r.Use, r.Kind}.name()
		if r.Use.Signs() && r.acts(now) && (lowest[name] == 0 || r.Version < lowest[name]) {
			lowest[name] = r.Version
		}
	}
	for name, version := range lowest {
		if version <= 1 {
			continue
		}
		if err := s.raise(ctx, name, version); err != nil {
			return fmt.Errorf("erase old versions of %s: %w", name, err)
		}
	}
	return nil
}

func (s *Store) raise(ctx context.Context, name string, version uint32) error {
	v, err := s.transit(ctx, name)
	if err != nil {
		return err
	}
	at := "keys/keys/" + name
	if v.MinUse < version {
		// Both minima in one call: Vault wants decryption at or below encryption, and trim wants both.
		floor := map[string]uint32{"min_encryption_version": version, "min_decryption_version": version}
		if err := s.write(ctx, at+"/config", floor, nil); err != nil {
			return err
		}
	}
	if v.Available >= version {
		return nil
	}
	return s.write(ctx, at+"/trim", map[string]uint32{"min_available_version": version}, nil)
}
