// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// Rotate makes a new key for a use (for each algorithm it has), durably. What happens to the old one:
//
//   - signing: signs for one minute more, stays published with that moment as its end; its private half is erased by the
//     first write after it. For webhook-signing it is a week, in which both sign; a keyring from before that use gets its
//     first key.
//   - intake-decryption: opens reports until it is retired. For OpenPGP see [Keyring.RotateOpenPGP].
//   - subject-blinding: tags carry both versions; the one before it is dropped, so rotate again only when no token of it
//     is left.
//
// body-wrapping is keys.ErrUse: its keys change with their scope.
func (k *Keyring) Rotate(ctx context.Context, use keys.Use) error {
	_, err := k.change(ctx, func(d *document, now time.Time) error {
		switch {
		case use == keys.SubjectBlinding:
			next := newBlinding(d.Blinding[0].Version+1, now)
			d.Blinding = []blindingRecord{next, d.Blinding[0]}
			return nil
		case use.Signs():
			return d.rotate(use, now, now.Add(overlap(use)))
		case use == keys.IntakeDecryption:
			return d.rotate(use, now, now)
		default:
			return fmt.Errorf("rotate: %w", keys.ErrUse)
		}
	})
	return err
}

// rotate replaces the current key of every slot of a use.
func (d *document) rotate(use keys.Use, now, until time.Time) error {
	if place := webhookSlot(); use == place.use && d.current(use, place.kind) == nil {
		first, err := newKey(place, now)
		d.Keys = append(d.Keys, first)
		return err
	}
	for i := range d.Keys {
		r := &d.Keys[i]
		if r.Use != use || !r.Until.IsZero() {
			continue
		}
		next, err := newKey(slot{r.Use, r.Kind}, now)
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
func (k *Keyring) Retire(ctx context.Context, kid string) error {
	_, err := k.change(ctx, func(d *document, now time.Time) error { return d.retire(kid, now) })
	return err
}

func (d *document) retire(kid string, now time.Time) error {
	for i := range d.Blinding {
		if blindingKID(d.Blinding[i].Version) != kid {
			continue
		}
		if i == 0 {
			return keys.ErrCurrent
		}
		clear(d.Blinding[i].Key)
		d.Blinding = slices.Delete(d.Blinding, i, i+1)
		return nil
	}
	if found, err := d.retireOpenPGP(kid); found {
		return err
	}
	for i := range d.Keys {
		r := &d.Keys[i]
		switch {
		case r.KID != kid:
			continue
		case r.Until.IsZero():
			return keys.ErrCurrent
		case !r.Use.Signs():
			clear(r.Private)
			d.Keys = slices.Delete(d.Keys, i, i+1)
		case len(r.Private) == 0:
			return errUnchanged
		default:
			if end := moment(now); end.Before(r.Until) {
				r.Until = end
			}
			clear(r.Private)
			r.Private = nil
		}
		return nil
	}
	return keys.ErrUnknown
}

// EnsurePS256 makes the RSA-3072 keys for receipts and notices, for parties that want PS256, unless they exist. It takes
// a few seconds the first time; ask for it when such a party is registered, not when it is served.
func (k *Keyring) EnsurePS256(ctx context.Context) error {
	_, err := k.change(ctx, func(d *document, now time.Time) error {
		changed := errUnchanged
		for _, use := range []keys.Use{keys.ReceiptSigning, keys.NoticeSigning} {
			if d.current(use, rsa3072) != nil {
				continue
			}
			r, err := newKey(slot{use, rsa3072}, now)
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

// Rekey seals the file under a new unlock secret of 32 bytes. Copies of the file stay readable with the old secret, so
// destroying the old secret makes every old copy unreadable, with all keys that were destroyed since. Other processes
// that hold the old secret fail closed until they are started with the new one. Write the new secret down before.
func (k *Keyring) Rekey(ctx context.Context, unlock []byte) error {
	if len(unlock) != unlockSize {
		return fmt.Errorf("unlock secret must be %d bytes: %w", unlockSize, ErrUnlock)
	}
	next := newSecret(unlock)
	k.mu.Lock()
	defer k.mu.Unlock()
	_, err := k.changeUnder(ctx, next, func(*document, time.Time) error { return nil })
	if err != nil {
		return err
	}
	clear(k.unlock.reveal())
	k.unlock = next
	return nil
}

// Inventory lists every key for an operator, in the order they were made. It holds nothing secret.
func (k *Keyring) Inventory(ctx context.Context) ([]keys.Entry, error) {
	s, err := k.current(ctx, exact)
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.entries), nil
}
