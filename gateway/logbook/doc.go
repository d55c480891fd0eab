// SPDX-License-Identifier: EUPL-1.2

// Package logbook says of every entry of the audit log whose it is: which
// parties it concerns, and which of their processing activities it records
// (Logboek Dataverwerkingen; AVG art. 30). What an officer sees follows from it.
//
// It holds no state and no data of persons, and it looks nothing up: what a
// store knows of an object comes in as a value. Called by the truth stores,
// which index every entry in the transaction of its act, and by
// gateway/oversight.
package logbook
