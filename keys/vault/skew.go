// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// Skew is how far Vault's clock is ahead of ours, to the second: Vault tells no more. It needs no permission. Called by doctor.
func (s *Store) Skew(ctx context.Context) (time.Duration, error) {
	before := s.config.Clock()
	h, err := s.client().Sys().HealthWithContext(ctx)
	if err != nil {
		return 0, fmt.Errorf("vault is out of reach: %w: %w", keys.ErrUnavailable, err)
	}
	now := before.Add(s.config.Clock().Sub(before) / 2)
	return time.Unix(h.ServerTimeUTC, 0).Sub(now.Truncate(time.Second)), nil
}
