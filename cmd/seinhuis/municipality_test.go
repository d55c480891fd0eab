// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

// midnight DIR DAYS does on an installation, by the chore of serve, what is due
// at noon so many days from now.
func midnight(ts *testscript.TestScript, neg bool, args []string) {
	b, err := openBooks(context.Background(), &globals{dir: ts.MkAbs(args[0])})
	ts.Check(err)
	defer b.truth.Close()
	days, err := time.ParseDuration(args[1] + "h")
	ts.Check(err)
	now := gateway.Today(time.Now()).Time().Add(days*24 + 12*time.Hour)
	var log bytes.Buffer
	p := passing{desk: reorganisation.NewDesk(b.truth.Reorganisations, func() time.Time { return now }), logger: slog.New(slog.NewTextHandler(&log, nil))}
	p.carryOut(context.Background(), now)
	ts.Logf("%s", log.String())
	if strings.Contains(log.String(), "niet uitgevoerd") != neg {
		ts.Fatalf("carried out is %t", neg)
	}
}

// TestPassingTellsOnce: what cannot be done is told at once and then every
// hour, not at every try; and told again when it came back.
func TestPassingTellsOnce(t *testing.T) {
	memory, actors := gatewaytest.NewMemory(), gatewaytest.NewActors(t)
	now := gatewaytest.Now()
	var log bytes.Buffer
	p := passing{desk: reorganisation.NewDesk(memory.Reorganisations, func() time.Time { return now }), logger: slog.New(slog.NewTextHandler(&log, nil))}
	put := func(successor gateway.PartyState) {
		actors.Nijmegen.State = successor
		if err := memory.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) error {
			return tx.PutParties([]gateway.Party{actors.Leiden, actors.Nijmegen})
		}); err != nil {
			t.Fatal(err)
		}
	}
	put(gateway.PartyActive)
	if _, err := p.desk.Prepare(t.Context(), reorganisation.Order{From: []gateway.Municipality{actors.Leiden.Municipality},
		Into: actors.Nijmegen.Municipality, On: gateway.Today(now).AddDays(1)}); err != nil {
		t.Fatal(err)
	}
	put(gateway.PartySuspended)
	for _, step := range []struct {
		later time.Duration
		told  int
	}{{time.Hour, 0}, {24 * time.Hour, 1}, {time.Second, 1}, {59 * time.Minute, 1}, {time.Minute, 2}, {time.Minute, 2}} {
		now = now.Add(step.later)
		p.carryOut(t.Context(), now)
		if got := strings.Count(log.String(), "level=ERROR"); got != step.told {
			t.Errorf("told %d times, want %d", got, step.told)
		}
	}
	put(gateway.PartyActive)
	p.carryOut(t.Context(), now)
	p.carryOut(t.Context(), now)
	if strings.Count(log.String(), "herindeling uitgevoerd") != 1 {
		t.Error(log.String())
	}
}

// formerly DIR GM… writes into a party folder which municipalities it succeeds.
func formerly(ts *testscript.TestScript, _ bool, args []string) {
	path := filepath.Join(ts.MkAbs(args[0]), kitParty)
	data, err := os.ReadFile(path)
	ts.Check(err)
	party := map[string]any{}
	ts.Check(json.Unmarshal(data, &party))
	party["voorheen"] = args[1:]
	data, err = json.Marshal(party)
	ts.Check(err)
	ts.Check(os.WriteFile(path, data, 0o600))
}
