// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"cmp"
	"context"
	"slices"

	"github.com/seinhuis/seinhuis/gateway/audit"
)

type memoryCosignatures struct{ m *Memory }

// Cosigned fills audit.Cosignatures.
func (v memoryCosignatures) Cosigned(context.Context) ([]audit.Cosigned, error) {
	s, err := v.m.read()
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.cosigned), nil
}

// PutCosigned fills audit.Cosignatures.
func (v memoryCosignatures) PutCosigned(ctx context.Context, c audit.Cosigned, entries []audit.Entry) error {
	return v.m.write(ctx, func(t *memoryTx) error {
		all := slices.Clone(t.s.cosigned)
		i, found := slices.BinarySearchFunc(all, c.Witness, func(c audit.Cosigned, name string) int { return cmp.Compare(c.Witness, name) })
		c.At = millis(c.At)
		switch {
		case !found:
			all = slices.Insert(all, i, c)
		case c.Size < all[i].Size:
			return audit.ErrCosignedOlder
		default:
			all[i] = c
		}
		t.s.cosigned = all
		_, err := t.Append(entries)
		return err
	})
}
