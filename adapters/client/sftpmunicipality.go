// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/seinhuis/seinhuis/gateway"
)

// Folders at the SFTP door.
const (
	doorNew       = "/signalen/nieuw/"
	doorCollected = "/signalen/opgehaald/"
	doorFeedback  = "/terugkoppelingen/"
	doorProofs    = "/bewijzen/"
	doorBatches   = "/aanleveringen/"
	doorOutcomes  = "/uitkomsten/"
	doorNotices   = "/berichten/"
	doorReceived  = "/berichten/ontvangen/"
	doorApplied   = "/berichten/toegepast/"
)

// Signals is Client.Signals; one page holds all that the door shows.
func (s *SFTP) Signals(ctx context.Context, after int64) (SignalPage, error) {
	page := SignalPage{Next: after}
	err := s.do(ctx, s.client.config.Attempts, func(l *link) error {
		if _, err := l.list(doorNew); err != nil { // the listing is what offers them, and renews the index
			return err
		}
		index, err := l.read(doorNew+"index.csv", maxIndex)
		if err != nil {
			return err
		}
		page.Signals, err = s.index(index, after)
		return err
	})
	if err != nil {
		return SignalPage{}, err
	}
	for _, g := range page.Signals {
		page.Next = max(page.Next, g.Sequence)
	}
	return page, nil
}

// nameOf is the file name of a signal that Signals gave.
func (s *SFTP) nameOf(id gateway.SignalID) (string, error) {
	if name, ok := s.names[id]; ok {
		return name, nil
	}
	return "", fmt.Errorf("%w: signal is not one of the list", ErrInput)
}

// Fetch is Client.Fetch; s comes from Signals, with its digest.
func (s *SFTP) Fetch(ctx context.Context, g Signal) (Opened, error) {
	if g.Digest == "" {
		return Opened{}, fmt.Errorf("%w: signal is not one of the list", ErrInput)
	}
	var sealed []byte
	err := s.do(ctx, s.client.config.Attempts, func(l *link) (err error) {
		name, err := s.nameOf(g.ID)
		if err != nil {
			return err
		}
		sealed, err = l.read(doorNew+name, maxBody)
		return gone(err, gateway.CodeUnknownSignal)
	})
	if err != nil {
		return Opened{}, err
	}
	if gateway.DigestOf(sealed).String() != g.Digest {
		return Opened{}, unverified("body differs from the digest in the list")
	}
	return s.client.open(ctx, g, sealed)
}

// Confirm is Client.Confirm, by a move to /signalen/opgehaald, of a signal that
// Signals gave. At is our own clock. A connection that is lost in between leaves
// open whether the signal is confirmed; Signals tells.
func (s *SFTP) Confirm(ctx context.Context, id gateway.SignalID) (Confirmation, error) {
	err := s.do(ctx, 1, func(l *link) error {
		name, err := s.nameOf(id)
		if err != nil {
			return err
		}
		return gone(l.move(doorNew+name, doorCollected+name), gateway.CodeUnknownSignal)
	})
	if err != nil {
		return Confirmation{}, err
	}
	return Confirmation{ID: id, State: gateway.SignalConfirmed, At: s.now()}, nil
}

// Feedback is Client.Feedback: <terugkoppelingId>.jws is dropped and its
// receipt read from /bewijzen.
func (s *SFTP) Feedback(ctx context.Context, f gateway.Feedback) (Receipt, error) {
	letter, err := s.client.feedbackLetter(f)
	if err != nil {
		return Receipt{}, err
	}
	base := string(letter.expects.feedback)
	var receipts [][]byte
	err = s.do(ctx, s.client.config.Attempts, func(l *link) (err error) {
		if err := s.put(l, doorFeedback+base+".jws", bytes.NewReader(letter.token)); err != nil {
			return err
		}
		receipts, err = l.proofs(base)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	var r Receipt
	err = unverified("there is no receipt of this feedback")
	for _, token := range receipts {
		if r, err = s.client.openReceipt(ctx, token, letter.expects); err == nil {
			return r, nil
		}
	}
	return Receipt{}, err
}

// maxProofs bounds how many receipts under one name are looked at.
const maxProofs = 9

// proofs reads the receipts of a feedback. There is more than one when a
// feedback was dropped before under the name of another.
func (l *link) proofs(base string) (all [][]byte, err error) {
	for n := 1; n <= maxProofs; n++ {
		name := base
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		token, err := l.read(doorProofs+name+".bewijs.jws", maxAnswer)
		if errors.Is(err, errAbsent) {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, token)
	}
	return all, nil
}

// gone makes a Problem of an absent file.
func gone(err error, code gateway.Code) error {
	if !errors.Is(err, errAbsent) {
		return err
	}
	return &Problem{Status: 404, Kind: gateway.KindNotFound, Detail: "Dit is niet bekend of ligt er niet meer.",
		Findings: []gateway.Finding{{Code: code, Rule: "Seinhuis SFTP", Text: "Dit is er niet."}}}
}
