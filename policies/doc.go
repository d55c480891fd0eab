// SPDX-License-Identifier: EUPL-1.2

// Package policies decides whether a report may pass, which optional fields
// are dropped and how long things are kept, from documents that a privacy
// officer can read, test and approve.
//
// It may not see personal data (a [Question] has no place for them), read a
// clock, do I/O beyond the file system it is given, or import another package
// of this module. Its callers are gateway/permit, which asks [Bundle.Decide],
// and the policy commands of cmd/seinhuis, which ask [ReadQuestion],
// [Bundle.Explain] and [RunCases].
//
// Deny is the default everywhere: the zero [Decision] denies, a nil [Bundle]
// denies, and a rule that cannot be evaluated denies.
package policies
