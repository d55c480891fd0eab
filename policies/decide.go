// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"slices"
	"time"
)

// Decide judges q by every rule in force on its signal date. It is pure: the
// same bundle and question give the same decision. It never stops at the
// first finding.
func (b *Bundle) Decide(q Question) Decision {
	if b == nil {
		return Decision{}
	}
	d := Decision{Policy: b.ref, Refusals: b.groundwork(&q)}
	facts := &answers{names: b.lang.names, q: &q}
	for i := range b.documents {
		doc := &b.documents[i]
		if !doc.looksAt(&q) {
			continue
		}
		for j := range doc.rules {
			if r := &doc.rules[j]; r.span.holds(q.SignalDate) {
				d.apply(r, facts)
			}
		}
	}
	if d.Retain.Body == 0 || d.Retain.Tokens == 0 || d.Retain.Receipt == 0 {
		d.Refusals = append(d.Refusals, builtIn(CodeNoRetention))
	}
	d.Permit = len(d.Refusals) == 0
	return d
}

// groundwork gives the refusals that no document can take away.
func (b *Bundle) groundwork(q *Question) []Reason {
	var refusals []Reason
	if q.SignalDate.IsZero() {
		refusals = append(refusals, builtIn(CodeNoSignalDate))
	}
	if !slices.ContainsFunc(b.documents, func(d loadedDocument) bool { return d.scope.Kind != "" && d.looksAt(q) }) {
		refusals = append(refusals, builtIn(CodeNoDocument))
	}
	if q.Agreement == nil {
		refusals = append(refusals, builtIn(CodeNoAgreement))
	}
	return refusals
}

// looksAt reports whether the document is in force and meant for q. A
// document for a kind matches its pilot exactly, so that a kind is not let
// in through the document of another pilot.
func (d *loadedDocument) looksAt(q *Question) bool {
	return d.inForce(q.SignalDate) && d.meantFor(q)
}

func (d *loadedDocument) inForce(day time.Time) bool { return !day.IsZero() && d.span.holds(day) }

func (d *loadedDocument) meantFor(q *Question) bool {
	if d.scope.Basis != "" && d.scope.Basis != q.Basis {
		return false
	}
	if d.scope.Kind == "" {
		return d.scope.Pilot == "" || d.scope.Pilot == q.DocumentedPilot
	}
	return d.scope.Kind == q.Kind && d.scope.Pilot == q.DocumentedPilot
}

func (d *Decision) apply(r *rule, facts *answers) {
	bites, err := r.bites(facts)
	if err != nil {
		d.Refusals = append(d.Refusals, ruleError(r))
		return
	}
	if !bites {
		return
	}
	switch r.effect {
	case effectWarn:
		d.Warnings = append(d.Warnings, r.reason())
	case effectDrop:
		for _, f := range r.fields {
			if slices.Contains(facts.q.Present, f) && !slices.Contains(d.Drop, f) {
				d.Drop = append(d.Drop, f)
			}
		}
	case effectRetain:
		d.Retain = d.Retain.shortest(r.days)
	default: // weigeren, and anything that a later edit forgets
		d.Refusals = append(d.Refusals, r.reason())
	}
}

func (r *rule) reason() Reason {
	return Reason{Rule: r.name, Code: r.code, Law: r.law, NL: r.nl, EN: r.en, Pointer: r.pointer}
}

// shortest takes the shorter of each term; 0 means "says nothing".
func (t Retention) shortest(o Retention) Retention {
	return Retention{shorter(t.Body, o.Body), shorter(t.Tokens, o.Tokens), shorter(t.Receipt, o.Receipt)}
}

func shorter(a, b int) int {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}
