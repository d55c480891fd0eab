// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// Numbers that others count stand in the text with their kind, the last value
// only.
func TestNumbersOfOthers(t *testing.T) {
	m := NewMetrics()
	m.Gauge("seinhuis_a", 3)
	m.Counter("seinhuis_b_total", 4)
	m.Gauge("seinhuis_a", 1)
	want := "# TYPE seinhuis_a gauge\nseinhuis_a 1\n# TYPE seinhuis_b_total counter\nseinhuis_b_total 4\n"
	if text := m.text(); !strings.Contains(text, want) {
		t.Error(text)
	}
}

// A gauge without label is one number; one that cannot be read is missing, and
// that it is can be seen.
func TestGaugesThatFail(t *testing.T) {
	m := NewMetrics()
	m.Watch(Gauge{Name: "seinhuis_a", Read: func(context.Context) (map[string]int, error) { return map[string]int{"": 3}, nil }})
	m.Watch(Gauge{Name: "seinhuis_b", Label: "kind", Read: func(context.Context) (map[string]int, error) { return map[string]int{"y": 2, "x": 1}, nil }})
	m.Watch(Gauge{Name: "seinhuis_c", Read: func(context.Context) (map[string]int, error) { return nil, errors.New("away") }})
	want := "# TYPE seinhuis_a gauge\nseinhuis_a 3\n# TYPE seinhuis_b gauge\nseinhuis_b{kind=\"x\"} 1\nseinhuis_b{kind=\"y\"} 2\n" +
		"# TYPE seinhuis_gauges_failed gauge\nseinhuis_gauges_failed 1\n"
	if text := m.gauged(t.Context()); text != want {
		t.Error(text)
	}
}
