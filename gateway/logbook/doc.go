// SPDX-License-Identifier: EUPL-1.2

// Package logbook says of every entry of the audit log whose it is: which
// parties it concerns, and which of their processing activities it records
// (Logboek Dataverwerkingen; AVG art. 30). What an officer sees follows from it,
// and so does the processing log that each controller reads here or gets sent.
//
// It holds no data of persons, names them by a pseudonym of one controller only,
// and decides nothing from what it cannot be given: what a store knows of an
// object comes in as a value. Called by the truth stores, which index every
// entry in the transaction of its act, by gateway/oversight, the door of the
// API and cmd/seinhuis.
package logbook
