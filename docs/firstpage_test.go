// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var runnable = regexp.MustCompile("(?ms)^<!-- run -->\n```sh\n(.*?)^```$")

// TestFirstPageRuns does what README.md tells a newcomer to do: it builds the
// programs, keeps a demo up and types the commands of the page.
func TestFirstPageRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("builds three programs and runs the demo")
	}
	missing := t.Skipf
	if os.Getenv("SEINHUIS_REAL") == "require" {
		missing = t.Fatalf
	}
	for _, tool := range []string{"go", "bash"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing("the page needs %s: %v", tool, err)
		}
	}
	if err := exec.Command("date", "-d", "1 days ago", "+%F").Run(); err != nil {
		missing("the page needs GNU date: %v", err)
	}
	script := runnable.FindStringSubmatch(page(t, "README.md"))
	if script == nil {
		t.Fatal("README.md has no block to run")
	}
	bin, dir := t.TempDir(), filepath.Join(t.TempDir(), "demo")
	build := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "./cmd/...")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	keepDemoUp(t, filepath.Join(bin, "seinhuis"), dir)
	said := typeIn(t, strings.ReplaceAll(script[1], "/tmp/seinhuis-demo", dir), bin)
	for _, want := range []string{"Ontvangstbewijs, gecontroleerd", "1 opgehaald en bevestigd", "hulp-geaccepteerd", "incassopauze", "result    OK", "account"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page promises %q, and it was not printed:\n%s", want, said)
		}
	}
}

// typeIn runs the lines in a shell that finds our programs first; the first
// that fails ends it.
func typeIn(t *testing.T, lines, bin string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	bash := exec.CommandContext(ctx, "bash", "-euc", lines)
	bash.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	out, err := bash.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// keepDemoUp starts a demo and returns when its story is told.
func keepDemoUp(t *testing.T, seinhuis, dir string) {
	t.Helper()
	demo := exec.Command(seinhuis, "demo", "--dir", dir, "--reports", "10")
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	demo.Stderr = os.Stderr
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = demo.Process.Signal(os.Interrupt)
		_ = demo.Wait()
	})
	told := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		told += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "stays up") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatalf("the demo did not stay up:\n%s", told)
}
