// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nodeProcess is one node of a cluster as a process of its own, with a wire to
// each engine that can be cut.
type nodeProcess struct {
	dir                 string
	url                 string
	process             *exec.Cmd
	postgres, s3, vault *wire
}

// nodesWorld is a demo world whose gateway is several processes over real
// engines.
type nodesWorld struct {
	engines *engines
	story   *story
	nodes   []*nodeProcess
}

// newNodes makes the world, and n nodes that serve it.
func newNodes(t *testing.T, n int) *nodesWorld {
	t.Helper()
	return nodesOver(t, newEngines(t), n, func(*config) {})
}

// nodesOver makes the world on engines of the test's own; change is for what it
// wants otherwise on every node.
func nodesOver(t *testing.T, e *engines, n int, change func(*config)) *nodesWorld {
	t.Helper()
	w := &demoWorld{dir: t.TempDir(), now: time.Now()}
	e.prepare(t, w.home(), "--oin", string(demoOIN))
	adjust(t, w.home(), func(c *config) {
		c.Listen, c.SFTP = "127.0.0.1:0", "127.0.0.1:0"
	})
	if err := w.open(t.Context(), discard()); err != nil {
		t.Fatal(err)
	}
	first := w.door.Addr().String()
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	all := &nodesWorld{engines: e, story: &story{world: w, out: io.Discard}}
	for i := range n {
		all.nodes = append(all.nodes, all.newNode(t, i, first))
	}
	for _, node := range all.nodes {
		adjust(t, node.dir, change)
		node.start(t)
	}
	all.story.world.url = all.nodes[0].url
	if err := all.story.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	return all
}

// newNode makes the directory of a node: a copy, with its own door and wires.
func (w *nodesWorld) newNode(t *testing.T, i int, first string) *nodeProcess {
	t.Helper()
	home := w.story.world.home()
	n := &nodeProcess{dir: filepath.Join(w.story.world.dir, "knooppunt-"+string(rune('1'+i)))}
	copyNode(t, home, n.dir)
	n.postgres = newWire(t, w.engines.postgres.Address)
	n.s3 = newWire(t, host(w.engines.s3.Endpoint))
	n.vault = newWire(t, host(w.engines.vault.Address))
	address := first // what the parties' files name
	if i > 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address = l.Addr().String()
		_ = l.Close()
	}
	adjust(t, n.dir, func(c *config) {
		_, port, _ := net.SplitHostPort(n.postgres.address)
		c.Node, c.Listen, c.SFTP, c.Console = filepath.Base(n.dir), address, "", nil
		c.Postgres.Address = "localhost:" + port
		c.S3.Address, c.Vault.Address = "https://"+n.s3.address, "https://"+n.vault.address
	})
	n.url = "https://" + address
	return n
}

// copyNode copies the directory of a node, which is what a new node is.
func copyNode(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	// A copy has the modes of new files; those of secrets count.
	if err := filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return errors.Join(err, os.Chmod(path, 0o700))
		}
		return os.Chmod(path, 0o600)
	}); err != nil {
		t.Fatal(err)
	}
}

func (n *nodeProcess) start(t *testing.T) { t.Helper(); n.process = startServe(t, n.dir) }

func (n *nodeProcess) kill() {
	_ = n.process.Process.Kill()
	_ = n.process.Wait()
}

func (n *nodeProcess) stop() error {
	return errors.Join(n.process.Process.Signal(os.Interrupt), n.process.Wait())
}

func (w *nodesWorld) urls() []string {
	urls := make([]string, len(w.nodes))
	for i, n := range w.nodes {
		urls[i] = n.url
	}
	return urls
}

// adjust changes a node's seinhuis.yaml.
func adjust(t testing.TB, dir string, change func(*config)) {
	t.Helper()
	c, err := readConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	change(&c)
	if err := errors.Join(os.Remove(filepath.Join(dir, configFile)), writeConfig(dir, c)); err != nil {
		t.Fatal(err)
	}
}

// host is the host and port of an address of a server.
func host(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	return strings.TrimSuffix(rest, "/")
}
