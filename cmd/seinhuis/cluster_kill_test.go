// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
)

// writersLock is what every transaction that writes waits for; see
// adapters/postgres/writer.go.
const writersLock = "SELECT pg_advisory_xact_lock(357644717569)"

// TestKilledBetweenBodyAndRow kills a node that stored the body of a report and
// waits to write its row. Another node then takes the report as if it was never
// sent; the sweep erases the body that no row names, and only that one.
func TestKilledBetweenBodyAndRow(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes and engines")
	}
	w := newNodes(t, 2)
	e := w.engines
	l := newLoad(t, w.story, w.urls(), 1)
	holder, err := e.postgres.Connect(t.Context(), "admin", e.database)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(context.WithoutCancel(t.Context()))
	if _, err := holder.Exec(t.Context(), "BEGIN; "+writersLock); err != nil {
		t.Fatal(err)
	}
	objects := func() (here []s3test.Version) {
		for _, v := range e.s3.Raw(t).Versions(e.buckets.Bodies) {
			if strings.HasPrefix(v.Name, "GM") && !v.Marker {
				here = append(here, v)
			}
		}
		return here
	}
	answered := make(chan error, 1)
	go func() {
		_, _, err := l.once(t.Context(), w.nodes[0].url, 0)
		answered <- err
	}()
	until(t, "the body is in the store", func() bool { return len(objects()) == 1 })
	orphan := objects()[0]
	w.nodes[0].kill()
	if err := <-answered; err == nil {
		t.Fatal("a receipt for what was never committed")
	}
	if _, err := holder.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	var receipt []byte
	until(t, "the other node gives a receipt", func() bool {
		receipt, _, err = l.once(t.Context(), w.nodes[1].url, 0)
		return err == nil
	})
	l.receipts[0], l.nodes = receipt, []string{w.nodes[1].url}
	l.repeat(t)
	if n := len(objects()); n != 2 {
		t.Fatalf("%d objects, want the orphan and the body", n)
	}
	t.Logf("objects: %v", objects())
	s, err := openInstallation(t.Context(), w.nodes[1].dir, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sweep := s.nodes.(*cluster).db
	if n, err := sweep.Orphans(t.Context(), time.Now().Add(-orphanAge)); err != nil || n != 0 {
		t.Errorf("%d objects of this minute are swept: %v", n, err)
	}
	if n, err := sweep.Orphans(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("%d objects are swept, want 1: %v", n, err)
	}
	if left := objects(); len(left) != 1 || left[0] == orphan {
		t.Errorf("left: %v; the orphan was %v", left, orphan)
	}
	w.story.at(t, w.nodes[1].url)
	deliveredOnce(t, w.story, l.messages)
	provable(t, w.story, l.messages)
}

// TestStartIsRefused: a node says what is wrong and who must act, and opens no
// door, when a password is wrong, when the schema is of a newer program than the
// next, and when the database is older than the log. One step ahead is a rolling
// upgrade, which it bears.
func TestStartIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes and engines")
	}
	w := newNodes(t, 1)
	e, n := w.engines, w.nodes[0]
	older := e.database + "_terug"
	send := func() {
		t.Helper()
		l := newLoad(t, w.story, w.urls(), 1)
		if err := l.run(t.Context(), 10, func(int) {}); err != nil {
			t.Fatal(err)
		}
		provable(t, w.story, l.messages)
	}
	restart := func(between func()) {
		t.Helper()
		if err := n.stop(); err != nil {
			t.Fatal(err)
		}
		between()
		n.start(t)
		send()
	}
	send()
	restart(func() {
		e.postgres.Admin(t, "postgres", "CREATE DATABASE "+older+" OWNER seinhuis_beheer TEMPLATE "+e.database)
	})
	t.Cleanup(func() { e.postgres.Admin(t, "postgres", "DROP DATABASE IF EXISTS "+older+" WITH (FORCE)") })
	restart(func() { e.postgres.Admin(t, e.database, "UPDATE seinhuis.schema_version SET version = version + 1") })
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}

	refused := func(what string, sentences ...string) {
		t.Helper()
		err := serve(t.Context(), n.dir, "", discard(), func(string, *consoleDoor) { t.Fatal("the door is open: " + what) })
		var exit *exitError
		if !errors.As(err, &exit) || exit.code != exitNotReady {
			t.Errorf("%s: %v", what, err)
			return
		}
		for _, sentence := range sentences {
			if !strings.Contains(err.Error(), sentence) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if strings.Contains(err.Error(), e.postgres.Password) || strings.Contains(err.Error(), "verkeerd-wachtwoord") {
			t.Errorf("%s: the sentence holds a password", what)
		}
		t.Logf("%s: %v", what, err)
	}
	e.postgres.Admin(t, e.database, "UPDATE seinhuis.schema_version SET version = version + 1")
	refused("two versions ahead", "run the newer program on every node")
	e.postgres.Admin(t, e.database, "UPDATE seinhuis.schema_version SET version = version - 2")

	adjust(t, n.dir, func(c *config) { c.Postgres.Database = older })
	refused("a database that was put back", "the audit log contradicts its signed checkpoint", "entries are published and the truth store knows of")
	adjust(t, n.dir, func(c *config) { c.Postgres.Database = e.database })

	for _, role := range []string{"poort", "deur", "console", "bewaring"} {
		file := filepath.Join(n.dir, secretsDir, "postgres-"+role)
		writeSecretFile(t, file, "verkeerd-wachtwoord")
		refused("password of "+role, "seinhuis_"+role, "compare the secret files with the database")
		writeSecretFile(t, file, e.postgres.Password)
	}
	n.start(t)
	send()
}
