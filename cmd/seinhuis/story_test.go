// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// TestStories plays whole stories with the real binaries: seinhuis for the
// operator, sein for creditor and municipality, seincheck for the officer.
func TestStories(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"sein", "seincheck"} {
		out, err := exec.Command("go", "build", "-o", filepath.Join(bin, name), "github.com/seinhuis/seinhuis/cmd/"+name).CombinedOutput()
		if err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	bothProfiles(t, testscript.Params{
		Dir: "testdata/stories",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("SEINHUIS_DIR", filepath.Join(e.WorkDir, "poort"))
			port, err := freePort()
			e.Setenv("PORT", port)
			other, err2 := freePort()
			e.Setenv("SFTPPORT", other)
			hook, err3 := freePort()
			e.Setenv("HOOKPORT", hook)
			return errors.Join(err, err2, err3)
		},
		// [real] holds where outside programs must be there: a story then fails
		// where it would be skipped.
		Condition: func(name string) (bool, error) {
			if name != "real" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return os.Getenv("SEINHUIS_REAL") == "require", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"melding": writeReport, "opened": waitOpen, "pick": pick, "nowhere": nowhere, "eventually": eventually, "midnight": midnight, "formerly": formerly, "day": setDay, "later": later,
			"logfiles": logFilesOf,
			"receiver": startReceiver, "heard": heard,
			"ondertekend": signFile,
		},
	})
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// melding FILE SOORT MUNICIPALITY SEED [FIELD=VALUE …] writes the report of a
// synthetic person; the same seed is the same person.
func writeReport(ts *testscript.TestScript, _ bool, args []string) {
	municipality, err := strconv.Atoi(args[2])
	ts.Check(err)
	seed, err := strconv.ParseUint(args[3], 10, 32)
	ts.Check(err)
	r := newPeople(seed, gateway.Today(time.Now())).report(gateway.ReportKind(args[1]), municipality)
	r.Person.Initials, r.Crisis = "V.", false
	data, err := json.Marshal(r)
	ts.Check(err)
	fields := map[string]any{}
	ts.Check(json.Unmarshal(data, &fields))
	for _, change := range args[4:] {
		name, value, _ := strings.Cut(change, "=")
		var v any
		if json.Unmarshal([]byte(value), &v) != nil {
			v = value
		}
		fields[name] = v
	}
	data, err = json.MarshalIndent(fields, "", "  ")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// opened waits until the door of the background gateway is open.
func waitOpen(ts *testscript.TestScript, _ bool, _ []string) {
	for range 200 {
		c, err := net.Dial("tcp", "127.0.0.1:"+ts.Getenv("PORT"))
		if err == nil {
			ts.Check(c.Close())
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("the door did not open")
}

// pick NAME REGEXP takes the first group out of stdout into a variable.
func pick(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("%s is not in stdout:\n%s", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], m[1])
}

// day NAME N puts the day that is N days from today, in the Netherlands, into a
// variable.
func setDay(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Setenv(args[0], gateway.Today(time.Now()).AddDays(n).String())
}

// nowhere DIR TEXT [BUT…] fails when any file under DIR holds the text, but
// those with these names.
func nowhere(ts *testscript.TestScript, _ bool, args []string) {
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains(args[2:], d.Name()) {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), args[1]) {
			return fmt.Errorf("%s holds the text", path)
		}
		return err
	}))
	if files == 0 {
		ts.Fatalf("nothing to look at")
	}
}

// ondertekend KIT FILE OUT signs a file with the key of a party's kit.
func signFile(ts *testscript.TestScript, _ bool, args []string) {
	key, _, err := client.ReadKeys(ts.MkAbs(args[0]))
	ts.Check(err)
	token, err := jose.SignPayload([]byte(strings.TrimSpace(ts.ReadFile(args[1]))), key, "JOSE")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), token, 0o600))
}

// eventually REGEXP COMMAND… repeats a command until its output matches.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	for range 100 {
		if err := ts.Exec(args[1], args[2:]...); err == nil && regexp.MustCompile(args[0]).MatchString(ts.ReadFile("stdout")) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	ts.Fatalf("%s never came:\n%s%s", args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
}

// later NAME DAYS puts the date so many days from now into a variable.
func later(ts *testscript.TestScript, _ bool, args []string) {
	days, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Setenv(args[0], gateway.Today(time.Now()).AddDays(days).String())
}
