// SPDX-License-Identifier: EUPL-1.2

package logbook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// Record is one entry of the log as it concerns one controller, with what a
// store keeps beside the leaf.
type Record struct {
	Number  int64       // of the entry, from 1
	Entry   proof.Entry // as it stands in the tree
	Trace   gateway.Trace
	Span    string // 16 hexadecimal digits, another one for each controller
	EndedAt time.Time
	Subject Subject // zero: about no person, or the link is gone
	// Further is that this is the same entry once more, about another signal: a
	// row of its own, and no other decision.
	Further bool
}

// Subject is the stored pseudonym of whom an entry is about, the first of person
// and resident that its signal has. It is gone when the tokens of the signal
// are (invariant I10).
type Subject struct {
	Token pseudonym.TokenKind
	Tag   keys.Tag
}

// NamesPerson reports whether a token is one that a subject can be named by.
func NamesPerson(token pseudonym.TokenKind) bool {
	return token == pseudonym.TokenPerson || token == pseudonym.TokenResident
}

// IsZero reports whether there is no link to a person.
func (s Subject) IsZero() bool { return s.Token == "" }

// Or gives the better of two tokens of one signal: who a person is says more than
// who lives somewhere, and the newest version of the key more than an older.
func (s Subject) Or(other Subject) Subject {
	switch {
	case s.IsZero():
		return other
	case other.IsZero() || s.Token == other.Token && s.Tag.Version >= other.Tag.Version:
		return s
	case s.Token == other.Token || other.Token == pseudonym.TokenPerson:
		return other
	}
	return s
}

// SubjectID is the pseudonym of a data subject in the logbook of one controller.
// Another controller has another, so two logbooks cannot be laid together, and
// nobody makes it who has not the stored token.
func SubjectID(controller gateway.OIN, s Subject) string {
	if s.IsZero() {
		return ""
	}
	sum := sha256.Sum256([]byte("ldv|v1|" + string(controller) + "|" + hex.EncodeToString(s.Tag.Sum[:])))
	return hex.EncodeToString(sum[:])
}

// subjectType names how the id was made: profile, which token, and under which
// version of the blinding key.
func subjectType(base string, s Subject) string {
	kind := "bewoner"
	if s.Token == pseudonym.TokenPerson {
		kind = "persoon"
	}
	return base + "/pseudoniemen/v1/" + kind + "/" + strconv.FormatUint(uint64(s.Tag.Version), 10)
}

// MaxFound bounds the entries in the answer to one question.
const MaxFound = 1000

// Filter asks for the records of one controller. Fields that are empty ask
// nothing; all others must hold together.
type Filter struct {
	Controller gateway.OIN
	Trace      string // 32 hexadecimal digits
	Activity   Activity
	Subject    string    // a SubjectID of this controller
	From       time.Time // at or after
	Until      time.Time // at or before
	After      int64     // with a number above it; 0 begins at the first
	Limit      int       // of entries, 1 to MaxFound
}

// Source gives the log as it concerns one controller, and never what concerns
// only others. Only committed entries are given. Filled by the truth store.
type Source interface {
	// After gives the records of the first entries with numbers above after, in
	// order, of at most limit entries and each with all its records.
	After(ctx context.Context, controller gateway.OIN, after int64, limit int) ([]Record, error)
	// Find gives the records that hold to the filter of the first entries that have
	// one, in order.
	Find(ctx context.Context, f Filter) ([]Record, error)
	// Waiting counts the entries with numbers above after.
	Waiting(ctx context.Context, controller gateway.OIN, after int64) (int64, error)
}

// Book takes what package logbook itself writes into the log. Filled by the truth
// store.
type Book interface {
	// Write appends to the log, durably.
	Write(ctx context.Context, entries []audit.Entry) error
}

// Cursors remembers how far the logbook of each controller was brought. Filled by
// the truth store.
type Cursors interface {
	// Cursor is the number of the last record that was taken in; 0 before the
	// first.
	Cursor(ctx context.Context, target string) (int64, error)
	// Advance moves a cursor, durably. It never goes back: a lower number changes
	// nothing.
	Advance(ctx context.Context, target string, number int64) error
}
