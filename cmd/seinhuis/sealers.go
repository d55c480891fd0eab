// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// sealers seals each letter in the format of its key. It fills seal.Sealer.
type sealers struct{ jose, openpgp seal.Sealer }

func (s sealers) Seal(ctx context.Context, letters []seal.Letter) ([][]byte, error) {
	var own, pgp []seal.Letter
	for _, l := range letters {
		if l.Key.Algorithm == gateway.AlgOpenPGP {
			pgp = append(pgp, l)
			continue
		}
		own = append(own, l)
	}
	if len(pgp) == 0 {
		return s.jose.Seal(ctx, letters)
	}
	byJOSE, err := s.jose.Seal(ctx, own)
	if err != nil {
		return nil, err
	}
	byOpenPGP, err := s.openpgp.Seal(ctx, pgp)
	if err != nil {
		return nil, err
	}
	sealed := make([][]byte, len(letters))
	for i, l := range letters {
		from := &byJOSE
		if l.Key.Algorithm == gateway.AlgOpenPGP {
			from = &byOpenPGP
		}
		sealed[i], *from = (*from)[0], (*from)[1:]
	}
	return sealed, nil
}
