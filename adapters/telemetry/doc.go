// SPDX-License-Identifier: EUPL-1.2

// Package telemetry tells a collector how long requests and the steps in them
// took: spans in OTLP over HTTPS, under the trace id that the log and receipts
// name too.
//
// A span says which route, step and outcome, how many and how long; all texts
// are of closed sets. It may not hold an id of a report, a party, an address or
// anything that came in. It never makes a request wait or fail: when the queue
// is full or the collector is away, spans are dropped and counted. Called by
// adapters/httpapi through its port, and by cmd, which puts steps around ports.
package telemetry
