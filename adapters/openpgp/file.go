// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// file is a message that is being read.
type file struct {
	ctx     context.Context
	at      time.Time
	archive bool // judge the signer's key at the moment of signing only
	senders openpgp.EntityList

	source    *source         // as received
	sealed    *bufio.Reader   // without armor
	recipient *openpgp.Entity // who of us opens it
	cipher    io.ReadCloser   // decrypted; Close checks integrity
	inner     *bufio.Reader   // the packets in it
	unpacked  *unpacked       // nil when nothing was compressed
	budget    *budget         // what the library reads
	message   *openpgp.MessageDetails

	plain int64
	end   error // how it ended: io.EOF or a *gateway.Error
}

func open(ctx context.Context, own, senders openpgp.EntityList, at time.Time, sealed io.Reader) (*file, *gateway.Error) {
	f := &file{ctx: ctx, at: at, senders: senders, source: &source{ctx: ctx, r: sealed}}
	refused := guard(func() *gateway.Error { return f.start(own) })
	if refused != nil {
		return nil, f.ours(refused)
	}
	return f, nil
}

// start reads up to the first byte of content.
func (f *file) start(own openpgp.EntityList) (refused *gateway.Error) {
	if f.sealed, refused = dearmor(bufio.NewReaderSize(f.source, piece)); refused != nil {
		return refused
	}
	e, refused := readEnvelope(f.sealed)
	if refused != nil {
		return refused
	}
	if f.cipher, f.recipient, refused = e.open(own, f.at); refused != nil {
		return refused
	}
	in := &counter{r: f.cipher}
	f.inner = bufio.NewReaderSize(in, piece)
	content := f.inner
	tag, err := peekTag(content)
	if err == nil && tag == tagCompressed {
		p, err := packet.Read(f.inner)
		c, ok := p.(*packet.Compressed)
		if err != nil || !ok {
			return undecryptable()
		}
		f.unpacked = &unpacked{r: c.Body, in: in}
		content = bufio.NewReaderSize(f.unpacked, piece)
		tag, _ = peekTag(content)
	}
	if tag != tagOnePass {
		return f.settle(badSignature("Het bestand is niet getekend, of meer dan eenmaal ingepakt."))
	}
	return f.readMessage(content)
}

// readMessage reads the announcement of the one signature itself, so that only
// content can follow it, and gives all to the library.
func (f *file) readMessage(content *bufio.Reader) *gateway.Error {
	var head bytes.Buffer
	p, err := packet.Read(io.TeeReader(io.LimitReader(content, maxTail), &head))
	if err != nil {
		return f.settle(undecryptable())
	}
	one, ok := p.(*packet.OnePassSignature)
	if !ok || !one.IsLast || one.SigType != packet.SigTypeBinary {
		return f.settle(badSignature("Het bestand moet precies eenmaal zijn getekend, over binaire inhoud."))
	}
	if tag, err := peekTag(content); err != nil || tag != tagLiteral {
		return f.settle(undecryptable())
	}
	f.budget = &budget{r: io.MultiReader(&head, content), left: maxTail}
	f.message, err = openpgp.ReadMessage(f.budget, f.senders, nil, reading(f.at.Add(skew)))
	if err != nil || len(f.message.SignatureCandidates) != 1 {
		return f.settle(undecryptable())
	}
	return nil
}

// settle gives a refusal about the inside only when the inside is whole: else
// a changed byte would be told apart by where it lies.
func (f *file) settle(refused *gateway.Error) *gateway.Error {
	if f.unpacked != nil && f.unpacked.full {
		return tooLarge()
	}
	if _, err := io.Copy(io.Discard, f.inner); err != nil || f.cipher.Close() != nil {
		return undecryptable()
	}
	return refused
}

// ours replaces a refusal by what really happened below it.
func (f *file) ours(refused *gateway.Error) *gateway.Error {
	if f.source.err != nil {
		return gateway.Fail(gateway.KindUnavailable, f.source.err)
	}
	return refused
}

// Read gives content; see Opener.OpenFile for its end.
func (f *file) Read(p []byte) (n int, err error) {
	if f.end != nil {
		return 0, f.end
	}
	if err := f.ctx.Err(); err != nil {
		return 0, gateway.Fail(gateway.KindUnavailable, err)
	}
	p = p[:min(len(p), piece)]
	f.budget.left = int64(len(p)) + maxTail
	refused := guard(func() *gateway.Error {
		n, err = f.message.UnverifiedBody.Read(p)
		f.plain += int64(n)
		switch {
		case f.plain > batch.MaxFile:
			return tooLarge()
		case err == io.EOF:
			return f.finish()
		case err != nil:
			return f.settle(undecryptable())
		}
		return nil
	})
	switch {
	case refused != nil:
		f.end = f.ours(refused)
	case err == io.EOF:
		f.end = io.EOF
	}
	return n, f.end
}

// finish checks all that is known only at the end: nothing follows, integrity,
// then the signature.
func (f *file) finish() *gateway.Error {
	_, err := f.inner.Peek(1)
	ended := err == io.EOF
	if _, err := io.Copy(io.Discard, f.inner); err != nil || f.cipher.Close() != nil || !ended {
		return undecryptable()
	}
	if _, err := f.sealed.Peek(1); err != io.EOF {
		return undecryptable()
	}
	return f.signer()
}

// signer checks who signed: a key of the sender that was valid at the moment of
// signing, which the library judges, and still is.
func (f *file) signer() *gateway.Error {
	m := f.message
	if m.SignatureError != nil || m.Signature == nil || m.SignedBy == nil {
		if m.SignatureCandidates[0].SignedBy == nil {
			return unknownKey()
		}
		return badSignature("De handtekening klopt niet.")
	}
	if to := m.Signature.IntendedRecipients; len(to) > 0 && !f.intended(to) {
		return badSignature("De handtekening is voor een andere ontvanger gezet.")
	}
	if f.archive {
		return nil
	}
	moment := f.at
	if made := m.Signature.CreationTime; made.After(moment) {
		moment = made // within skew, or the library had refused it
	}
	if _, valid := m.SignedBy.Entity.SigningKeyById(moment, m.SignedBy.PublicKey.KeyId, profile(moment)); !valid {
		return unknownKey()
	}
	return nil
}

func (f *file) intended(to []*packet.Recipient) bool {
	for _, r := range to {
		if bytes.Equal(r.Fingerprint, f.recipient.PrimaryKey.Fingerprint) {
			return true
		}
	}
	return false
}
