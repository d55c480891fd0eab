// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

const (
	keysFresh = time.Hour       // a retired intake key is noticed within this time, or when it is refused
	keysApart = 5 * time.Second // so that a stream of forged kids does not become a stream of fetches
	keySkew   = 5 * time.Minute // between the clocks of signing and publishing
)

// keyCache keeps the gateway's published keys. turn holds one token: who has it
// may look and fetch; a channel, so that waiting ends with the caller's context.
type keyCache struct {
	turn    chan struct{}
	set     keySet
	fetched time.Time
}

type keySet struct {
	document []byte
	keys     []jose.PublishedKey
}

// published gives the gateway's keys, from the cache when it is younger than
// age. It comes over the mutually authenticated connection, so it is as sure as that.
func (c *Client) published(ctx context.Context, age time.Duration) (keySet, error) {
	select {
	case c.keys.turn <- struct{}{}: // kept while fetching: the others would fetch the same
		defer func() { <-c.keys.turn }()
	case <-ctx.Done():
		return keySet{}, ctx.Err()
	}
	if c.keys.set.document != nil && c.config.Clock().Sub(c.keys.fetched) < age {
		return c.keys.set, nil
	}
	document, err := c.askKeys(ctx)
	if err != nil {
		return keySet{}, fmt.Errorf("keys of the gateway: %w", err)
	}
	keys, err := jose.ParseJWKS(document)
	if err != nil {
		return keySet{}, fmt.Errorf("keys of the gateway: %w: %w", ErrUnexpected, err)
	}
	c.keys.set, c.keys.fetched = keySet{document, keys}, c.config.Clock()
	return c.keys.set, nil
}

// askKeys asks the API, and takes the file of the party folder when the API is
// not to be reached.
func (c *Client) askKeys(ctx context.Context) ([]byte, error) {
	if c.base == "" {
		return c.saved.jwks, nil
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/sleutels", accept: mediaJWKS, limit: maxAnswer})
	if errors.Is(err, ErrUnreachable) && c.saved.jwks != nil {
		return c.saved.jwks, nil
	}
	return a.body, err
}

// verify gives the payload of a statement of the gateway. A kid that is not
// known yet is looked for once more in freshly fetched keys.
func (c *Client) verify(ctx context.Context, token []byte, typ gateway.StatementType) ([]byte, error) {
	set, err := c.published(ctx, keysFresh)
	if err != nil {
		return nil, err
	}
	payload, err := jose.VerifyStatement(token, set.keys, typ)
	if refusedFor(err, gateway.CodeKey) {
		if set, err = c.published(ctx, keysApart); err != nil {
			return nil, err
		}
		payload, err = jose.VerifyStatement(token, set.keys, typ)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	return payload, nil
}

// verifyMoment verifies once more with only the keys that were in use at the
// moment that the statement itself names, so that a retired key that leaked
// makes nothing new.
func (c *Client) verifyMoment(ctx context.Context, token []byte, typ gateway.StatementType, at time.Time) error {
	set, err := c.published(ctx, keysFresh)
	if err != nil {
		return err
	}
	inUse := slices.DeleteFunc(slices.Clone(set.keys), func(k jose.PublishedKey) bool {
		return at.Before(k.From.Add(-keySkew)) || !k.Until.IsZero() && at.After(k.Until.Add(keySkew))
	})
	if _, err := jose.VerifyStatement(token, inUse, typ); err != nil {
		return unverified("its key was not in use at the moment that it names")
	}
	return nil
}

// recipient gives the intake key to encrypt to.
func (c *Client) recipient(ctx context.Context, age time.Duration) (gateway.PartyKey, error) {
	set, err := c.published(ctx, age)
	if err != nil {
		return gateway.PartyKey{}, err
	}
	return jose.Recipient(set.keys, c.config.Clock())
}

func refusedFor(err error, code gateway.Code) bool {
	var e *gateway.Error
	return errors.As(err, &e) && slices.Contains(e.Codes(), code)
}
