// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/policies"
)

// maxFacts bounds the file in bytes: no report is larger.
const maxFacts = intake.MaxPayload

// facts are a question as it was written, or a report that has yet to become
// one: then report is set and question holds what the flags say.
type facts struct {
	question policies.Question
	report   *gateway.Report
}

// readFacts reads a question (.yaml) or a report (.json). An error names the
// file, and for a report the place and the rule, but never what stands there:
// a report is about a person. That a .yaml file is no report is not known
// either, so its parser's words are not shown.
func readFacts(path string) (facts, error) {
	name := filepath.Base(path)
	kind := strings.ToLower(filepath.Ext(path))
	if kind != ".json" && kind != ".yaml" && kind != ".yml" {
		return facts{}, usage(fmt.Errorf("%s is neither a question (.yaml) nor a report (.json)", name))
	}
	info, err := os.Stat(path)
	if err != nil {
		return facts{}, err
	}
	if info.Size() > maxFacts {
		return facts{}, fmt.Errorf("%s is too large for a question or a report", name)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return facts{}, err
	}
	if kind == ".json" {
		return readReport(name, data)
	}
	q, err := policies.ReadQuestion(data)
	if err != nil {
		return facts{}, fmt.Errorf("%s is no question of the right form: only the fields of the policy's cases, dates as yyyy-mm-dd", name)
	}
	return facts{question: q}, nil
}

// readReport reads as the gateway does. A report that a creditor has not sent
// yet has no meldingId; one is added, as its own tool would.
func readReport(name string, data []byte) (facts, error) {
	if m, err := client.PrepareJSON(data); err == nil {
		data = m.Payload()
	}
	r, findings := intake.ReadReport(data)
	if len(findings) == 0 {
		return facts{report: &r}, nil
	}
	wrong := []error{fmt.Errorf("%s is no report of the right form", name)}
	for _, f := range findings {
		wrong = append(wrong, fmt.Errorf("%s %s: %s", f.Code, orDash(f.Pointer), f.Text))
	}
	return facts{}, errors.Join(wrong...)
}

// ask gives the question to decide, with the agreement that the permit step
// would take from these.
func (f facts) ask(agreements []gateway.Agreement) policies.Question {
	q := f.question
	creditor, municipality, today := gateway.OIN(q.Creditor), gateway.Municipality(q.Municipality), gateway.DateOf(q.Today)
	if f.report != nil {
		return permit.Question(*f.report, creditor, municipality, today, agreements)
	}
	if q.Agreement == nil {
		about := gateway.Report{Kind: gateway.ReportKind(q.Kind), Basis: gateway.Basis(q.Basis), SignalDate: gateway.DateOf(q.SignalDate)}
		q.Agreement = permit.Question(about, creditor, municipality, today, agreements).Agreement
	}
	return q
}

// route asks the installation's own table; empty when it does not know surely.
func route(g *globals, a gateway.Address, on gateway.Date) string {
	c, err := readConfig(g.dir)
	if err != nil {
		return ""
	}
	t, err := openTable(in(g.dir, c.Routing))
	if err != nil {
		return ""
	}
	answer, _ := t.Resolve(a.Postcode.Reveal(), a.Number.Reveal(), a.Letter.Reveal(), a.Addition.Reveal(), on)
	return string(answer.Municipality)
}
