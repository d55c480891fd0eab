// SPDX-License-Identifier: EUPL-1.2

package keys

import (
	"errors"
	"fmt"
)

// The errors say what the caller should do next. None carries a key, a token or a body.
var (
	// ErrUse: the key is bound to another use. A mistake in the program; do not retry.
	ErrUse = errors.New("key is bound to another use")
	// ErrAlgorithm: the use does not allow this algorithm, or the request to sign does not fit it. Do not retry.
	ErrAlgorithm = errors.New("algorithm not allowed for this key")
	// ErrUnknown: no such key, version or scope. Do not retry with the same name.
	ErrUnknown = errors.New("no such key")
	// ErrRetired: the key was rotated or retired and signs no more. Ask for a new handle.
	ErrRetired = errors.New("key is retired")
	// ErrCurrent: the key is in use. Rotate its use first.
	ErrCurrent = errors.New("key is current, rotate it first")
	// ErrDestroyed: the scope's key was destroyed; what it wrapped is erased for ever.
	ErrDestroyed = errors.New("scope is destroyed")
	// ErrTampered: the wrapped body was changed, cut, or belongs to another id or scope.
	ErrTampered = errors.New("wrapped body does not verify")
	// ErrItem: malformed scope or id.
	ErrItem = errors.New("malformed scope or id")
	// ErrUnavailable: the store cannot answer now. Nothing was changed; retry later.
	ErrUnavailable error = passing("key store is unavailable")
)

// passing is an error that may pass by itself; the doors answer it with "try again" (gateway.Passing).
type passing string

func (p passing) Error() string { return string(p) }

// MayPass tells gateway.AsError.
func (passing) MayPass() bool { return true }

// ItemError is the failure of one member of a batch.
type ItemError struct {
	Index int // position in the slice that was passed
	Err   error
}

// Error names the position and the kind, never the item.
func (e ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap gives the kind to errors.Is.
func (e ItemError) Unwrap() error { return e.Err }

// BatchError lists the members of a batch that failed, in order. The results of the other members are complete and valid,
// so that one bad member does not fail its group; a caller that treats it as a plain error is safe too.
type BatchError []ItemError

// Error gives the count and the first failure.
func (e BatchError) Error() string {
	if len(e) == 0 {
		return "no item failed"
	}
	return fmt.Sprintf("%d of the batch failed, first %v", len(e), e[0])
}

// Unwrap lets errors.Is and errors.As look at every member.
func (e BatchError) Unwrap() []error {
	out := make([]error, len(e))
	for i := range e {
		out[i] = e[i]
	}
	return out
}

// OrNil returns the list as an error, or nil when it is empty (a nil slice in an interface is not a nil error).
func (e BatchError) OrNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
