// SPDX-License-Identifier: EUPL-1.2

package reorganisation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// fits holds a new reorganisation to what is registered and to the others that
// are planned or done. All that is wrong comes at once.
func (s Snapshot) fits(r gateway.Reorganisation, today gateway.Date) error {
	var wrong []error
	add := func(text string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%w: "+text, append([]any{ErrOrder}, args...)...))
	}
	if !r.On.After(today) { // a slip in the year may not take effect at once
		add("the day must be later than today")
	}
	if len(r.From) == 0 || len(slices.Compact(slices.Clone(r.From))) != len(r.From) || slices.Contains(r.From, r.Into) {
		add("name each municipality that goes once, and never the successor")
	}
	for _, m := range r.From {
		if !slices.ContainsFunc(s.Parties, func(p gateway.Party) bool { return p.Municipality == m }) {
			add("%s was never registered, so nothing of it can pass; leave it out", m)
		}
	}
	for _, other := range s.Reorganisations {
		if text := clash(r, other); text != "" {
			add("%s (%s on %s, %s)", text, other.ID, other.On, other.State)
		}
	}
	if !r.On.IsZero() {
		wrong = append(wrong, s.Ready(r, time.Time{}))
	}
	return errors.Join(wrong...)
}

// clash says why two cannot both be: a municipality goes once, and only to one
// that is still there and takes nothing in on or after the day that it goes.
func clash(r, other gateway.Reorganisation) string {
	if other.State == gateway.ReorganisationCancelled {
		return ""
	}
	for _, m := range r.From {
		if slices.Contains(other.From, m) {
			return string(m) + " goes in another one"
		}
		if m == other.Into && !r.On.After(other.On) {
			return string(m) + " takes others in after it goes itself"
		}
	}
	if slices.Contains(other.From, r.Into) && !other.On.After(r.On) {
		return string(r.Into) + " is gone by then"
	}
	return ""
}

// Ready says why the successor cannot take over at the first moment of the day,
// or now when that has passed: an error that wraps ErrSuccessor, or nil.
func (s Snapshot) Ready(r gateway.Reorganisation, now time.Time) error {
	into, at := r.Into, r.On.Begins()
	if now.After(at) {
		at = now
	}
	for _, p := range s.Parties {
		if p.Kind != gateway.KindMunicipality || p.Municipality != into || p.State != gateway.PartyActive {
			continue
		}
		if len(p.KeysFor(gateway.KeyEncrypt, at)) == 0 {
			return fmt.Errorf("%w: %s (%s) has no key to seal for that is valid on the day", ErrSuccessor, into, p.OIN)
		}
		return nil
	}
	return fmt.Errorf("%w: %s has no active party", ErrSuccessor, into)
}
