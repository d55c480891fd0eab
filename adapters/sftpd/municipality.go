// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"context"
	"encoding/csv"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// mail is what a session saw of its mailbox: the last listing, and what it
// confirmed.
type mail struct {
	signals   []gateway.Signal
	place     map[gateway.SignalID]int
	at        time.Time
	collected map[gateway.SignalID]gateway.Signal
}

// maxShown bounds a listing; the rest shows once the first are confirmed.
const maxShown = 20_000

// fresh is how long a listing answers for files that are not in it, so that a
// client cannot have the mailbox listed for every wrong name.
const fresh = 2 * time.Second

const indexName = "index.csv"

// look lists the mailbox, which marks what it shows as offered.
func (s *session) look(c call) error {
	m := mail{place: map[gateway.SignalID]int{}, at: c.visit.At, collected: s.mail.collected}
	if m.collected == nil {
		m.collected = map[gateway.SignalID]gateway.Signal{}
	}
	for after := int64(0); len(m.signals) < maxShown; {
		page, err := s.Mailbox.List(c.ctx, c.visit, after, mailbox.MaxList)
		if err != nil {
			return err
		}
		for _, g := range page {
			m.place[g.ID] = len(m.signals)
			m.signals = append(m.signals, g)
			after = max(after, g.Sequence)
		}
		if len(page) < mailbox.MaxList {
			break
		}
	}
	s.mail = m
	return nil
}

// seen looks unless that was done a moment ago.
func (s *session) seen(c call) error {
	if since := c.visit.At.Sub(s.mail.at); s.mail.place != nil && since >= 0 && since < fresh {
		return nil
	}
	return s.look(c)
}

func (s *session) listNew(c call) ([]os.FileInfo, error) {
	if err := s.look(c); err != nil {
		return nil, err
	}
	index := indexOf(s.mail.signals)
	s.own.list(index, c.visit.At)
	infos := []os.FileInfo{fileInfo(indexName, int64(len(index)), c.visit.At)}
	for _, g := range s.mail.signals {
		infos = append(infos, signalInfo(g))
	}
	return infos, nil
}

func (s *session) listCollected() []os.FileInfo {
	var infos []os.FileInfo
	for _, g := range s.mail.collected {
		infos = append(infos, signalInfo(g))
	}
	slices.SortFunc(infos, func(a, b os.FileInfo) int { return strings.Compare(a.Name(), b.Name()) })
	return infos
}

func signalInfo(g gateway.Signal) info { return fileInfo(nameOf(g), int64(g.Size), g.DepositedAt) }

// signal finds a signal by its file name.
func (s *session) signal(c call, n node) (gateway.Signal, error) {
	id, ok := signalOf(n.name)
	if !ok {
		return gateway.Signal{}, errNoFile
	}
	if n.folder == folderCollected {
		if g, ok := s.mail.collected[id]; ok && nameOf(g) == n.name {
			return g, nil
		}
		return gateway.Signal{}, errNoFile
	}
	i, ok := s.mail.place[id]
	if !ok {
		if err := s.seen(c); err != nil {
			return gateway.Signal{}, err
		}
		i, ok = s.mail.place[id]
	}
	if !ok || nameOf(s.mail.signals[i]) != n.name {
		return gateway.Signal{}, errNoFile
	}
	return s.mail.signals[i], nil
}

func (s *session) statSignal(c call, n node) (os.FileInfo, error) {
	if n == (node{folderNew, indexName}) {
		index, at, err := s.index(c)
		return fileInfo(indexName, int64(len(index)), at), err
	}
	g, err := s.signal(c, n)
	if err != nil {
		return nil, err
	}
	return signalInfo(g), nil
}

// index gives index.csv as it was listed, else as it is now.
func (s *session) index(c call) ([]byte, time.Time, error) {
	if index, at, ok := s.own.listed(c.visit.At); ok {
		return index, at, nil
	}
	if err := s.look(c); err != nil {
		return nil, time.Time{}, err
	}
	index := indexOf(s.mail.signals)
	s.own.list(index, c.visit.At)
	return index, c.visit.At, nil
}

var errBody = errors.New("sftpd: a sealed body does not have the digest of its signal")

func (s *session) readSignal(c call, n node) (*download, error) {
	if n == (node{folderNew, indexName}) {
		index, _, err := s.index(c)
		return s.bytesOf(index), err
	}
	g, err := s.signal(c, n)
	if err != nil {
		return nil, err
	}
	now, sealed, err := s.Mailbox.Fetch(c.ctx, c.visit, g.ID)
	if err != nil {
		return nil, err
	}
	if gateway.DigestOf(sealed) != now.Digest {
		return nil, gateway.Fail(gateway.KindInternal, errBody)
	}
	d := s.bytesOf(sealed)
	d.whole = func() { s.delivered(g.ID) }
	return d, nil
}

// delivered records that a body was read. When it cannot be recorded, the
// signal stays as it was: it was handed out, which the log says, but is not
// proven to be read.
func (s *session) delivered(id gateway.SignalID) {
	_, _ = do(s, s.options.RequestTimeout, func(c call) (none, error) {
		// Also when the client is gone by now: it has what it closed.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), s.options.RequestTimeout)
		defer cancel()
		err := s.Mailbox.Delivered(ctx, c.visit, id)
		if err != nil {
			s.options.Logger.Error("", slog.String("gebeurtenis", "lezing-niet-vastgelegd"), slog.String("spoor", c.visit.Trace.ID()))
		}
		return none{}, err
	})
}

func (s *session) confirmSignal(c call, name string) error {
	id, ok := signalOf(name)
	if !ok {
		return errNotAllowed
	}
	if _, there := s.mail.collected[id]; there {
		return errExists
	}
	g, err := s.signal(c, node{folderNew, name})
	if err != nil {
		return err
	}
	if _, err := s.Mailbox.Confirm(c.ctx, c.visit, id); err != nil {
		return err
	}
	delete(s.mail.place, id)
	if len(s.mail.collected) < maxShown {
		s.mail.collected[id] = g
	}
	return nil
}

// indexHead are the columns of index.csv: the members of a signal in the list
// of the HTTP door, by the same names.
var indexHead = []string{"volgnummer", "signaalId", "bestand", "aard", "betreft", "soort", "urgentie", "toestand", "geplaatstOp",
	"ingetrokken", "formaat", "sleutelId", "omvang", "sha256", "samenloop", "verwant"}

// indexOf writes the list of the mailbox as CSV with semicolons, for
// spreadsheets. Every value is one of ours: an id, a code, a number or a time.
func indexOf(signals []gateway.Signal) []byte {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = ';'
	_ = w.Write(indexHead) // a strings.Builder takes everything
	for _, g := range signals {
		_ = w.Write(indexRow(g))
	}
	w.Flush()
	return []byte(b.String())
}

func indexRow(g gateway.Signal) []string {
	var coincidences, related []string
	for _, r := range g.Relations {
		other := r.Other
		if other == g.ID {
			other = r.Signal
		}
		related = append(related, string(other)+"="+string(r.Coincidence))
		if !slices.Contains(coincidences, string(r.Coincidence)) {
			coincidences = append(coincidences, string(r.Coincidence))
		}
	}
	if len(coincidences) == 0 {
		coincidences = []string{string(gateway.Single)}
	}
	slices.Sort(coincidences)
	return []string{strconv.FormatInt(g.Sequence, 10), string(g.ID), nameOf(g), string(g.Nature), string(g.Concerns), string(g.Kind),
		string(g.Urgency), string(g.State), g.DepositedAt.UTC().Format(time.RFC3339), strconv.FormatBool(g.Withdrawn), g.Format, g.KeyID,
		strconv.Itoa(g.Size), g.Digest.String(), strings.Join(coincidences, " "), strings.Join(related, " ")}
}
