// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// CaseResult is one case and what was found different from its expectation.
type CaseResult struct {
	Name    string // file name without .txtar
	Comment string // first line of the comment
	Differs []string
}

// OK reports whether the decision was as expected.
func (r CaseResult) OK() bool { return len(r.Differs) == 0 }

// RunCases decides every *.txtar at the root of fsys and compares. A case
// holds question.yaml and expect.yaml; a case with files under bundel/ brings
// its own bundle. The error says that a case could not be read; a case that
// comes out differently is no error.
func RunCases(b *Bundle, fsys fs.FS) ([]CaseResult, error) {
	names, err := fs.Glob(fsys, "*.txtar")
	if err != nil {
		return nil, fmt.Errorf("policies: list cases: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("policies: no cases (*.txtar)")
	}
	slices.Sort(names)
	var results []CaseResult
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("policies: case %s: %w", name, err)
		}
		r, err := runCase(b, name, data)
		if err != nil {
			return nil, fmt.Errorf("policies: case %s: %w", name, err)
		}
		results = append(results, r)
	}
	return results, nil
}

func runCase(b *Bundle, name string, data []byte) (CaseResult, error) {
	c, err := parseCase(txtar.Parse(data))
	if err != nil {
		return CaseResult{}, err
	}
	if len(c.bundle) > 0 {
		if b, err = loadFiles(c.bundle); err != nil {
			return CaseResult{}, err
		}
	}
	comment, _, _ := strings.Cut(c.comment, "\n")
	return CaseResult{
		Name:    strings.TrimSuffix(name, ".txtar"),
		Comment: comment,
		Differs: c.expect.compare(b.Decide(c.question)),
	}, nil
}

type policyCase struct {
	comment  string
	question Question
	expect   expectation
	bundle   map[string][]byte // nil: the bundle under test
}

func parseCase(a *txtar.Archive) (policyCase, error) {
	c := policyCase{comment: strings.TrimSpace(string(a.Comment))}
	if c.comment == "" {
		return c, errors.New("the comment that says what is tested is missing")
	}
	var asked, expected bool
	for _, f := range a.Files {
		var err error
		switch file, inBundle := strings.CutPrefix(f.Name, "bundel/"); {
		case inBundle:
			if c.bundle == nil {
				c.bundle = map[string][]byte{}
			}
			c.bundle[file] = f.Data
		case f.Name == "question.yaml" && !asked:
			asked = true
			c.question, err = ReadQuestion(f.Data)
		case f.Name == "expect.yaml" && !expected:
			expected = true
			err = decodeYAML(f.Data, &c.expect)
		default:
			err = errors.New("unknown or double file")
		}
		if err != nil {
			return c, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if !asked || !expected {
		return c, errors.New("question.yaml and expect.yaml are required")
	}
	return c, nil
}

// expectation is expect.yaml; codes in the order of the decision.
type expectation struct {
	Permit   *bool    `yaml:"toegestaan"`
	Refusals []string `yaml:"weigeringen"`
	Warnings []string `yaml:"waarschuwingen"`
	Drop     []string `yaml:"weglaten"`
	Days     *days    `yaml:"dagen"` // compared only when given
}

func (e expectation) compare(d Decision) []string {
	var differs []string
	if e.Permit == nil {
		differs = append(differs, "expect.yaml does not say toegestaan")
	} else if *e.Permit != d.Permit {
		differs = append(differs, fmt.Sprintf("toegestaan: got %t, want %t", d.Permit, *e.Permit))
	}
	for _, l := range []struct {
		name      string
		got, want []string
	}{
		{"weigeringen", codesOf(d.Refusals), e.Refusals},
		{"waarschuwingen", codesOf(d.Warnings), e.Warnings},
		{"weglaten", d.Drop, e.Drop},
	} {
		if !slices.Equal(l.got, l.want) {
			differs = append(differs, fmt.Sprintf("%s: got %v, want %v", l.name, l.got, l.want))
		}
	}
	if e.Days != nil && Retention(*e.Days) != d.Retain {
		differs = append(differs, fmt.Sprintf("dagen: got %+v, want %+v", d.Retain, Retention(*e.Days)))
	}
	return differs
}

func codesOf(reasons []Reason) []string {
	var codes []string
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}
	return codes
}
