// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// FileOpener opens files: one JWE to the gateway around one JWS of the party
// around the whole file, at most batch.MaxJOSE bytes as received. It is as
// strict as Opener in everything but size. It fills batch.Opener and is safe
// for concurrent use; each file in hand takes about four times its size.
type FileOpener struct {
	keys   IntakeKeys
	limits Limits
}

// NewFileOpener makes a FileOpener; a zero Token limit means batch.MaxJOSE,
// and a larger one is brought down to it.
func NewFileOpener(k IntakeKeys, limits Limits) *FileOpener {
	if limits.Token <= 0 || limits.Token > batch.MaxJOSE {
		limits.Token = batch.MaxJOSE
	}
	return &FileOpener{k, limits.orDefault()}
}

var _ batch.Opener = (*FileOpener)(nil)

// OpenFile verifies before it gives anything: the reader holds the signed
// content, whole. The error is a *gateway.Error; it is unavailable, and the
// file may be opened again, when sealed or the keys cannot be read.
func (o *FileOpener) OpenFile(ctx context.Context, from gateway.Party, at time.Time, sealed io.Reader) (io.Reader, error) {
	token, err := io.ReadAll(io.LimitReader(sealed, int64(o.limits.Token)+1))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	payload, refused := o.open(ctx, from, at, token)
	if refused != nil {
		return nil, refused // a typed nil must not become an error
	}
	return bytes.NewReader(payload), nil
}

func (o *FileOpener) open(ctx context.Context, from gateway.Party, at time.Time, token []byte) ([]byte, *gateway.Error) {
	s, refused := readSealed(token, o.limits)
	if refused != nil {
		return nil, refused
	}
	private, err := o.keys.IntakeKeys(ctx)
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	key, refused := intakeKey(private, s.header, from)
	if refused != nil {
		return nil, refused
	}
	inner, refused := s.open(key)
	if refused != nil {
		return nil, refused
	}
	return verifyFrom(from, at, inner, o.limits)
}
