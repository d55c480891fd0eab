// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// verdict is what was found of a pause; the words of its answer are those of the documents.
type verdict struct{ proof.PauseVerdict }

// checkPause answers whether a pause was in force on a day. What does not verify gives no answer, rather than one
// that could be taken for "not in force".
func checkPause(files []string, o options) (outcome, error) {
	if o.day == "" || o.jwks == "" || len(files) == 0 {
		return outcome{}, fmt.Errorf("pause needs --on, --keys and one or more files; %w", errUsage)
	}
	doc, err := readSmall(o.jwks)
	if err != nil {
		return outcome{}, err
	}
	keys, err := proof.ParseKeySet(doc)
	if err != nil {
		return outcome{}, err
	}
	docs := make([]proof.PauseDocument, len(files))
	for i, name := range files {
		data, err := readSmall(name)
		if err != nil {
			return outcome{}, err
		}
		if docs[i], err = keys.OpenPauseDocument(strings.TrimSpace(string(data))); err != nil {
			return outcome{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	v, err := proof.VerifyPause(docs, o.pause, o.day)
	if err != nil {
		return outcome{}, err
	}
	return outcome{OK: v.Answer == proof.PauseInForce, Pause: &verdict{v}}, nil
}

func (v verdict) text(b *bytes.Buffer) {
	line(b, "pause", v.Pause)
	line(b, "gateway", v.Issuer)
	for _, s := range v.Steps {
		at := "only repeated"
		if !s.At.IsZero() {
			at = s.At.UTC().Format(time.RFC3339)
		}
		line(b, fmt.Sprintf("step %d", s.Number), fmt.Sprintf("%s %s: %s to %s", at, s.Kind, s.From, s.Until))
	}
	line(b, "known", "until "+v.KnownUntil.UTC().Format(time.RFC3339))
	switch v.Answer {
	case proof.PauseInForce:
		line(b, "result", "in force on "+v.Day)
	case proof.PauseNotInForce:
		line(b, "result", "not in force on "+v.Day)
	default:
		line(b, "result", fmt.Sprintf("incomplete: there is no document of step %s", strings.Trim(fmt.Sprint(v.Missing), "[]")))
		return
	}
	if !v.Final {
		line(b, "", "as far as these documents know: a later message may have changed this day")
	}
}
