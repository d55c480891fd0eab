// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/gateway"
)

// site is a cluster whose nodes run in this process, so that a test can look
// inside them.
type site struct {
	engines *engines
	story   *story
	nodes   []*siteNode
}

// siteNode is one of its nodes.
type siteNode struct {
	*installation
	url, sftp string
	postgres  *wire
	watches   *watches
	logged    *testWriter
	stop      func() error
}

// watches keeps what a node got to work with each time that it had the watch.
type watches struct {
	nodes
	mu  sync.Mutex
	all []period
}

func (w *watches) Watch(ctx context.Context, name string, chores func(context.Context, period) error) error {
	return w.nodes.Watch(ctx, name, func(ctx context.Context, p period) error {
		w.mu.Lock()
		w.all = append(w.all, p)
		w.mu.Unlock()
		return chores(ctx, p)
	})
}

func (w *watches) last() period { w.mu.Lock(); defer w.mu.Unlock(); return w.all[len(w.all)-1] }

// newSite makes n nodes that serve; the first has the watch.
func newSite(t *testing.T, e *engines, n int) *site {
	t.Helper()
	world, err := filepath.Abs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(world, "knooppunt-1")
	e.prepare(t, home, "--oin", string(demoOIN))
	s := &site{engines: e}
	first := s.through(t, home)
	w, err := makeNodeWorld(t.Context(), world, home, slog.New(slog.NewJSONHandler(first.logged, &slog.HandlerOptions{Level: slog.LevelDebug - 8})), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.close() })
	s.story = &story{world: w, out: io.Discard}
	first.installation = w.gateway
	first.begin(t, w.door, w.sftp)
	until(t, "the first node has the watch", w.gateway.onWatch.Load)
	for i := 1; i < n; i++ {
		s.add(t, home, i)
	}
	if err := s.story.introduce(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// through gives the node in a directory a wire to PostgreSQL.
func (s *site) through(t *testing.T, dir string) *siteNode {
	t.Helper()
	n := &siteNode{postgres: newWire(t, s.engines.postgres.Address), logged: new(testWriter)}
	adjust(t, dir, func(c *config) {
		_, port, _ := net.SplitHostPort(n.postgres.address)
		c.Node, c.Postgres.Address = filepath.Base(dir), "localhost:"+port
	})
	s.nodes = append(s.nodes, n)
	return n
}

// add starts another node over a copy of the directory of the first.
func (s *site) add(t *testing.T, home string, i int) {
	t.Helper()
	dir := filepath.Join(filepath.Dir(home), "knooppunt-"+string(rune('1'+i)))
	copyNode(t, home, dir)
	n := s.through(t, dir)
	c, err := readConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.SFTP = "127.0.0.1:0"
	if n.installation, err = openConfigured(t.Context(), dir, c, slog.New(slog.NewJSONHandler(n.logged, nil))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.installation.Close() })
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sftp, err := n.listenSFTP()
	if err != nil {
		t.Fatal(err)
	}
	n.begin(t, door, sftp)
}

func (n *siteNode) begin(t *testing.T, door, sftp net.Listener) {
	t.Helper()
	n.watches = &watches{nodes: n.nodes}
	n.nodes = n.watches
	n.url, n.sftp = "https://"+door.Addr().String(), sftp.Addr().String()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- n.installation.serve(ctx, door, sftp) }()
	n.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = n.stop() })
}

// cluster is what the node has of the engines.
func (n *siteNode) cluster() *cluster { return n.watches.nodes.(*cluster) }

func (n *siteNode) db() *postgres.DB { return n.cluster().db }

// until waits for what must come by itself. The bound is against hanging.
func until(t *testing.T, what string, there func() bool) {
	t.Helper()
	for range 600 {
		if there() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// watched keeps every status that a client of the test saw, and every failure
// without one.
type watched struct {
	http.RoundTripper
	mu       sync.Mutex
	statuses map[int]int
	failures []error
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.RoundTripper.RoundTrip(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.failures = append(w.failures, err)
		return answer, err
	}
	w.statuses[answer.StatusCode]++
	return answer, nil
}

// watch lets a load tell what it met.
func (l *load) watch() *watched {
	w := &watched{RoundTripper: l.client.Transport, statuses: map[int]int{}}
	l.client.Transport = w
	return w
}

func (w *watched) count(status int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.statuses[status]
}

// only fails the test when there was another answer than a receipt or 503.
func (w *watched) only(t *testing.T, statuses ...int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for status, n := range w.statuses {
		good := status == http.StatusCreated || status == http.StatusOK || status == http.StatusServiceUnavailable
		for _, s := range statuses {
			good = good || s == status
		}
		if !good {
			t.Errorf("%d answers with status %d", n, status)
		}
	}
	for _, err := range w.failures {
		if !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "refused") {
			t.Error(err)
		}
	}
	t.Logf("answers: %v; %d without one", w.statuses, len(w.failures))
}

// at lets the parties of a story speak with another node.
func (s *story) at(t *testing.T, url string) {
	t.Helper()
	open := func(p gateway.Party) *client.Client {
		c, err := client.ReadFolder(s.world.folder(p))
		if err != nil {
			t.Fatal(err)
		}
		c.Gateway = url
		opened, err := client.New(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(opened.Close)
		return opened
	}
	s.creditors, s.municipalities = nil, nil
	for _, p := range demoCreditors {
		s.creditors = append(s.creditors, open(p))
	}
	for _, p := range demoMunicipalities {
		s.municipalities = append(s.municipalities, open(p))
	}
}

func writeSecretFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte(text+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
}
