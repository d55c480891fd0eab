// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"
)

// profile says what an installation rests on. The constant is what stands in
// seinhuis.yaml.
type profile string

// The profiles are a closed set.
const (
	profileStandalone profile = "standalone" // one process with SQLite, a keyring and files; also when the field is empty
	profileCluster    profile = "cluster"    // any number of nodes on PostgreSQL, S3 and Vault
)

// profileUsage is of the flag that names one.
const profileUsage = "fail unless the installation has this profile: standalone or cluster"

// postgresConfig is the truth store of a cluster.
type postgresConfig struct {
	Address  string        `yaml:"adres"`    // host:port, or several with commas: the one that takes writes is used
	Database string        `yaml:"database"` //
	CA       string        `yaml:"ca"`       // authorities (PEM) of the server; empty only on loopback
	Roles    postgresRoles `yaml:"rollen"`
	Trial    bool          `yaml:"proef,omitempty"` // trials only: a server may forget what it wrote (fsync off)
}

// postgresRoles are the files with the passwords of the roles that a node works
// under. The owner of the schema is not among them: only cluster setup has it.
type postgresRoles struct {
	Gateway   string `yaml:"poort"`
	Door      string `yaml:"deur"`
	Console   string `yaml:"console"`
	Retention string `yaml:"bewaring"`
}

// s3Config is where bodies, the log and received files of a cluster rest.
type s3Config struct {
	Address   string    `yaml:"adres"` // https://host[:port]
	Region    string    `yaml:"regio,omitempty"`
	PathStyle bool      `yaml:"pad-stijl,omitempty"` // https://host/bucket instead of https://bucket.host
	CA        string    `yaml:"ca,omitempty"`        // authorities (PEM) of the store; empty for the system's
	KeyID     string    `yaml:"sleutel-id"`
	Secret    string    `yaml:"geheim"` // file
	Buckets   s3Buckets `yaml:"emmers"`
	LogYears  int       `yaml:"logboek-jaren"` // how long nobody can change what is published of the log
}

type s3Buckets struct {
	Bodies string `yaml:"inhoud"`
	Log    string `yaml:"logboek"` // under object lock
	Spool  string `yaml:"bestanden"`
}

// vaultLogin is how a node proves itself to Vault. The constant is the value in
// seinhuis.yaml.
type vaultLogin string

const (
	loginAppRole     vaultLogin = "approle"
	loginCertificate vaultLogin = "certificaat"
)

// vaultConfig is where the keys of a cluster are.
type vaultConfig struct {
	Address    string     `yaml:"adres"`                // https://host:port
	CA         string     `yaml:"ca,omitempty"`         // authorities (PEM) of Vault; empty for the system's
	Namespace  string     `yaml:"naamruimte,omitempty"` // of Vault Enterprise and OpenBao
	Mount      string     `yaml:"mount,omitempty"`      // prefix of the engines; empty for seinhuis, as deploy/vault/setup makes them
	LoginMount string     `yaml:"inlog-mount,omitempty"`
	Login      vaultLogin `yaml:"inloggen"` // approle or certificaat
	Roles      vaultRoles `yaml:"rollen"`
}

// vaultRoles are the roles of deploy/vault that a machine acts as. A node has
// the first two; the third is that of the operator who changes keys.
type vaultRoles struct {
	Gateway   *vaultRole `yaml:"poort"`
	Retention *vaultRole `yaml:"bewaring"`
	Operator  *vaultRole `yaml:"beheer,omitempty"`
}

// vaultRole is how one role enters: the first two with AppRole, the others with
// a certificate.
type vaultRole struct {
	RoleID      string `yaml:"rol-id,omitempty"`
	SecretID    string `yaml:"geheim-id,omitempty"`   // file
	Certificate string `yaml:"certificaat,omitempty"` // PEM
	Key         string `yaml:"sleutel,omitempty"`     // PEM
}

// drainDefault is how long a node says that it is leaving before it stops
// taking connections: load balancers look every few seconds.
const drainDefault = 5 * time.Second

// cluster reports whether the installation is a node of a cluster.
func (c config) cluster() bool { return c.Profile == profileCluster }

// database is the name of the truth store in what operators read.
func (c config) database() string {
	if c.cluster() {
		return c.Postgres.Database
	}
	return databaseFile
}

// agrees holds the file to the profile that a command names; an empty one
// agrees with any.
func (c config) agrees(with string) error {
	have := c.Profile
	if have == "" {
		have = profileStandalone
	}
	switch {
	case with == "" || profile(with) == have:
		return nil
	case profile(with) != profileStandalone && profile(with) != profileCluster:
		return usage(fmt.Errorf("--profile must be %s or %s", profileStandalone, profileCluster))
	}
	return notReady(fmt.Errorf("%s says profile %s, and the command %s", configFile, have, with))
}

// checkProfile says what is wrong with the parts that differ by profile.
func (c config) checkProfile() (wrong []error) {
	switch c.Profile {
	case "", profileStandalone:
		if c.Unlock == "" {
			wrong = append(wrong, errors.New("ontgrendeling is missing"))
		}
		if c.Postgres != nil || c.S3 != nil || c.Vault != nil || c.Node != "" || c.Drain != 0 {
			wrong = append(wrong, errors.New("postgres, s3, vault, knooppunt and uitloop are of profiel: cluster"))
		}
		return wrong
	case profileCluster:
	default:
		return append(wrong, fmt.Errorf("profiel must be %s or %s", profileStandalone, profileCluster))
	}
	if c.Unlock != "" {
		wrong = append(wrong, errors.New("ontgrendeling: a cluster has no keyring; Vault keeps its keys"))
	}
	if c.Drain < 0 || c.Drain > 5*time.Minute {
		wrong = append(wrong, errors.New("uitloop must be between 0s and 5m"))
	}
	wrong = append(wrong, c.Postgres.check()...)
	if c.Postgres != nil && c.Postgres.Trial && !onLoopback(c.Listen) {
		wrong = append(wrong, errors.New("postgres.proef is for trials: the gateway itself must listen on a loopback address"))
	}
	wrong = append(wrong, c.S3.check()...)
	return append(wrong, c.Vault.check()...)
}

// missing names the fields that have no value.
func missing(section string, fields ...[2]string) (wrong []error) {
	for _, f := range fields {
		if f[1] == "" {
			wrong = append(wrong, fmt.Errorf("%s.%s is missing", section, f[0]))
		}
	}
	return wrong
}

func (p *postgresConfig) check() []error {
	if p == nil {
		return []error{errors.New("postgres is missing")}
	}
	wrong := missing("postgres", [2]string{"adres", p.Address}, [2]string{"database", p.Database}, [2]string{"rollen.poort", p.Roles.Gateway},
		[2]string{"rollen.deur", p.Roles.Door}, [2]string{"rollen.console", p.Roles.Console}, [2]string{"rollen.bewaring", p.Roles.Retention})
	if p.Address == "" {
		return wrong
	}
	loopback := true
	for _, a := range p.addresses() {
		host, port, err := net.SplitHostPort(a)
		if err != nil || host == "" || port == "" {
			wrong = append(wrong, errors.New("postgres.adres must be host:port, or several with commas"))
			break
		}
		loopback = loopback && onLoopback(a)
	}
	if p.CA == "" && !loopback {
		wrong = append(wrong, errors.New("postgres.ca is missing: only a server on loopback goes without TLS"))
	}
	return wrong
}

func (p *postgresConfig) addresses() []string {
	all := strings.Split(p.Address, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

func (s *s3Config) check() []error {
	if s == nil {
		return []error{errors.New("s3 is missing")}
	}
	b := s.Buckets
	wrong := missing("s3", [2]string{"adres", s.Address}, [2]string{"sleutel-id", s.KeyID}, [2]string{"geheim", s.Secret},
		[2]string{"emmers.inhoud", b.Bodies}, [2]string{"emmers.logboek", b.Log}, [2]string{"emmers.bestanden", b.Spool})
	wrong = append(wrong, checkServer("s3.adres", s.Address)...)
	if s.LogYears < 1 || s.LogYears > 100 {
		wrong = append(wrong, errors.New("s3.logboek-jaren must be between 1 and 100: for so long nobody can change what is published of the log"))
	}
	if b.Bodies != "" && (b.Bodies == b.Log || b.Bodies == b.Spool) || b.Log != "" && b.Log == b.Spool {
		wrong = append(wrong, errors.New("s3.emmers: each needs a bucket of its own, because the rules of each differ"))
	}
	return wrong
}

func (v *vaultConfig) check() []error {
	if v == nil {
		return []error{errors.New("vault is missing")}
	}
	wrong := append(missing("vault", [2]string{"adres", v.Address}), checkServer("vault.adres", v.Address)...)
	if v.Login != loginAppRole && v.Login != loginCertificate {
		wrong = append(wrong, fmt.Errorf("vault.inloggen must be %s or %s", loginAppRole, loginCertificate))
	}
	for _, r := range []struct {
		name     string
		role     *vaultRole
		optional bool
	}{{"poort", v.Roles.Gateway, false}, {"bewaring", v.Roles.Retention, false}, {"beheer", v.Roles.Operator, true}} {
		if r.role == nil && !r.optional {
			wrong = append(wrong, fmt.Errorf("vault.rollen.%s is missing", r.name))
		}
		if r.role != nil {
			wrong = append(wrong, r.role.check("vault.rollen."+r.name, v.Login)...)
		}
	}
	return wrong
}

func (r *vaultRole) check(name string, by vaultLogin) []error {
	if by == loginCertificate {
		return missing(name, [2]string{"certificaat", r.Certificate}, [2]string{"sleutel", r.Key})
	}
	return missing(name, [2]string{"rol-id", r.RoleID}, [2]string{"geheim-id", r.SecretID})
}

// checkServer holds an address to https: content and keys go there.
func checkServer(field, address string) []error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.RawQuery == "" && (u.Path == "" || u.Path == "/") {
		return nil
	}
	return []error{fmt.Errorf("%s must be https://host[:port]", field)}
}

// node is the name that this node has in the watch and in reports.
func (c config) node() string {
	if c.Node != "" {
		return c.Node
	}
	name, err := os.Hostname()
	if err != nil {
		return "onbekend"
	}
	return name
}

// drain is how long a node that stops keeps saying so.
func (c config) drain() time.Duration {
	switch {
	case !c.cluster():
		return 0
	case c.Drain == 0:
		return drainDefault
	}
	return c.Drain
}
