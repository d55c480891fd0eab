// SPDX-License-Identifier: EUPL-1.2

package request_test

import (
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/request"
)

func day(t *testing.T, s string) gateway.Date {
	t.Helper()
	d, err := gateway.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestClock: a month is a calendar month, never longer, and three with an
// extension (AVG art. 12(3)).
func TestClock(t *testing.T) {
	for received, want := range map[string][2]string{
		"2026-11-02": {"2026-12-02", "2027-02-02"}, "2026-01-31": {"2026-02-28", "2026-04-30"}, "2027-11-30": {"2027-12-30", "2028-02-29"},
		"2026-12-15": {"2027-01-15", "2027-03-15"},
	} {
		r := request.Request{Received: day(t, received)}
		plain := r.Due().String()
		r.Extended = request.Complex
		if plain != want[0] || r.Due().String() != want[1] {
			t.Errorf("%s: due %s and %s, want %v", received, plain, r.Due(), want)
		}
	}
	r := request.Request{Received: day(t, "2026-11-02")}
	if r.DaysLeft(day(t, "2026-11-30")) != 2 || r.Late(day(t, "2026-12-02")) || !r.Late(day(t, "2026-12-03")) {
		t.Error("days left")
	}
	if r.Outcome = request.Granted; r.Late(day(t, "2027-12-03")) {
		t.Error("a closed request is late")
	}
}

// TestLifeOfARequest: opened, extended, handed on with its clock, closed once;
// each with a line in the log that holds codes and numbers.
func TestLifeOfARequest(t *testing.T) {
	m := gatewaytest.NewMemory()
	desk, id := request.NewDesk(m.Requests), func() gateway.UUID { return gateway.NewUUID(gatewaytest.Now(), nil) }
	by := request.By{Officer: id(), At: gatewaytest.Now(), Trace: gateway.NewTrace()}
	asked := request.Request{Kind: request.Access, Controller: "00000099000000110001", Instruction: id(), Received: gateway.Today(by.At)}
	must := func(r request.Request, err error) request.Request {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	refused := func(want string, err error) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	r := must(desk.Open(t.Context(), by, asked))
	must(desk.Extend(t.Context(), by, r.ID, request.Many))
	_, err := desk.Extend(t.Context(), by, r.ID, request.Many)
	refused("geweigerd al-verlengd", err)
	handed := must(desk.HandOn(t.Context(), by, r.ID, "00000099000000220001"))
	if handed.Due() != must(desk.Open(t.Context(), by, asked)).Due().AddDays(62) || handed.HandedFrom != asked.Controller || handed.Controller != "00000099000000220001" {
		t.Errorf("%+v", handed)
	}
	_, err = desk.HandOn(t.Context(), by, r.ID, "00000099000000220001")
	refused("geweigerd zelfde-verantwoordelijke", err)
	must(desk.Close(t.Context(), by, r.ID, request.Granted))
	_, err = desk.Close(t.Context(), by, r.ID, request.Granted)
	refused("geweigerd verzoek-gesloten", err)
	_, err = desk.Close(t.Context(), by, id(), request.Granted)
	refused("niet-gevonden verzoek-onbekend", err)
	late := asked
	late.Received = gateway.Today(by.At).AddDays(-40)
	_, err = desk.Extend(t.Context(), by, must(desk.Open(t.Context(), by, late)).ID, request.Complex)
	refused("geweigerd verlengen-te-laat", err)
	for what, change := range map[string]func(*request.Request){
		"kind": func(r *request.Request) { r.Kind = "zomaar" }, "tomorrow": func(r *request.Request) { r.Received = gateway.Today(by.At).AddDays(1) },
		"controller": func(r *request.Request) { r.Controller = "" }, "instruction": func(r *request.Request) { r.Instruction = "x" },
	} {
		wrong := asked
		change(&wrong)
		if _, err := desk.Open(t.Context(), by, wrong); err == nil || err.Error() != "geweigerd verzoek-ongeldig" {
			t.Errorf("%s: %v", what, err)
		}
	}
	var log strings.Builder
	for _, leaf := range m.Entries() {
		log.Write(leaf)
	}
	for event, n := range map[string]int{"verzoek-geopend": 3, "verzoek-verlengd": 1, "verzoek-overgedragen": 1, `"verzoek-gesloten"`: 1} {
		if got := strings.Count(log.String(), event); got != n {
			t.Errorf("%s: %d in the log, want %d", event, got, n)
		}
	}
	m.FailWrites(gatewaytest.Failed)
	if _, err := desk.Open(t.Context(), by, asked); err == nil {
		t.Error("opened without a store")
	}
	if open, err := desk.List(t.Context(), false); err != nil || len(open) != 2 {
		t.Errorf("%d open, %v", len(open), err)
	}
}
