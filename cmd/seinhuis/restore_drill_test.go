// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
)

// crowd fills a store with signals of a size that the real ones have, as rows:
// sending a million reports would measure something else.
type crowd struct {
	load   backup.Load
	tables map[string]backup.Table
	by     time.Time
}

func (c *crowd) begin(ctx context.Context, name string) (backup.Table, error) {
	return c.tables[name], c.load.Begin(ctx, c.tables[name])
}

func noise(i, size int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	b := make([]byte, 0, size+len(sum))
	for len(b) < size {
		b = append(b, sum[:]...)
	}
	return b[:size]
}

func sixteen(i int, what byte) []byte {
	b := noise(i, 16)
	b[0], b[6], b[8] = what, b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return b
}

// add adds one row by names of columns; the others are NULL.
func (c *crowd) add(ctx context.Context, t backup.Table, values map[string]backup.Value) error {
	row := make([]backup.Value, len(t.Columns))
	for i, column := range t.Columns {
		row[i] = values[column.Name]
	}
	return c.load.Add(ctx, row)
}

type values = map[string]backup.Value

// fill writes signals, bodies, reports, tokens and entries of the log in the order of the tables.
func (c *crowd) fill(ctx context.Context, signals int) error {
	n, s, b := func(i int) backup.Value { return backup.IntOf(int64(i)) }, backup.TextOf, backup.BlobOf
	for _, part := range []struct {
		table string
		each  int // rows per signal
		row   func(i, k int) values
	}{
		{"signal", 1, func(i, _ int) values {
			return values{"number": n(i), "id": b(sixteen(i, 1)), "municipality": s("GM0268"), "sequence": n(i), "nature": s("melding"), "creditor": s(testCreditor),
				"report_id": b(sixteen(i, 2)), "kind": s("Energie"), "urgency": s("regulier"), "deposited_at": backup.IntOf(c.by.UnixMilli()), "day": n(20000),
				"format": s("jose"), "key_id": s("sleutel-van-de-gemeente"), "size": n(2400), "digest": b(noise(i, 32)), "keep_days": n(60), "pause_days": n(0), "prolongations": n(1), "expires_on": n(30000)}
		}},
		{"body", 1, func(i, _ int) values {
			return values{"number": n(i), "scope": s("GM0268/2026-11"), "wrapped": b(noise(i, 2400)), "expires_on": n(30000)}
		}},
		{"report", 1, func(i, _ int) values {
			return values{"number": n(i), "creditor": s(testCreditor), "id": b(sixteen(i, 2)), "digest": b(noise(i, 32)), "receipt": b(noise(i, 1100)), "entry": n(i), "expires_on": n(30000)}
		}},
		{"trail", 4, func(i, k int) values {
			return values{"municipality": s("GM0268"), "sum": b(noise(i*4+k, 32)), "version": n(1), "token": s([]string{"person", "resident", "address", "claim"}[k]), "signal": n(i), "day": n(20000), "expires_on": n(30000)}
		}},
		{"audit_row", 2, func(i, k int) values {
			number := 2*(i-1) + k + 1
			by := audit.By{Actor: testCreditor, Role: audit.Creditor, Origin: audit.Local, Trace: gateway.NewTrace()}
			id, _ := gateway.ParseUUID(fmt.Sprintf("%08x-0000-4000-8000-%012x", number, number))
			e, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, testCreditor, string(id)), c.by, audit.Receipt(strconv.Itoa(number)))
			if err != nil {
				return nil
			}
			return values{"number": n(number), "leaf": b(e.Leaf())}
		}},
		{"audit_index", 2, func(i, k int) values {
			number := 2*(i-1) + k + 1
			return values{"number": n(number), "at": backup.IntOf(c.by.UnixMilli()), "facet": n(1), "subject": b(sixteen(i, 2)), "signal": n(i), "trace": b(noise(number, 16))}
		}},
		{"audit_concern", 4, func(i, k int) values {
			number := 2*(i-1) + k/2 + 1
			return values{"party": n(1 + k%2), "facet": n(1), "number": n(number), "span": b(noise(number, 8))}
		}},
	} {
		t, err := c.begin(ctx, part.table)
		if err != nil {
			return err
		}
		if part.table == "audit_concern" { // its key goes by party first
			for party := range 2 {
				for number := 1; number <= 2*signals; number++ {
					if err := c.add(ctx, t, values{"party": n(1 + party), "facet": n(1), "number": n(number), "span": b(noise(number, 8))}); err != nil {
						return err
					}
				}
			}
			continue
		}
		for i := 1; i <= signals; i++ {
			for k := range part.each {
				if err := c.add(ctx, t, part.row(i, k)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// crowded makes a trial installation with so many signals and a published log.
func crowded(t *testing.T, signals int) string {
	t.Helper()
	dir := trial(t)
	path := filepath.Join(dir, databaseFile)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	empty, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "leeg.db"))
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{tables: map[string]backup.Table{}, by: time.Now().UTC().Truncate(time.Millisecond)}
	schema := 0
	err = empty.Snapshot(t.Context(), func(s backup.Snapshot) error {
		schema = s.Schema()
		for _, table := range s.Tables() {
			c.tables[table.Name] = table
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.Close(); err != nil {
		t.Fatal(err)
	}
	err = sqlite.NewSink(path).Load(t.Context(), schema, func(l backup.Load) error {
		c.load = l
		return c.fill(t.Context(), signals)
	})
	if err != nil {
		t.Fatal(err)
	}
	publishLog(t, dir)
	return dir
}

// publishLog takes what waits into the log, as the running gateway does.
func publishLog(t *testing.T, dir string) {
	t.Helper()
	err := withKeys(t.Context(), &globals{dir: dir}, func(b *books, ring keyStore) error {
		tiles, err := files.Open(filepath.Join(dir, logDir))
		if err != nil {
			return err
		}
		defer tiles.Close()
		s, err := newSequencer(t.Context(), b.config, ring, b.truth, tiles)
		if err != nil {
			return err
		}
		_, err = s.Integrate(t.Context())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRestoreDrill makes, verifies and restores an archive, settles it and starts
// the gateway on it, and prints what each step took. SEINHUIS_SIGNALS says how
// many signals; the figures of docs/runbooks/restore.md are of a million.
func TestRestoreDrill(t *testing.T) {
	signals, err := strconv.Atoi(os.Getenv("SEINHUIS_SIGNALS"))
	if err != nil {
		signals = 500
	}
	began := time.Now()
	step := func(what string) {
		t.Logf("%-28s %8.1f s", what, time.Since(began).Seconds())
		began = time.Now()
	}
	dir, safe := crowded(t, signals), t.TempDir()
	step(fmt.Sprintf("filled with %d signals", signals))
	operate(t, dir, "backup", "key", "new", "--to", filepath.Join(safe, "sleutel"))
	operate(t, dir, "backup", "key", "register", filepath.Join(safe, "sleutel.pub"))
	began = time.Now()
	made, err := makeBackup(t.Context(), &globals{dir: dir}, safe)
	if err != nil {
		t.Fatal(err)
	}
	step("backup make")
	if _, err := verifyBackup(t.Context(), &globals{dir: dir}, made.File, "", "", ""); err != nil {
		t.Fatal(err)
	}
	step("backup verify, signature")
	if v, err := verifyBackup(t.Context(), &globals{dir: dir}, made.File, filepath.Join(safe, "sleutel"), "", ""); err != nil || v.Rows != made.Rows {
		t.Fatal(v, err)
	}
	step("backup verify, all")
	fresh := filepath.Join(t.TempDir(), "terug")
	if err := os.Mkdir(fresh, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{keyringFile, "ontgrendeling", configFile} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(fresh, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	began = time.Now()
	if _, err := restoreBackup(t.Context(), fresh, made.File, filepath.Join(safe, "sleutel"), "", "", time.Now()); err != nil {
		t.Fatal(err)
	}
	step("backup restore")
	publishLog(t, dir)
	began = time.Now()
	operate(t, fresh, "backup", "settle", "--log", filepath.Join(fresh, logDir))
	step("backup settle")
	if err := os.CopyFS(filepath.Join(fresh, "tls"), os.DirFS(filepath.Join(dir, "tls"))); err != nil && !os.IsExist(err) {
		t.Log(err) // the certificate came with the archive; the rest is copied below
	}
	sizes := map[string]int64{}
	for name, path := range map[string]string{"archive": made.File, "database": filepath.Join(fresh, databaseFile)} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		sizes[name] = info.Size() >> 20
	}
	t.Logf("%d signals, %d rows, %d entries; archive %d MB, database %d MB", signals, made.Rows, made.Log, sizes["archive"], sizes["database"])
	again, err := verifyLogOf(t, fresh)
	if err != nil || !again.OK || again.Log.Size < made.Log {
		t.Errorf("the restored log: %+v, %v", again, err)
	}
	step("audit verify of the restored")
}

func verifyLogOf(t *testing.T, dir string) (v verified, err error) {
	err = withBooks(t.Context(), &globals{dir: dir}, func(b *books) error {
		v, err = b.verifyAll(t.Context())
		return err
	})
	return v, err
}
