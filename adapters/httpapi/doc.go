// SPDX-License-Identifier: EUPL-1.2

// Package httpapi is the HTTP door for creditors and municipalities
// (docs/openapi.yaml). It knows who is there, whether that kind of party may
// use the route, and how large, how many and how long; it carries bytes to the
// steps and answers back, and maps every error once (problem.go).
//
// It may not look into a report, decide on policy, or put a value that came in
// into an answer, a log line or a metric. Called by cmd, which listens.
package httpapi
