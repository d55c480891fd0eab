// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// endLetter ends the name of what a party signed. What is before it is free
// for a feedback, because both ids are in the signed content.
const endLetter = ".jws"

// batchOf reads what the name of a batch says about it.
func batchOf(name string) (batch.Submission, bool) {
	if len(name) < 36 {
		return batch.Submission{}, false
	}
	id, err := gateway.ParseUUID(name[:36])
	if err != nil {
		return batch.Submission{}, false
	}
	rest, check := strings.CutPrefix(name[36:], ".controle")
	b := batch.Submission{ID: gateway.BatchID(id), Check: check}
	switch rest {
	case ".ndjson.pgp":
		b.Layout, b.Envelope = batch.LayoutNDJSON, batch.EnvelopeOpenPGP
	case ".csv.pgp":
		b.Layout, b.Envelope = batch.LayoutCSV, batch.EnvelopeOpenPGP
	case ".ndjson.jose":
		b.Layout, b.Envelope = batch.LayoutNDJSON, batch.EnvelopeJOSE
	case ".csv.jose":
		b.Layout, b.Envelope = batch.LayoutCSV, batch.EnvelopeJOSE
	default:
		return batch.Submission{}, false
	}
	return b, true
}

// maxDrop bounds the name of a drop, so that the names of its receipts and
// refusals, with their number and ending, stay within maxName.
const maxDrop = 96

// meant reports whether a file may be published under this name.
func (s *session) meant(n node) bool {
	switch n.folder {
	case folderBatches:
		_, ok := batchOf(n.name)
		return ok
	case folderChanges:
		_, ok := letterID[gateway.ChangeID](n.name)
		return ok
	case folderFeedback:
		return len(n.name) > len(endLetter) && len(n.name) <= maxDrop && strings.HasSuffix(n.name, endLetter)
	}
	return false
}

// publish hands a whole file on to the service behind and erases it here. Only
// then does the client hear that it succeeded.
func (s *session) publish(c call, u *upload, as node) error {
	if !u.complete() {
		return errIncomplete
	}
	if u.size > limitOf(as) {
		return errTooLarge
	}
	f, err := s.spool.root.Open(u.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	switch as.folder {
	case folderFeedback:
		err = s.accept(c, as.name, f)
	case folderChanges:
		err = s.change(c, as.name, f)
	default:
		err = s.receiveBatch(c, as.name, f)
	}
	if err != nil {
		if e := gateway.AsError(err); len(e.Findings) > 0 && e.Kind != gateway.KindUnavailable {
			s.explain(c, as.name, e)
		}
		return err
	}
	u.erase()
	u.published = true
	s.options.Logger.Info("", slog.String("gebeurtenis", "bestand-ontvangen"), slog.String("map", string(as.folder)),
		slog.String("oin", string(c.visit.Peer.OIN())), slog.String("spoor", c.visit.Trace.ID()))
	return nil
}

func (s *session) receiveBatch(c call, name string, f *os.File) error {
	b, _ := batchOf(name) // meant has looked at it
	b.Visit = c.visit
	if _, _, err := s.Batches.Receive(c.ctx, b, f); err != nil {
		return err
	}
	// The batch is safe. Without its marker it is only missing from the listing.
	if err := s.shelves.Put(c.ctx, c.visit.Peer.OIN(), ShelfBatches, string(b.ID), c.visit.At, func(io.Writer) error { return nil }); err != nil {
		s.options.Logger.Error("", slog.String("gebeurtenis", "aanlevering-niet-in-lijst"), slog.String("spoor", c.visit.Trace.ID()))
	}
	return nil
}

var errAnswers = errors.New("sftpd: not one answer for one submission")

// accept hands on one feedback. Its receipt is kept for the municipality; when
// that fails, the same file gives the same receipt again (invariant I3).
func (s *session) accept(c call, name string, f *os.File) error {
	token, ids, err := s.letter(c, f)
	if err != nil {
		return err
	}
	id, signal := gateway.FeedbackID(ids.Feedback), gateway.SignalID(ids.Signal)
	if id == "" || signal == "" {
		return s.unread(c, noID())
	}
	answers, err := s.Feedback.Accept(c.ctx, []feedback.Submission{{Peer: c.visit.Peer, Signal: signal, ID: id, Token: token,
		At: c.visit.At, Trace: c.visit.Trace}})
	switch {
	case err != nil:
		return err
	case len(answers) != 1:
		return gateway.Fail(gateway.KindInternal, errAnswers)
	case answers[0].Err != nil:
		return answers[0].Err
	}
	return s.prove(c, name, endReceipt, answers[0].Receipt)
}
