// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

// readSubject reads a person or home from standard input: JSON, or at prompts
// when that is a terminal. What was typed goes through the strict door of
// reports and is in no error.
func readSubject(in io.Reader, prompts io.Writer) (intake.Subject, error) {
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return askSubject(in, prompts)
		}
	}
	payload, err := io.ReadAll(io.LimitReader(in, intake.MaxPayload+1))
	if err != nil {
		return intake.Subject{}, errors.New("standard input cannot be read")
	}
	defer clear(payload)
	return subjectOf(payload)
}

func subjectOf(payload []byte) (intake.Subject, error) {
	s, err := intake.ReadSubject(payload)
	if e := gateway.AsError(err); e != nil {
		var wrong []error
		for _, f := range e.Findings {
			wrong = append(wrong, fmt.Errorf("%s: %s", orDash(f.Pointer), f.Code))
		}
		return s, fmt.Errorf("the person on standard input is not well formed (docs/formats.md):\n%w", errors.Join(wrong...))
	}
	return s, nil
}

// questions are the prompts, with the member that each fills.
var questions = []struct{ object, member, prompt string }{
	{"persoon", "achternaam", "achternaam"}, {"persoon", "voorvoegsel", "voorvoegsel"}, {"persoon", "voorletters", "voorletters"},
	{"persoon", "geboortedatum", "geboortedatum (jjjj-mm-dd)"}, {"adres", "postcode", "postcode"}, {"adres", "huisnummer", "huisnummer"},
	{"adres", "huisletter", "huisletter"}, {"adres", "huisnummertoevoeging", "toevoeging"},
}

// askSubject asks line by line; an empty line leaves a field out.
func askSubject(in io.Reader, prompts io.Writer) (intake.Subject, error) {
	lines := bufio.NewReader(io.LimitReader(in, intake.MaxPayload))
	typed := map[string]map[string]any{}
	for _, q := range questions {
		fmt.Fprintf(prompts, "%s: ", q.prompt)
		line, err := lines.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			if typed[q.object] == nil {
				typed[q.object] = map[string]any{}
			}
			typed[q.object][q.member] = line
			if n, err := strconv.Atoi(line); q.member == "huisnummer" && err == nil {
				typed[q.object][q.member] = n
			}
		}
		if err != nil { // the end of input ends the questions
			break
		}
	}
	payload, err := json.Marshal(typed)
	if err != nil {
		return intake.Subject{}, errors.New("what was typed cannot be read")
	}
	defer clear(payload)
	return subjectOf(payload)
}
