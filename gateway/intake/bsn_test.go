// SPDX-License-Identifier: EUPL-1.2

package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/intake"
)

// 111222333 and 123456782 pass the eleven-test and are given to nobody.
const bsn = "111222333"

func TestHoldsBSN(t *testing.T) {
	for s, want := range map[string]bool{
		bsn: true, "123456782": true, "123456783": false, "000000000": false, "1112223333": false, "0111222333": false, "11122233": false,
		"111.222.333": true, "111 222 333": true, "111-222-333": true, "1112.22.333": true, "1-1-1-2-2-2-3-3-3": true,
		"111  222  333": true, "111 - 222 - 333": true, "111/222/333": true, "111_222_333": true,
		"111\u00a0222\u00a0333": true, "111\u2009222\u2009333": true, "111–222–333": true, "111‑222‑333": true, "111−222−333": true,
		"BSN:111222333.": true, "x111222333x": true, "(111222333)": true, "12 111222333": true, "2026-111222333": true, "111222333 / 14": true,
		"111,222,333": true, "111'222'333": true, "111+222+333": true, "111:222:333": true, "111·222·333": true, "111\ufe0f222\ufe0f333": true,
		"111a222b333": false, "Straat 12": false, "": false, "06-12345678": false,
		"K-2026-0001": false, "020 555 12 34": false,
	} {
		if intake.HoldsBSN(s) != want {
			t.Errorf("%q: got %t", s, !want)
		}
	}
}

func TestNoFieldTakesABSN(t *testing.T) {
	for pointer, longest := range texts {
		for _, s := range []string{"１１１２２２３３３", "١١١٢٢٢٣٣٣", "111²22333"} {
			if len([]rune(s)) <= longest && len(findings(t, encode(with(pointer, s)))) == 0 {
				t.Errorf("%s takes %q", pointer, s)
			}
		}
		for _, s := range []string{bsn, "111.222.333", "111 222 333", "111-222-333", "BSN " + bsn + "!"} {
			if len(s) > longest {
				continue
			}
			if got := findings(t, encode(with(pointer, s))); !slices.Equal(got, []string{"bsn-niet-toegestaan@" + pointer}) {
				t.Errorf("%s = %q: %v", pointer, s, got)
			}
		}
	}
	for pointer, s := range map[string]string{"/contact/email": bsn + "@voorbeeld.example", "/contact/telefoon": bsn} {
		if got := findings(t, encode(with(pointer, s))); !slices.Equal(got, []string{"bsn-niet-toegestaan@" + pointer}) {
			t.Errorf("%s = %q: %v", pointer, s, got)
		}
	}
}

// A telephone number is a number of its own: the country code belongs to it.
func TestTelephoneNumbersPass(t *testing.T) {
	for n := range 200 {
		number := fmt.Sprintf("6%08d", 55500000+n)
		for _, form := range []string{"0" + number, "+31 " + number, "+31" + number, "0031 " + number, "06-" + number[1:], "+31 (0)" + number} {
			if got := findings(t, encode(with("/contact/telefoon", form))); len(got) > 0 {
				t.Fatalf("%s: %v", form, got)
			}
		}
	}
}

func TestOwnNumberFormat(t *testing.T) {
	const refused = "bsn-niet-toegestaan@/kenmerk"
	for _, c := range []struct {
		format, reference, want string
	}{
		{"", bsn, refused}, {"", "123456783", ""},
		{`\d{9}`, bsn, ""}, {`\d{9}`, "111.222.333", refused}, {`\d{9}`, bsn + " ", refused}, {`\d{9}`, "x" + bsn, refused},
		{`K\d+|\d{9}`, bsn, ""}, {`K\d+|9\d{8}`, bsn, refused}, {`(`, bsn, refused}, {`\d{8}`, bsn, refused},
	} {
		got := strings.Join(ownFormat(t, c.format, encode(with("/kenmerk", c.reference))), " ")
		if got != c.want {
			t.Errorf("format %q, reference %q: got %q, want %q", c.format, c.reference, got, c.want)
		}
	}
	if got := ownFormat(t, `\d{9}`, encode(with("/persoon/achternaam", bsn))); !slices.Equal(got, []string{"bsn-niet-toegestaan@/persoon/achternaam"}) {
		t.Errorf("the format of customer numbers opens another field: %v", got)
	}
}
