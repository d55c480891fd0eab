// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/clocks"
)

// TestOperatorStories runs the operator's commands as a person would, each
// story on a trial installation of its own. TestMain is in main_test.go.
func TestOperatorStories(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the binary some hundred times")
	}
	bothProfiles(t, testscript.Params{
		Dir: "testdata/operator",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SEINHUIS_DIR", filepath.Join(e.WorkDir, "proef"))
			drill, err := filepath.Abs("../../deploy/restore-drill")
			if err != nil {
				return err
			}
			e.Setenv("DRILL", drill)
			e.Setenv("TODAY", gateway.Today(time.Now()).String())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "publish": publish, "statement": statement, "verifyzip": verifyZip, "flip": flip, "alterrow": alterRow, "mode": mode, "midnight": midnight, "pick": pick, "nowhere": nowhere, "alarm": raiseAlarm, "ids": ids, "logfiles": logFilesOf, "pickfile": pickFile,
		},
	})
}

// ids sets FIRST and LAST to the first and last id in the JSON list that was
// printed.
func ids(ts *testscript.TestScript, _ bool, _ []string) {
	var list []struct{ ID string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &list))
	ts.Setenv("FIRST", list[0].ID)
	ts.Setenv("LAST", list[len(list)-1].ID)
}

// pickfile DIR sets FILE to the one file in a folder.
func pickFile(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*"))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%d files in %s", len(found), args[0])
	}
	ts.Setenv("FILE", found[0])
}

// exits CODE ARGS… runs seinhuis and wants exactly this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec("seinhuis", args[1:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if neg || got != want {
		ts.Fatalf("exit code %d, want %d\n%s", got, want, ts.ReadFile("stderr"))
	}
}

// publish DIR takes the waiting rows into the log, as the running gateway does.
func publish(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	b, err := openBooks(ctx, &globals{dir: ts.MkAbs(args[0])})
	ts.Check(err)
	defer b.truth.Close()
	ring, err := openKeys(ctx, b.dir, b.config)
	ts.Check(err)
	defer ring.Close()
	var tiles audit.Tiles = b.log
	if !b.config.cluster() {
		tiles, err = files.Open(filepath.Join(b.dir, logDir))
		ts.Check(err)
	}
	s, err := newSequencer(ctx, b.config, ring, b.truth, tiles)
	ts.Check(err)
	_, err = s.Integrate(ctx)
	ts.Check(err)
}

// alarm DIR KIND OIN DAYS raises an alarm as if it were some days ago; DAYS may
// be a part of one.
func raiseAlarm(ts *testscript.TestScript, _ bool, args []string) {
	days, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	ctx := context.Background()
	b, err := openBooks(ctx, &globals{dir: ts.MkAbs(args[0])})
	ts.Check(err)
	defer b.truth.Close()
	who := gateway.Party{OIN: gateway.OIN(args[2])}
	a := clocks.Alarm{Kind: gateway.NoticeKind(args[1]), Term: gateway.Term24Hours, Subject: gateway.NewUUID(time.Now(), nil), Holder: who, Municipality: who,
		RaisedAt: time.Now().Add(-time.Duration(days * 24 * float64(time.Hour)))}
	ts.Check(b.truth.Clocks.Write(ctx, func(tx clocks.Tx) error {
		e, err := audit.New(audit.AlarmRaised, byGateway(), audit.Object(audit.KindNotice, string(a.Subject)), a.RaisedAt, audit.Codes(string(a.Kind)))
		if err != nil {
			return err
		}
		if _, err := tx.Append([]audit.Entry{e}); err != nil {
			return err
		}
		return tx.Raise([]clocks.Alarm{a})
	}))
}

// statement OIN FILE makes a key statement of fresh keys, for signing and for
// encryption.
func statement(ts *testscript.TestScript, _ bool, args []string) {
	signing, err := jose.NewSigningKey("ES256")
	ts.Check(err)
	encryption, err := jose.NewEncryptionKey("ECDH-ES+A256KW")
	ts.Check(err)
	token, err := jose.MakeKeyStatement(gateway.OIN(args[0]), time.Now(), signing, encryption)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), append(token, '\n'), 0o600))
}

// logfiles DIR OUT copies the published log of an installation into a new folder.
func logFilesOf(ts *testscript.TestScript, _ bool, args []string) {
	b, err := openBooks(context.Background(), &globals{dir: ts.MkAbs(args[0])})
	ts.Check(err)
	defer b.truth.Close()
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), b.log.FS()))
}

// verifyzip FILE.zip KEYFILE verifies an export as an officer does.
func verifyZip(ts *testscript.TestScript, neg bool, args []string) {
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	ts.Check(err)
	defer z.Close()
	known, err := proof.Verifiers(strings.TrimSpace(ts.ReadFile(args[1])))
	ts.Check(err)
	r, err := proof.Verify(context.Background(), z, proof.Options{Verifiers: known})
	ts.Check(err)
	if r.OK() == neg || r.Size == 0 {
		ts.Fatalf("verified %d entries: %v", r.Size, r.Findings)
	}
}

// flip GLOB changes the last byte of the one file that matches.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%d files match", len(found))
	}
	data, err := os.ReadFile(found[0])
	ts.Check(err)
	data[len(data)-1] ^= 1
	ts.Check(os.WriteFile(found[0], data, 0o600))
}

// alterRow DIR NUMBER FROM TO changes a text in a row of the log behind the gateway's back.
func alterRow(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(ts.MkAbs(args[0]), databaseFile))
	ts.Check(err)
	_, err = db.Exec(`DROP TRIGGER audit_row_unchanged`)
	ts.Check(err)
	r, err := db.Exec(`UPDATE audit_row SET leaf = CAST(replace(CAST(leaf AS TEXT), ?, ?) AS BLOB) WHERE number = ?`, args[2], args[3], args[1])
	ts.Check(err)
	if n, _ := r.RowsAffected(); n != 1 {
		ts.Fatalf("%d rows changed", n)
	}
	ts.Check(db.Close())
}

// mode OCTAL FILE wants these permissions.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
		ts.Fatalf("mode %s, want %s", got, args[0])
	}
}
