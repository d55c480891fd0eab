// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// errAnsweredNo ends a question that was answered, and not with yes: the answer
// is printed already.
var errAnsweredNo = errors.New("answered, and not with yes")

func (a *app) verify() *cobra.Command {
	var day, keys, pause string
	c := &cobra.Command{
		Use: "verify --op DAG --sleutels SLEUTELS BESTAND…", GroupID: "both",
		Short: "ga zonder de poort na of een incassopauze op een dag gold",
		Long: `Beantwoordt voor een rechter, een gerechtsdeurwaarder of wie dan ook één vraag: was deze
incassopauze op deze dag in werking? Er is geen verbinding, certificaat of partijmap voor nodig.

Elk BESTAND is een ondertekend document van de poort over dezelfde pauze: een pauzeverklaring, of
alle losse stukken vanaf het begin (berichten met een pauze, wijzigingsbewijzen,
terugkoppelingsbewijzen). Eén verklaring is genoeg. Ontbreekt er een stap, dan is het antwoord
onvolledig, en welke volgnummers ontbreken.

SLEUTELS zijn de publieke sleutels van de poort (sein sleutels poort, of /v1/sleutels). Neem ze van
de poort zelf, niet van wie de documenten overlegt. Ligt de dag na het laatste document, dan
zegt het antwoord dat: wat daarna gebeurde, staat er niet in.

Uitgangscodes van deze opdracht:
  0  in werking
  1  niet in werking, of onvolledig; het antwoord zegt welk van de twee
  2  geen antwoord: de vraag of een bestand is niet te lezen, of een document klopt niet`,
		Example: "  sein verify --op 2026-12-01 --sleutels sleutels.json 019ac9e0-1c00-7f42-b3c5-6e7f80910213.pauzeverklaring.jws",
	}
	c.Flags().StringVar(&day, "op", "", "`dag` waarover u het wilt weten, jjjj-mm-dd")
	c.Flags().StringVar(&keys, "sleutels", "", "`bestand` met de publieke sleutels van de poort (JWKS)")
	c.Flags().StringVar(&pause, "pauze", "", "`pauzeId`, als één document over meer pauzes gaat")
	c.Args = func(_ *cobra.Command, args []string) error {
		if _, err := gateway.ParseDate(day); err != nil {
			return errors.New("geef met --op een dag als 2026-12-01")
		}
		if keys == "" || len(args) == 0 {
			return errors.New("geef --sleutels en een of meer bestanden; zie sein verify --help")
		}
		return nil
	}
	c.RunE = a.action(func(_ context.Context, files []string) error {
		v, err := a.verdict(files, keys, pause, day)
		if err != nil {
			return usageError{err}
		}
		if err := a.show(v, verdictText(v, len(files))); err != nil {
			return err
		}
		if v.Answer != proof.PauseInForce {
			return errAnsweredNo
		}
		return nil
	})
	return c
}

// verdict verifies every file and asks the one question.
func (a *app) verdict(files []string, keyFile, pause, day string) (proof.PauseVerdict, error) {
	data, err := a.read(keyFile)
	if err != nil {
		return proof.PauseVerdict{}, err
	}
	keys, err := proof.ParseKeySet(data)
	if err != nil {
		return proof.PauseVerdict{}, fmt.Errorf("%s is geen sleutelbestand van de poort (%w)", filepath.Base(keyFile), err)
	}
	docs := make([]proof.PauseDocument, len(files))
	for i, name := range files {
		data, err := a.read(name)
		if err != nil {
			return proof.PauseVerdict{}, err
		}
		if docs[i], err = keys.OpenPauseDocument(strings.TrimSpace(string(data))); err != nil {
			return proof.PauseVerdict{}, fmt.Errorf("%s is geen document van deze poort over een pauze, of is veranderd; er is geen antwoord (%w)", filepath.Base(name), err)
		}
	}
	v, err := proof.VerifyPause(docs, pause, day)
	if err != nil {
		return proof.PauseVerdict{}, fmt.Errorf("de documenten horen niet bij elkaar of spreken elkaar tegen; er is geen antwoord (%w)", err)
	}
	return v, nil
}

// verdictText is the answer in plain sentences.
func verdictText(v proof.PauseVerdict, files int) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	switch v.Answer {
	case proof.PauseInForce:
		say("IN WERKING: op %s geldt deze incassopauze.", v.Day)
	case proof.PauseNotInForce:
		say("NIET IN WERKING: op %s geldt deze incassopauze niet.", v.Day)
	default:
		say("ONVOLLEDIG: uit deze documenten is niet te zeggen of de incassopauze op %s geldt.", v.Day)
		say("Er ontbreken documenten met volgnummer %s. Een pauzeverklaring bevat alle stappen.", numbers(v.Missing))
	}
	say("%s", reasonText(v))
	if v.Answer != proof.PauseIncomplete {
		say("%s", knownText(v))
	}
	say("")
	line := func(name, value string) {
		if value != "" {
			say("  %-12s %s", name, value)
		}
	}
	line("pauze", v.Pause)
	line("melding", v.Report)
	line("signaal", v.Signal)
	line("gemeente", v.Municipality)
	line("poort", v.Issuer)
	line("documenten", fmt.Sprintf("%d, elk ondertekend door de poort", files))
	line("bekend tot", v.KnownUntil.UTC().Format(time.RFC3339))
	for _, s := range v.Steps {
		line(fmt.Sprintf("stap %d", s.Number), stepText(s))
	}
	return b.String()
}

// reasonText says which step decided, and what it gives.
func reasonText(v proof.PauseVerdict) string {
	switch {
	case v.Answer == proof.PauseIncomplete:
		return "Wat er wel is, staat hieronder."
	case v.Decided == 0:
		return "De pauze was toen nog niet begonnen; zij begon op " + v.Steps[0].From + "."
	}
	s := v.Steps[v.Decided-1]
	return fmt.Sprintf("Volgens stap %d, de laatste van op of voor die dag, geldt zij van %s tot en met %s, beide dagen inbegrepen.", s.Number, s.From, s.Until)
}

// knownText says whether anything later could change the answer.
func knownText(v proof.PauseVerdict) string {
	if v.Final {
		return "Dit antwoord staat vast: geen later bericht verandert het."
	}
	return fmt.Sprintf("Let op: de documenten weten niets van na %s. Een verlenging, correctie of beëindiging van daarna\nis hier niet te zien; een nieuwe pauzeverklaring zegt of die er was.", v.KnownUntil.UTC().Format(time.RFC3339))
}

func stepText(s proof.PauseStep) string {
	kind := s.Kind
	if kind == "" {
		kind = "gewijzigd"
	}
	if s.At.IsZero() {
		return fmt.Sprintf("alleen genoemd: tot en met %s", s.Until)
	}
	text := fmt.Sprintf("%s op %s: tot en met %s", kind, s.At.UTC().Format(time.RFC3339), s.Until)
	if !s.ReceivedAt.IsZero() {
		text += ", bericht ontvangen " + s.ReceivedAt.UTC().Format(time.RFC3339)
	}
	if !s.AppliedAt.IsZero() {
		text += ", toegepast " + s.AppliedAt.UTC().Format(time.RFC3339)
	}
	return text
}

func numbers(list []int) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = fmt.Sprint(n)
	}
	return strings.Join(texts, ", ")
}
