// SPDX-License-Identifier: EUPL-1.2

// Package gateway is the vocabulary of Seinhuis: the words that every other
// package speaks. It holds types and their checks, and nothing that reads or
// writes: no files, no network, no clock, no log.
//
// Types that hold something about a person redact themselves in every print
// path; Personal.Reveal is the one call that shows what they hold.
//
// It imports nothing of this module; everything imports it.
package gateway
