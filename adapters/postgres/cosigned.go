// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Cosigned implements [audit.Cosignatures].
func (a *Audit) Cosigned(ctx context.Context) (all []audit.Cosigned, err error) {
	err = each(a.db.read.with(ctx), func(scan func(...any) error) error {
		var c audit.Cosigned
		var when int64
		err := scan(&c.Witness, &c.Party, &c.Size, &c.Checkpoint, &when)
		c.At = at(&when)
		all = append(all, c)
		return err
	}, `SELECT witness, party, size, checkpoint, cosigned_at FROM cosigned ORDER BY witness`)
	return all, err
}

// PutCosigned implements [audit.Cosignatures].
func (a *Audit) PutCosigned(ctx context.Context, c audit.Cosigned, entries []audit.Entry) error {
	return a.db.write.do(ctx, func(t *tx) error {
		var last int64
		if err := each(t, func(scan func(...any) error) error { return scan(&last) }, `SELECT size FROM cosigned WHERE witness = $1`, c.Witness); err != nil {
			return err
		}
		if c.Size < last {
			return audit.ErrCosignedOlder
		}
		if _, err := t.exec(`INSERT INTO cosigned (witness, party, size, checkpoint, cosigned_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (witness) DO UPDATE SET party = excluded.party, size = excluded.size, checkpoint = excluded.checkpoint, cosigned_at = excluded.cosigned_at`,
			c.Witness, string(c.Party), c.Size, c.Checkpoint, moment(c.At)); err != nil {
			return err
		}
		_, err := t.Append(entries)
		return err
	})
}
