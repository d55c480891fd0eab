// SPDX-License-Identifier: EUPL-1.2

// Package logbook brings rows of the processing log, and decisions about access,
// to the logbook of a controller: as spans and log records in OTLP over HTTPS,
// which Logboek Dataverwerkingen 1.0 recommends.
//
// It turns values of gateway/logbook into the protocol and decides nothing: what
// goes, in which order and again when, is gateway/logbook's. Addresses come from
// the operator's configuration only; it follows no redirect and no proxy of the
// environment. Called by cmd/seinhuis.
package logbook
