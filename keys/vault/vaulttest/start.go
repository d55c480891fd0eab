// SPDX-License-Identifier: EUPL-1.2

package vaulttest

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one running Vault. Its root token and unseal key are for tests alone and stay in this process.
type Server struct {
	Address string // https://127.0.0.1:port

	token  string
	unseal string
	ca     []byte // PEM
	client *http.Client
	end    func()
}

// shared is the one server of a test binary; starting takes two seconds.
var shared = sync.OnceValues(launch)

// errAbsent says that there is no program to run.
var errAbsent = errors.New("no Vault to test against: run deploy/testservers/vault/build, or name one in SEINHUIS_VAULT")

// Start gives the server that all tests of this binary share, and skips the test when there is none. It lives as long as the
// test process. A test that seals or stops the server uses [StartOwn].
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := shared()
	return orSkip(t, s, err)
}

// StartOwn gives a server of the test's own, stopped at its end.
func StartOwn(t testing.TB) *Server {
	t.Helper()
	s, err := launch()
	orSkip(t, s, err)
	t.Cleanup(s.end)
	return s
}

func orSkip(t testing.TB, s *Server, err error) *Server {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errAbsent) && os.Getenv("SEINHUIS_REAL") != "require":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
	return s
}

// program finds the binary: named, or in the cache.
func program() (string, error) {
	if named := os.Getenv("SEINHUIS_VAULT"); named != "" {
		return named, nil
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	path := filepath.Join(cache, "seinhuis-ci", "bin", "vault")
	if _, err := os.Stat(path); err != nil {
		return "", errAbsent
	}
	return path, nil
}

// launch starts a server. It ends when this process does, however that happens: its stdin ends, and the kernel kills it.
func launch() (*Server, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "vaulttest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // once it answers it has read all of it
	s := &Server{token: "root-" + rand.Text()}
	cert, key, err := s.certificates(dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-address", "127.0.0.1:0", "-cert", cert, "-key", key, "-unseal-key", filepath.Join(dir, "unseal"), "-leash")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = new(tail)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.end = sync.OnceFunc(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if err := s.begin(in, out, filepath.Join(dir, "unseal")); err != nil {
		s.end()
		return nil, fmt.Errorf("%w; it said: %s", err, cmd.Stderr)
	}
	return s, nil
}

func (s *Server) begin(in io.Writer, out io.Reader, unseal string) error {
	if _, err := fmt.Fprintln(in, s.token); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ready {
		return fmt.Errorf("vault did not start: %w", err)
	}
	s.Address = "https://" + address
	raw, err := os.ReadFile(unseal)
	s.unseal = strings.TrimSpace(string(raw))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.ca)
	s.client = &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	if err != nil {
		return err
	}
	answer, err := s.client.Get(s.Address + "/v1/sys/health")
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("vault is not healthy: status %d", answer.StatusCode)
	}
	return nil
}

// certificates writes the pair of the listener.
func (s *Server) certificates(dir string) (cert, key string, err error) {
	authority, err := NewAuthority()
	if err != nil {
		return "", "", err
	}
	s.ca = authority.PEM
	chain, private, err := authority.issue("vault", x509.ExtKeyUsageServerAuth)
	if err != nil {
		return "", "", err
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	return cert, key, errors.Join(os.WriteFile(cert, chain, 0o600), os.WriteFile(key, private, 0o600))
}

// CAFile writes the authority of the listener to a file for this test.
func (s *Server) CAFile(t testing.TB) string {
	t.Helper()
	return write(t, "ca.pem", s.ca)
}

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// tail keeps the last of what the server wrote, for the message of a failed start.
type tail struct {
	mu   sync.Mutex
	last []byte
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = append(w.last, p...)
	if n := len(w.last) - 2000; n > 0 {
		w.last = w.last[n:]
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.last)
}
