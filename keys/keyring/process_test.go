// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
)

// The test binary starts itself to be a second process: SEINHUIS_TEST_ACT names what it does.
func TestMain(m *testing.M) {
	act, path := os.Getenv("SEINHUIS_TEST_ACT"), os.Getenv("SEINHUIS_TEST_PATH")
	if act == "" {
		os.Exit(m.Run())
	}
	unlock, err := base64.RawURLEncoding.DecodeString(os.Getenv("SEINHUIS_TEST_UNLOCK"))
	if err == nil {
		err = child(act, path, unlock)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	os.Exit(0)
}

func child(act, path string, unlock []byte) error {
	k, err := Open(path, unlock, func() time.Time { return start })
	if err != nil {
		return err
	}
	die := func() error { return syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	switch act {
	case "die before rename":
		k.disk.rename = func(string, string) error { return die() }
	case "die after rename":
		k.disk.rename = func(from, to string) error { return errors.Join(os.Rename(from, to), die()) }
	}
	for i := range 20 {
		it := keys.WrapItem{Scope: fmt.Sprintf("%s/%02d", strings.ReplaceAll(act, " ", "-"), i), ID: "a", Data: []byte(act)}
		out, err := k.Wrap(context.Background(), []keys.WrapItem{it})
		if err != nil {
			return err
		}
		fmt.Printf("%s %s\n", it.Scope, base64.RawURLEncoding.EncodeToString(out[0]))
	}
	return nil
}

// process prepares a second process that acts on the bench's file.
func (b *bench) process(act string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "SEINHUIS_TEST_ACT="+act, "SEINHUIS_TEST_PATH="+b.path,
		"SEINHUIS_TEST_UNLOCK="+base64.RawURLEncoding.EncodeToString(b.unlock))
	c.Stderr = os.Stderr
	return c
}

// Two processes and this one write at the same moment; whatever any of them was given back must open everywhere.
func TestProcessesDoNotLoseEachOthersKeys(t *testing.T) {
	b := newBench(t)
	var outs [2]strings.Builder
	var cmds [2]*exec.Cmd
	for i, act := range []string{"een", "twee"} {
		cmds[i] = b.process(act)
		cmds[i].Stdout = &outs[i]
		must(t, cmds[i].Start())
	}
	for i := range 20 {
		wrapOne(t, b.Keyring, fmt.Sprintf("zelf/%02d", i), "a", "zelf")
		if i%5 == 0 {
			must(t, b.Rotate(t.Context(), keys.NoticeSigning))
		}
	}
	for i := range cmds {
		must(t, cmds[i].Wait())
	}
	scopes, err := b.Scopes(t.Context())
	must(t, err)
	if len(scopes) != 60 {
		t.Errorf("%d scopes, want 60", len(scopes))
	}
	for i, want := range []string{"een", "twee"} {
		lines := strings.Fields(outs[i].String())
		if len(lines) != 40 {
			t.Fatalf("process %d wrote %d words, want 40", i, len(lines))
		}
		for j := 0; j < len(lines); j += 2 {
			w, err := base64.RawURLEncoding.DecodeString(lines[j+1])
			must(t, err)
			if got, err := unwrapOne(t, b.Keyring, lines[j], "a", w); err != nil || got != want {
				t.Errorf("%s: %q, %v", lines[j], got, err)
			}
		}
	}
	if g, err := b.Generation(t.Context()); err != nil || g != 1+60+4 {
		t.Errorf("generation %d, want one per change: 65 (%v)", g, err)
	}
}

// A process is killed between the temporary file and the rename, or right after it. Either state is whole, the lock is
// free, and the next change leaves no trace of the crash.
func TestKilledWhileWriting(t *testing.T) {
	for _, c := range []struct {
		act    string
		scopes int
		left   bool
	}{{"die before rename", 1, true}, {"die after rename", 2, false}} {
		t.Run(c.act, func(t *testing.T) {
			b := newBench(t)
			w := wrapOne(t, b.Keyring, "GM0268/2026-11", "a", "x")
			err := b.process(c.act).Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("child ended with %v, want SIGKILL", err)
			}
			if _, err := os.Stat(b.path + ".new"); (err == nil) != c.left {
				t.Errorf("temporary file: %v", err)
			}
			k := b.second(t)
			if scopes, err := k.Scopes(t.Context()); err != nil || len(scopes) != c.scopes {
				t.Errorf("%d scopes, %v; want %d", len(scopes), err, c.scopes)
			}
			if got, err := unwrapOne(t, k, "GM0268/2026-11", "a", w); err != nil || got != "x" {
				t.Errorf("%q, %v", got, err)
			}
			must(t, b.Rotate(t.Context(), keys.NoticeSigning))
			if _, err := os.Stat(b.path + ".new"); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the crash left a file behind: %v", err)
			}
		})
	}
}
