// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"encoding/base64"
	"io"
	"os"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// letterIDs are what a signed letter says that it is about; empty where it
// names nothing of the right form.
type letterIDs struct {
	Feedback string `json:"terugkoppelingId"`
	Signal   string `json:"signaalId"`
	Pause    string `json:"pauzeId"`
}

// letter reads a signed letter whole, and the ids in it. That it is none goes
// into the log here: no desk will hear of it.
func (s *session) letter(c call, f *os.File) (token []byte, ids letterIDs, err error) {
	token, err = io.ReadAll(io.LimitReader(f, maxLetter+1))
	if err != nil {
		return nil, letterIDs{}, err
	}
	token = bytes.TrimRight(token, "\r\n")
	ids, wrong := peek(token)
	if wrong != nil {
		return nil, letterIDs{}, s.unread(c, wrong)
	}
	return token, ids, nil
}

// unread logs that a letter was turned away before a desk saw it.
func (s *session) unread(c call, why *gateway.Error) error {
	s.refuse(c.ctx, refused{why.Findings[0].Code, s.print, c.visit.Peer.OIN(), addressOf(s.conn)})
	return why
}

// peek reads the ids out of a letter that nobody has verified yet, only to
// address it: the desk verifies the signature and compares the ids again.
func peek(token []byte) (letterIDs, *gateway.Error) {
	parts := bytes.Split(token, []byte("."))
	if len(parts) != 3 {
		return letterIDs{}, unreadable(gateway.CodeNotCompact, "Het bestand is geen compacte JWS.")
	}
	payload, err := base64.RawURLEncoding.DecodeString(string(parts[1]))
	if err != nil {
		return letterIDs{}, unreadable(gateway.CodeNotCompact, "Het bestand is geen compacte JWS.")
	}
	var ids letterIDs
	if err := json.Unmarshal(payload, &ids); err != nil {
		return letterIDs{}, unreadable(gateway.CodeNotJSON, "De inhoud is geen JSON.")
	}
	for _, id := range []*string{&ids.Feedback, &ids.Signal, &ids.Pause} {
		if _, err := gateway.ParseUUID(*id); err != nil {
			*id = ""
		}
	}
	return ids, nil
}

func noID() *gateway.Error {
	return unreadable(gateway.CodeMissingField, "Een id ontbreekt of heeft de verkeerde vorm.")
}

func unreadable(code gateway.Code, text string) *gateway.Error {
	return gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: code, Rule: "Seinhuis formats", Text: text})
}

// letterID reads the id out of a name <id>.jws.
func letterID[T ~string](name string) (T, bool) {
	text, signed := strings.CutSuffix(name, endLetter)
	id, err := gateway.ParseUUID(text)
	return T(id), signed && err == nil
}
