// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"context"
	"fmt"
	"io"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// IntakeKeys gives the gateway's own OpenPGP private keys (transferable secret
// keys without a passphrase), the current one first, old ones until they are
// retired. It is asked once per file or slice of letters. Filled by the
// key stores.
type IntakeKeys interface {
	OpenPGPKeys(ctx context.Context) ([][]byte, error)
}

// Opener opens files that creditors send. It fills batch.Opener and is safe for
// concurrent use.
type Opener struct{ keys IntakeKeys }

// NewOpener makes an Opener.
func NewOpener(k IntakeKeys) *Opener { return &Opener{k} }

var _ batch.Opener = (*Opener)(nil)

// OpenFile gives the plaintext of a file, binary or armored, that was encrypted
// to one of our keys alone and signed once, over binary content, by a key of the
// party that is valid at the moment. The plaintext is at most batch.MaxFile and
// memory does not grow with it. Every error, here or from the reader, is a
// *gateway.Error: CodeUndecryptable, CodeSignature, CodeKey or CodeTooLarge, or
// kind unavailable when the keys or the file cannot be read now.
func (o *Opener) OpenFile(ctx context.Context, from gateway.Party, at time.Time, sealed io.Reader) (io.Reader, error) {
	own, err := intakeEntities(ctx, o.keys)
	if err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	f, refused := open(ctx, own, publics(from, gateway.KeySign, at), at, sealed)
	if refused != nil {
		return nil, refused
	}
	return f, nil
}

func intakeEntities(ctx context.Context, k IntakeKeys) (openpgp.EntityList, error) {
	raws, err := k.OpenPGPKeys(ctx)
	if err != nil {
		return nil, err
	}
	var list openpgp.EntityList
	for i, raw := range raws {
		key, err := ReadPrivate(raw)
		if err != nil {
			return nil, fmt.Errorf("intake key %d: %w", i, err)
		}
		list = append(list, key.secret())
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no intake key: %w", ErrUnsoundKey)
	}
	return list, nil
}

// Decrypt opens what the gateway sealed to one of the keys and signed with one
// of its published keys; the contract of the reader is that of OpenFile. The
// gateway's key is judged at the moment of signing, so that what was sealed
// before a rotation still opens.
func Decrypt(r io.Reader, own []PrivateKey, from []gateway.OpenPGPKey, at time.Time) (io.Reader, error) {
	var senders openpgp.EntityList
	for _, raw := range from {
		e, err := readEntity(raw)
		if err != nil {
			return nil, err
		}
		senders = append(senders, e)
	}
	f, refused := open(context.Background(), entities(own), senders, at, r)
	if refused != nil {
		return nil, refused
	}
	f.archive = true
	return f, nil
}
