// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestClusterCanary lets marked persons pass a node of a cluster and looks for
// the marks in everything that its servers keep: the database as pg_dump writes
// it, table by table in binary, and as files with the journal of the server;
// every object and version in every bucket; what Vault's audit device wrote.
//
// That device keyed-hashes the values of requests, as it does unless it is told
// not to (log_raw). What the gateway asks Vault to blind are normalised data of
// persons, so a device with log_raw, and the memory of Vault while it answers,
// hold them: docs/cluster.md. That no key leaves is held with log_raw, by
// TestNothingLeaves of keys/vault.
func TestClusterCanary(t *testing.T) {
	if testing.Short() {
		t.Skip("four hundred reports over real engines")
	}
	e := newEngines(t)
	dir, logged := t.TempDir(), new(testWriter)
	home := filepath.Join(dir, "knooppunt")
	e.prepare(t, home, "--oin", string(demoOIN))
	device := filepath.Join(t.TempDir(), "audit.log")
	e.vault.Must(t, http.MethodPut, "sys/audit/kanarie", map[string]any{"type": "file", "options": map[string]string{"file_path": device}})
	t.Cleanup(func() { e.vault.Must(t, http.MethodDelete, "sys/audit/kanarie", nil) })
	w, err := makeNodeWorld(t.Context(), dir, home, verboseLog(logged), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	playCanary(t, w, logged, func(look func(string, []byte)) {
		scan(t, home, look)
		e.scanDatabase(t, look)
		e.scanBuckets(t, w.gateway.config.S3.Buckets.Bodies, w.gateway.config.S3.Buckets.Log, w.gateway.config.S3.Buckets.Spool, look)
		written, err := os.ReadFile(device)
		if err != nil || !bytes.Contains(written, []byte(e.vault.Mount+"/keys/hmac/")) {
			t.Errorf("the audit device of Vault saw no blinding: %v", err)
		}
		look("the audit device of Vault", written)
	})
}

// scanDatabase looks at every row of every table, twice, and at the server's
// files.
func (e *engines) scanDatabase(t *testing.T, look func(string, []byte)) {
	t.Helper()
	dump := e.postgres.Dump(t, e.database)
	if !bytes.Contains(dump, []byte(demoCreditors[energy].OIN)) {
		t.Error("no OIN in the dump: the test looks at nothing")
	}
	look("pg_dump", dump)
	c, err := e.postgres.Connect(t.Context(), "admin", e.database)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.WithoutCancel(t.Context()))
	rows, err := c.Query(t.Context(), `SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil || len(tables) < 30 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	filled := 0
	for _, table := range tables {
		var out bytes.Buffer
		tag, err := c.PgConn().CopyTo(t.Context(), &out, fmt.Sprintf("COPY %s TO STDOUT (FORMAT binary)", table))
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		if tag.RowsAffected() > 0 {
			filled++
		}
		look("table "+table, out.Bytes())
	}
	if filled < 10 {
		t.Errorf("%d of %d tables have rows: the test looks at nothing", filled, len(tables))
	}
	if _, err := c.Exec(t.Context(), "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	scan(t, e.postgres.Files(), look)
}

// scanBuckets looks at every version of every object, and at its name.
func (e *engines) scanBuckets(t *testing.T, bodies, log, spool string, look func(string, []byte)) {
	t.Helper()
	raw := e.s3.Raw(t)
	for _, bucket := range []string{bodies, log, spool} {
		n := 0
		for _, v := range raw.Versions(bucket) {
			look("a name in "+bucket, []byte(v.Name))
			if v.Marker {
				continue
			}
			n++
			look(bucket+"/"+v.Name, raw.Of(bucket, v))
		}
		if n == 0 && bucket != spool {
			t.Errorf("%s is empty: the test looks at nothing", bucket)
		}
	}
}
