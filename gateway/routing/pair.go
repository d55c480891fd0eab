// SPDX-License-Identifier: EUPL-1.2

package routing

import "github.com/seinhuis/seinhuis/gateway"

// A row of the CBS file in one word, so that eight million of them sort fast
// and stay small: 23 bits of postcode, 17 of number, 14 of municipality.
const (
	municipalityBits = 14
	numberBits       = 17
)

func packPair(p postcode, number uint32, code uint16) uint64 {
	return uint64(p.key())<<(numberBits+municipalityBits) | uint64(number)<<municipalityBits | uint64(code)
}

func pairKey(pair uint64) uint32          { return uint32(pair >> (numberBits + municipalityBits)) }
func pairNumber(pair uint64) uint32       { return uint32(pair>>municipalityBits) & (1<<numberBits - 1) }
func pairMunicipality(pair uint64) uint16 { return uint16(pair & (1<<municipalityBits - 1)) }

// parsePair reads the five columns; buurt and wijk are of no use here (since
// 2025 they hold letters).
func parsePair(fields [][]byte) (uint64, Reason) {
	if fields == nil {
		return 0, ReasonQuotes
	}
	if len(fields) != 5 {
		return 0, ReasonColumns
	}
	p, ok := parsePostcode(fields[0])
	if !ok {
		return 0, ReasonPostcode
	}
	number, ok := parseNumber(fields[1])
	if !ok {
		return 0, ReasonNumber
	}
	code, ok := parseCode(fields[4])
	if !ok {
		return 0, ReasonMunicipality
	}
	return packPair(p, number, code), ""
}

// parseNumber takes 1 to 99999.
func parseNumber(s []byte) (uint32, bool) {
	n, ok := digits(s, 5)
	return n, ok && n > 0
}

// parseCode takes 268, 0268 and GM0268; some editions leave zeros or GM out.
func parseCode(s []byte) (uint16, bool) {
	if len(s) == 6 && upper(s[0]) == 'G' && upper(s[1]) == 'M' {
		s = s[2:]
	}
	n, ok := digits(s, 4)
	return uint16(n), ok && n > 0
}

func digits(s []byte, most int) (uint32, bool) {
	if len(s) == 0 || len(s) > most {
		return 0, false
	}
	var n uint32
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint32(c-'0')
	}
	return n, true
}

func municipalityOf(code uint16) gateway.Municipality {
	return gateway.Municipality([]byte{'G', 'M', byte('0' + code/1000), byte('0' + code/100%10), byte('0' + code/10%10), byte('0' + code%10)})
}

func codeOf(m gateway.Municipality) (uint16, bool) {
	if len(m) != 6 || m[:2] != "GM" {
		return 0, false
	}
	return parseCode([]byte(m))
}
