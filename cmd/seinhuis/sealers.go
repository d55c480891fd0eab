// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// sealers seals each letter in the format of its key. It fills seal.Sealer.
type sealers struct{ jose, openpgp seal.Sealer }

func (s sealers) Seal(ctx context.Context, letters []seal.Letter) ([][]byte, error) {
	var own, pgp []seal.Letter
	var ownAt, pgpAt []int // their places among all
	for i, l := range letters {
		if l.Key.Algorithm == gateway.AlgOpenPGP {
			pgp, pgpAt = append(pgp, l), append(pgpAt, i)
			continue
		}
		own, ownAt = append(own, l), append(ownAt, i)
	}
	if len(pgp) == 0 {
		return s.jose.Seal(ctx, letters)
	}
	byJOSE, err := s.jose.Seal(ctx, own)
	if err != nil {
		return nil, placed(err, ownAt)
	}
	byOpenPGP, err := s.openpgp.Seal(ctx, pgp)
	if err != nil {
		return nil, placed(err, pgpAt)
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

// placed gives a letter's place among all letters instead of among some.
func placed(err error, at []int) error {
	var l seal.LetterError
	if errors.As(err, &l) {
		l.Index = at[l.Index]
		return l
	}
	return err
}
