// SPDX-License-Identifier: EUPL-1.2

package deploy_test

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is the user of the image.
const nobody = 65532

// world is a node that runs as the image runs it.
type world struct {
	root    string // what the process sees as /
	metrics string // address
	probe   string
	process *exec.Cmd
	said    bytes.Buffer
	ended   chan error
}

// built is where the program is made, once for all tests.
var built string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if built, err = os.MkdirTemp("", "seinhuis"); err != nil {
			return 2
		}
		defer os.RemoveAll(built)
		return m.Run()
	}())
}

// build makes the program by the line of the Dockerfile.
func build(t *testing.T, to string) {
	t.Helper()
	line := buildLine.FindStringSubmatch(read(t, "container/Dockerfile"))
	program := filepath.Join(built, "seinhuis")
	if _, err := os.Stat(program); err != nil {
		c := exec.Command("go", append(append([]string{"build"}, strings.Fields(line[2])...), "-o", program, line[4])...)
		c.Dir, c.Env = "..", append(os.Environ(), line[1])
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	data, err := os.ReadFile(program)
	if err != nil || os.MkdirAll(filepath.Dir(to), 0o755) != nil || os.WriteFile(to, data, 0o755) != nil {
		t.Fatal(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start makes a trial installation and serves it: as root in a folder that holds
// the program and nothing else, as the user of the image; otherwise where it is.
func start(t *testing.T) *world {
	t.Helper()
	w := &world{root: t.TempDir(), metrics: freeAddress(t), probe: freeAddress(t), ended: make(chan error, 1)}
	program, home := filepath.Join(w.root, "seinhuis"), filepath.Join(w.root, "var/lib/seinhuis")
	build(t, program)
	made := exec.Command(program, "init", "--trial", "--dir", home, "--oin", "00000099000000001000", "--listen", "127.0.0.1:0", "--metrics", w.metrics)
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	more, err := os.OpenFile(filepath.Join(home, "seinhuis.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintf(more, "\nwaarneming:\n  peiling: %s\ntelemetrie:\n  adres: https://%s\n", w.probe, freeAddress(t))
	}
	if err != nil || more.Close() != nil {
		t.Fatal(err)
	}
	w.process = exec.Command(program, "serve", "--dir", home)
	w.jail(t, home, w.process)
	out, err := w.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.process.Stderr = &w.said
	if err := w.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.process.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "serves on") {
		_ = w.process.Wait()
		t.Fatalf("%q: %v\n%s", line, err, w.said.String())
	}
	go func() { w.ended <- w.process.Wait() }()
	return w
}

// jail lets a command see root as the whole machine and run as nobody.
func (w *world) jail(t *testing.T, home string, c *exec.Cmd) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	err := filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, nobody, nobody)
	})
	for _, folder := range []string{"", "var", "var/lib"} {
		err = errors.Join(err, os.Chmod(filepath.Join(w.root, folder), 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	w.into(c)
}

func (w *world) into(c *exec.Cmd) {
	for i, arg := range c.Args {
		c.Args[i] = strings.TrimPrefix(arg, w.root)
	}
	c.Path, c.Dir, c.Env = strings.TrimPrefix(c.Path, w.root), "/", []string{}
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: w.root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Pdeathsig: syscall.SIGKILL}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// TestImageNeedsNothing: the program runs on an empty machine as nobody: no libc,
// no shell, no /tmp, no time zones; it writes to its own folder only, is asked by
// its own command, and stops by SIGTERM.
func TestImageNeedsNothing(t *testing.T) {
	w := start(t)
	f, err := elf.Open(filepath.Join(w.root, "seinhuis"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 || f.Section(".interp") != nil {
		t.Errorf("the program needs %v", libraries)
	}
	for path, want := range map[string]int{"/levend": http.StatusNoContent, "/gereed": http.StatusNoContent} {
		if status, text := get(t, "http://"+w.probe+path); status != want || text != "" {
			t.Errorf("%s: %d %q", path, status, text)
		}
	}
	ready := func() error {
		c := exec.Command(filepath.Join(w.root, "seinhuis"), "ready", "--dir", filepath.Join(w.root, "var/lib/seinhuis"))
		if os.Geteuid() == 0 {
			w.into(c)
		}
		return c.Run()
	}
	if err := ready(); err != nil {
		t.Errorf("the node does not call itself ready: %v", err)
	}
	// What it held in memory never becomes a file (invariant I1).
	limits := read(t, fmt.Sprintf("/proc/%d/limits", w.process.Process.Pid))
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).MatchString(limits) {
		t.Errorf("it may leave a core file:\n%s", limits)
	}
	if err := w.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-w.ended; err != nil {
		t.Errorf("it did not end well: %v\n%s", err, w.said.String())
	}
	if ready() == nil {
		t.Error("a node that ended calls itself ready")
	}
	if os.Geteuid() != 0 {
		t.Log("not root: it ran beside everything else of this machine")
		return
	}
	entries, err := os.ReadDir(w.root)
	if err != nil || len(entries) != 2 { // the program, and var
		t.Errorf("%d entries in the root: %v", len(entries), err)
	}
}

var (
	metricName = regexp.MustCompile(`\bseinhuis_[a-z_]+`)
	selector   = regexp.MustCompile(`\b(seinhuis_[a-z_]+)\{([a-z_]+)="([^"]*)"\}`)
	bucketEnd  = regexp.MustCompile(`_(bucket|sum|count)$`)
	typed      = regexp.MustCompile(`(?m)^# TYPE (\S+) `)
)

// ofCluster are the metrics that only a node of a cluster has; cmd/seinhuis adds
// them when it can know them.
var ofCluster = []string{"seinhuis_clock_skew_milliseconds", "seinhuis_orphans_erased", "seinhuis_orphans_swept_timestamp_seconds"}

// TestEveryMetricIsServed holds alerts and dashboard to what a node serves: no
// name, and no label that a rule chooses by, is one that is not there.
func TestEveryMetricIsServed(t *testing.T) {
	w := start(t)
	files := read(t, "prometheus/alerts.yaml") + strings.ReplaceAll(read(t, "grafana/dashboard.json"), `\"`, `"`)
	source := read(t, "../cmd/seinhuis/gauges.go")
	missing, page := []string{"not asked yet"}, ""
	for end := time.Now().Add(30 * time.Second); len(missing) > 0 && time.Now().Before(end); { // some are counted after the start
		_, page = get(t, "http://"+w.metrics+"/metrics")
		missing = nil
		served := map[string]bool{}
		for _, m := range typed.FindAllStringSubmatch(page, -1) {
			served[m[1]] = true
		}
		for _, name := range ofCluster {
			served[name] = strings.Contains(source, `"`+name+`"`)
		}
		for _, name := range metricName.FindAllString(files, -1) {
			if !served[bucketEnd.ReplaceAllString(name, "")] {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("not served: %v\n%s", missing, page)
	}
	for _, m := range selector.FindAllStringSubmatch(files, -1) {
		if m[1] == "seinhuis_http_duration_seconds_bucket" { // there when a report came
			continue
		}
		if series := regexp.MustCompile(`(?m)^` + m[1] + `\{[^}]*` + m[2] + `="` + regexp.QuoteMeta(m[3]) + `"`); !series.MatchString(page) {
			t.Errorf("no series %s", m[0])
		}
	}
	if n := len(metricName.FindAllString(files, -1)); n < 50 {
		t.Errorf("only %d names", n)
	}
}
