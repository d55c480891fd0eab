// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Clock tells the time; gateway code never asks the machine itself.
type Clock func() time.Time

// Date is a civil date, a day without a time or zone (RFC 3339 full-date).
// The zero Date means "not given".
type Date struct{ days int32 } // number of the day, 0000-01-01 being 1; 0 = not given

// epoch is the number of 1970-01-01. Counting from the first day that
// ParseDate takes keeps every day apart from "not given", and later.
const epoch = 719529

// ErrDate says that a text is no date; it never quotes the text.
var ErrDate = errors.New("no date of the form 2006-01-02")

// ParseDate takes exactly yyyy-mm-dd.
func ParseDate(s string) (Date, error) {
	if len(s) != 10 {
		return Date{}, ErrDate
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, ErrDate
	}
	return DateOf(t), nil
}

// DateOf is the date of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400) + epoch}
}

// Today is the date in the Netherlands at the given moment. Amsterdam time is
// computed here (CET, and CEST from the last Sunday of March 01:00 UTC to the
// last Sunday of October 01:00 UTC, Directive 2000/84/EC), so that a machine
// without a zone database answers the same.
func Today(now time.Time) Date {
	now = now.UTC()
	begin := lastSunday(now.Year(), time.March)
	end := lastSunday(now.Year(), time.October)
	offset := time.Hour
	if !now.Before(begin) && now.Before(end) {
		offset = 2 * time.Hour
	}
	return DateOf(now.Add(offset))
}

func lastSunday(year int, m time.Month) time.Time {
	t := time.Date(year, m, 31, 1, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, -int(t.Weekday()))
}

// IsZero reports whether no date was given.
func (d Date) IsZero() bool { return d.days == 0 }

// Time is midnight UTC of the date; the zero Time for the zero Date.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Unix(int64(d.days-epoch)*86400, 0).UTC()
}

// Begins is the moment at which the day begins in the Netherlands: 22:00 UTC of
// the day before in summer, 23:00 in winter.
func (d Date) Begins() time.Time {
	t := d.Time().Add(-2 * time.Hour)
	if Today(t) != d {
		t = t.Add(time.Hour)
	}
	return t
}

// AddDays moves the date by n days.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	return Date{d.days + int32(n)}
}

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return d.days > e.days }

// DaysSince is the number of days from e to d.
func (d Date) DaysSince(e Date) int { return int(d.days - e.days) }

// String is yyyy-mm-dd, or empty for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalJSON writes a JSON string.
func (d Date) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON takes a JSON string of the form yyyy-mm-dd.
func (d *Date) UnmarshalJSON(b []byte) error {
	s, err := jsontext.AppendUnquote(nil, b)
	if err != nil {
		return ErrDate
	}
	*d, err = ParseDate(string(s))
	return err
}
