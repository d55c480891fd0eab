// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

// Letter is a payload in an envelope that names its sender; Opener opens it.
func Letter(from gateway.OIN, payload []byte) []byte {
	return []byte(string(from) + "." + base64.RawURLEncoding.EncodeToString(payload))
}

// Opener opens letters. A letter that names another sender than the peer is
// refused as one with a wrong signature. It is a Verifier too.
type Opener struct{}

// Open fills intake.Opener.
func (Opener) Open(_ context.Context, letters []intake.Letter) []intake.Content {
	contents := make([]intake.Content, len(letters))
	for i, l := range letters {
		from, body, _ := strings.Cut(string(l.Token), ".")
		payload, err := base64.RawURLEncoding.DecodeString(body)
		switch {
		case err != nil || body == "":
			contents[i].Err = refusal(gateway.KindInvalid, gateway.CodeUndecryptable)
		case from != string(l.Peer.OIN()):
			contents[i].Err = refusal(gateway.KindInvalid, gateway.CodeSignature)
		default:
			contents[i].Payload = payload
		}
	}
	return contents
}

// Verify fills feedback.Verifier.
func (o Opener) Verify(ctx context.Context, letters []intake.Letter) []intake.Content {
	return o.Open(ctx, letters)
}

func refusal(kind gateway.ErrorKind, code gateway.Code) *gateway.Error {
	return gateway.Refuse(kind, gateway.Finding{Code: code, Rule: "test", Text: "De nepopener weigert deze brief."})
}

// Keyer hashes under versions 1 … N of a key that everybody knows, newest
// first. Versions of 0 counts as 1.
type Keyer struct{ Versions uint32 }

// MAC fills pseudonym.Keyer.
func (k Keyer) MAC(_ context.Context, inputs [][]byte) ([][]keys.Tag, error) {
	tags := make([][]keys.Tag, len(inputs))
	for i, in := range inputs {
		for v := max(k.Versions, 1); v > 0; v-- {
			tags[i] = append(tags[i], keys.Tag{Version: v, Sum: sha256.Sum256(fmt.Appendf(nil, "not a secret %d|%s", v, in))})
		}
	}
	return tags, nil
}

// Sealer writes the key id and the content in hexadecimal: not readable at a
// glance, so that searches for names in stores mean something, and no more.
type Sealer struct{}

// Seal fills seal.Sealer.
func (Sealer) Seal(_ context.Context, letters []seal.Letter) ([][]byte, error) {
	sealed := make([][]byte, len(letters))
	for i, l := range letters {
		sealed[i] = []byte("fake-sealed." + l.Key.ID + "." + hex.EncodeToString(l.Content))
	}
	return sealed, nil
}

// Unseal gives the content back and the id of the key that it was sealed to.
func Unseal(sealed []byte) (content []byte, keyID string, err error) {
	parts := strings.Split(string(sealed), ".")
	if len(parts) != 3 || parts[0] != "fake-sealed" {
		return nil, "", errors.New("not sealed by the fake")
	}
	content, err = hex.DecodeString(parts[2])
	return content, parts[1], err
}

// Signer makes tokens in the form of a compact JWS, with a signature that says
// that it is none.
type Signer struct{}

// Sign fills journey.Signer and feedback.Signer.
func (Signer) Sign(_ context.Context, statements []gateway.Statement) ([]gateway.Compact, error) {
	signed := make([]gateway.Compact, len(statements))
	for i, s := range statements {
		header := fmt.Sprintf(`{"alg":%q,"typ":%q}`, s.Algorithm, s.Type)
		b64 := base64.RawURLEncoding.EncodeToString
		signed[i] = gateway.Compact(b64([]byte(header)) + "." + b64(s.Payload) + "." + b64([]byte("no signature")))
	}
	return signed, nil
}

// Unsign gives the payload of what Signer made.
func Unsign(c gateway.Compact) ([]byte, error) {
	parts := strings.Split(string(c), ".")
	if len(parts) != 3 {
		return nil, errors.New("not signed by the fake")
	}
	return base64.RawURLEncoding.DecodeString(parts[1])
}

// Wrapper binds data to its scope and id, turns its bits over, and refuses it
// again once the scope was destroyed. It is a key store for retention too.
type Wrapper struct {
	mu     sync.Mutex
	scopes map[string]keys.Scope
	fail   error         // of the next Destroy
	Clock  gateway.Clock // of what is made and destroyed; nil is always Now
}

// NewWrapper makes one of which no scope is destroyed.
func NewWrapper() *Wrapper { return &Wrapper{scopes: map[string]keys.Scope{}} }

// Destroy makes everything that was wrapped in a scope unreadable. It fills
// retention.Keys.
func (w *Wrapper) Destroy(_ context.Context, scope string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.fail; err != nil {
		w.fail = nil
		return err
	}
	s := w.scopes[scope]
	s.Name, s.Destroyed = scope, w.now()
	w.scopes[scope] = s
	return nil
}

func (w *Wrapper) now() time.Time {
	if w.Clock == nil {
		return Now()
	}
	return w.Clock()
}

// FailDestroy makes the next Destroy fail.
func (w *Wrapper) FailDestroy() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail = gateway.Fail(gateway.KindUnavailable, ErrFault)
}

// Scopes fills retention.Keys.
func (w *Wrapper) Scopes(context.Context) ([]keys.Scope, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []keys.Scope
	for _, name := range slices.Sorted(maps.Keys(w.scopes)) {
		all = append(all, w.scopes[name])
	}
	return all, nil
}

// Wrap fills seal.Wrapper and feedback.Wrapper.
func (w *Wrapper) Wrap(_ context.Context, items []keys.WrapItem) ([][]byte, error) {
	return w.each(items, func(item keys.WrapItem) ([]byte, error) {
		if _, known := w.scopes[item.Scope]; !known {
			w.scopes[item.Scope] = keys.Scope{Name: item.Scope, Created: w.now()}
		}
		return append(append(item.AAD(), '|'), turn(item.Data)...), nil
	})
}

// Unwrap fills mailbox.Unwrapper and feedback.Wrapper.
func (w *Wrapper) Unwrap(_ context.Context, items []keys.WrapItem) ([][]byte, error) {
	return w.each(items, func(item keys.WrapItem) ([]byte, error) {
		data, ok := bytes.CutPrefix(item.Data, append(item.AAD(), '|'))
		if !ok {
			return nil, keys.ErrTampered
		}
		return turn(data), nil
	})
}

func (w *Wrapper) each(items []keys.WrapItem, do func(keys.WrapItem) ([]byte, error)) ([][]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([][]byte, len(items))
	var failed keys.BatchError
	for i, item := range items {
		err := item.Check()
		if err == nil && !w.scopes[item.Scope].Destroyed.IsZero() {
			err = keys.ErrDestroyed
		}
		if err == nil {
			out[i], err = do(item)
		}
		if err != nil {
			failed = append(failed, keys.ItemError{Index: i, Err: err})
		}
	}
	return out, failed.OrNil()
}

func turn(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0xff
	}
	return out
}
