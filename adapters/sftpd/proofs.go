// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// The files in /bewijzen about an upload.
const (
	endReceipt = ".bewijs.jws"
	endChanged = ".wijzigingsbewijs.jws"
	endRefused = ".geweigerd.json"
)

// refusal is what <name>.geweigerd.json holds: every reason.
type refusal struct {
	Kind     gateway.ErrorKind `json:"soort"`
	At       time.Time         `json:"op"`
	Trace    gateway.Trace     `json:"spoor"`
	Findings []gateway.Finding `json:"bevindingen"`
}

// prove keeps a receipt for the party; it is durable when prove returns.
func (s *session) prove(c call, name, end string, receipt gateway.Compact) error {
	base := strings.TrimSuffix(name, endLetter)
	return s.add(c, ShelfProofs, base, end, receipt)
}

// explain keeps why an upload was refused. It is a kindness: the refusal was
// answered already, and is in the log.
func (s *session) explain(c call, name string, e *gateway.Error) {
	b, err := json.Marshal(refusal{e.Kind, c.visit.At.UTC(), c.visit.Trace, e.Findings}, jsontext.WithIndent("  "))
	if err == nil {
		_ = s.add(c, ShelfProofs, name, endRefused, append(b, '\n'))
	}
}

func (s *session) listProofs(c call) ([]os.FileInfo, error) {
	kept, err := s.shelves.List(c.ctx, c.visit.Peer.OIN(), ShelfProofs)
	if err != nil {
		return nil, err
	}
	var infos []os.FileInfo
	for _, i := range kept {
		infos = append(infos, fileInfo(i.Name(), i.Size(), i.ModTime()))
	}
	if !c.visit.Peer.Is(gateway.KindCreditor) {
		return infos, nil
	}
	outcomes, err := s.listOutcomes(c)
	for _, i := range outcomes {
		if strings.HasSuffix(i.Name(), endSummary) {
			infos = append(infos, i)
		}
	}
	return infos, err
}

// summary reports whether a name in /bewijzen is that of a signed summary,
// which lies in /uitkomsten as well.
func summary(c call, name string) bool {
	return c.visit.Peer.Is(gateway.KindCreditor) && strings.HasSuffix(name, endSummary)
}

func (s *session) statProof(c call, name string) (os.FileInfo, error) {
	if summary(c, name) {
		return s.statOutcome(c, name)
	}
	d, i, err := s.openProof(c, name)
	if err != nil {
		return nil, err
	}
	d.free()
	return i, nil
}

func (s *session) readProof(c call, name string) (*download, error) {
	if summary(c, name) {
		return s.readOutcome(c, name)
	}
	d, _, err := s.openProof(c, name)
	return d, err
}

func (s *session) openProof(c call, name string) (*download, os.FileInfo, error) {
	if name[0] == '.' {
		return nil, nil, errNoFile
	}
	f, i, err := s.shelves.Open(c.ctx, c.visit.Peer.OIN(), ShelfProofs, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errNoFile
	}
	if err != nil {
		return nil, nil, err
	}
	return s.file(f, i.Size()), fileInfo(name, i.Size(), i.ModTime()), nil
}
