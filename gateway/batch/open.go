// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"

	"github.com/seinhuis/seinhuis/gateway"
)

// plaintext is the content of a spooled file while it streams by.
type plaintext struct {
	in     io.Reader
	sealed io.Closer
	sum    hash.Hash
}

// open opens a file with the key that its sender had when it was received.
func (d *Desk) open(ctx context.Context, from gateway.Party, r Record) (*plaintext, error) {
	opener := d.ports.Openers[r.Envelope]
	if opener == nil { // a door that was closed since
		return nil, refuse(gateway.KindInvalid, CodeEnvelope, "")
	}
	sealed, err := d.ports.Spool.Open(ctx, r.Spool)
	if err != nil {
		return nil, err
	}
	in, err := opener.OpenFile(ctx, from, r.ReceivedAt, sealed)
	if err != nil {
		return nil, errors.Join(err, sealed.Close())
	}
	return &plaintext{in, sealed, sha256.New()}, nil
}

func (p *plaintext) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	p.sum.Write(b[:n])
	return n, err
}

func (p *plaintext) Close() error { return p.sealed.Close() }

// digest is of what was read.
func (p *plaintext) digest() (d gateway.Digest) {
	p.sum.Sum(d[:0])
	return d
}

// passing keeps an error that may pass by itself, or that is ours; a file that
// cannot be opened as it is gives nil.
func passing(err error) error {
	if _, final := verdictOn(err); final && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// verdictOn tells a failure that is the file's, with what to tell its sender,
// from one that may pass: a store or key store that does not answer.
func verdictOn(err error) ([]gateway.Finding, bool) {
	if errors.Is(err, fs.ErrNotExist) {
		return []gateway.Finding{found(gateway.CodeInternal, "")}, true
	}
	var e *gateway.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	switch e.Kind {
	case gateway.KindUnavailable, gateway.KindInternal:
		return nil, false
	}
	if len(e.Findings) == 0 { // every refusal has a reason
		return []gateway.Finding{{Code: gateway.Code(e.Kind), Rule: "Seinhuis formats", Text: "Het bestand is niet te openen."}}, true
	}
	return e.Findings, true
}
