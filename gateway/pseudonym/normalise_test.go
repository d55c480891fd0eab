// SPDX-License-Identifier: EUPL-1.2

package pseudonym_test

import (
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
)

func person(initials, surname string) gateway.Person {
	return gateway.Person{Initials: gateway.NewPersonal(initials), Surname: gateway.NewPersonal(surname)}
}

// Each row is one surname as creditors and the BRP write it.
func TestSurnamesThatAreOne(t *testing.T) {
	for want, forms := range map[string][]string{
		"weiss":       {"Weiß", "Weiss", "WEISS", "WEIẞ", "weiß "},
		"muller":      {"Müller", "Muller", "MÜLLER", "Mu\u0308ller", "müller"},
		"berg":        {"van den Berg", "Van Den Berg", "Berg", "v. d. Berg", "vd Berg", "v.d. Berg", "berg"},
		"heijden":     {"van der Heijden", "Heijden", "van der Heĳden", "VAN DER HEĲDEN"},
		"hof":         {"van 't Hof", "van ’t Hof", "van t Hof", "Hof", "van't Hof", "van‘t Hof"},
		"hooft":       {"'t Hooft", "’t Hooft", "Hooft"},
		"gravenzande": {"'s-Gravenzande", "’s Gravenzande", "s-Gravenzande"},
		"dangelo":     {"D'Angelo", "D’Angelo", "d´Angelo", "D‘Angelo", "D`Angelo", "Dangelo"},
		"vriesjansen": {"de Vries-Jansen", "De Vries - Jansen", "de Vries Jansen", "Vries–Jansen"},
		"citroen":     {"Citroën", "Citroe\u0308n", "CITROEN"},
		"francois":    {"François", "Franc\u0327ois"},
		"orsted":      {"Ørsted", "Orsted"},
		"lukasz":      {"Łukasz", "Lukasz"},
		"istanbullu":  {"İstanbullu", "Istanbullu", "ıstanbullu"},
		"den":         {"Den", "den"}, // a surname that is a prefix stays
		"yilmaz":      {"Yılmaz", "Yilmaz"},
	} {
		for _, form := range forms {
			if got := pseudonym.Surname(person("", form)); got != want {
				t.Errorf("%q: got %q, want %q", form, got, want)
			}
		}
	}
}

func TestSurnamesThatDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, s := range []string{"Jansen", "Janssen", "Jensen", "Vermeer", "Vermeersch", "Berg", "Bergh", "Opdam", "Dam"} {
		got := pseudonym.Surname(person("", s))
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s are one: %q", s, other, got)
		}
		seen[got] = s
	}
}

func TestInitial(t *testing.T) {
	for in, want := range map[string]string{"": "", "J.P.": "j", "j p": "j", "É.": "e", "E\u0301.": "e", " A": "a", ".": "", "IJ": "i", "Ĳ": "i", "Th.": "t", "Ö": "o"} {
		if got := pseudonym.Initial(person(in, "x")); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"K-2026/001": "k2026001", "a|b": "ab", "": "", "---": "", "bis": "bis", "III": "iii", "\u0301": ""} {
		if got := pseudonym.Fold(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzFold: folding ends, is its own fixed point and never lets the separator
// of token inputs through.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"van der Weiß", "Ĳ|x", "İ", "\u0345", "ﬀ", "\xff", "K"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := pseudonym.Fold(s)
		if again := pseudonym.Fold(once); again != once {
			t.Errorf("%q folds to %q and then to %q", s, once, again)
		}
		for _, r := range once {
			if r == '|' || r == ' ' {
				t.Errorf("%q keeps %q", s, r)
			}
		}
	})
}
