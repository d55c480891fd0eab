// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

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

// maxIndex bounds index.csv: 20,000 signals of some 500 bytes.
const maxIndex = 64 << 20

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

// index reads index.csv by the names of its columns, so that the gateway may
// add some.
func (s *SFTP) index(data []byte, after int64) (signals []Signal, err error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.ReuseRecord = ';', true
	head, err := r.Read()
	if err != nil {
		return nil, unexpected("index.csv has no head")
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return signals, nil
		}
		if err != nil { // its text names a line and a column
			return nil, unexpected("index.csv is not the CSV of the contract")
		}
		cell := func(name string) string {
			if i, ok := column[name]; ok && i < len(row) {
				return strings.Clone(row[i])
			}
			return ""
		}
		g, err := signalOf(cell)
		if err != nil {
			return nil, err
		}
		if g.Sequence <= after {
			continue
		}
		name := cell("bestand")
		if end, ok := strings.CutPrefix(name, string(s.client.config.Municipality)+"_"+string(g.ID)+"."); !ok || strings.Contains(end, "/") {
			return nil, unexpected("index.csv names a file that is not of its signal")
		}
		signals = append(signals, g)
		s.names[g.ID] = name
	}
}

func signalOf(cell func(string) string) (Signal, error) {
	var errs [5]error
	g := Signal{ID: gateway.SignalID(cell("signaalId")), Nature: gateway.SignalNature(cell("aard")), Concerns: gateway.SignalID(cell("betreft")),
		Kind: gateway.ReportKind(cell("soort")), Urgency: gateway.Urgency(cell("urgentie")), State: gateway.SignalState(cell("toestand")),
		Format: cell("formaat"), KeyID: cell("sleutelId"), Digest: cell("sha256")}
	g.Sequence, errs[0] = strconv.ParseInt(cell("volgnummer"), 10, 64)
	g.Size, errs[1] = strconv.ParseInt(cell("omvang"), 10, 64)
	g.DepositedAt, errs[2] = time.Parse(time.RFC3339, cell("geplaatstOp"))
	g.Withdrawn, errs[3] = strconv.ParseBool(cell("ingetrokken"))
	_, errs[4] = gateway.ParseUUID(string(g.ID)) // it becomes a path and a file name
	for _, c := range strings.Fields(cell("samenloop")) {
		g.Coincidence = append(g.Coincidence, gateway.Coincidence(c))
	}
	for _, r := range strings.Fields(cell("verwant")) {
		id, c, _ := strings.Cut(r, "=")
		g.Related = append(g.Related, RelatedSignal{gateway.SignalID(id), gateway.Coincidence(c)})
	}
	if errors.Join(errs[:]...) != nil || len(g.Digest) != 64 {
		return Signal{}, unexpected("index.csv has a row that is not of the contract")
	}
	return g, nil
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
