// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// Signal is what the mailbox tells about a signal without opening it: no
// personal data.
type Signal struct {
	Sequence    int64                 `json:"volgnummer"`
	ID          gateway.SignalID      `json:"signaalId"`
	Nature      gateway.SignalNature  `json:"aard"`
	Concerns    gateway.SignalID      `json:"betreft,omitzero"` // the signal that a correction or withdrawal is about
	Kind        gateway.ReportKind    `json:"soort"`
	Urgency     gateway.Urgency       `json:"urgentie"`
	State       gateway.SignalState   `json:"toestand"`
	DepositedAt time.Time             `json:"geplaatstOp"`
	Withdrawn   bool                  `json:"ingetrokken"`
	Corrected   bool                  `json:"gecorrigeerd"` // the newest correction holds; not told over SFTP
	Format      string                `json:"formaat"`
	KeyID       string                `json:"sleutelId"`
	Size        int64                 `json:"omvang"`
	Digest      string                `json:"sha256"` // of the sealed body, hexadecimal
	Coincidence []gateway.Coincidence `json:"samenloop"`
	Related     []RelatedSignal       `json:"verwant,omitzero"`
}

// RelatedSignal is another signal of your municipality about the same home or person.
type RelatedSignal struct {
	ID          gateway.SignalID    `json:"signaalId"`
	Coincidence gateway.Coincidence `json:"samenloop"`
}

// SignalPage is a part of the mailbox, oldest first.
type SignalPage struct {
	Signals []Signal
	Next    int64 // give it as after, to go on
}

// Signals lists what waits in the mailbox with a sequence above after (0: from
// the first), at most MaxList. Confirmed signals are no longer listed.
func (c *Client) Signals(ctx context.Context, after int64) (SignalPage, error) {
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/signalen", accept: mediaJSON, limit: maxList,
		query: url.Values{"na": {strconv.FormatInt(after, 10)}, "maximum": {strconv.Itoa(MaxList)}}})
	if err != nil {
		return SignalPage{}, err
	}
	var list struct {
		Signals []Signal `json:"signalen"`
		Next    int64    `json:"volgende"`
	}
	if err := decode(a, &list); err != nil {
		return SignalPage{}, err
	}
	for _, s := range list.Signals {
		if _, err := gateway.ParseUUID(string(s.ID)); err != nil { // it becomes a path and a file name
			return SignalPage{}, unexpected("signaalId is no UUID")
		}
	}
	return SignalPage{list.Signals, max(after, list.Next)}, nil
}

// Fetch downloads a signal, checks that it arrived whole, opens it with one of
// the encryption keys and checks that it is the one that was asked for. s
// comes from Signals; with only its ID given, the digest is checked against
// the answer's own Content-Digest alone. It is not confirmed: store it first.
func (c *Client) Fetch(ctx context.Context, s Signal) (Opened, error) {
	if _, err := gateway.ParseUUID(string(s.ID)); err != nil {
		return Opened{}, fmt.Errorf("%w: signaalId: %w", ErrInput, err)
	}
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/signalen/" + string(s.ID), accept: mediaJOSE, limit: maxBody})
	if err != nil {
		return Opened{}, err
	}
	sum := sha256.Sum256(a.body)
	if !hasDigest(a.header.Get("Content-Digest"), sum[:]) {
		return Opened{}, unverified("body differs from its Content-Digest")
	}
	if s.Digest != "" && s.Digest != gateway.Digest(sum).String() {
		return Opened{}, unverified("body differs from the digest in the list")
	}
	return c.open(ctx, s, a.body)
}

// formatOpenPGP is Signal.Format of what is sealed in OpenPGP.
const formatOpenPGP = "openpgp"

// open opens a sealed body with one of our keys and checks that it is the one
// that was asked for.
func (c *Client) open(ctx context.Context, s Signal, sealed []byte) (Opened, error) {
	plain, err := c.unseal(ctx, s.Format, sealed)
	if err != nil {
		return Opened{}, err
	}
	content, err := c.content(plain, s.ID)
	if err != nil {
		return Opened{}, err
	}
	return Opened{Content: content, JSON: plain}, nil
}

func (c *Client) unseal(ctx context.Context, format string, sealed []byte) ([]byte, error) {
	if format != formatOpenPGP {
		plain, err := jose.Decrypt(sealed, c.config.Encryption)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnverified, err)
		}
		return plain, nil
	}
	if c.config.Unsealer == nil {
		return nil, fmt.Errorf("%w: %s is needed to open this signal", ErrFolder, FileOpenPGP)
	}
	keys, err := c.OpenPGPKeys(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.config.Unsealer(bytes.NewReader(sealed), keys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnverified, err)
	}
	if len(plain) > maxBody {
		return nil, unexpected("longer than is allowed")
	}
	return plain, nil
}

// hasDigest looks for sha-256 in a Content-Digest field (RFC 9530, 2).
func hasDigest(field string, sum []byte) bool {
	for member := range strings.SplitSeq(field, ",") {
		if strings.TrimSpace(member) == "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":" {
			return true
		}
	}
	return false
}

// Confirmation says since when the gateway holds a signal for collected.
type Confirmation struct {
	ID    gateway.SignalID    `json:"signaalId"`
	State gateway.SignalState `json:"toestand"`
	At    time.Time           `json:"op"`
}

// Confirm tells the gateway that the signal is safely stored at the
// municipality: it is no longer listed. The same again gives the same answer.
func (c *Client) Confirm(ctx context.Context, id gateway.SignalID) (Confirmation, error) {
	if _, err := gateway.ParseUUID(string(id)); err != nil {
		return Confirmation{}, fmt.Errorf("%w: signaalId: %w", ErrInput, err)
	}
	a, err := c.do(ctx, call{method: http.MethodPut, path: "/v1/signalen/" + string(id) + "/ontvangst", accept: mediaJSON, limit: maxAnswer})
	if err != nil {
		return Confirmation{}, err
	}
	var done Confirmation
	if err := decode(a, &done); err != nil {
		return Confirmation{}, err
	}
	if done.ID != id || done.State != gateway.SignalConfirmed || done.At.IsZero() {
		return Confirmation{}, unexpected("confirmation is about something else")
	}
	return done, nil
}

// Feedback signs and sends feedback about a signal and gives its receipt. An
// empty id is filled in; keep the feedback with its id to send it again after a
// crash of your own. The same feedback again gives the same receipt.
func (c *Client) Feedback(ctx context.Context, f gateway.Feedback) (Receipt, error) {
	l, err := c.feedbackLetter(f)
	if err != nil {
		return Receipt{}, err
	}
	a, err := c.do(ctx, call{method: http.MethodPut, contentType: mediaJOSE, body: l.token, accept: mediaJOSE, limit: maxAnswer,
		path: "/v1/signalen/" + string(l.expects.signal) + "/terugkoppelingen/" + string(l.expects.feedback)})
	if err != nil {
		return Receipt{}, err
	}
	return c.receipt(ctx, a, l.expects)
}

// feedbackLetter is signed feedback and what its receipt must say.
type feedbackLetter struct {
	token   []byte
	expects expected
}

func (c *Client) feedbackLetter(f gateway.Feedback) (feedbackLetter, error) {
	if f.ID == "" {
		f.ID = gateway.FeedbackID(gateway.NewUUID(c.config.Clock(), nil))
	}
	_, errID := gateway.ParseUUID(string(f.ID))
	_, errSignal := gateway.ParseUUID(string(f.SignalID))
	if err := errors.Join(errID, errSignal); err != nil {
		return feedbackLetter{}, fmt.Errorf("%w: ids of the feedback: %w", ErrInput, err)
	}
	payload, err := json.Marshal(f)
	if err != nil {
		return feedbackLetter{}, fmt.Errorf("%w: feedback", ErrInput)
	}
	token, err := jose.SignPayload(payload, c.config.Signing, "JOSE")
	if err != nil {
		return feedbackLetter{}, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return feedbackLetter{token, expected{typ: gateway.TypeFeedbackReceipt, about: AboutFeedback, signal: f.SignalID, feedback: f.ID, also: f.Also,
		digest: gateway.DigestOf(payload).String()}}, nil
}
