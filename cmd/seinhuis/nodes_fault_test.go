// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNodes keeps three nodes under load while one is killed and another is cut
// off from PostgreSQL, S3 and Vault in turn. Every report must get a receipt,
// repeated at another node it must get the same bytes, each must be delivered
// once, and the log must be one (invariants I2 and I3).
//
// SEINHUIS_LOAD=500x120 sends 500 reports a second for two minutes; without it
// the load is small, and the faults are the same.
func TestNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("three nodes, three engines and many reports take a minute")
	}
	rate, seconds := 40, 24
	if asked := os.Getenv("SEINHUIS_LOAD"); asked != "" {
		if _, err := fmt.Sscanf(asked, "%dx%d", &rate, &seconds); err != nil {
			t.Fatal(err)
		}
	}
	w := newNodes(t, 3)
	l := newLoad(t, w.story, w.urls(), rate*seconds)
	begin := time.Now()
	if err := l.run(t.Context(), rate, w.faults(t, rate*seconds)); err != nil {
		t.Error(err)
	}
	half, most, worst := l.spread()
	t.Logf("%d reports in %v at %d/s over 3 nodes, %d tries; time to a receipt: half within %v, 99%% within %v, worst %v",
		rate*seconds, time.Since(begin).Round(time.Second), rate, l.tries.Load(), half, most, worst)
	l.repeat(t)
	deliveredOnce(t, w.story, l.messages)
	w.oneLog(t, l)
	for _, n := range w.nodes {
		if err := n.stop(); err != nil {
			t.Errorf("a node ended: %v", err)
		}
	}
}

// faults is what happens at which part of the load.
func (w *nodesWorld) faults(t *testing.T, total int) func(sent int) {
	one, other := w.nodes[1], w.nodes[2]
	steps := []func(){
		one.kill,
		func() { one.start(t) },
		other.postgres.cut, other.postgres.mend,
		other.s3.cut, other.s3.mend,
		other.vault.cut, other.vault.mend,
		w.nodes[0].postgres.cut, w.nodes[0].postgres.mend, // most likely the node that has the watch
	}
	next := 0
	return func(sent int) {
		if next < len(steps) && sent >= (next+1)*total/(len(steps)+2) {
			steps[next]()
			next++
		}
	}
}

// oneLog exports the log at one node and lets seincheck verify it: every entry
// of every node under one checkpoint, and one of a receipt per report.
func (w *nodesWorld) oneLog(t *testing.T, l *load) {
	t.Helper()
	last := l.messages[len(l.messages)-1:]
	provable(t, w.story, append(last, l.messages[0])) // what was acknowledged last is published
	file := filepath.Join(t.TempDir(), "logboek.zip")
	w.engines.run(t, "audit", "export", file, "--dir", w.nodes[2].dir)
	tool := filepath.Join(t.TempDir(), "seincheck")
	if out, err := exec.Command("go", "build", "-o", tool, "../seincheck").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(tool, "log", file, "--key-file", strings.TrimSuffix(file, ".zip")+".verifier.txt").CombinedOutput()
	if err != nil {
		t.Errorf("seincheck: %v\n%s", err, out)
	}
	t.Logf("seincheck: %s", out)
}
