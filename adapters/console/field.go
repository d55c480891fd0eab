// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"fmt"
	"time"
)

// field is one input of a form, for the templates of parts.html. Its words are
// name.field, and when there is one, name.field.hint.
type field struct {
	ID, Label, Hint, Value string
	Error                  string // sentence; empty when it is right
	ErrorLang              language
	Type                   string // of the input; empty for text
	Choices                []choice
	Optional               bool // a list has a first choice for all
}

// choice is one option of a list.
type choice struct{ Value, Text string }

// newField makes the field of a page, with what went wrong in it.
func newField(d *dictionary, f frame, name string, value any) field {
	key := f.Name + "." + name
	made := field{ID: name, Label: d.say(f.Lang, key), Value: fmt.Sprint(value), ErrorLang: f.Lang}
	if d.has(key + ".hint") {
		made.Hint = d.say(f.Lang, key+".hint")
	}
	if p, wrong := f.Problems.of(name); wrong {
		made.Error, made.ErrorLang = p.Text, dutch
		if p.Word != "" {
			made.Error, made.ErrorLang = d.say(f.Lang, p.Word), f.Lang
		}
	}
	return made
}

// Described names the elements that tell more about the field.
func (f field) Described() string {
	switch {
	case f.Hint != "" && f.Error != "":
		return f.ID + "-hint " + f.ID + "-error"
	case f.Hint != "":
		return f.ID + "-hint"
	case f.Error != "":
		return f.ID + "-error"
	}
	return ""
}

func anyMoment(l language, at any) string {
	switch at := at.(type) {
	case time.Time:
		return moment(l, at)
	case interface{ At() time.Time }:
		return moment(l, at.At())
	}
	return ""
}

func anyNumber(l language, n any) string {
	switch n := n.(type) {
	case int:
		return number(l, int64(n))
	case int64:
		return number(l, n)
	}
	return fmt.Sprint(n)
}

// fieldWords are the words of parts.html.
func fieldWords() words {
	return words{
		"field.problems":  {"Er ging iets mis. Controleer het volgende.", "Something is not right. Please check the following."},
		"field.wrong":     {"Fout:", "Error:"},
		"field.all":       {"Alle", "All"},
		"field.choose":    {"Kies…", "Choose…"},
		"field.required":  {"Vul dit veld in.", "Fill in this field."},
		"field.bad-date":  {"Vul een datum in als jjjj-mm-dd, bijvoorbeeld 2026-11-22.", "Fill in a date as yyyy-mm-dd, such as 2026-11-22."},
		"field.bad-oin":   {"Een OIN heeft 20 tekens, bijvoorbeeld 00000099000000002000.", "An OIN has 20 characters, such as 00000099000000002000."},
		"field.bad-id":    {"Dit is geen geldig nummer (UUID).", "This is not a valid number (UUID)."},
		"field.unknown":   {"Kies een waarde uit de lijst.", "Choose a value from the list."},
		"field.scroll-to": {"Tabel, schuif opzij voor meer kolommen", "Table, scroll sideways for more columns"},
	}
}
