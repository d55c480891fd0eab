// SPDX-License-Identifier: EUPL-1.2

// Package routing answers one question: in which municipality is this address
// on this day. It reads the yearly CBS file of postcodes and house numbers,
// compiles it with a table of municipal changes and a supplement of house
// letters, and looks addresses up in the result.
//
// It may not guess (invariant I7): an address that is not surely in one
// municipality is refused with a reason, never sent to the larger part of a
// postcode and never found by place name. It opens no file and asks no
// network; callers hand it readers.
//
// Package journey calls it for every report, right after intake; cmd/seinhuis
// calls Compile and Load when an operator imports or switches a table.
package routing
