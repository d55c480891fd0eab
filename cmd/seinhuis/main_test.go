// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
)

// TestMain lets stories and kill tests run this very binary as seinhuis.
func TestMain(m *testing.M) {
	testscript.Main(servers{m}, map[string]func(){"seinhuis": func() {
		if file := os.Getenv(enginesFile); file != "" {
			os.Exit(asNode(file, os.Args[1:]))
		}
		os.Exit(run(os.Args[1:]))
	}})
}

// servers stops the real servers that tests started after the last of them.
type servers struct{ m *testing.M }

func (s servers) Run() int { return postgrestest.Main(s.m) }

// TestDemo tells the whole story once, small.
func TestDemo(t *testing.T) {
	var out testWriter
	err := demo(t.Context(), &out, demoOptions{dir: t.TempDir(), reports: 30, once: true, log: discard()})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log(out.String())
}
