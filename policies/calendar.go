// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/nl"
)

// workingDayCap bounds the counts below; no rule needs to look further ahead.
const workingDayCap = 100

// dutch is the calendar of the general act on terms (Algemene termijnenwet
// art. 3): Monday to Friday without public holidays, with Good Friday, which
// the act puts on a par with them, and Liberation Day in every year. The
// sources do not define "werkdag" for the terms here; this reading gives the
// party that must act the longest time. Never changed after it was made.
var dutch = func() *cal.BusinessCalendar {
	c := cal.NewBusinessCalendar()
	c.AddHoliday(nl.Holidays...)
	return c
}()

// dayNumber is the whole number of days since 1970-01-01, 0 for "not given".
func dayNumber(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix() / 86400
}

// workingDays counts the working days after from up to and including until,
// at most workingDayCap.
func workingDays(from, until time.Time) int64 {
	var n int64
	for d := from.AddDate(0, 0, 1); !d.After(until) && n < workingDayCap; d = d.AddDate(0, 0, 1) {
		if dutch.IsWorkday(d) {
			n++
		}
	}
	return n
}

// WorkingDay is the n-th working day after a day, both at midnight UTC; n is
// from 1 to 100. Called for the clocks of pauses and contests.
func WorkingDay(after time.Time, n int) time.Time {
	d := after
	for n = min(n, workingDayCap); n > 0; {
		d = d.AddDate(0, 0, 1)
		if dutch.IsWorkday(d) {
			n--
		}
	}
	return d
}
