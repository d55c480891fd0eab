// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// fileLines is how many lines the file of the kill test holds. With
// SEINHUIS_LINES=100000 the same test is the scale run.
func fileLines(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("SEINHUIS_LINES")); err == nil {
		return n
	}
	if testing.Short() {
		return 1000
	}
	return 8000
}

// TestFileSurvivesKills drops one file by SFTP and kills the gateway at ten
// random moments while it works: afterwards every line has exactly one outcome
// and every accepted one lies in the mailbox once.
func TestFileSurvivesKills(t *testing.T) { playFile(t, 10) }

// TestFileScale is the same file without kills; it reports time and memory.
func TestFileScale(t *testing.T) { playFile(t, 0) }

func playFile(t *testing.T, kills int) {
	lines := fileLines(t)
	w := worldToServe(t)
	ring, err := openKeys(t.Context(), w.home(), config{Unlock: "ontgrendeling"})
	if err != nil {
		t.Fatal(err)
	}
	publics, err := ring.OpenPGPPublics(t.Context())
	if err != nil || ring.Close() != nil {
		t.Fatal(err)
	}
	sealed, err := w.sealFile(publics[0], (&story{world: w}).spreadsheet(lines))
	if err != nil {
		t.Fatal(err)
	}
	process := startServe(t, w.home())
	id := string(gateway.NewUUID(time.Now(), nil))
	door := reopened(t, w)
	if err := drop(door, "/aanleveringen/"+id+".csv.pgp", sealed); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	for range kills {
		time.Sleep(time.Duration(20+rand.IntN(250)) * time.Millisecond)
		_ = process.Process.Kill()
		_ = process.Wait()
		process = startServe(t, w.home())
		door = reopened(t, w)
	}
	done, err := awaitOutcome(t.Context(), door, id)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	t.Logf("%d lines, %d kills: %.1f s, %.0f lines/s, peak memory %s", lines, kills, took.Seconds(), float64(lines)/took.Seconds(), peakMemory(process))
	if done.State != batch.Done || done.Accepted != lines-2 || done.Refused != 1 || done.Duplicate != 1 {
		t.Errorf("outcome: %+v", done)
	}
	everyLineOnce(t, door, id, lines)
	delivered(t, w, lines-2)
	_ = process.Process.Signal(os.Interrupt)
	if err := process.Wait(); err != nil {
		t.Errorf("serve ended: %v", err)
	}
}

func reopened(t *testing.T, w *demoWorld) *sftp.Client {
	door, err := w.login(demoCreditors[energy])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = door.Close() })
	return door
}

// everyLineOnce reads the outcomes: each line one, in order.
func everyLineOnce(t *testing.T, door *sftp.Client, id string, lines int) {
	data, err := read(door, "/uitkomsten/"+id+".uitkomsten.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		n++
		var o struct {
			Line int `json:"regel"`
		}
		if err := json.Unmarshal(s.Bytes(), &o); err != nil || o.Line != n {
			t.Fatalf("outcome %d is of line %d: %v", n, o.Line, err)
		}
	}
	if n != lines {
		t.Errorf("%d outcomes for %d lines", n, lines)
	}
}

// delivered counts what lies in the mailbox.
func delivered(t *testing.T, w *demoWorld, want int) {
	s := &story{world: w, out: &testWriter{}}
	if err := s.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for after := int64(0); ; {
		page, err := s.municipalities[leiden].Signals(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Signals) == 0 {
			break
		}
		n, after = n+len(page.Signals), page.Next
	}
	if n != want {
		t.Errorf("%d signals for %d accepted lines", n, want)
	}
}

// peakMemory is the resident peak of a process, as the kernel counts it.
func peakMemory(c *exec.Cmd) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
	if err != nil {
		return "unknown"
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
