// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Sealer seals signals to municipalities, signed with the gateway's current
// intake key: so a municipality sees that a signal comes from the gateway. It
// fills seal.Sealer for letters whose key is an OpenPGP key and is safe for
// concurrent use.
type Sealer struct {
	keys  IntakeKeys
	clock gateway.Clock
}

// NewSealer makes a Sealer.
func NewSealer(k IntakeKeys, clock gateway.Clock) *Sealer { return &Sealer{k, clock} }

var _ seal.Sealer = (*Sealer)(nil)

// Seal gives one binary message per letter, in order. It is all or nothing: a
// seal.LetterError names the first letter whose key cannot be used
// (ErrUnsoundKey), never its content. Messages hold no file name.
func (s *Sealer) Seal(ctx context.Context, letters []seal.Letter) ([][]byte, error) {
	own, err := intakeEntities(ctx, s.keys)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	now := s.clock()
	bodies := make([][]byte, len(letters))
	for i, l := range letters {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if bodies[i], err = sealLetter(l, own[0], now); err != nil {
			return nil, seal.LetterError{Index: i, Err: err}
		}
	}
	return bodies, nil
}

func sealLetter(l seal.Letter, signer *openpgp.Entity, now time.Time) ([]byte, error) {
	to, ok := l.Key.Public.(gateway.OpenPGPKey)
	if !ok || l.Key.Algorithm != gateway.AlgOpenPGP {
		return nil, ErrUnsoundKey
	}
	var body bytes.Buffer
	w, err := encryptSign(&body, to, signer, now)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(l.Content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return body.Bytes(), nil
}

// EncryptSign streams a message to one recipient: what is written comes out
// signed and encrypted at w; Close ends it and must succeed. The keys must be
// sound now, else ErrUnsoundKey.
func EncryptSign(w io.Writer, to gateway.OpenPGPKey, signer PrivateKey, clock gateway.Clock) (io.WriteCloser, error) {
	if signer.IsZero() {
		return nil, ErrUnsoundKey
	}
	return encryptSign(w, to, signer.secret(), clock())
}

func encryptSign(w io.Writer, to []byte, signer *openpgp.Entity, now time.Time) (io.WriteCloser, error) {
	recipient, err := readEntity(to)
	if err != nil {
		return nil, err
	}
	moment := now
	for _, e := range []*openpgp.Entity{recipient, signer} {
		if made := e.PrimaryKey.CreationTime; made.After(moment) && !made.After(now.Add(skew)) {
			moment = made // made on a machine whose clock is ahead
		}
	}
	plain, err := openpgp.Encrypt(w, []*openpgp.Entity{recipient}, nil, []*openpgp.Entity{signer}, nil, sealing(moment))
	if err != nil {
		return nil, ErrUnsoundKey // the cause names key ids, not what to do
	}
	return pieces{plain}, nil
}

// pieces cuts large writes: the library buffers each whole.
type pieces struct{ w io.WriteCloser }

func (p pieces) Write(b []byte) (written int, err error) {
	for len(b) > 0 {
		n, err := p.w.Write(b[:min(len(b), piece)])
		written += n
		if err != nil {
			return written, err
		}
		b = b[n:]
	}
	return written, nil
}

func (p pieces) Close() error { return p.w.Close() }
