// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// secretsDir holds the secrets of a node, a file each.
const secretsDir = "geheimen"

// serverFlags say where the engines of a cluster are. What is left out stands in
// the file as an example to replace.
type serverFlags struct {
	postgres, database, postgresCA string
	s3, s3CA, s3Key, region        string
	pathStyle                      bool
	buckets                        string
	vault, vaultCA, mount          string
	roleID, retentionRoleID        string
}

func (s *serverFlags) add(f *pflag.FlagSet) {
	f.StringVar(&s.postgres, "postgres", "postgres.example:5432", "cluster: host:port of PostgreSQL, or several with commas")
	f.StringVar(&s.database, "database", "seinhuis", "cluster: name of the database")
	f.StringVar(&s.postgresCA, "postgres-ca", "tls/postgres-ca.pem", "cluster: authorities (PEM) of PostgreSQL")
	f.StringVar(&s.s3, "s3", "https://s3.example", "cluster: address of the S3 store")
	f.StringVar(&s.s3CA, "s3-ca", "", "cluster: authorities (PEM) of the S3 store; empty for the system's")
	f.StringVar(&s.s3Key, "s3-key-id", "seinhuis", "cluster: key id at the S3 store")
	f.StringVar(&s.region, "s3-region", "", "cluster: region of the S3 store")
	f.BoolVar(&s.pathStyle, "s3-path-style", false, "cluster: the S3 store wants https://host/bucket")
	f.StringVar(&s.buckets, "s3-buckets", "seinhuis", "cluster: first part of the names of the buckets")
	f.StringVar(&s.vault, "vault", "https://vault.example:8200", "cluster: address of Vault")
	f.StringVar(&s.vaultCA, "vault-ca", "", "cluster: authorities (PEM) of Vault; empty for the system's")
	f.StringVar(&s.mount, "vault-mount", "", "cluster: prefix of Vault's engines (default seinhuis)")
	f.StringVar(&s.roleID, "vault-role-id", "ROLE-ID", "cluster: role id of poort")
	f.StringVar(&s.retentionRoleID, "vault-retention-role-id", "ROLE-ID", "cluster: role id of bewaring")
}

// fill writes the sections of a cluster.
func (s *serverFlags) fill(c config) config {
	secret := func(name string) string { return secretsDir + "/" + name }
	c.Profile, c.Unlock = profileCluster, ""
	c.Postgres = &postgresConfig{Address: s.postgres, Database: s.database, CA: s.postgresCA, Roles: postgresRoles{
		Gateway: secret("postgres-poort"), Door: secret("postgres-deur"), Console: secret("postgres-console"), Retention: secret("postgres-bewaring")}}
	c.S3 = &s3Config{Address: s.s3, Region: s.region, PathStyle: s.pathStyle, CA: s.s3CA, KeyID: s.s3Key, Secret: secret("s3"), LogYears: 10,
		Buckets: s3Buckets{Bodies: s.buckets + "-inhoud", Log: s.buckets + "-logboek", Spool: s.buckets + "-bestanden"}}
	c.Vault = &vaultConfig{Address: s.vault, CA: s.vaultCA, Mount: s.mount, Login: loginAppRole, Roles: vaultRoles{
		Gateway:   &vaultRole{RoleID: s.roleID, SecretID: secret("vault-poort")},
		Retention: &vaultRole{RoleID: s.retentionRoleID, SecretID: secret("vault-bewaring")}}}
	return c
}

// secretFiles are the files that a node reads its secrets from.
func (c config) secretFiles() []string {
	files := []string{c.Postgres.Roles.Gateway, c.Postgres.Roles.Door, c.Postgres.Roles.Console, c.Postgres.Roles.Retention, c.S3.Secret}
	for _, r := range []*vaultRole{c.Vault.Roles.Gateway, c.Vault.Roles.Retention, c.Vault.Roles.Operator} {
		switch {
		case r == nil:
		case c.Vault.Login == loginCertificate:
			files = append(files, r.Key)
		default:
			files = append(files, r.SecretID)
		}
	}
	return files
}

// makeNode makes the directory of a node: configuration and host keys, no key of
// the gateway. The same directory serves every node.
func makeNode(cmd *cobra.Command, g *globals, c config, servers serverFlags, trial bool) error {
	c = servers.fill(c)
	c.Postgres.Trial = trial
	c, err := makeDirectory(g.dir, c, trial, time.Now(), secretsDir)
	if err != nil {
		return err
	}
	if err := errors.Join(makeHostKeys(g.dir), writeConfig(g.dir, c)); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "node made in %s; put these secrets in place, each a file that only the gateway reads (chmod 0400):\n", g.dir)
	for _, f := range c.secretFiles() {
		fmt.Fprintf(cmd.OutOrStdout(), "  %s\n", in(g.dir, f))
	}
	fmt.Fprintln(cmd.OutOrStdout(), "next: seinhuis cluster setup, where the strong logins are; then seinhuis doctor --profile cluster")
	return nil
}
