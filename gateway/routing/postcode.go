// SPDX-License-Identifier: EUPL-1.2

package routing

const (
	firstPC4     = 1000
	lastPC4      = 9999
	suffixes     = 26 * 26 // the two letters as a number
	highestHouse = 99999
)

// postcode is a PC6 as two small numbers.
type postcode struct {
	pc4    uint16 // 1000 to 9999
	suffix uint16 // 0 (AA) to 675 (ZZ)
}

// key orders postcodes as their text does; it needs 23 bits.
func (p postcode) key() uint32 { return uint32(p.pc4-firstPC4)*suffixes + uint32(p.suffix) }

func postcodeOfKey(key uint32) postcode {
	return postcode{uint16(key/suffixes) + firstPC4, uint16(key % suffixes)}
}

func (p postcode) String() string {
	n := p.pc4
	return string([]byte{
		byte('0' + n/1000), byte('0' + n/100%10), byte('0' + n/10%10), byte('0' + n%10),
		byte('A' + p.suffix/26), byte('A' + p.suffix%26),
	})
}

// parsePostcode takes 1234AB and 1234 AB in either case. SA, SD and SS are
// never issued; whether any other postcode exists, the table decides.
func parsePostcode[T string | []byte](s T) (postcode, bool) {
	if len(s) == 7 && s[4] == ' ' {
		return joinPostcode(s[:4], s[5:])
	}
	if len(s) == 6 {
		return joinPostcode(s[:4], s[4:])
	}
	return postcode{}, false
}

func joinPostcode[T string | []byte](digits, letters T) (postcode, bool) {
	var n uint16
	for i := range len(digits) {
		d := digits[i] - '0'
		if d > 9 || i == 0 && d == 0 {
			return postcode{}, false
		}
		n = n*10 + uint16(d)
	}
	a, b := upper(letters[0]), upper(letters[1])
	if a < 'A' || a > 'Z' || b < 'A' || b > 'Z' {
		return postcode{}, false
	}
	if a == 'S' && (b == 'A' || b == 'D' || b == 'S') {
		return postcode{}, false
	}
	return postcode{n, uint16(a-'A')*26 + uint16(b-'A')}, true
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// The letter of an address as the table compares it: 'A' to 'Z', or one of
// these marks.
const (
	anyLetter     byte = 0 // in a row: the whole number, whatever the letter
	withoutLetter byte = 1
	unclearLetter byte = 2 // matches no row
)

// letterOf reads letter and addition. Many administrations put the letter in
// the addition, and BAG knows both 15 A (letter) and 15 A (addition) as two
// homes; so an addition with a letter in it, and no letter beside it, makes
// the letter unclear instead of absent.
func letterOf(letter, addition string) byte {
	if len(letter) == 1 {
		if c := upper(letter[0]); c >= 'A' && c <= 'Z' {
			return c
		}
		return unclearLetter
	}
	if letter != "" {
		return unclearLetter
	}
	for i := range len(addition) {
		if c := addition[i]; c >= 0x80 || upper(c) >= 'A' && upper(c) <= 'Z' {
			return unclearLetter
		}
	}
	return withoutLetter
}
