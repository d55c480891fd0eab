// SPDX-License-Identifier: EUPL-1.2

package routing

import "github.com/seinhuis/seinhuis/gateway"

// Step is the rung of the ladder that decided.
type Step string

const (
	// StepLetter: postcode, number and letter (or the absence of one).
	StepLetter Step = "huisletter"
	// StepNumber: postcode and number; the postcode lies in more than one
	// municipality.
	StepNumber Step = "huisnummer"
	// StepPostcode: every known number of the postcode lies in one
	// municipality. The number itself need not be known: new homes appear
	// all year, the file once a year.
	StepPostcode Step = "postcode"
)

// Answer is a sure answer.
type Answer struct {
	Municipality gateway.Municipality
	Step         Step
}

// Version tells which table answered, so that a decision can be made again.
type Version struct {
	Year           int      // the division is that of 1 January of this year
	Digest         [32]byte // SHA-256 of the compiled table
	Postcodes      int      // distinct PC6
	Pairs          int      // distinct PC6 and house number in the source
	Municipalities int      // municipalities that the source names
	Source         string   // name of the file that it was compiled from
}
