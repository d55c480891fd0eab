// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
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
