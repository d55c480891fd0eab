// SPDX-License-Identifier: EUPL-1.2

package pseudonym

import (
	"strings"
	"unicode"

	"github.com/seinhuis/seinhuis/gateway"
)

// Surname is the surname in comparable form, without prefix: creditors and
// the BRP differ in where they put "van der", in diacritics and in ss and ß
// (Divosa 2025, par. 2.3).
func Surname(p gateway.Person) string {
	words := strings.Fields(foldWords(p.Surname.Reveal()))
	for len(words) > 1 && prefixes[words[0]] {
		words = words[1:]
	}
	return strings.Join(words, "")
}

// Initial is the first initial in comparable form, or empty.
func Initial(p gateway.Person) string {
	for _, r := range Fold(p.Initials.Reveal()) {
		return string(r)
	}
	return ""
}

// Fold puts a text in comparable form: lower case, diacritics off, letters and
// digits only.
func Fold(s string) string { return strings.ReplaceAll(foldWords(s), " ", "") }

// foldWords is Fold that keeps the borders between words.
func foldWords(s string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToLower(s) {
		switch plain, known := folds[r]; {
		case known:
			b.WriteString(plain)
		case unicode.Is(unicode.Mn, r): // a combining mark falls away
		case strings.ContainsRune("'’‘´`ʼ.", r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			space = true
			b.WriteByte(' ')
		}
	}
	if !space {
		return b.String()
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// prefixes are the words that open Dutch surnames (BRP table 36, the single
// words of it that occur in practice), with how they are shortened and run
// together: v.d. Berg, van't Hof.
var prefixes = set("van v vd vant de d der den het t ter ten te la le l du des von zu zum zur da dos das do del della di el al op in aan bij onder over uit voor s n")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// folds maps the letters of the BRP's character set (teletex, Latin-1 and
// Latin Extended-A) to plain ones. Two-letter answers keep "Weiß" and "Weiss"
// equal; ij as one letter equals i and j.
var folds = foldTable(map[string]string{
	"a": "àáâãåāăą", "ae": "æ", "c": "çćĉċč", "d": "ďđð", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥħ",
	"i": "ìíîïĩīĭįı", "ij": "ĳ", "j": "ĵ", "k": "ķĸ", "l": "ĺļľŀł", "n": "ñńņňŉŋ", "o": "òóôõōŏőø", "oe": "œ",
	"r": "ŕŗř", "ss": "ß", "s": "śŝşšș", "t": "ţťŧț", "u": "ùúûũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
	"th": "þ",
	// Written with e by one system and with two dots by another; both go to
	// the plain letter, because "Muller" is how most systems degrade it.
	"a ": "ä", "o ": "ö", "u ": "ü",
})

func foldTable(m map[string]string) map[rune]string {
	t := map[rune]string{}
	for plain, letters := range m {
		for _, r := range letters {
			t[r] = strings.TrimSpace(plain)
		}
	}
	return t
}
