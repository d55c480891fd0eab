// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

const mediaText = "text/plain"

// ErrForked says that the gateway showed a log that does not go on from the one
// that this party cosigned before. Keep both checkpoints: together they prove it.
var ErrForked = errors.New("the gateway shows another log than before")

// Witness cosigns that the log of a gateway only grew. It keeps nothing: the
// last checkpoint that it cosigned is the caller's to keep, durably, before the
// next call, and goes back in.
type Witness struct {
	Name string        // of the key: not empty, no spaces, no plus
	Key  crypto.Signer // Ed25519; for this use only
}

// Cosign asks for the newest checkpoint, verifies its signature and that it
// goes on from last (nil: the first time), and gives it cosigned. It hands
// nothing in; HandIn does, after the caller has kept it. With ErrForked the
// checkpoint as it was shown comes back too, as evidence.
func (c *Client) Cosign(ctx context.Context, w Witness, last []byte) (cosigned []byte, err error) {
	known, err := proof.Verifiers(c.config.LogKeys...)
	if err != nil {
		return nil, fmt.Errorf("%w: logboekSleutels: %w", ErrInput, err)
	}
	var before proof.Checkpoint
	if last != nil {
		if before, err = proof.OpenCheckpoint(last, known); err != nil {
			return nil, fmt.Errorf("%w: the checkpoint that was kept: %w", ErrInput, err)
		}
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/logboek/checkpoint", accept: mediaText, limit: maxAnswer,
		query: url.Values{"sinds": {strconv.FormatInt(before.Tree.N, 10)}}})
	if err != nil {
		return nil, err
	}
	old, growth, text, err := audit.ParseOffer(a.body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnexpected, err)
	}
	now, err := proof.OpenCheckpoint(text, known)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	if old != before.Tree.N {
		return nil, unexpected("a proof from another size than was asked for")
	}
	if last != nil && !extends(before, now, growth) {
		return text, ErrForked
	}
	return w.sign(text, c.config.Clock().Unix())
}

// extends reports whether now goes on from before.
func extends(before, now proof.Checkpoint, growth tlog.TreeProof) bool {
	switch {
	case now.Origin != before.Origin || now.Tree.N < before.Tree.N:
		return false
	case now.Tree.N == before.Tree.N:
		return now.Tree.Hash == before.Tree.Hash
	case before.Tree.N == 0:
		return true
	}
	return tlog.CheckTree(growth, now.Tree.N, now.Tree.Hash, before.Tree.N, before.Tree.Hash) == nil
}

// Verifier is the witness's public key, for the gateway's operator and for
// whoever verifies.
func (w Witness) Verifier() (proof.Witness, error) {
	public, ok := w.Key.Public().(ed25519.PublicKey)
	if !ok {
		return proof.Witness{}, fmt.Errorf("%w: the key of a witness is Ed25519", ErrInput)
	}
	return proof.WitnessOf(w.Name, public)
}

// sign adds the witness's line to a checkpoint, behind that of the log.
func (w Witness) sign(checkpoint []byte, at int64) ([]byte, error) {
	v, err := w.Verifier()
	if err != nil {
		return nil, err
	}
	text, _, _ := strings.Cut(string(checkpoint), "\n\n")
	sig, err := w.Key.Sign(nil, proof.CosignedText(at, text+"\n"), crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	line := binary.BigEndian.AppendUint32(nil, v.KeyHash())
	line = append(binary.BigEndian.AppendUint64(line, uint64(at)), sig...)
	signed := append(append([]byte(nil), checkpoint...), "— "+w.Name+" "+base64.StdEncoding.EncodeToString(line)+"\n"...)
	if _, err := note.Open(signed, note.VerifierList(v)); err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	return signed, nil
}

// HandIn gives a checkpoint that was cosigned to the gateway, which keeps it
// and shows it to whoever verifies.
func (c *Client) HandIn(ctx context.Context, cosigned []byte) error {
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/v1/logboek/medeondertekening", contentType: mediaText, body: cosigned,
		accept: mediaJSON, limit: maxAnswer})
	return err
}
