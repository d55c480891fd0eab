// SPDX-License-Identifier: EUPL-1.2

package gateway_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

func TestTraceparent(t *testing.T) {
	const id, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for header, want := range map[string][2]string{
		"00-" + id + "-" + span + "-01":                           {id, span},
		"00-" + id + "-" + span + "-00":                           {id, span}, // not sampled is logged like the rest
		"cc-" + id + "-" + span + "-01-later":                     {id, span}, // of a version to come
		"00-" + id + "-0000000000000000-01":                       {id, ""},
		"00-" + id + "-0000000111222333-01":                       {id, ""}, // a number, not a span
		"00-" + id + "-4539148803436467-01":                       {id, ""}, // of a card
		"00-" + id + "-00F067AA0BA902B7-01":                       {id, ""},
		"00-" + id + "-" + span + "x01":                           {},
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": {}, // no trace
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01": {},
		"00-" + id[:31] + "x-00f067aa0ba902b7-01":                 {},
		"00-00000000000000000000000111222333-00f067aa0ba902b7-01": {}, // a number, not a trace
		"": {}, id: {},
	} {
		if got := gateway.ParseTraceparent(header); got.ID() != want[0] || got.Parent() != want[1] || got.IsZero() != (want[0] == "") {
			t.Errorf("%q: got %q under %q, want %q", header, got.ID(), got.Parent(), want)
		}
	}
	if one, other := gateway.NewTrace(), gateway.NewTrace(); one == other || len(one.ID()) != 32 {
		t.Error("new traces are not random ids")
	}
}

func TestExchangeIsVersion7(t *testing.T) {
	const good = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11"
	for s, ok := range map[string]bool{
		good: true, strings.ToUpper(good): false, "0192a0c2-7b1e-4c55-9d3a-5b1f0a7c1e11": false, "": false, good + " ": false,
	} {
		if id, err := gateway.ParseExchange(s); (err == nil) != ok || ok && string(id) != s || !ok && id != "" {
			t.Errorf("%q: %q, %v", s, id, err)
		}
	}
}

// TestTraceIsWrittenAsItsID holds what receipts name.
func TestTraceIsWrittenAsItsID(t *testing.T) {
	const id, exchange = "4bf92f3577b34da6a3ce929d0e0e4736", "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11"
	trace := gateway.ParseTraceparent("00-" + id + "-00f067aa0ba902b7-01").Within(exchange)
	b, err := json.Marshal(struct {
		Trace gateway.Trace `json:"spoor"`
		None  gateway.Trace `json:"geen,omitzero"`
	}{Trace: trace})
	if want := `{"spoor":"` + id + `"}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	var back struct {
		Trace gateway.Trace `json:"spoor"`
	}
	if err := json.Unmarshal(b, &back); err != nil || back.Trace.ID() != id || back.Trace.Parent() != "" || back.Trace.Exchange() != "" {
		t.Errorf("read back %+v, %v", back, err)
	}
	for _, bad := range []string{`"x"`, `"` + strings.Repeat("0", 32) + `"`, `"` + strings.ToUpper(id) + `"`, `7`} {
		if json.Unmarshal([]byte(`{"spoor":`+bad+`}`), &back) == nil {
			t.Errorf("%s is taken as a trace", bad)
		}
	}
}
