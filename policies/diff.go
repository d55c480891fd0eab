// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Change says what became of a document, a rule or a case. The constant is
// what officials read.
type Change string

// The changes.
const (
	Added   Change = "nieuw"
	Removed Change = "vervallen"
	Changed Change = "gewijzigd"
)

// Difference is what an official must read before a policy replaces another.
type Difference struct {
	Old, New  Ref
	Documents []PartChange // scope, period and note
	Rules     []PartChange
	Cases     []PartChange // filled by [Set.Differ]
}

// PartChange is one document, rule or case that is not the same in both.
type PartChange struct {
	Name   string
	Change Change
	Says   string        // its sentence: the new one, or the old one of what is gone
	Fields []FieldChange // of what is new all that is filled, of what is gone none
}

// FieldChange is one field, by its word in the document, before and after.
type FieldChange struct{ Field, Old, New string }

// Empty reports whether nothing that decides is different: what remains then is
// comment, layout or order.
func (d Difference) Empty() bool { return len(d.Documents)+len(d.Rules)+len(d.Cases) == 0 }

// Diff compares two bundles rule by rule, in the order of the new one; what is
// gone comes last. A rule that was renamed shows as gone and new.
func Diff(old, new *Bundle) Difference {
	d := Difference{Old: old.Ref(), New: new.Ref()}
	was, is := old.Documents(), new.Documents()
	d.Documents = compareParts(was, is, func(d Document) (string, string) { return d.Name, d.Note }, documentFields)
	d.Rules = compareParts(rulesOf(was), rulesOf(is), func(r Rule) (string, string) { return r.Name, r.NL }, ruleFields)
	return d
}

func rulesOf(documents []Document) []Rule {
	var all []Rule
	for _, d := range documents {
		all = append(all, d.Rules...)
	}
	return all
}

// compareParts names what differs between two lists of named parts.
func compareParts[P any](was, is []P, names func(P) (name, says string), fields func(P) []FieldChange) []PartChange {
	before := map[string]P{}
	for _, p := range was {
		name, _ := names(p)
		before[name] = p
	}
	var all []PartChange
	for _, p := range is {
		name, says := names(p)
		old, known := before[name]
		delete(before, name)
		c := PartChange{Name: name, Change: Added, Says: says, Fields: fields(p)}
		if known {
			c.Change, c.Fields = Changed, merge(fields(old), c.Fields)
		} else {
			c.Fields = slices.DeleteFunc(c.Fields, func(f FieldChange) bool { return f.New == "" })
		}
		if !known || len(c.Fields) > 0 {
			all = append(all, c)
		}
	}
	for _, p := range was {
		name, says := names(p)
		if _, gone := before[name]; gone {
			all = append(all, PartChange{Name: name, Change: Removed, Says: says})
		}
	}
	return all
}

// merge puts the fields of before beside those of after and keeps those that
// differ. Both lists have the same fields in the same order.
func merge(before, after []FieldChange) []FieldChange {
	var all []FieldChange
	for i, f := range after {
		if f.Old = before[i].New; f.Old != f.New {
			all = append(all, f)
		}
	}
	return all
}

func documentFields(d Document) []FieldChange {
	return []FieldChange{
		{"soort", "", d.Kind}, {"regeling", "", d.Pilot}, {"grondslag", "", d.Basis}, {"geldig", "", periodText(d.From, d.Until)},
		{"toelichting", "", strings.Join(strings.Fields(d.Note), " ")},
	}
}

func ruleFields(r Rule) []FieldChange {
	return []FieldChange{
		{"gevolg", "", r.Effect}, {"code", "", r.Code}, {"als", "", strings.Join(strings.Fields(r.Condition), " ")},
		{"geldig", "", periodText(r.From, r.Until)}, {"dagen", "", r.Days.text()}, {"velden", "", strings.Join(r.Fields, ", ")},
		{"wet", "", r.Law}, {"nl", "", r.NL}, {"en", "", r.EN}, {"pointer", "", r.Pointer}, {"reeks", "", r.Series},
	}
}

// periodText writes a period as the document does.
func periodText(from, until time.Time) string {
	s := "van " + from.Format(time.DateOnly)
	if !until.IsZero() {
		s += " tot " + until.Format(time.DateOnly)
	}
	return s
}

func (t Retention) text() string {
	var parts []string
	for _, p := range []struct {
		name string
		days int
	}{{"inhoud", t.Body}, {"pseudoniemen", t.Tokens}, {"bewijs", t.Receipt}} {
		if p.days != 0 {
			parts = append(parts, fmt.Sprintf("%s %d", p.name, p.days))
		}
	}
	return strings.Join(parts, ", ")
}

// Text writes the difference for a terminal: + is new, - is gone, ~ is changed.
func (d Difference) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s -> %s %s\n", d.Old.Name, d.Old.Version, d.New.Name, d.New.Version)
	for _, l := range []struct {
		title string
		parts []PartChange
	}{{"documenten", d.Documents}, {"regels", d.Rules}, {"gevallen", d.Cases}} {
		if len(l.parts) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", l.title)
		for _, p := range l.parts {
			p.write(&b)
		}
	}
	return b.String()
}

func (p PartChange) write(b *strings.Builder) {
	sign := map[Change]string{Added: "+", Removed: "-", Changed: "~"}[p.Change]
	fmt.Fprintf(b, "%s %s\n", sign, p.Name)
	if p.Change != Changed && p.Says != "" {
		fmt.Fprintf(b, "    %s\n", strings.Join(strings.Fields(p.Says), " "))
	}
	for _, f := range p.Fields {
		if p.Change == Added {
			fmt.Fprintf(b, "    %s: %s\n", f.Field, f.New)
			continue
		}
		fmt.Fprintf(b, "    %s: %s\n    %s> %s\n", f.Field, orNothing(f.Old), strings.Repeat(" ", len(f.Field)), orNothing(f.New))
	}
}

func orNothing(s string) string {
	if s == "" {
		return "(niets)"
	}
	return s
}
