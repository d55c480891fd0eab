// SPDX-License-Identifier: EUPL-1.2

// Package postgrestest starts a real PostgreSQL on loopback for tests. One
// server serves a test binary; each test gets a database of its own, made from
// a template that a caller filled. It may not be imported by anything but tests.
package postgrestest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
)

// Roles are those of deploy/postgres/roles.sql.
var roles = []string{"seinhuis_beheer", "seinhuis_poort", "seinhuis_deur", "seinhuis_console", "seinhuis_bewaring"}

// Server is a running PostgreSQL.
type Server struct {
	Address  string // host:port on loopback
	Roots    *x509.CertPool
	Password string // of every role, and of the administrator
	CA       []byte // PEM
	dir      string
	bin      string
	cmd      *exec.Cmd
	ended    chan struct{}
	number   atomic.Int64
	template sync.Mutex
	made     map[string]bool
}

// Administrator is the superuser of a test server.
const Administrator = "admin"

var (
	once    sync.Once
	shared  *Server
	problem error
)

// Start gives the server of this test binary. Without PostgreSQL on the machine
// the test is skipped, or fails where real peers are required.
func Start(t testing.TB) *Server {
	t.Helper()
	bin, err := programs()
	if err != nil {
		if os.Getenv("SEINHUIS_REAL") == "require" {
			t.Fatalf("PostgreSQL is required: %v", err)
		}
		t.Skipf("no PostgreSQL here: %v", err)
	}
	once.Do(func() { shared, problem = start(t, bin, memory(), "-c", "fsync=off", "-c", "full_page_writes=off") })
	if problem != nil {
		t.Fatalf("PostgreSQL does not start: %v", problem)
	}
	return shared
}

// Own starts a server for one test, which keeps what it says it wrote.
func Own(t testing.TB) *Server {
	t.Helper()
	Start(t) // skips, or fails
	s, err := start(t, shared.bin, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Main runs the tests of a package and stops the server after them. Call it as
// os.Exit(postgrestest.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	if shared != nil {
		shared.Stop()
	}
	return code
}

// programs finds initdb and postgres.
func programs() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), "initdb")); err == nil {
				return filepath.Dir(path), nil
			}
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", fmt.Errorf("neither in PATH nor under /usr/lib/postgresql")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// memory is a folder that is no disk, or "" for the usual one. Most of what tests
// take from a server is the making of databases, some thousand small files each:
// that is six times as fast there. A server that may forget can live there.
func memory() string {
	const folder, enough = "/dev/shm", 4 << 30 // a container has 64 MB by default
	var free syscall.Statfs_t
	if syscall.Statfs(folder, &free) != nil || free.Bavail*uint64(free.Bsize) < enough {
		return ""
	}
	return folder
}

// start makes a server in a folder of its own within in.
func start(t testing.TB, bin, in string, extra ...string) (*Server, error) {
	dir, err := os.MkdirTemp(in, "seinhuis-postgres-")
	if errors.Is(err, os.ErrPermission) {
		dir, err = os.MkdirTemp("", "seinhuis-postgres-")
	}
	if err != nil {
		return nil, err
	}
	sweep(filepath.Dir(dir))
	s := &Server{dir: dir, bin: bin, Password: rand.Text(), made: map[string]bool{}}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, owner), []byte(strconv.Itoa(os.Getpid())), 0o600), s.initialise(t)); err != nil {
		return nil, err
	}
	return s, s.Launch(extra...)
}

// owner is the file with the number of the process whose tests a folder serves.
const owner = "pid"

// sweep removes the folders of servers whose test process was killed: the server
// ended with it, and in memory they would stay in the way.
func sweep(in string) {
	dirs, _ := filepath.Glob(filepath.Join(in, "seinhuis-postgres-*"))
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, owner))
		if pid, bad := strconv.Atoi(string(text)); err == nil && bad == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
}

func (s *Server) initialise(t testing.TB) error {
	if err := os.WriteFile(filepath.Join(s.dir, "pw"), []byte(s.Password), 0o600); err != nil {
		return err
	}
	root := mtlstest.NewRoot(t, time.Now())
	if err := s.certificate(t, root); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if out, err := exec.Command("chown", "-R", "postgres", s.dir).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	data := filepath.Join(s.dir, "data")
	cmd := s.as(filepath.Join(s.bin, "initdb"), "-D", data, "-A", "scram-sha-256", "-U", Administrator, "--pwfile="+filepath.Join(s.dir, "pw"),
		"-E", "UTF8", "--no-locale", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// as makes a command of the unprivileged user that PostgreSQL wants.
func (s *Server) as(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 {
		if u, err := user.Lookup("postgres"); err == nil {
			uid, _ := strconv.ParseUint(u.Uid, 10, 32)
			gid, _ := strconv.ParseUint(u.Gid, 10, 32)
			cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return cmd
}

// Launch starts the server process over its data; Start and Own did it once.
func (s *Server) Launch(extra ...string) error {
	if s.Address == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		s.Address = l.Addr().String()
		_ = l.Close()
	}
	_, port, _ := net.SplitHostPort(s.Address)
	args := append([]string{"-D", filepath.Join(s.dir, "data"), "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + s.dir,
		"-c", "max_connections=200", "-c", "ssl=on", "-c", "ssl_cert_file=" + filepath.Join(s.dir, "server.pem"), "-c", "ssl_key_file=" + filepath.Join(s.dir, "server.key")}, extra...)
	s.cmd = s.as(filepath.Join(s.bin, "postgres"), args...)
	log := new(bytes.Buffer)
	s.cmd.Stderr = log
	if err := s.run(); err != nil {
		return err
	}
	for range 300 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		c, err := s.Connect(ctx, Administrator, "postgres")
		cancel()
		if err == nil {
			return c.Close(context.Background())
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = s.cmd.Process.Kill()
	return fmt.Errorf("no answer: %s", log)
}

// run starts the process from a thread that lives as long as it does: the signal
// that ends the server with us is sent when that thread ends.
func (s *Server) run() error {
	cmd, started, ended := s.cmd, make(chan error, 1), make(chan struct{})
	s.ended = ended
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	return <-started
}

// certificate writes the server's certificate and key, and keeps its authority.
func (s *Server) certificate(t testing.TB, root *mtlstest.Root) error {
	pair := root.Server(t)
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return err
	}
	s.Roots, s.CA = root.Pool(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate.Raw})
	return errors.Join(
		os.WriteFile(filepath.Join(s.dir, "server.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600),
		os.WriteFile(filepath.Join(s.dir, "server.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}

// Stop ends the server at once and removes its data.
func (s *Server) Stop() {
	s.Kill()
	_ = os.RemoveAll(s.dir)
}

// Kill ends the server as a power cut does; Launch starts it over its data.
func (s *Server) Kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGQUIT)
		<-s.ended
	}
}

// TLS verifies the server's certificate.
func (s *Server) TLS() *tls.Config {
	return &tls.Config{RootCAs: s.Roots, ServerName: "localhost", MinVersion: tls.VersionTLS13}
}

// Connect opens a connection as any role.
func (s *Server) Connect(ctx context.Context, role, database string) (*pgx.Conn, error) {
	host, port, _ := net.SplitHostPort(s.Address)
	c, err := pgx.ParseConfig("sslmode=disable host=" + host + " port=" + port)
	if err != nil {
		return nil, err
	}
	c.User, c.Password, c.Database = role, s.Password, database
	return pgx.ConnectConfig(ctx, c)
}

// Database makes an empty database, or a copy of the template of that name. The
// first caller's fill makes the template; "" is an empty one.
func (s *Server) Database(t testing.TB, template string, fill func(database string)) string {
	t.Helper()
	s.template.Lock()
	defer s.template.Unlock()
	if template != "" && !s.made[template] {
		s.create(t, template, "template0")
		fill(template)
		s.made[template] = true
	}
	name := fmt.Sprintf("proef_%d", s.number.Add(1))
	from := "template0"
	if template != "" {
		from = template
	}
	s.create(t, name, from)
	t.Cleanup(func() { s.admin(t, "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return name
}

func (s *Server) create(t testing.TB, name, from string) {
	t.Helper()
	var sql []string
	for _, r := range roles {
		sql = append(sql, fmt.Sprintf(`DO $$ BEGIN CREATE ROLE %s LOGIN NOINHERIT NOBYPASSRLS PASSWORD '%s'; EXCEPTION WHEN duplicate_object THEN END $$`, r, s.Password))
	}
	s.admin(t, "postgres", strings.Join(sql, "; "))
	s.admin(t, "postgres", "CREATE DATABASE "+name+" OWNER seinhuis_beheer TEMPLATE "+from+" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' STRATEGY wal_log")
	s.admin(t, "postgres", "REVOKE ALL ON DATABASE "+name+" FROM PUBLIC; GRANT CONNECT ON DATABASE "+name+" TO "+strings.Join(roles[1:], ", "))
	if from == "template0" { // a copy of a template has it
		s.admin(t, name, held(t))
	}
}

// held is what deploy/postgres/roles.sql takes from everybody inside the database.
func held(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../deploy/postgres/roles.sql"))
	if err != nil {
		t.Fatal(err)
	}
	_, inside, found := strings.Cut(string(text), "\n\\connect seinhuis\n")
	if !found {
		t.Fatal("roles.sql does not enter the database")
	}
	return inside
}

// Admin runs SQL as the superuser.
func (s *Server) Admin(t testing.TB, database, sql string) { t.Helper(); s.admin(t, database, sql) }

func (s *Server) admin(t testing.TB, database, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := s.Connect(ctx, Administrator, database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Dump is a database as pg_dump writes it, with the bytes of binary columns as
// they are where they can be read.
func (s *Server) Dump(t testing.TB, database string) []byte {
	t.Helper()
	host, port, _ := net.SplitHostPort(s.Address)
	cmd := exec.Command(filepath.Join(s.bin, "pg_dump"), "-h", host, "-p", port, "-U", Administrator, database)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+s.Password, "PGOPTIONS=-c bytea_output=escape")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	return out
}

// Files is the folder with everything that the server has on disk.
func (s *Server) Files() string { return filepath.Join(s.dir, "data") }
