// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"testing"
)

func embeddedBundle(t testing.TB) *Bundle {
	t.Helper()
	b, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCases(t *testing.T) {
	results, err := RunCases(embeddedBundle(t), EmbeddedCases())
	if err != nil {
		t.Fatal(err)
	}
	if len(results) < 45 {
		t.Errorf("only %d cases", len(results))
	}
	for _, r := range results {
		t.Run(r.Name, func(t *testing.T) {
			for _, d := range r.Differs {
				t.Errorf("%s: %s", r.Comment, d)
			}
		})
	}
}
