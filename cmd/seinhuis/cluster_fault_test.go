// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres"
)

// TestClusterFaults lets each server fail in its own way under a node that
// serves, and mends it. Meanwhile every answer is a receipt or 503 and readiness
// is false; afterwards the node goes on by itself, every report that got a
// receipt is delivered once, and the log proves it (invariants I2 and I3).
func TestClusterFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("engines of its own, and waiting until faults are noticed")
	}
	e := ownEngines(t)
	s := newSite(t, e, 1)
	n := s.nodes[0]
	l := newLoad(t, s.story, []string{n.url}, 100)
	l.client.Timeout = 30 * time.Second
	saw := l.watch()
	sql := func(database, text string) { t.Helper(); e.postgres.Admin(t, database, text) }
	terminate := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + e.database + "'"
	faults := []struct {
		name        string
		begin, mend func()
		silent      bool // readiness does not tell
	}{
		{"Vault sealed", func() { e.vault.Seal(t) }, func() { e.vault.Unseal(t) }, false},
		{"tokens of Vault withdrawn", func() { s.withdrawTokens(t) }, func() {}, true},
		{"database read-only", func() {
			sql("postgres", "ALTER DATABASE "+e.database+" SET default_transaction_read_only = on")
			sql("postgres", terminate)
		}, func() { sql("postgres", "ALTER DATABASE "+e.database+" RESET default_transaction_read_only") }, false},
		{"disk of the database full", func() {
			sql(e.database, `CREATE FUNCTION seinhuis.vol() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'vol' USING ERRCODE = '53100'; END $$;
				CREATE TRIGGER vol BEFORE INSERT ON seinhuis.report EXECUTE FUNCTION seinhuis.vol()`)
		}, func() { sql(e.database, "DROP TRIGGER vol ON seinhuis.report") }, true},
		{"database stopped and started", func() { e.postgres.Kill() }, func() {
			if err := e.postgres.Launch(); err != nil {
				t.Fatal(err)
			}
		}, false},
	}
	for i, f := range faults {
		part := len(l.letters) / len(faults)
		now := l.part(i*part, (i+1)*part)
		under, done := make(chan struct{}), make(chan error, 1)
		go func() {
			done <- now.run(t.Context(), 25, func(sent int) {
				if sent == part/3 {
					close(under)
				}
			})
		}()
		<-under
		before, begun := saw.count(http.StatusServiceUnavailable), time.Now()
		f.begin()
		if !f.silent {
			until(t, f.name+" makes readiness false", func() bool { return !n.readyAt(t, l) })
		}
		until(t, "503 after: "+f.name, func() bool { return saw.count(http.StatusServiceUnavailable) > before || len(done) > 0 })
		f.mend()
		mended := time.Now()
		until(t, "ready by itself after: "+f.name, func() bool { return n.readyAt(t, l) })
		t.Logf("%s: noticed and mended after %v, ready %v later, %d answers 503", f.name, mended.Sub(begun).Round(time.Millisecond),
			time.Since(mended).Round(time.Millisecond), saw.count(http.StatusServiceUnavailable)-before)
		if err := <-done; err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	saw.only(t)
	l.repeat(t)
	l.genuine(t, s.story)
	deliveredOnce(t, s.story, l.messages)
	provable(t, s.story, l.messages)
	if out := e.run(t, "audit", "verify", "--dir", n.dir); !strings.Contains(out, "whole") {
		t.Error(out)
	}
}

// part is a piece of a load that is sent by itself.
func (l *load) part(from, to int) *load {
	return &load{client: l.client, nodes: l.nodes, messages: l.messages[from:to], letters: l.letters[from:to], receipts: l.receipts[from:to], took: l.took[from:to]}
}

// readyAt asks the node whether it is ready, at its door.
func (n *siteNode) readyAt(t *testing.T, l *load) bool {
	t.Helper()
	answer, err := l.client.Get(n.url + "/v1/gezondheid")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return err == nil && strings.Contains(string(text), `"gezond"`)
}

// genuine asks for every receipt again with a client that verifies it.
func (l *load) genuine(t *testing.T, s *story) {
	t.Helper()
	if err := inParallel(16, len(l.messages), func(i int) error {
		r, err := s.creditors[energy].Send(t.Context(), l.messages[i])
		if err == nil && r.Compact != string(l.receipts[i]) {
			t.Errorf("report %d: the receipt that was given is another", i)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// withdrawTokens ends every token in Vault but the test's own.
func (s *site) withdrawTokens(t *testing.T) {
	t.Helper()
	v := s.engines.vault
	own := v.Must(t, http.MethodGet, "auth/token/lookup-self", nil)["accessor"]
	list, _ := v.Must(t, "LIST", "auth/token/accessors", nil)["keys"].([]any)
	ended := 0
	for _, accessor := range list {
		if accessor != own {
			v.Must(t, http.MethodPost, "auth/token/revoke-accessor", map[string]any{"accessor": accessor})
			ended++
		}
	}
	if ended == 0 {
		t.Error("no token to withdraw")
	}
}

// TestClockAskew: whoever runs the database hears that its clock is wrong.
func TestClockAskew(t *testing.T) {
	e := newEngines(t)
	dir := t.TempDir() + "/knooppunt"
	e.prepare(t, dir, "--oin", string(demoOIN))
	c, err := readConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Postgres.open(dir)
	if err != nil {
		t.Fatal(err)
	}
	p.Passwords[postgres.Gateway] = e.postgres.Password
	found, err := postgres.Examine(t.Context(), p, postgres.Gateway, func() time.Time { return time.Now().Add(-time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	d := &doctor{dir: dir, config: c}
	if d.server(found) {
		t.Error("a clock that is an hour off is good")
	}
	last := d.findings[len(d.findings)-1]
	if last.Check != "PostgreSQL clock" || last.Who != keeperDatabase || !strings.Contains(last.Detail, "1h0m0") {
		t.Errorf("%+v", last)
	}
}
