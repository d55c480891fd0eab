// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// Role is a role of the database; each has rights of its own.
type Role string

// The roles are a closed set; the constant is the name in the database.
const (
	Owner     Role = "seinhuis_beheer"   // makes and changes the schema; no running gateway has it
	Gateway   Role = "seinhuis_poort"    // writes what the gateway does
	Door      Role = "seinhuis_deur"     // reads for one party
	Console   Role = "seinhuis_console"  // what officers see and keep
	Retention Role = "seinhuis_bewaring" // erases
)

// Config says where the database is and how each role enters.
type Config struct {
	// Addresses are host:port, tried in this order; the first that takes writes is used.
	Addresses []string
	Database  string
	TLS       *tls.Config     // nil only on loopback; the server's certificate is always verified against it
	Passwords map[Role]string // of the roles that this process works under
	Bodies    mailbox.Bodies  // where sealed bodies rest
	// Trial takes a server that does not keep what it said it wrote (fsync off).
	// Tests only: invariant I2 does not hold there.
	Trial bool
}

const (
	connectTimeout = 5 * time.Second
	writers        = 4 // connections that write; one at a time does
	readers        = 8
)

// settings of every connection, in milliseconds where PostgreSQL takes those. A
// node that is cut off must give back the writers' lock in seconds; the server
// notices by these. Plans are made anew for each statement, and lean to indexes:
// one that was kept from when a table was small scans it when it is large, and a
// new installation takes reports before its tables were ever analysed.
var settings = map[string]string{
	"application_name":                    "seinhuis",
	"search_path":                         "seinhuis",
	"timezone":                            "UTC",
	"synchronous_commit":                  "on",
	"plan_cache_mode":                     "force_custom_plan",
	"jit":                                 "off", // it costs seconds where the planner expects much, and saves nothing here
	"random_page_cost":                    "1.1",
	"statement_timeout":                   "30000",
	"lock_timeout":                        "15000",
	"idle_in_transaction_session_timeout": "5000",
	"tcp_keepalives_idle":                 "5",
	"tcp_keepalives_interval":             "2",
	"tcp_keepalives_count":                "3",
	"tcp_user_timeout":                    "10000",
}

// check gives all that is wrong at once.
func (c Config) check() error {
	var wrong []error
	if len(c.Addresses) == 0 {
		wrong = append(wrong, errors.New("no address"))
	}
	for _, a := range c.Addresses {
		host, port, err := net.SplitHostPort(a)
		if err != nil || host == "" || port == "" || strings.ContainsAny(a, " ,/?@") {
			wrong = append(wrong, errors.New("an address is not host:port"))
			continue
		}
		if c.TLS == nil && !net.ParseIP(host).IsLoopback() {
			wrong = append(wrong, errors.New("without TLS only an address on loopback is taken"))
		}
	}
	if c.Database == "" {
		wrong = append(wrong, errors.New("no database"))
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return nil
}

// enter is how a role connects.
func (c Config) enter(r Role) (*pgx.ConnConfig, error) {
	p, err := c.pool(r, 1)
	if err != nil {
		return nil, err
	}
	return p.ConnConfig, nil
}

func (c Config) pool(r Role, size int32) (*pgxpool.Config, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	password, ok := c.Passwords[r]
	if !ok {
		return nil, fmt.Errorf("postgres: no password for role %s", r)
	}
	p, err := pgxpool.ParseConfig("sslmode=disable target_session_attrs=any host=" + c.hosts() + " port=" + c.ports())
	if err != nil {
		return nil, errors.New("postgres: the address is not understood")
	}
	cc := p.ConnConfig
	cc.User, cc.Password, cc.Database = string(r), password, c.Database
	cc.ConnectTimeout = connectTimeout
	cc.TLSConfig = c.serverTLS(cc.Host)
	for _, f := range cc.Fallbacks {
		f.TLSConfig = c.serverTLS(f.Host)
	}
	for name, value := range settings {
		cc.RuntimeParams[name] = value
	}
	if len(c.Addresses) > 1 {
		cc.ValidateConnect = takesWrites
	}
	p.MaxConns, p.MinConns = size, 0
	p.MaxConnLifetime, p.MaxConnIdleTime, p.HealthCheckPeriod = time.Hour, 10*time.Minute, 15*time.Second
	return p, nil
}

func (c Config) hosts() string { return c.join(func(host, _ string) string { return host }) }
func (c Config) ports() string { return c.join(func(_, port string) string { return port }) }

func (c Config) join(part func(host, port string) string) string {
	parts := make([]string, len(c.Addresses))
	for i, a := range c.Addresses {
		host, port, _ := net.SplitHostPort(a)
		parts[i] = part(host, port)
	}
	return strings.Join(parts, ",")
}

// serverTLS holds the certificate to the name that was asked for.
func (c Config) serverTLS(host string) *tls.Config {
	if c.TLS == nil {
		return nil
	}
	t := c.TLS.Clone()
	t.InsecureSkipVerify, t.MinVersion = false, max(t.MinVersion, tls.VersionTLS12)
	if t.ServerName == "" {
		t.ServerName = host
	}
	return t
}
