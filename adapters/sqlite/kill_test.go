// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

const writerEnv = "SEINHUIS_TEST_WRITER"

// TestKill kills a process that writes, at random moments, and holds what is
// in the file to what that process answered: nothing with a receipt is lost
// (invariant I2), and there is no half of anything.
func TestKill(t *testing.T) {
	if path := os.Getenv(writerEnv); path != "" {
		writeUntilKilled(t, path)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "store.db")
	var answered []journey.Key
	for round := range 5 {
		before := len(answered)
		answered = append(answered, runAndKill(t, path)...)
		checkAfterKill(t, path, answered)
		t.Logf("round %d: killed after %d answers", round, len(answered)-before)
	}
	if len(answered) == 0 {
		t.Error("no round answered anything")
	}
}

// runAndKill starts a writer, lets it answer for a while and kills it.
func runAndKill(t *testing.T, path string) (answered []journey.Key) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		creditor, id, ok := strings.Cut(lines.Text(), " ")
		if _, err := gateway.ParseOIN(creditor); !ok || err != nil {
			t.Errorf("the writer says: %s", lines.Text())
			continue
		}
		if len(answered) == 0 {
			time.AfterFunc(time.Duration(1+rand.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		answered = append(answered, journey.Key{Creditor: gateway.OIN(creditor), ReportID: gateway.ReportID(id)})
	}
	_ = cmd.Wait() // killed
	return answered
}

func writeUntilKilled(t *testing.T, path string) {
	db := openAt(t, path)
	s := gatewaytest.NewSteps(t)
	for n := 0; ; n++ {
		d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, n)), s.Submission(s.Water, s.Paper(s.Water, s.Nijmegen, n)))
		for _, f := range gatewaytest.File(t, db.truth(), d...) {
			fmt.Println(f.Deposit.Slip().Peer.OIN(), f.Deposit.Slip().ReportID)
		}
	}
}

func checkAfterKill(t *testing.T, path string, answered []journey.Key) {
	t.Helper()
	db := openAt(t, path)
	defer db.Close()
	for _, check := range []string{"PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		must(t, each(db.read.with(t.Context()), func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil || text != "ok" {
				return fmt.Errorf("%s: %s, %w", check, text, err)
			}
			return nil
		}, check))
	}
	records, err := db.Ledger().Records(t.Context(), answered)
	must(t, err)
	var signals []gateway.SignalID
	for i, r := range records {
		if !r.Exists() || r.Receipt == nil {
			t.Errorf("answer %d of %d is lost", i, len(answered))
		}
		signals = append(signals, r.Signal)
	}
	rest, err := db.Mailbox().Bodies(t.Context(), signals)
	must(t, err)
	for i, r := range rest {
		if r.Wrapped == nil {
			t.Errorf("answer %d has no body", i)
		}
	}
	// Each commit wrote one audit row, signal, body and report per deposit, and three trails.
	var rows, last, all, bodies, reports, trails, committed int
	must(t, each(db.read.with(t.Context()), func(scan func(...any) error) error {
		return scan(&rows, &last, &all, &bodies, &reports, &trails, &committed)
	}, `SELECT (SELECT count(*) FROM audit_row), (SELECT max(number) FROM audit_row), (SELECT count(*) FROM signal),
		(SELECT count(*) FROM body), (SELECT count(*) FROM report), (SELECT count(*) FROM trail), (SELECT sum(last) FROM mailbox_sequence)`))
	if rows != last || rows != all || rows != bodies || rows != reports || rows*3 != trails || rows != committed || rows < len(answered) || rows%2 != 0 {
		t.Errorf("%d rows to %d, %d signals, %d bodies, %d reports, %d trails, numbers to %d, %d answers", rows, last, all, bodies, reports, trails, committed, len(answered))
	}
}
