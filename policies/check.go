// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxSentenceRunes = 400
	// maxTokenDays is the hard ceiling of 13 months for pseudonymous match
	// tokens; the others keep a slip of the pen from becoming a century.
	maxTokenDays   = 396
	maxBodyDays    = 366
	maxReceiptDays = 3_653
)

// compileDocument checks a document and compiles its rules; it goes on after
// a finding so that the author sees all of them.
func (b *Bundle) compileDocument(file string, d document) (loadedDocument, []error) {
	loaded := loadedDocument{file: file, name: d.Name, note: d.Note, scope: d.For}
	var findings []error
	fail := func(err error) { findings = append(findings, fmt.Errorf("%s: %w", file, err)) }
	if !identifier(d.Name) {
		fail(errors.New("document is no kebab-case name"))
	}
	if d.Name+"/" == builtInPrefix {
		fail(errors.New("this name is reserved for the engine"))
	}
	if strings.TrimSpace(d.Note) == "" {
		fail(errors.New("toelichting is missing"))
	}
	if d.For.Basis != "" && d.For.Basis != "wgs" && d.For.Basis != "toestemming" {
		fail(errors.New("voor.grondslag is neither wgs nor toestemming"))
	}
	var err error
	if loaded.span, err = d.Valid.span(); err != nil {
		fail(err)
	}
	if len(d.Rules) == 0 {
		fail(errors.New("regels is empty"))
	}
	for i, entry := range d.Rules {
		r, errs := b.compileRule(d.Name, entry)
		if err == nil && len(errs) == 0 && !r.span.within(loaded.span) {
			errs = append(errs, errors.New("geldig reaches outside the document's own period"))
		}
		for _, e := range errs {
			fail(fmt.Errorf("rule %d %q: %w", i+1, entry.ID, e))
		}
		loaded.rules = append(loaded.rules, r)
	}
	return loaded, findings
}

func (b *Bundle) compileRule(document string, e ruleEntry) (rule, []error) {
	r := rule{
		name: document + "/" + e.ID, series: e.Series, law: e.Law, nl: e.NL, en: e.EN, text: e.When,
		effect: e.Effect, code: e.Code, pointer: e.Pointer, fields: e.Fields,
	}
	var errs []error
	if !identifier(e.ID) {
		errs = append(errs, errors.New("id is no kebab-case name"))
	}
	if strings.TrimSpace(e.Law) == "" {
		errs = append(errs, errors.New("wet is missing"))
	}
	for _, s := range []struct{ name, text string }{{"nl", e.NL}, {"en", e.EN}} {
		if strings.TrimSpace(s.text) == "" || utf8.RuneCountInString(s.text) > maxSentenceRunes || strings.ContainsAny(s.text, "\n\r") {
			errs = append(errs, fmt.Errorf("%s must be one sentence of at most %d characters", s.name, maxSentenceRunes))
		}
	}
	var err error
	if r.span, err = e.Valid.span(); err != nil {
		errs = append(errs, err)
	}
	if r.when, err = b.lang.compile(e.When); err != nil {
		errs = append(errs, fmt.Errorf("als: %w", err))
	}
	if e.Days != nil {
		r.days = Retention{Body: e.Days.Body, Tokens: e.Days.Tokens, Receipt: e.Days.Receipt}
	}
	return r, append(errs, checkEffect(e)...)
}

// checkEffect holds each effect to exactly the fields that belong to it.
func checkEffect(e ruleEntry) []error {
	var errs []error
	reasoned := e.Effect == effectRefuse || e.Effect == effectWarn
	switch e.Effect {
	case effectRefuse, effectWarn:
		if !identifier(e.Code) {
			errs = append(errs, errors.New("code is no kebab-case name"))
		}
		if e.Pointer != "" && (!strings.HasPrefix(e.Pointer, "/") || strings.Contains(e.Pointer, " ")) {
			errs = append(errs, errors.New("pointer is no JSON pointer"))
		}
	case effectDrop:
		if len(e.Fields) == 0 {
			errs = append(errs, errors.New("velden is empty"))
		}
		for _, f := range e.Fields {
			if !slices.Contains(Fields(), f) {
				errs = append(errs, errors.New("velden names a field that cannot be dropped"))
			}
		}
	case effectRetain:
		errs = append(errs, checkDays(e.Days))
	default:
		errs = append(errs, errors.New("gevolg is not weigeren, waarschuwen, beperken or bewaren"))
	}
	if !reasoned && (e.Code != "" || e.Pointer != "") {
		errs = append(errs, errors.New("code and pointer belong to weigeren and waarschuwen only"))
	}
	if e.Effect != effectDrop && e.Fields != nil {
		errs = append(errs, errors.New("velden belongs to beperken only"))
	}
	if e.Effect != effectRetain && e.Days != nil {
		errs = append(errs, errors.New("dagen belongs to bewaren only"))
	}
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

func checkDays(d *days) error {
	if d == nil || *d == (days{}) {
		return errors.New("dagen is missing")
	}
	if d.Body < 0 || d.Body > maxBodyDays || d.Tokens < 0 || d.Tokens > maxTokenDays || d.Receipt < 0 || d.Receipt > maxReceiptDays {
		return fmt.Errorf("dagen outside inhoud 1-%d, pseudoniemen 1-%d, bewijs 1-%d", maxBodyDays, maxTokenDays, maxReceiptDays)
	}
	return nil
}

// crossCheck finds what no single rule shows: doubles and overlaps.
func (b *Bundle) crossCheck() []error {
	var findings []error
	total := 0
	for i, d := range b.documents {
		total += len(d.rules)
		for _, o := range b.documents[:i] {
			if d.scope == o.scope && d.span.overlaps(o.span) {
				findings = append(findings, fmt.Errorf("%s: same voor as %s in an overlapping period", d.file, o.file))
			}
		}
		for j, r := range d.rules {
			for _, o := range d.rules[:j] {
				if r.name == o.name {
					findings = append(findings, fmt.Errorf("%s: rule %q: id is used twice", d.file, r.name))
				}
				if r.series != "" && r.series == o.series && r.span.overlaps(o.span) {
					findings = append(findings, fmt.Errorf("%s: rule %q: overlaps %q of the same reeks", d.file, r.name, o.name))
				}
			}
		}
	}
	if total > maxRules {
		findings = append(findings, fmt.Errorf("more than %d rules in all *.yaml", maxRules))
	}
	return findings
}

// identifier reports whether s is kebab-case of at most 60 bytes.
func identifier(s string) bool {
	if s == "" || len(s) > 60 || s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, "--") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) < 0
}
