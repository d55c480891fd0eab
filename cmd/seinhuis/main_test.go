// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets stories and kill tests run this very binary as seinhuis.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"seinhuis": func() { os.Exit(run(os.Args[1:])) }})
}

// TestDemo tells the whole story once, small.
func TestDemo(t *testing.T) {
	var out testWriter
	err := demo(t.Context(), &out, demoOptions{dir: t.TempDir(), reports: 30, once: true, log: discard()})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log(out.String())
}
