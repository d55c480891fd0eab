// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"errors"
	"strings"
)

// ErrorKind tells a machine what sort of failure it is; each door maps it once
// (HTTP status, exit code, SFTP status).
type ErrorKind string

const (
	// KindInvalid: the request cannot be understood or breaks the schema.
	KindInvalid ErrorKind = "ongeldig"
	// KindRefused: understood, and refused by routing or policy.
	KindRefused ErrorKind = "geweigerd"
	// KindUnauthenticated: the peer did not show who it is.
	KindUnauthenticated ErrorKind = "niet-aangemeld"
	// KindForbidden: the peer may not do this.
	KindForbidden ErrorKind = "niet-toegestaan"
	// KindNotFound: it does not exist, or is not this peer's to see; outside
	// the two look the same.
	KindNotFound ErrorKind = "niet-gevonden"
	// KindConflict: the id is taken by other content (invariant I3).
	KindConflict ErrorKind = "conflict"
	// KindGone: it was here and has been erased.
	KindGone ErrorKind = "vervallen"
	// KindTooLarge: over a size limit, refused before any work.
	KindTooLarge ErrorKind = "te-groot"
	// KindUnavailable: a part that must answer did not; try again.
	KindUnavailable ErrorKind = "niet-beschikbaar"
	// KindInternal: our fault.
	KindInternal ErrorKind = "intern"
)

// Finding is one thing that is wrong with a request. It says where and which
// rule, never what the value was.
type Finding struct {
	Code    Code   `json:"code"`
	Pointer string `json:"pointer"` // JSON pointer (RFC 6901) into the report, "" for the whole
	Rule    string `json:"regel"`   // article of law, covenant clause or standard
	Text    string `json:"uitleg"`  // one safe Dutch sentence
}

// Error is a failure as the doors show it: Kind for machines, Findings and
// Text for outsiders, Cause for us alone.
type Error struct {
	Kind     ErrorKind
	Findings []Finding
	Cause    error
}

// Refuse makes an Error with findings.
func Refuse(kind ErrorKind, findings ...Finding) *Error {
	return &Error{Kind: kind, Findings: findings}
}

// Fail makes an Error that has only a cause of our own.
func Fail(kind ErrorKind, cause error) *Error { return &Error{Kind: kind, Cause: cause} }

// Error names kind and codes; it never holds an input value.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	for _, f := range e.Findings {
		b.WriteString(" " + string(f.Code))
		if f.Pointer != "" {
			b.WriteString("@" + f.Pointer)
		}
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Cause }

// Codes lists the codes of the findings, in order.
func (e *Error) Codes() []Code {
	codes := make([]Code, len(e.Findings))
	for i, f := range e.Findings {
		codes[i] = f.Code
	}
	return codes
}

// Passing is an error of a part outside that may pass by itself: the caller may
// try again. Key stores have it (keys.ErrUnavailable).
type Passing interface {
	error
	MayPass() bool
}

// AsError finds the Error in err; any other error becomes KindUnavailable when
// it may pass by itself, and otherwise KindInternal.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var p Passing
	if errors.As(err, &p) && p.MayPass() {
		return Fail(KindUnavailable, err)
	}
	return Fail(KindInternal, err)
}
