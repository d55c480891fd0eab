// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/logbook"
)

func processingAsk(body string) ask {
	return ask{"POST", "/v1/logboek/processing-activities", body, "gemeente", [][2]string{{"Content-Type", "application/json"}}}
}

func TestQuestionIsReadWhole(t *testing.T) {
	h := newHouse(t, Options{})
	subject, activity := strings.Repeat("ab", 32), "https://seinhuis.example/v1/verwerkingsactiviteiten/incassopauze"
	w := h.do(processingAsk(`{"traceId":"4bf92f35-77b3-4da6-a3ce-929d0e0e4736","dpl.core.processing_activity_id":"` + activity + `","dpl.core.data_subject_id":"` + subject + `",` +
		`"dpl.core.data_subject_id_type":"https://seinhuis.example/v1/pseudoniemen/v1/bewoner/1","startTime":0,"endTime":1793620800123,"seinhuis.na":41}`))
	want := logbook.Question{Trace: "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", Activity: activity, Subject: subject,
		SubjectType: "https://seinhuis.example/v1/pseudoniemen/v1/bewoner/1", From: time.UnixMilli(0).UTC(), Until: time.UnixMilli(1793620800123).UTC(), After: 41}
	if w.Code != 200 || h.asked != want {
		t.Errorf("%d, asked %+v", w.Code, h.asked)
	}
}

// TestQuestionIsClosed: what a person or a guess may have put into it is refused
// and not said back.
func TestQuestionIsClosed(t *testing.T) {
	h := newHouse(t, Options{})
	for name, body := range map[string]string{
		"unknown field": `{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","bsn":"111222333"}`, "fraction": `{"startTime":1.5}`, "text as time": `{"startTime":"2026-01-01T00:00:00Z"}`,
		"negative": `{"startTime":-1}`, "beyond the calendar": `{"endTime":253402300800000}`, "a number": `{"traceId":7}`, "no object": `[]`, "no JSON": `{`,
		"too long": `{"traceId":"` + strings.Repeat("a", 37) + `"}`, "twice": `{"startTime":1,"startTime":1}`, "before the first": `{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","seinhuis.na":-1}`,
	} {
		if w := h.do(processingAsk(body)); w.Code != 400 || strings.Contains(w.Body.String(), "111222333") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(h.calls) != 0 {
		t.Errorf("asked %v", h.calls)
	}
	if w := h.do(get("/v1/verwerkingsactiviteiten/111222333", "")); w.Code != 404 || strings.Contains(w.Body.String(), "111222333") {
		t.Errorf("an activity that is none: %d %s", w.Code, w.Body)
	}
}
