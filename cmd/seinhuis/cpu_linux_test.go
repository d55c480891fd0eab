// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used, and what its children and theirs have
// by the name of their program: the engines of a cluster.
func cpuTime(t testing.TB) (own time.Duration, beside map[string]time.Duration) {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	own = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	beside = map[string]time.Duration{}
	parent, used, name := map[int]int{}, map[int]time.Duration{}, map[int]string{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// The name stands in parentheses and may hold spaces.
		before, rest, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(rest)
		if len(f) < 15 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent[pid], _ = strconv.Atoi(f[1])
		_, name[pid], _ = strings.Cut(before, "(")
		for _, i := range []int{11, 12, 13, 14} { // user, system, and those of ended children, in hundredths
			n, _ := strconv.Atoi(f[i])
			used[pid] += time.Duration(n) * 10 * time.Millisecond
		}
	}
	for pid := range used {
		for above := parent[pid]; above > 1; above = parent[above] {
			if above == os.Getpid() {
				beside[name[pid]] += used[pid]
				break
			}
		}
	}
	return own, beside
}
