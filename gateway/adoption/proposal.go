// SPDX-License-Identifier: EUPL-1.2

// Package adoption (vaststelling) is how a policy comes into force: an officer
// proposes a whole set of documents with their cases, two different officers
// approve the very same digest, each by a statement that the gateway signs on
// the word of his session, and it counts from the first moment of its day. It
// keeps the history of all that was ever in force, says what is different, and
// lets officers try a policy before they approve it.
//
// It judges no report and knows no person: every rule sits in package policies.
// An operator alone changes no adopted policy; who rules the server's program
// does (docs/threat-model.md). Called by adapters/console and cmd/seinhuis.
package adoption

import (
	"slices"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/policies"
)

// State is how far a proposal is. The constant is the stored value, and what
// officials read.
type State string

const (
	Proposed  State = "voorgesteld"
	Adopted   State = "vastgesteld" // by two officers, or imported
	Withdrawn State = "ingetrokken" // by who proposed it, or replaced before its day
	Rejected  State = "afgewezen"   // by another officer
)

// Source is where a version came from.
type Source string

const (
	// Import (invoer): what the installation was started with, before officers
	// adopted anything.
	Import Source = "invoer"
	// Officers (voorstel): proposed and approved here.
	Officers Source = "voorstel"
)

// Cause is why a policy changes. The constant is the stored value, and a code
// in the log.
type Cause string

const (
	CauseLaw       Cause = "wetswijziging"
	CauseCovenant  Cause = "convenant"
	CauseAgreement Cause = "afspraak"
	CausePilot     Cause = "proef"
	CauseMistake   Cause = "verbetering"
	CauseRetention Cause = "bewaartermijn"
)

// Causes lists the closed set.
func Causes() []Cause {
	return []Cause{CauseLaw, CauseCovenant, CauseAgreement, CausePilot, CauseMistake, CauseRetention}
}

// Needed is how many different officers must approve.
const Needed = 2

// Proposal is one set of documents on its way, or a version of the history. The
// zero Proposal stands for "no such proposal".
type Proposal struct {
	ID        gateway.UUID
	Source    Source
	Policy    policies.Ref
	Cases     gateway.Digest // of the set's own cases
	Previous  gateway.Digest // of the policy that it was compared with: the last adopted one; zero for the first
	Cause     Cause
	Ticket    string       // number in the organisation's own files, see ParseTicket
	From      gateway.Date // first day
	Urgent    bool         // may count on the day of its adoption
	By        gateway.UUID // empty for an import
	At        time.Time
	State     State
	Approvals []Approval // in order
	AdoptedAt time.Time  // zero until it was
	EndedBy   gateway.UUID
	EndedAt   time.Time // of a proposal that was withdrawn or rejected
}

// Approval is one officer's word on one proposal.
type Approval struct {
	Officer   gateway.UUID
	At        time.Time
	Origin    string // audit.Local for the command line, else of the officer's session
	Statement gateway.Compact
}

// Exists reports whether there is such a proposal.
func (p Proposal) Exists() bool { return p.ID != "" }

// ApprovedBy reports whether an officer approved it.
func (p Proposal) ApprovedBy(officer gateway.UUID) bool {
	return slices.ContainsFunc(p.Approvals, func(a Approval) bool { return a.Officer == officer })
}

// Begins is the moment from which an adopted policy counts: the first of its
// day, or that of its adoption when that is later. Zero for one that is not
// adopted.
func (p Proposal) Begins() time.Time {
	switch {
	case p.State != Adopted:
		return time.Time{}
	case p.Source == Officers && p.From.Begins().After(p.AdoptedAt):
		return p.From.Begins()
	}
	return p.AdoptedAt
}

// History is all that was ever proposed or imported, in order.
type History []Proposal

// Find gives one by id; the zero Proposal when there is none.
func (h History) Find(id gateway.UUID) Proposal {
	if i := slices.IndexFunc(h, func(p Proposal) bool { return p.ID == id }); i >= 0 {
		return h[i]
	}
	return Proposal{}
}

// InForce gives the version that counts at a moment; the zero Proposal when
// there is none yet.
func (h History) InForce(now time.Time) Proposal {
	var last Proposal
	for _, p := range h.adopted() {
		if !p.Begins().After(now) {
			last = p
		}
	}
	return last
}

// Last is the adopted version with the latest beginning, in force or still
// waiting for its day: what a next proposal is compared with.
func (h History) Last() Proposal {
	if all := h.adopted(); len(all) > 0 {
		return all[len(all)-1]
	}
	return Proposal{}
}

// adopted gives the adopted versions in order of beginning. After the first
// that officers adopted an import counts for nothing: none is ever written, and
// a row that somebody put there would bring the configuration back.
func (h History) adopted() History {
	all := slices.DeleteFunc(slices.Clone(h), func(p Proposal) bool { return p.State != Adopted })
	slices.SortStableFunc(all, func(a, b Proposal) int { return a.Begins().Compare(b.Begins()) })
	if first := slices.IndexFunc(all, func(p Proposal) bool { return p.Source == Officers }); first >= 0 {
		rest := slices.DeleteFunc(slices.Clone(all[first:]), func(p Proposal) bool { return p.Source != Officers })
		all = append(all[:first:first], rest...)
	}
	return all
}

// open counts the proposals that wait.
func (h History) open() (n int) {
	for _, p := range h {
		if p.State == Proposed {
			n++
		}
	}
	return n
}

// ParseTicket takes a number in the organisation's own files: at most 24
// characters, capitals, digits and - . / between them, no more than four
// capitals and eight digits in a row (separators and all, but after a year), and
// at least three digits. It has no room for a name or a citizen number.
func ParseTicket(s string) (string, bool) {
	if len(s) > 24 || strings.Trim(s, "-./") != s {
		return "", false
	}
	capitals, run, digits := 0, 0, 0
	for i, c := range []byte(s) {
		switch {
		case c >= 'A' && c <= 'Z':
			capitals, run = capitals+1, 0
		case c >= '0' && c <= '9':
			capitals, run, digits = 0, run+1, digits+1
		case c == '-' || c == '.' || c == '/':
			capitals = 0 // digits run on: 123.45.67.89 is a number too
			if run == 4 && s[i-4:i-2] == "20" {
				run = 0 // but after a year
			}
		default:
			return "", false
		}
		if capitals > 4 || run > 8 {
			return "", false
		}
	}
	return s, digits >= 3
}
