// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

const (
	mediaPGP     = "application/pgp-encrypted"
	mediaPGPKeys = "application/pgp-keys"

	// settlePatience is how long, on top of Timeout, the gateway may need after
	// the last byte: a repeated file may have to be compared with the first.
	settlePatience = 10 * time.Minute
)

// Sealer signs what is written and encrypts it in OpenPGP to the gateway, whose
// public keys it is given (binary, RFC 9580, 10.1). Close completes the
// message. adapters/openpgp has what it takes: ReadPublic and EncryptSign.
type Sealer func(w io.Writer, gatewayKeys []byte) (io.WriteCloser, error)

// Unsealer opens what was signed by the gateway, whose public keys it is given,
// and encrypted to us. What was read counts only after io.EOF. See
// openpgp.Decrypt.
type Unsealer func(r io.Reader, gatewayKeys []byte) (io.Reader, error)

// File is a file of reports to send. Give Path or Source, not both.
type File struct {
	ID       gateway.BatchID // yours; the same file again under the same id is safe
	Layout   batch.Layout
	Envelope batch.Envelope // JOSE when empty; a file over some 9 MiB needs OpenPGP
	Path     string
	Source   io.ReadSeeker // read from its start
	Check    bool          // a dry run: every line is judged, nothing is stored
}

// SendFile seals the file once, into a temporary file beside it (ciphertext,
// removed at the end), and sends that as often as it takes. progress, when not
// nil, hears how many sealed bytes went out, from zero again at each attempt.
// The answer says that the file is safe with the gateway, not what is in it: go
// on with WaitBatch. The same content again under the same id gives the status
// of the first; other content is a Problem with status 409.
func (c *Client) SendFile(ctx context.Context, f File, progress func(sent, total int64)) (BatchStatus, error) {
	if f.Envelope == "" {
		f.Envelope = batch.EnvelopeJOSE
	}
	if err := c.checkFile(f); err != nil {
		return BatchStatus{}, err
	}
	sealed, size, err := c.sealFile(ctx, f)
	if err != nil {
		return BatchStatus{}, err
	}
	defer discard(sealed)
	q := call{method: http.MethodPut, path: "/v1/aanleveringen/" + string(f.ID), query: url.Values{"indeling": {string(f.Layout)}},
		contentType: mediaJOSE, accept: mediaJSON, limit: maxAnswer, patience: settlePatience, upload: &upload{sealed, size, progress}}
	if f.Envelope == batch.EnvelopeOpenPGP {
		q.contentType = mediaPGP
	}
	if f.Check {
		q.query.Set("controle", "true")
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return BatchStatus{}, err
	}
	return c.batchStatus(ctx, a, f.ID)
}

func (c *Client) checkFile(f File) error {
	_, err := gateway.ParseUUID(string(f.ID))
	switch {
	case err != nil:
		return fmt.Errorf("%w: aanleveringId: %w", ErrInput, err)
	case f.Layout != batch.LayoutCSV && f.Layout != batch.LayoutNDJSON:
		return fmt.Errorf("%w: layout is csv or ndjson", ErrInput)
	case f.Envelope != batch.EnvelopeJOSE && f.Envelope != batch.EnvelopeOpenPGP:
		return fmt.Errorf("%w: envelope is jose or openpgp", ErrInput)
	case f.Envelope == batch.EnvelopeOpenPGP && c.config.Sealer == nil:
		return fmt.Errorf("%w: there is no OpenPGP key to sign with", ErrInput)
	case (f.Path == "") == (f.Source == nil):
		return fmt.Errorf("%w: give a path or a source", ErrInput)
	}
	return nil
}

// OpenPGPKeys gives the gateway's public OpenPGP keys, binary. They come over
// the mutually authenticated connection. Without any it is a Problem with
// status 404.
func (c *Client) OpenPGPKeys(ctx context.Context) ([]byte, error) {
	if c.base == "" {
		return c.saved.gatewayOpenPGP()
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/sleutels/openpgp", accept: mediaPGPKeys, limit: maxAnswer})
	if errors.Is(err, ErrUnreachable) && c.saved.openpgp != nil {
		return c.saved.openpgp, nil
	}
	if err != nil {
		return nil, fmt.Errorf("OpenPGP keys of the gateway: %w", err)
	}
	return a.body, nil
}

// sealFile writes the sealed file. On an error nothing is left.
func (c *Client) sealFile(ctx context.Context, f File) (sealed *os.File, size int64, err error) {
	source, folder := io.Reader(nil), ""
	if f.Path != "" {
		opened, err := os.Open(f.Path)
		if err != nil {
			return nil, 0, err
		}
		defer func() { _ = opened.Close() }()
		source, folder = opened, filepath.Dir(f.Path)
	} else {
		if _, err := f.Source.Seek(0, io.SeekStart); err != nil {
			return nil, 0, err
		}
		source = f.Source
	}
	if sealed, err = os.CreateTemp(folder, ".aanlevering.*.deel"); err != nil {
		return nil, 0, err
	}
	most := int64(batch.MaxJOSE)
	if f.Envelope == batch.EnvelopeOpenPGP {
		most = batch.MaxFile
		err = c.sealOpenPGP(ctx, sealed, source)
	} else {
		err = c.sealJOSE(ctx, sealed, source)
	}
	if err == nil {
		size, err = sealed.Seek(0, io.SeekCurrent)
	}
	if err == nil && size > most {
		err = tooLargeFor(f.Envelope)
	}
	if err != nil {
		discard(sealed)
		return nil, 0, err
	}
	return sealed, size, nil
}

func tooLargeFor(e batch.Envelope) error {
	if e == batch.EnvelopeJOSE {
		return fmt.Errorf("%w: file is too large for JOSE; send it in OpenPGP", ErrInput)
	}
	return fmt.Errorf("%w: file is too large; split it", ErrInput)
}

func (c *Client) sealJOSE(ctx context.Context, to io.Writer, source io.Reader) error {
	content, err := io.ReadAll(io.LimitReader(source, batch.MaxJOSE+1))
	if err != nil {
		return err
	}
	if len(content) > batch.MaxJOSE {
		return tooLargeFor(batch.EnvelopeJOSE)
	}
	// Fresh: the file is opened only after the answer, when it is too late to
	// hear that the key was retired.
	key, err := c.recipient(ctx, keysApart)
	if err != nil {
		return err
	}
	token, err := jose.Wrap(content, c.config.Signing, key)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	_, err = to.Write(token)
	return err
}

func (c *Client) sealOpenPGP(ctx context.Context, to io.Writer, source io.Reader) error {
	keys, err := c.OpenPGPKeys(ctx)
	if err != nil {
		return err
	}
	w, err := c.config.Sealer(to, keys)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	_, err = io.Copy(w, untilDone{ctx, source})
	return errors.Join(err, w.Close())
}

// untilDone ends reading with the context: sealing a gigabyte takes seconds.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}

func discard(f *os.File) {
	_ = f.Close()
	_ = os.Remove(f.Name())
}
