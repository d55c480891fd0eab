// SPDX-License-Identifier: EUPL-1.2

package policies

import "time"

// workingDayCap bounds the count below; no rule needs to look further ahead.
const workingDayCap = 100

// dayNumber is the whole number of days since 1970-01-01, 0 for "not given".
func dayNumber(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix() / 86400
}

// workingDays counts the working days after from up to and including until,
// at most workingDayCap. The sources do not define "werkdag" for the
// end-of-supply term; here it is Monday to Friday without public holidays,
// the reading that is strictest for the creditor.
func workingDays(from, until time.Time) int64 {
	var n int64
	for d := from.AddDate(0, 0, 1); !d.After(until) && n < workingDayCap; d = d.AddDate(0, 0, 1) {
		if wd := d.Weekday(); wd != time.Saturday && wd != time.Sunday && !holiday(d) {
			n++
		}
	}
	return n
}

// holiday reports the public holidays that can fall on a weekday, with Good
// Friday, which the general act on terms puts on a par with them.
func holiday(d time.Time) bool {
	switch m, day := d.Month(), d.Day(); {
	case m == time.January && day == 1,
		m == time.May && day == 5,
		m == time.December && (day == 25 || day == 26):
		return true
	case m == time.April && (day == 26 || day == 27):
		kingsDay := time.Date(d.Year(), time.April, 27, 0, 0, 0, 0, time.UTC)
		if kingsDay.Weekday() == time.Sunday { // then it is kept the day before
			kingsDay = kingsDay.AddDate(0, 0, -1)
		}
		if day == kingsDay.Day() {
			return true
		}
	}
	switch int(dayNumber(d) - dayNumber(easter(d.Year()))) {
	case -2, 1, 39, 50: // Good Friday, Easter Monday, Ascension, Whit Monday
		return true
	}
	return false
}

// easter is Easter Sunday in the Gregorian calendar (the "anonymous"
// computus of Meeus, Jones and Butcher).
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	k := h + l - 7*m + 114
	return time.Date(year, time.Month(k/31), k%31+1, 0, 0, 0, 0, time.UTC)
}
