// SPDX-License-Identifier: EUPL-1.2

package proof

import "time"

// isDay reports whether s is a day as it stands in documents: 2026-12-01. Days in this form compare as texts.
func isDay(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}

// dutchDay is the day in the Netherlands at a moment: CET, and CEST from the last Sunday of March 01:00 UTC to the last Sunday
// of October 01:00 UTC (Directive 2000/84/EC). It is computed, so that it is the same on a machine without a zone database.
func dutchDay(at time.Time) string {
	at = at.UTC()
	offset := time.Hour
	if !at.Before(lastSunday(at.Year(), time.March)) && at.Before(lastSunday(at.Year(), time.October)) {
		offset = 2 * time.Hour
	}
	return at.Add(offset).Format(time.DateOnly)
}

// lastSunday of a month of 31 days, 01:00 UTC.
func lastSunday(year int, month time.Month) time.Time {
	last := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()))
}
