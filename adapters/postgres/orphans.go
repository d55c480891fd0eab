// SPDX-License-Identifier: EUPL-1.2

package postgres

import "context"

// Named tells which of these objects a row names. What none does is no part of
// truth; see [mailbox.Bodies]. Called by the sweep of orphans.
func (m *Mailbox) Named(ctx context.Context, objects []string) (map[string]bool, error) {
	named := map[string]bool{}
	err := each(m.db.read.with(ctx), func(scan func(...any) error) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		named[name] = true
		return nil
	}, `SELECT DISTINCT object FROM body WHERE object = ANY($1)`, objects)
	return named, err
}
