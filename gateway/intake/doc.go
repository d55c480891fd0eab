// SPDX-License-Identifier: EUPL-1.2

// Package intake is the first step of the journey: it opens a letter, checks
// that it is one well-formed arrears report, and hands on an Accepted that
// nobody else can make. Its strict reader is also the door for the other
// documents that parties sign (invariant I12).
//
// It may not decide on policy, look up an address or write anything. Called by
// gateway/journey; gateway/feedback reads its documents with it, and the
// policy command of cmd/seinhuis a report that an operator holds.
package intake
