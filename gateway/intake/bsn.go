// SPDX-License-Identifier: EUPL-1.2

package intake

import "strings"

// HoldsBSN reports whether s holds nine digits that pass the eleven-test, also
// when dots, spaces or hyphens stand between them. No rule lets a creditor
// send a BSN; one ordinary nine-digit number in eleven passes the test too and
// is refused with it.
func HoldsBSN(s string) bool {
	var run [10]byte
	n := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			if n < len(run) {
				run[n] = s[i] - '0'
			}
			n++
			continue
		}
		if i < len(s) && n > 0 && strings.IndexByte(" .-", s[i]) >= 0 && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			continue
		}
		if n == 9 && elevenTest(run[:9]) {
			return true
		}
		n = 0
	}
	return false
}

func elevenTest(d []byte) bool {
	sum := 0
	for i := range 8 {
		sum += (9 - i) * int(d[i])
	}
	return sum > 0 && (sum-int(d[8]))%11 == 0
}
