// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"slices"
	"strings"
	"time"
)

// Document is one document of a bundle as an official reads it.
type Document struct {
	Name               string
	Kind, Pilot, Basis string    // which reports it looks at; empty means any
	From, Until        time.Time // first day, and the first day on which it no longer holds (zero: open-ended)
	Note               string
	Rules              []Rule
}

// Rule is one rule as an official reads it.
type Rule struct {
	Name          string // energie/persoonlijk-contact
	Series        string
	Law, NL, EN   string
	From, Until   time.Time // as of Document
	Condition     string    // CEL, as written
	Effect        string    // weigeren, waarschuwen, beperken, bewaren
	Code, Pointer string
	Fields        []string  // that are dropped
	Days          Retention // that are set; 0: not by this rule
}

// Holds reports whether the rule is in force on a day.
func (r Rule) Holds(day time.Time) bool { return span{r.From, r.Until}.holds(day) }

// Documents lists the whole bundle, in order of file name.
func (b *Bundle) Documents() []Document {
	if b == nil {
		return nil
	}
	all := make([]Document, len(b.documents))
	for i, d := range b.documents {
		all[i] = Document{Name: d.name, Kind: d.scope.Kind, Pilot: d.scope.Pilot, Basis: d.scope.Basis, From: d.span.from, Until: d.span.until,
			Note: strings.TrimSpace(d.note)}
		for _, r := range d.rules {
			all[i].Rules = append(all[i].Rules, Rule{Name: r.name, Series: r.series, Law: r.law, NL: r.nl, EN: r.en, From: r.span.from, Until: r.span.until,
				Condition: strings.TrimSpace(r.text), Effect: r.effect, Code: r.code, Pointer: r.pointer, Fields: slices.Clone(r.fields), Days: r.days})
		}
	}
	return all
}
