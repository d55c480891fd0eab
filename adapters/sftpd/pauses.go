// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"os"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// A pause has a file in /pauzes under its id, which the notice that began it
// or the receipt of its feedback names. The folder lists nothing: a statement
// is made and logged for each file whose size is told, and a client that lists
// a folder did not ask for a statement of everything.

// statement is what a session was told of a pause. It stays the same for a
// moment, because clients ask for the size of a file right before or after they
// open it, and take a read of another length for a failure.
type statement struct {
	signed gateway.Compact
	at     time.Time
	read   bool
}

const (
	keepStatement = 10 * time.Second // it says itself at which moment it holds
	maxStatements = 64               // of one session at the same time
)

// statement gives the signed statement of a pause. Each that is made is in the
// log, and each is read at most once (invariant I5).
func (s *session) statement(c call, name string, read bool) (statement, error) {
	id, ok := letterID[gateway.PauseID](name)
	if !ok {
		return statement{}, errNoFile
	}
	now, told := s.statements[id]
	if since := c.visit.At.Sub(now.at); !told || since < 0 || since >= keepStatement || read && now.read {
		signed, err := s.Pauses.State(c.ctx, c.visit, id)
		if e := gateway.AsError(err); e != nil && e.Kind == gateway.KindNotFound {
			return statement{}, errNoFile
		}
		if err != nil {
			return statement{}, err
		}
		now = statement{signed: signed, at: c.visit.At}
	}
	if now.read = now.read || read; len(s.statements) >= maxStatements {
		clear(s.statements)
	}
	s.statements[id] = now
	return now, nil
}

func (s *session) statPause(c call, name string) (os.FileInfo, error) {
	p, err := s.statement(c, name, false)
	if err != nil {
		return nil, err
	}
	return fileInfo(name, int64(len(p.signed)), p.at), nil
}

func (s *session) readPause(c call, name string) (*download, error) {
	p, err := s.statement(c, name, true)
	if err != nil {
		return nil, err
	}
	return s.bytesOf(p.signed), nil
}

// change hands on one signed change of a pause. The name is its id, as in the
// path of the API; the pause is named inside. Its receipt is kept for the
// party; when that fails, the same file gives the same receipt again
// (invariant I3).
func (s *session) change(c call, name string, f *os.File) error {
	id, _ := letterID[gateway.ChangeID](name) // meant has looked at it
	token, ids, err := s.letter(c, f)
	if err != nil {
		return err
	}
	if ids.Pause == "" {
		return s.unread(c, noID())
	}
	answers, err := s.Pauses.Accept(c.ctx, []pause.Submission{{Peer: c.visit.Peer, Pause: gateway.PauseID(ids.Pause), ID: id,
		Token: token, At: c.visit.At, Trace: c.visit.Trace}})
	switch {
	case err != nil:
		return err
	case len(answers) != 1:
		return gateway.Fail(gateway.KindInternal, errAnswers)
	case answers[0].Err != nil:
		return answers[0].Err
	}
	return s.prove(c, name, endChanged, answers[0].Receipt)
}
