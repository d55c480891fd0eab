// SPDX-License-Identifier: EUPL-1.2

// Package intake is the first step of the journey: it opens a letter, checks
// that it is one well-formed arrears report, and hands on a Accepted that
// nobody else can make.
//
// It may not decide on policy, look up an address or write anything. Called by
// gateway/journey.
package intake
