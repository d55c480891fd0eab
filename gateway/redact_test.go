// SPDX-License-Identifier: EUPL-1.2

package gateway_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// Synthetic marks: whatever prints one of them has leaked. The house number
// is written in the ways that a verb may write it.
const (
	markName   = "Zwartebloem"
	markNumber = 87654
)

var leaks = []string{markName, "Zwar", fmt.Sprintf("%x", markName), fmt.Sprintf("%X", markName), "9999ZQ"}

// numberLeaks looks for the whole number: its digits may stand in an address of memory.
var numberLeaks = regexp.MustCompile(fmt.Sprintf(`\b(0[xXo])?(%[1]d|%[1]x|%[1]X|%[1]o|%[1]b)\b`, markNumber))

func leaked(t *testing.T, how, printed string) {
	t.Helper()
	for _, l := range leaks {
		if strings.Contains(printed, l) || numberLeaks.MatchString(printed) {
			t.Errorf("%s shows personal data: %q", how, printed)
		}
	}
}

func marked(t *testing.T) gateway.Report {
	t.Helper()
	number, err := gateway.NewHouseNumber(markNumber)
	if err != nil {
		t.Fatal(err)
	}
	p := gateway.NewPersonal(markName)
	return gateway.Report{
		Reference: p,
		Person:    gateway.Person{Initials: p, Prefix: p, Surname: p, BirthDate: p},
		Address:   gateway.Address{Postcode: gateway.NewPersonal("9999ZQ"), Number: number, Letter: p, Addition: p, Street: p, Place: p},
		Contact:   gateway.Contact{Phone: p, Email: p},
	}
}

// hidden holds personal types where fmt cannot call their methods.
type hidden struct {
	report  gateway.Report
	surname gateway.Personal
	number  gateway.HouseNumber
	byName  map[string]gateway.Personal
	list    []gateway.HouseNumber
	any     any
	deep    *hidden
}

func TestPersonalDataDoesNotPrint(t *testing.T) {
	r := marked(t)
	h := hidden{report: r, surname: r.Person.Surname, number: r.Address.Number,
		byName: map[string]gateway.Personal{"a": r.Person.Surname}, list: []gateway.HouseNumber{r.Address.Number}, any: r.Person}
	h.deep = &hidden{report: r, any: &r}
	values := map[string]any{
		"personal": r.Person.Surname, "*personal": &r.Person.Surname, "number": r.Address.Number, "*number": &r.Address.Number,
		"report": r, "*report": &r, "person": r.Person, "address": r.Address, "contact": r.Contact,
		"hidden": h, "*hidden": &h, "slice": []gateway.Report{r}, "map": map[string]gateway.Person{"x": r.Person},
		"array": [1]gateway.Personal{r.Contact.Email}, "key": map[gateway.HouseNumber]int{r.Address.Number: 1},
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%b", "%o", "%c", "%U", "%t", "%20v", "%-3s"} {
			leaked(t, name+" with "+verb, fmt.Sprintf(verb, v))
		}
		leaked(t, name+" with Sprint", fmt.Sprint(v))
		leaked(t, name+" with Sprintln", fmt.Sprintln(v))
		leaked(t, name+" in an error", fmt.Errorf("about %v", v).Error())
	}
}

func TestPersonalDataDoesNotMarshal(t *testing.T) {
	r := marked(t)
	for name, v := range map[string]any{"report": r, "*report": &r, "personal": r.Person.Surname, "number": r.Address.Number,
		"key": map[gateway.Personal]int{r.Person.Surname: 1}, "number key": map[gateway.HouseNumber]int{r.Address.Number: 1}} {
		for how, marshal := range map[string]func(any) ([]byte, error){
			"encoding/json": json.Marshal,
			"json v2":       func(v any) ([]byte, error) { return jsonv2.Marshal(v) },
		} {
			b, err := marshal(v)
			if err != nil {
				t.Errorf("%s of %s: %v", how, name, err)
			}
			leaked(t, how+" of "+name, string(b))
			if !strings.Contains(string(b), "[afgeschermd]") {
				t.Errorf("%s of %s does not show that something is hidden: %s", how, name, b)
			}
		}
	}
}

func TestPersonalDataDoesNotLog(t *testing.T) {
	r := marked(t)
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).With("person", r.Person).WithGroup("g").Info(fmt.Sprint(r.Person.Surname),
			"report", r, "pointer", &r, "name", r.Person.Surname, "number", r.Address.Number,
			"group", slog.GroupValue(slog.Any("email", r.Contact.Email)), "error", fmt.Errorf("x: %v", r.Address))
		leaked(t, "slog "+name, b.String())
		if !strings.Contains(b.String(), "afgeschermd") {
			t.Errorf("slog %s wrote nothing of it: %s", name, b.String())
		}
	}
}

func TestRefusedInputIsNotInTheError(t *testing.T) {
	var p gateway.Personal
	var n gateway.HouseNumber
	var d gateway.Date
	for name, err := range map[string]error{
		"personal": p.UnmarshalJSON([]byte(`{"` + markName + `"`)), "number": n.UnmarshalJSON([]byte(`"87654x"`)),
		"number range": n.UnmarshalJSON([]byte("876540")), "date": d.UnmarshalJSON([]byte(`"` + markName + `"`)),
		"uuid": second(gateway.ParseUUID(markName)), "oin": second(gateway.ParseOIN(markName)),
		"municipality": second(gateway.ParseMunicipality("GM" + markName)),
	} {
		if err == nil {
			t.Errorf("%s: taken", name)
			continue
		}
		leaked(t, name, err.Error())
	}
}

func TestErrorNamesCodesOnly(t *testing.T) {
	cause := errors.New("disk")
	e := gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeBSN, Pointer: "/kenmerk", Rule: "Wabb", Text: "tekst"})
	e.Cause = cause
	if got, want := e.Error(), "ongeldig bsn-niet-toegestaan@/kenmerk: disk"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(fmt.Errorf("door: %w", e), cause) || gateway.AsError(fmt.Errorf("door: %w", e)) != e {
		t.Error("cause or error lost in wrapping")
	}
	if gateway.AsError(nil) != nil || gateway.AsError(cause).Kind != gateway.KindInternal {
		t.Error("AsError guesses")
	}
}

func TestRevealIsTheOneWayOut(t *testing.T) {
	r := marked(t)
	if r.Person.Surname.Reveal() != markName || r.Address.Number.Reveal() != markNumber {
		t.Error("Reveal does not give the value back")
	}
	if !gateway.NewPersonal("").IsZero() || (gateway.Personal{}).Reveal() != "" || (gateway.HouseNumber{}).Reveal() != 0 {
		t.Error("the zero value is not empty")
	}
}

func second[T any](_ T, err error) error { return err }
