// SPDX-License-Identifier: EUPL-1.2

// Package s3test runs a real MinIO on the loopback address for tests, over TLS with a certificate that is made for the run,
// and stands between a test and that server when a test wants a store that lies or fails.
//
// It keeps nothing after the tests and may be imported by tests only. Called by the tests of adapters/s3 and of whoever
// wants a real store.
package s3test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
	"github.com/seinhuis/seinhuis/adapters/s3"
)

// Server is a MinIO that runs.
type Server struct {
	Endpoint   string // https://127.0.0.1:port
	CAFile     string
	KeyID      string
	SecretFile string
	Secret     string

	dir   string
	root  *mtlstest.Root
	ended chan struct{}
	said  *said
	pid   int
}

// One server serves all tests of a test binary: starting one takes the better part of a second.
var (
	shared   *Server
	sharedMu sync.Mutex
)

// Start gives the server of this test binary, and starts it when it does not run. Without the program the test is skipped
// with the reason; SEINHUIS_REAL=require makes that a failure. The program is SEINHUIS_MINIO, or minio in the cache of
// .ci/run. The server ends with the test binary.
func Start(t testing.TB) *Server {
	t.Helper()
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared != nil {
		return shared
	}
	program, err := find()
	if err != nil {
		if os.Getenv("SEINHUIS_REAL") == "require" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	sweep()
	for range 3 { // another program may take the free port first
		if shared, err = run(t, program); err == nil {
			return shared
		}
	}
	t.Fatal(err)
	return nil
}

// Main runs the tests of a package and then ends its server and removes its folder. A package that does not call it leaves
// the folder to the next run.
func Main(m *testing.M) int {
	code := m.Run()
	sharedMu.Lock()
	defer sharedMu.Unlock()
	if shared != nil {
		_ = syscall.Kill(shared.pid, syscall.SIGKILL)
		<-shared.ended
		_ = os.RemoveAll(shared.dir)
		shared = nil
	}
	return code
}

// Config is of a store with buckets of this test's own, which are not made yet.
func (s *Server) Config(t testing.TB) s3.Config {
	t.Helper()
	var b [6]byte
	_, _ = rand.Read(b[:])
	own := hex.EncodeToString(b[:])
	return s3.Config{Endpoint: s.Endpoint, CAFile: s.CAFile, KeyID: s.KeyID, SecretFile: s.SecretFile, PathStyle: true,
		Bodies: own + "-inhoud", Log: own + "-logboek", Spool: own + "-aanleveringen", LogYears: 1}
}

// Store opens a store with buckets of this test's own and prepares it.
func (s *Server) Store(t testing.TB) (*s3.Store, s3.Config) {
	t.Helper()
	c := s.Config(t)
	store, err := s3.Open(c)
	if err == nil {
		err = store.Prepare(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return store, c
}

func find() (string, error) {
	if named := os.Getenv("SEINHUIS_MINIO"); named != "" {
		return exec.LookPath(named)
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(home, ".cache")
	}
	program, err := exec.LookPath(filepath.Join(cache, "seinhuis-ci", "bin", "minio"))
	if err != nil {
		return "", errors.New("no MinIO here: .ci/run builds one, or name one in SEINHUIS_MINIO")
	}
	return program, nil
}

const prefix = "seinhuis-s3test-"

// sweep removes the folders of servers whose test binary is gone.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "pid"))
		if pid, bad := strconv.Atoi(string(text)); err == nil && bad == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
}

func run(t testing.TB, program string) (*Server, error) {
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, err
	}
	s := &Server{KeyID: "proef", Secret: hex.EncodeToString(random(16)), dir: dir, root: mtlstest.NewRoot(t, time.Now()),
		CAFile: filepath.Join(dir, "ca.pem"), SecretFile: filepath.Join(dir, "geheim"), ended: make(chan struct{}), said: new(said)}
	if err := s.write(t); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	s.Endpoint = "https://" + address
	if err := l.Close(); err != nil {
		return nil, err
	}
	if err := s.begin(program, address); err != nil {
		return nil, err
	}
	return s, s.ready()
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func (s *Server) write(t testing.TB) error {
	leaf := s.root.Server(t)
	key, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	if err != nil {
		return err
	}
	certs := filepath.Join(s.dir, "certs")
	text := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	return errors.Join(os.Mkdir(certs, 0o700), os.Mkdir(filepath.Join(s.dir, "data"), 0o700),
		os.WriteFile(s.CAFile, text("CERTIFICATE", s.root.Certificate.Raw), 0o600),
		os.WriteFile(s.SecretFile, []byte(s.Secret+"\n"), 0o600),
		os.WriteFile(filepath.Join(certs, "public.crt"), text("CERTIFICATE", leaf.Certificate[0]), 0o600),
		os.WriteFile(filepath.Join(certs, "private.key"), text("PRIVATE KEY", key), 0o600))
}

// begin starts the program from a thread that stays, because the kernel ends a child with the thread that made it. The web
// pages are off: they would listen on every interface.
func (s *Server) begin(program, address string) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		c := exec.Command(program, "server", "--quiet", "--address", address, "--certs-dir", filepath.Join(s.dir, "certs"), filepath.Join(s.dir, "data"))
		c.Env = []string{"HOME=" + s.dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + s.dir, "MINIO_BROWSER=off", "MINIO_UPDATE=off",
			"MINIO_ROOT_USER=" + s.KeyID, "MINIO_ROOT_PASSWORD=" + s.Secret}
		c.Dir, c.Stdout, c.Stderr = s.dir, s.said, s.said
		c.SysProcAttr = dieWithUs()
		err := c.Start()
		if err == nil {
			s.pid = c.Process.Pid
			err = os.WriteFile(filepath.Join(s.dir, "pid"), []byte(strconv.Itoa(s.pid)), 0o600)
		}
		started <- err
		_ = c.Wait()
		close(s.ended)
	}()
	return <-started
}

// ready waits until the server serves.
func (s *Server) ready() error {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.root.Pool()}, DisableKeepAlives: true}, Timeout: time.Second}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		r, err := client.Get(s.Endpoint + "/minio/health/ready")
		if err == nil {
			if err = r.Body.Close(); err == nil && r.StatusCode == http.StatusOK {
				if _, err = s.limited(""); err == nil { // it knows who may do what a moment later than it serves
					return nil
				}
			}
		}
		select {
		case <-again.C:
		case <-s.ended:
			return fmt.Errorf("MinIO ended at once: %s", s.said)
		case <-ctx.Done():
			_ = syscall.Kill(s.pid, syscall.SIGKILL)
			return fmt.Errorf("MinIO is not ready after a minute: %w: %s", err, s.said)
		}
	}
}

// said keeps the end of what the server said.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.text.Len() > 1<<16 {
		s.text.Reset()
	}
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimSpace(s.text.String())
}
