// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

// cluster is what a node has of the engines that all nodes share.
type cluster struct {
	db     *postgres.DB
	store  *s3.Store
	log    *s3.Tiles
	keys   *vaultKeys
	ringer *ringer
	logger *slog.Logger
	swept  sweptOrphans
}

// openCluster opens an installation that is a node of a cluster: PostgreSQL, S3
// and Vault. Its directory holds configuration only. It serves nothing yet.
func openCluster(ctx context.Context, dir string, c config, logger *slog.Logger) (s *installation, err error) {
	s = &installation{dir: dir, config: c, logger: logger}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if err := s.openDocuments(); err != nil {
		return s, err
	}
	n := &cluster{logger: logger}
	if n.keys, err = openVault(ctx, dir, c); err != nil {
		return s, err
	}
	s.ring = n.keys
	if n.store, err = openS3(dir, c); err != nil {
		return s, err
	}
	// A store that lies about what it keeps is found here, not after a loss.
	if _, err := n.store.Probe(ctx); err != nil {
		return s, notReady(fmt.Errorf("S3: %w", err))
	}
	if n.db, err = openPostgres(ctx, dir, c, n.store); err != nil {
		return s, err
	}
	s.truth = postgresTruth(n.db)
	n.log = n.store.Tiles()
	s.profileFigures = n.figures
	s.log, s.tiles, s.spool, s.nodes = n.log, n.log, n.store.Spool(), n
	s.shelves = n.store.Shelves()
	n.ringer = newRinger(n.db.Ring)
	s.bell = feedback.NewBell(n.ringer.Ring)
	return s, s.wire(ctx)
}

// openPostgres opens the database as every role of a node.
func openPostgres(ctx context.Context, dir string, c config, bodies *s3.Store) (*postgres.DB, error) {
	p, err := c.Postgres.open(dir)
	if err != nil {
		return nil, err
	}
	for role, file := range map[postgres.Role]string{postgres.Gateway: c.Postgres.Roles.Gateway, postgres.Door: c.Postgres.Roles.Door,
		postgres.Console: c.Postgres.Roles.Console, postgres.Retention: c.Postgres.Roles.Retention} {
		if p.Passwords[role], err = readSecret(in(dir, file)); err != nil {
			return nil, notReady(fmt.Errorf("password of role %s: %w", role, err))
		}
	}
	p.Bodies = bodies.Bodies()
	db, err := postgres.Open(ctx, p)
	if err != nil {
		return nil, notReady(fmt.Errorf("PostgreSQL: %w", err))
	}
	return db, nil
}

// open is the section without passwords.
func (p *postgresConfig) open(dir string) (postgres.Config, error) {
	c := postgres.Config{Addresses: p.addresses(), Database: p.Database, Passwords: map[postgres.Role]string{}, Trial: p.Trial}
	if p.CA == "" {
		return c, nil
	}
	roots, err := readPool(in(dir, p.CA))
	if err != nil {
		return c, notReady(fmt.Errorf("postgres.ca: %w", err))
	}
	c.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return c, nil
}

// readPool reads authorities (PEM).
func readPool(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("it holds no certificate")
	}
	return pool, nil
}

func openS3(dir string, c config) (*s3.Store, error) {
	store, err := c.S3.open(dir)
	if err != nil {
		return nil, notReady(err)
	}
	return store, nil
}

func (c *s3Config) open(dir string) (*s3.Store, error) {
	if _, err := readSecret(in(dir, c.Secret)); err != nil { // the store reads it again, and looks at no mode
		return nil, fmt.Errorf("s3.geheim: %w", err)
	}
	return s3.Open(s3.Config{Endpoint: c.Address, Region: c.Region, PathStyle: c.PathStyle, CAFile: in(dir, c.CA), KeyID: c.KeyID,
		SecretFile: in(dir, c.Secret), Bodies: c.Buckets.Bodies, Log: c.Buckets.Log, Spool: c.Buckets.Spool, LogYears: c.LogYears})
}

// Watch implements nodes.
func (n *cluster) Watch(ctx context.Context, name string, chores func(context.Context, period) error) error {
	return n.db.Watch(ctx, name, func(ctx context.Context, db *postgres.DB) error {
		return chores(ctx, period{postgresTruth(db), []func(context.Context){
			func(ctx context.Context) { n.sweepOrphans(ctx, db) },
			func(ctx context.Context) { n.makeMonths(ctx, db) },
		}})
	})
}

// Ready implements nodes. It asks all at once, so that a node that is cut off
// from one says so as soon as that one is found silent.
func (n *cluster) Ready(ctx context.Context) error {
	errs := make([]error, 3)
	var all sync.WaitGroup
	all.Go(func() { errs[0] = named("PostgreSQL", n.db.Ping(ctx)) })
	all.Go(func() { errs[1] = named("Vault", n.keys.Health(ctx)) })
	all.Go(func() {
		_, err := n.log.Read(ctx, proof.CheckpointPath)
		if errors.Is(err, fs.ErrNotExist) { // before the first
			err = nil
		}
		errs[2] = named("S3", err)
	})
	all.Wait()
	return errors.Join(errs...)
}

func named(server string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", server, err)
	}
	return nil
}

// Listen implements nodes; meanwhile it passes on what this node rings for.
func (n *cluster) Listen(ctx context.Context, wake func(...gateway.OIN)) {
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() { n.ringer.work(ctx) })
	if err := n.db.Listen(ctx, wake); err != nil && ctx.Err() == nil {
		n.logger.Error("de bel van andere knooppunten is niet te horen", "fout", err.Error())
	}
}

// makeMonths makes the parts of the log for the coming months.
func (n *cluster) makeMonths(ctx context.Context, db *postgres.DB) {
	every(ctx, 24*time.Hour, func() {
		if err := db.MakeMonths(ctx, time.Now()); err != nil && ctx.Err() == nil {
			n.logger.Error("geen deel voor de komende maanden", "fout", err.Error())
		}
	})
}
