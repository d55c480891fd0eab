// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// TestKill kills the serving process at random moments in the middle of many
// concurrent reports and restarts it. Every receipt that a client holds must
// then be known, provable and delivered exactly once, and repeating every
// request must give the same bytes (invariants I2 and I3).
func TestKill(t *testing.T) {
	reports, kills := 2000, 10
	if testing.Short() {
		reports, kills = 200, 2
	}
	w := worldToServe(t)
	process := startServe(t, w.home())
	s := &story{world: w, out: &testWriter{}}
	if err := s.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	messages := prepared(t, reports)
	held := make([]string, reports) // receipts that reached the client
	var mu sync.Mutex
	var senders sync.WaitGroup
	next := make(chan int)
	for range 64 {
		senders.Go(func() {
			for i := range next {
				r, err := s.creditors[energy].Send(t.Context(), messages[i])
				mu.Lock()
				if err == nil {
					held[i] = r.Compact
				}
				mu.Unlock()
			}
		})
	}
	for i := range reports {
		if i > 0 && i%(reports/(kills+1)) == 0 && kills > 0 {
			kills--
			time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
			_ = process.Process.Kill()
			_ = process.Wait()
			process = startServe(t, w.home())
		}
		next <- i
	}
	close(next)
	senders.Wait()

	again := make([]string, reports)
	if err := inParallel(32, reports, func(i int) error {
		r, err := s.creditors[energy].Send(t.Context(), messages[i])
		again[i] = r.Compact
		return err
	}); err != nil {
		t.Fatal(err)
	}
	lost := 0
	for i := range held {
		if held[i] == "" {
			lost++
		} else if held[i] != again[i] {
			t.Errorf("report %d: another receipt on repetition", i)
		}
	}
	t.Logf("%d of %d answers were lost to the kills and found by repetition", lost, reports)
	deliveredOnce(t, s, messages)
	provable(t, s, messages)
	_ = process.Process.Signal(os.Interrupt)
	if err := process.Wait(); err != nil {
		t.Errorf("serve ended: %v", err)
	}
}

// worldToServe makes a world whose gateway another process will serve, on a
// fixed port.
func worldToServe(t *testing.T) *demoWorld {
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	address := w.door.Addr().String()
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.home(), configFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = []byte(strings.Replace(string(data), "luister: 127.0.0.1:0", "luister: "+address, 1))
	data = []byte(strings.Replace(string(data), "sftp: 127.0.0.1:0", "sftp: "+w.sftpAddress, 1))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// startServe runs this test binary as seinhuis and waits for the open door.
func startServe(t *testing.T, dir string) *exec.Cmd {
	seinhuis, err := exec.LookPath("seinhuis") // put on the PATH by testscript.Main
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(context.WithoutCancel(t.Context()), seinhuis, "serve", "--dir", dir)
	var failed testWriter
	c.Stderr = &failed
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		if said := failed.String(); t.Failed() && said != "" {
			t.Logf("%s said last: %s", dir, said[max(0, len(said)-3000):])
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "serves on") {
		t.Fatalf("serve did not start: %q %v %s", line, err, failed.String())
	}
	return c
}

func prepared(t *testing.T, n int) []client.Message {
	persons := newPeople(4, gateway.Today(time.Now()))
	messages := make([]client.Message, n)
	for i := range messages {
		m, err := client.Prepare(persons.report(gateway.ReportEnergy, i%3))
		if err != nil {
			t.Fatal(err)
		}
		messages[i] = m
	}
	return messages
}

// deliveredOnce looks into every mailbox, without confirming.
func deliveredOnce(t *testing.T, s *story, messages []client.Message) {
	times := map[gateway.ReportID]int{}
	for _, m := range s.municipalities {
		for after := int64(0); ; {
			page, err := m.Signals(t.Context(), after)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Signals) == 0 {
				break
			}
			var mu sync.Mutex
			if err := inParallel(16, len(page.Signals), func(i int) error {
				o, err := m.Fetch(t.Context(), page.Signals[i])
				mu.Lock()
				times[o.Content.ReportID]++
				mu.Unlock()
				return err
			}); err != nil {
				t.Fatal(err)
			}
			after = page.Next
		}
	}
	for _, m := range messages {
		if times[m.ID()] != 1 {
			t.Errorf("report %s was delivered %d times", m.ID(), times[m.ID()])
		}
	}
}

func provable(t *testing.T, s *story, messages []client.Message) {
	err := inParallel(16, len(messages), func(i int) error {
		for attempt := 0; ; attempt++ {
			e, err := s.creditors[energy].Proof(t.Context(), messages[i].ID())
			if err != nil || e.Proven {
				return err
			}
			if attempt == 100 {
				return errors.New("never published")
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	if err != nil {
		t.Error(fmt.Errorf("prove: %w", err))
	}
}
