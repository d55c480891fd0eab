// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// put drops a file: under a temporary name, and then by its own, after which
// the door has handed it on. A refusal is a Problem with every finding. What is
// written has a Size, so that it is sent without waiting for each answer.
func (s *SFTP) put(l *link, to string, content interface {
	io.Reader
	io.Seeker
	Size() int64
}) error {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	part := to + ".part"
	f, err := l.door.Create(part)
	if err != nil {
		return remote(part, err)
	}
	_, err = f.ReadFrom(content)
	if err := remote(part, errors.Join(err, f.Close())); err != nil {
		return err
	}
	l.expect(s.client.config.Timeout + settlePatience)
	err = l.door.Rename(part, to)
	l.expect(s.client.config.Timeout)
	failed := remote(to, err)
	if failed == nil || errors.Is(failed, ErrUnreachable) {
		return failed
	}
	if p := l.refusal(path.Base(to), failed); p != nil {
		return p
	}
	return gone(failed, gateway.CodePathUnknown)
}

// refusal reads why the door refused a file; nil when it does not say. An older
// refusal of the same name says another thing than the door just said.
func (l *link) refusal(name string, failed error) *Problem {
	for n := maxProofs; n >= 1; n-- {
		file := name
		if n > 1 {
			file += "-" + strconv.Itoa(n)
		}
		data, err := l.read(doorProofs+file+".geweigerd.json", maxAnswer)
		if errors.Is(err, errAbsent) {
			continue
		}
		var doc struct {
			Kind     gateway.ErrorKind `json:"soort"`
			Trace    gateway.Trace     `json:"spoor"`
			Findings []gateway.Finding `json:"bevindingen"`
		}
		if err != nil || json.Unmarshal(data, &doc) != nil || len(doc.Findings) == 0 || !fits(failed, doc.Kind, doc.Findings[0]) {
			return nil
		}
		return &Problem{Status: statusOf(doc.Kind), Kind: doc.Kind, Detail: "De SFTP-deur heeft dit bestand geweigerd.", Findings: doc.Findings, Trace: doc.Trace}
	}
	return nil
}

// fits reports whether a refusal is the one that the door just gave. It puts
// the first finding into its answer, where SFTP lets it.
func fits(failed error, kind gateway.ErrorKind, first gateway.Finding) bool {
	var p *Problem
	switch {
	case errors.Is(failed, errAbsent):
		return kind == gateway.KindNotFound || kind == gateway.KindGone
	case !errors.As(failed, &p):
		return false
	case p.Kind == gateway.KindForbidden:
		return kind == gateway.KindForbidden || kind == gateway.KindUnauthenticated
	}
	return strings.HasPrefix(p.Detail, string(first.Code)+": ")
}

// statusOf is the HTTP status that the API gives to a kind.
func statusOf(k gateway.ErrorKind) int {
	switch k {
	case gateway.KindUnauthenticated:
		return http.StatusUnauthorized
	case gateway.KindForbidden:
		return http.StatusForbidden
	case gateway.KindNotFound:
		return http.StatusNotFound
	case gateway.KindConflict:
		return http.StatusConflict
	case gateway.KindGone:
		return http.StatusGone
	case gateway.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case gateway.KindUnavailable:
		return http.StatusServiceUnavailable
	case gateway.KindInternal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
