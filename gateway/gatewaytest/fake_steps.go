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
	"strings"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/routing"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/policies"
)

// Steps is everything that the steps of the journey need, filled with actors,
// the sample routing table, the real policies and fakes that work. None of the
// fakes keeps a secret; they only behave as if.
type Steps struct {
	Actors
	Table  *routing.Table
	Policy *policies.Bundle
	Wraps  *Wrapper
	Bell   *feedback.Bell
}

// NewSteps makes them. It compiles the policies, some tens of milliseconds.
func NewSteps(t testing.TB) *Steps {
	t.Helper()
	table, err := routing.Sample()
	if err != nil {
		t.Fatal(err)
	}
	policy, err := policies.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return &Steps{Actors: NewActors(t), Table: table, Policy: policy, Wraps: NewWrapper(), Bell: feedback.NewBell()}
}

// Ports fills the ports of the journey over a truth store. A test replaces
// what it wants to see fail.
func (s *Steps) Ports(truth Truth) journey.Ports {
	return journey.Ports{
		Issuer: Issuer, Opener: Opener{}, Tables: s, Register: s, Policy: func() *policies.Bundle { return s.Policy },
		Keyer: Keyer{1}, Sealer: Sealer{}, Wrapper: s.Wraps, Receipts: Signer{}, Bell: s.Bell, Ledger: truth.Ledger,
		Notices: feedback.NewNotices(truth.Feedback, Signer{}, s.Wraps, s.Bell),
	}
}

// Current fills routing.Tables.
func (s *Steps) Current() *routing.Table { return s.Table }

// Standings fills permit.Register with the actors as they are now.
func (s *Steps) Standings(_ context.Context, pairs []permit.Pair) ([]permit.Standing, error) {
	standings := make([]permit.Standing, len(pairs))
	for i, p := range pairs {
		for _, m := range s.Municipalities() {
			if m.Municipality == p.Municipality {
				standings[i].Municipality = m
			}
		}
		for _, a := range s.Agreements {
			if a.Creditor == p.Creditor && a.Municipality == p.Municipality {
				standings[i].Agreements = append(standings[i].Agreements, a)
			}
		}
	}
	return standings, nil
}

// Submission is a paper as it comes in through a door, from its creditor.
func (s *Steps) Submission(from gateway.Party, p Paper) intake.Submission {
	peer := gateway.Authenticated(from, strings.Repeat("ab", 32))
	return intake.Submission{Peer: peer, ID: p.ID, Token: Letter(from.OIN, p.Payload()), At: Now(), Trace: gateway.NewTrace()}
}

// Deposits takes submissions through the real steps up to the commit, because
// nothing else can make a deposit. All must pass.
func (s *Steps) Deposits(t testing.TB, batch ...intake.Submission) []mailbox.Deposit {
	t.Helper()
	ctx := t.Context()
	opened, refused := intake.Open(ctx, Opener{}, batch)
	accepted, misread := intake.Read(opened)
	addressed, unrouted := routing.Route(s.Table, accepted)
	permitted, unpermitted, err := permit.Judge(ctx, s, s.Policy, addressed)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(append(append(refused, misread...), unrouted...), unpermitted...) {
		t.Fatalf("refused: %v", r.Err)
	}
	blinded, err := pseudonym.Blind(ctx, Keyer{1}, permitted)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := seal.Seal(ctx, Sealer{}, s.Wraps, nil, blinded)
	if err != nil {
		t.Fatal(err)
	}
	deposits := make([]mailbox.Deposit, len(sealed))
	for i, d := range sealed {
		deposits[i] = mailbox.NewDeposit(d, gateway.Compact(fmt.Sprintf("receipt.%s.%s", d.Slip().ReportID, d.Slip().Digest)))
	}
	return deposits
}

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
// again once the scope was destroyed.
type Wrapper struct {
	mu        sync.Mutex
	destroyed map[string]bool
}

// NewWrapper makes one of which no scope is destroyed.
func NewWrapper() *Wrapper { return &Wrapper{destroyed: map[string]bool{}} }

// Destroy makes everything that was wrapped in a scope unreadable.
func (w *Wrapper) Destroy(scope string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.destroyed[scope] = true
}

// Wrap fills seal.Wrapper and feedback.Wrapper.
func (w *Wrapper) Wrap(_ context.Context, items []keys.WrapItem) ([][]byte, error) {
	return w.each(items, func(item keys.WrapItem) ([]byte, error) {
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
	for i, item := range items {
		if w.destroyed[item.Scope] {
			return nil, gateway.Fail(gateway.KindGone, keys.ErrDestroyed)
		}
		if err := item.Check(); err != nil {
			return nil, err
		}
		var err error
		if out[i], err = do(item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func turn(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 0xff
	}
	return out
}
