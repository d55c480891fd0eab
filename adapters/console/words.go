// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// language is one of those that the console speaks; the constant is the value
// of the lang attribute.
type language string

const (
	dutch   language = "nl"
	english language = "en"
)

// languages lists the closed set; the first is the default.
func languages() []language { return []language{dutch, english} }

// parseLanguage reads a language; what is unknown is Dutch.
func parseLanguage(s string) language {
	if language(s) == english {
		return english
	}
	return dutch
}

// text is one sentence in every language. Verbs of fmt stand for values, the
// same in the same order.
type text struct{ nl, en string }

// words are sentences by key: the name of the page, a dot, and what it is.
type words map[string]text

// dictionary joins the words of all pages.
type dictionary struct{ words words }

// newDictionary refuses a key that is there twice or lacks a language.
func newDictionary(tables ...words) (*dictionary, error) {
	d := &dictionary{words{}}
	var wrong []error
	for _, table := range tables {
		for key, t := range table {
			if _, twice := d.words[key]; twice {
				wrong = append(wrong, fmt.Errorf("word %s is there twice", key))
			}
			if t.nl == "" || t.en == "" {
				wrong = append(wrong, fmt.Errorf("word %s is not there in every language", key))
			}
			d.words[key] = t
		}
	}
	return d, errors.Join(wrong...)
}

// has reports whether there is such a word.
func (d *dictionary) has(key string) bool { _, ok := d.words[key]; return ok }

// say gives a sentence; a key that is not there is shown as it is, which the
// tests of the templates refuse.
func (d *dictionary) say(l language, key string, args ...any) string {
	t, ok := d.words[key]
	if !ok {
		return "‹" + key + "›"
	}
	s := t.nl
	if l == english {
		s = t.en
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

var months = map[language][12]string{
	dutch:   {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
	english: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// day writes a date in words.
func day(l language, d gateway.Date) string {
	if d.IsZero() {
		return ""
	}
	t := d.Time()
	return fmt.Sprintf("%d %s %d", t.Day(), months[l][t.Month()-1], t.Year())
}

// moment writes a moment as a clock in the Netherlands shows it.
func moment(l language, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	t := inNetherlands(at)
	return fmt.Sprintf("%d %s %d %s", t.Day(), months[l][t.Month()-1], t.Year(), t.Format("15:04:05"))
}

// inNetherlands shifts a moment to Dutch local time: an hour ahead of UTC, two
// from the last Sunday of March to that of October, at 01:00 UTC (directive
// 2000/84/EC). No data of time zones is needed, which a small host may lack.
func inNetherlands(at time.Time) time.Time {
	at = at.UTC()
	offset := time.Hour
	if !at.Before(lastSunday(at.Year(), time.March)) && at.Before(lastSunday(at.Year(), time.October)) {
		offset = 2 * time.Hour
	}
	return at.Add(offset)
}

// fromNetherlands gives the moment at which Dutch clocks show a day and time: the
// first of two when the clock was set back, none in the hour that was left out.
func fromNetherlands(day gateway.Date, hour, minute int) (at time.Time, ok bool) {
	shown := day.Time().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	for _, offset := range []time.Duration{2 * time.Hour, time.Hour} {
		if at = shown.Add(-offset); inNetherlands(at).Equal(shown) {
			return at, true
		}
	}
	return time.Time{}, false
}

func lastSunday(year int, m time.Month) time.Time {
	last := time.Date(year, m, 31, 1, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, -int(last.Weekday()))
}

// number writes a whole number with its thousands apart.
func number(l language, n int64) string {
	digits := fmt.Sprint(n)
	mark := "."
	if l == english {
		mark = ","
	}
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + mark + digits[i:]
	}
	return digits
}

func trim(s string) string { return strings.TrimSpace(s) }
