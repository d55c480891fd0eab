// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// Exit codes; longRoot tells them to users.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
)

// usageError is a mistake in the question.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func wrongUse(text string) error { return usageError{errors.New(text)} }

func exitCode(err error) int {
	switch {
	case errors.As(err, new(usageError)):
		return exitUsage
	case unreachable(err):
		return exitUnreachable
	}
	return exitFailed
}

// unreachable reports whether coming back later may help.
func unreachable(err error) bool {
	var p *client.Problem
	return errors.Is(err, client.ErrUnreachable) || errors.As(err, &p) && p.Temporary()
}

// failureDocument is an error for a program.
type failureDocument struct {
	Text     string            `json:"fout"`
	Code     int               `json:"uitgangscode"`
	Status   int               `json:"status,omitzero"`
	Kind     gateway.ErrorKind `json:"soort,omitzero"`
	Trace    gateway.Trace     `json:"spoor,omitzero"`
	Findings []gateway.Finding `json:"bevindingen,omitzero"`
}

// explain writes an error to the error stream, with every finding.
func (a *app) explain(err error) {
	doc := failureDocument{Text: sentence(err), Code: exitCode(err)}
	var p *client.Problem
	if errors.As(err, &p) {
		doc.Status, doc.Kind, doc.Trace, doc.Findings = p.Status, p.Kind, p.Trace, p.Findings
	}
	if a.json {
		line, _ := json.Marshal(doc) // of plain texts and numbers
		fmt.Fprintf(a.err, "%s\n", line)
		return
	}
	fmt.Fprintf(a.err, "sein: %s\n", doc.Text)
	for _, f := range doc.Findings {
		fmt.Fprintf(a.err, "  %s\n", findingLine(f))
	}
	if !doc.Trace.IsZero() {
		fmt.Fprintf(a.err, "  spoor %s (noem dit bij vragen aan de beheerder)\n", doc.Trace)
	}
}

func findingLine(f gateway.Finding) string {
	var b strings.Builder
	b.WriteString(string(f.Code))
	if f.Pointer != "" {
		b.WriteString(" bij " + f.Pointer)
	}
	if f.Text != "" {
		b.WriteString(": " + f.Text)
	}
	if f.Rule != "" {
		b.WriteString(" [" + f.Rule + "]")
	}
	return b.String()
}

// sentence says in Dutch what went wrong, with the technical cause behind it.
func sentence(err error) string {
	var p *client.Problem
	if errors.As(err, &p) {
		return strings.TrimSuffix(err.Error(), p.Error()) + problemSentence(p)
	}
	for _, known := range []struct {
		is   error
		text string
	}{
		{client.ErrFolder, "de partijmap (--map of SEIN_MAP) is niet in orde"},
		{context.Canceled, "afgebroken"},
		{client.ErrUnreachable, "de poort is niet bereikbaar; herhaal de opdracht later, met dezelfde inhoud"},
		{client.ErrUntrusted, "er is geen vertrouwde verbinding met de poort; controleer ca.pem, tls.crt en het adres"},
		{client.ErrUnverified, "het antwoord van de poort klopt niet en wordt niet vertrouwd; meld dit aan de beheerder"},
		{client.ErrUnexpected, "de poort gaf een antwoord dat niet in de afspraken staat"},
		{client.ErrInput, "van deze invoer kan geen bericht worden gemaakt; er is niets verstuurd"},
	} {
		if errors.Is(err, known.is) {
			return known.text + " (" + strings.ReplaceAll(err.Error(), "\n", "; ") + ")"
		}
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

func problemSentence(p *client.Problem) string {
	if p.Kind == "" {
		return fmt.Sprintf("er kwam een antwoord met status %d dat niet van de poort zelf is", p.Status)
	}
	text := fmt.Sprintf("%s (status %d)", p.Kind, p.Status)
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	return text
}
