// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/adapters/sftpd"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/policies"
)

// standalone is the whole gateway in one process: SQLite, a local keyring,
// files. Everything that fills a port is named here.
type standalone struct {
	dir       string
	config    config
	db        *sqlite.DB
	ring      *keyring.Keyring
	tables    *tables
	policy    *policies.Bundle
	sequencer *audit.Sequencer
	handler   http.Handler
	batches   *batch.Desk
	clocks    *clocks.Clocks
	sftp      *sftpd.Server // nil without an address for it
	announcer *announce.Announcer
	options   httpapi.Options
	sweeper   *retention.Sweeper
	atRest    *atRest
	book      *logBook
	passing   *passing
	tls       *tls.Config
	logger    *slog.Logger
}

// openStandalone opens every part and wires them. It serves nothing yet.
func openStandalone(ctx context.Context, dir string, logger *slog.Logger) (s *standalone, err error) {
	s = &standalone{dir: dir, logger: logger}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.config, err = readConfig(dir); err != nil {
		return s, err
	}
	if s.ring, err = openKeyring(dir, s.config); err != nil {
		return s, err
	}
	if s.tables, err = newTables(in(dir, s.config.Routing)); err != nil {
		return s, err
	}
	if s.policy, err = openPolicy(dir, s.config); err != nil {
		return s, err
	}
	if s.db, err = sqlite.Open(ctx, filepath.Join(dir, databaseFile)); err != nil {
		return s, notReady(err)
	}
	if s.sequencer, err = openSequencer(ctx, dir, s.config, s.ring, s.db); err != nil {
		return s, err
	}
	return s, s.wire()
}

// wire joins ports and adapters.
func (s *standalone) wire() error {
	issuer := gateway.OIN(s.config.OIN)
	directory := register.NewDirectory(s.db.Register(), time.Now)
	bell := feedback.NewBell()
	receipts := jose.NewIssuer(s.ring, keys.ReceiptSigning)
	notices := feedback.NewNotices(s.db.Feedback(), jose.NewIssuer(s.ring, keys.NoticeSigning), s.ring, bell)
	reports := journey.New(journey.Ports{
		Issuer: issuer, Opener: jose.NewOpener(s.ring, jose.Limits{}), Tables: s.tables, Register: directory,
		Policy: func() *policies.Bundle { return s.policy },
		Keyer:  s.ring, Sealer: sealers{jose.NewSealer(), openpgp.NewSealer(s.ring, time.Now)}, Wrapper: s.ring,
		Receipts: receipts, Notices: notices, Ledger: s.db.Ledger(), Bell: bell, Objections: objection.NewDirectory(s.db.Objections(), time.Now),
	})
	desk := feedback.NewDesk(feedback.Ports{Issuer: issuer, Verifier: jose.NewVerifier(jose.Limits{}),
		Receipts: receipts, Notices: notices, Store: s.db.Feedback(), Bell: bell})

	spool, err := files.OpenSpool(filepath.Join(s.dir, spoolDir))
	if err != nil {
		return notReady(err)
	}
	s.batches = batch.New(batch.Ports{Issuer: issuer, Store: s.db.Batches(), Spool: spool, Journey: reports, Signer: receipts,
		Directory: directory, Clock: time.Now, Openers: map[batch.Envelope]batch.Opener{
			batch.EnvelopeJOSE: jose.NewFileOpener(s.ring, jose.Limits{}), batch.EnvelopeOpenPGP: openpgp.NewOpener(s.ring)},
		Trouble: func(err error) { s.logger.Error("aanlevering wacht", "fout", err.Error()) }})
	pauses := pause.NewDesk(pause.Ports{Issuer: issuer, Verifier: jose.NewVerifier(jose.Limits{}), Receipts: receipts,
		Notices: notices, Parties: directory, Store: s.db.Pauses(), Bell: bell, Clock: time.Now})
	s.clocks = clocks.New(clocks.Ports{Issuer: issuer, Store: s.db.Clocks(), Notices: notices, Bell: bell})
	authority, err := s.authority(directory)
	if err != nil {
		return err
	}
	if s.tls, err = s.serverTLS(authority); err != nil {
		return err
	}
	s.sweeper, s.atRest = newSweeper(issuer, s.db, s.ring), new(atRest)
	s.book = newLogBook(s.db)
	s.passing = &passing{desk: reorganisation.NewDesk(s.db.Reorganisations(), time.Now), logger: s.logger}
	s.options = httpapi.Options{Logger: s.logger, Metrics: httpapi.NewMetrics(), Version: version()}
	if s.announcer, err = s.newAnnouncer(directory); err != nil {
		return err
	}
	s.options.Metrics.Watch(httpapi.Gauge{Name: "seinhuis_alarms_open", Label: "kind", Read: s.openAlarms})
	post := mailbox.New(s.db.Mailbox(), s.ring)
	if err := s.openSFTP(sftpd.Services{Register: directory, Mailbox: post, Feedback: desk, Notices: notices, Pauses: pauses, Batches: s.batches,
		AccessRefused: s.book.accessRefused, Clock: time.Now}); err != nil {
		return err
	}
	s.handler, err = httpapi.New(httpapi.Services{
		Peers: authority, Journey: reports, Mailbox: post, Feedback: desk, Notices: notices, Pauses: pauses, Batches: s.batches,
		Deletions: retention.NewShelf(s.db.Retention()),
		Ageing:    clocks.NewOverview(s.db.Clocks()),
		Log:       s.sequencer, Keys: publicKeys{s.ring}, AccessRefused: s.book.accessRefused, Health: s.healthy, Clock: time.Now,
	}, s.options)
	return err
}

// openSFTP makes the SFTP door when the installation has an address for it.
func (s *standalone) openSFTP(services sftpd.Services) error {
	if s.config.SFTP == "" {
		return nil
	}
	hostKeys, err := readHostKeys(s.dir)
	if err != nil {
		return err
	}
	s.sftp, err = sftpd.New(services, sftpd.Options{HostKeys: hostKeys, Spool: filepath.Join(s.dir, sftpDir), Logger: s.logger})
	return err
}

// healthy tells whether truth and keys answer.
func (s *standalone) healthy(ctx context.Context) error {
	_, err := s.db.Register().Version(ctx)
	if err != nil {
		return err
	}
	_, err = s.ring.Publics(ctx)
	return err
}

// authority decides who a certificate stands for.
func (s *standalone) authority(directory *register.Directory) (*mtls.Authority, error) {
	roots, err := os.ReadFile(in(s.dir, s.config.TLS.ClientCAs))
	if err != nil {
		return nil, notReady(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(roots) {
		return nil, notReady(errors.New("tls.client-ca holds no certificate"))
	}
	c := mtls.Config{Roots: pool, Register: directory, Clock: time.Now, AllowTLS12: s.config.TLS.Allow12}
	if s.config.TLS.CRL != "" {
		c.Revoked = mtls.Files(in(s.dir, s.config.TLS.CRL))
	}
	return mtls.New(c)
}

func (s *standalone) serverTLS(authority *mtls.Authority) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(in(s.dir, s.config.TLS.Certificate), in(s.dir, s.config.TLS.Key))
	if err != nil {
		return nil, notReady(fmt.Errorf("server certificate: %w", err))
	}
	return authority.TLSConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }), nil
}

// Close gives everything back.
func (s *standalone) Close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.ring != nil {
		errs = append(errs, s.ring.Close())
	}
	return errors.Join(errs...)
}

// logSigner is the checkpoint key as a note signer, with the public text to
// verify with.
func logSigner(ctx context.Context, c config, ring *keyring.Keyring) (note.Signer, string, error) {
	_, key, err := ring.Signer(ctx, keys.CheckpointSigning, keys.EdDSA)
	if err != nil {
		return nil, "", err
	}
	return audit.NewNoteSigner(c.Origin, key)
}

func openSequencer(ctx context.Context, dir string, c config, ring *keyring.Keyring, db *sqlite.DB) (*audit.Sequencer, error) {
	signer, _, err := logSigner(ctx, c, ring)
	if err != nil {
		return nil, notReady(err)
	}
	tiles, err := files.Open(filepath.Join(dir, logDir))
	if err != nil {
		return nil, notReady(err)
	}
	return audit.NewSequencer(audit.Config{Rows: db.Audit(), Heads: db.Audit(), Tiles: tiles, Signer: signer, Origin: c.Origin})
}

// publicKeys answers GET /v1/sleutels.
type publicKeys struct{ ring *keyring.Keyring }

func (p publicKeys) JWKS(ctx context.Context) ([]byte, error) {
	publics, err := p.ring.Publics(ctx)
	if err != nil {
		return nil, err
	}
	return jose.JWKS(publics)
}

func (p publicKeys) OpenPGP(ctx context.Context) ([]byte, error) {
	publics, err := p.ring.OpenPGPPublics(ctx)
	if err != nil || len(publics) == 0 {
		return nil, err
	}
	return publics[0], nil // the current one: what is encrypted from now on goes to it
}

// byGateway is the gateway acting by itself.
func byGateway() audit.By {
	return audit.ByGateway(gateway.NewTrace())
}

// started writes into the log that the service runs, under which policy and
// which routing table.
func (s *standalone) started(ctx context.Context, now time.Time) error {
	book, by := s.book, byGateway()
	policy, table := s.policy.Ref().Digest, s.tables.Current().Version().Digest
	return errors.Join(
		book.append(ctx, audit.ServiceStarted, by, audit.Object(audit.KindService), now),
		book.append(ctx, audit.PolicyLoaded, by, audit.Object(audit.KindPolicy, hex.EncodeToString(policy[:])), now),
		book.append(ctx, audit.RoutingLoaded, by, audit.Object(audit.KindRouting, hex.EncodeToString(table[:])), now),
	)
}

// serve answers on the listeners until ctx ends, then drains. sftp is nil when
// there is no SFTP door.
func (s *standalone) serve(ctx context.Context, door, sftp net.Listener) error {
	if err := s.started(ctx, time.Now()); err != nil {
		return err
	}
	ctx, stopDoors := context.WithCancel(ctx) // a door that fails takes the other along
	defer stopDoors()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() { s.chores(background) })
	done.Go(func() { s.watch(background) })
	done.Go(func() { s.forget(background) })
	done.Go(func() {
		if err := s.batches.Work(background); err != nil && background.Err() == nil {
			s.logger.Error("aanleveringen staan stil", "fout", err.Error())
		}
	})
	done.Go(func() { s.announcer.Work(background) })
	done.Go(func() { s.countWebhooks(background) })
	server := httpapi.Server(s.handler, s.tls, s.options)
	failed := make(chan error, 2)
	go func() { failed <- server.ServeTLS(door, "", "") }()
	sftpDone := make(chan struct{})
	go func() {
		defer close(sftpDone)
		if sftp == nil {
			return
		}
		if err := s.sftp.Serve(ctx, sftp); err != nil && ctx.Err() == nil {
			failed <- err
		}
	}()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	stopDoors()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(drain))
	<-sftpDone
	err = errors.Join(err, s.book.append(background, audit.ServiceStopped, byGateway(), audit.Object(audit.KindService), time.Now()))
	stop()
	done.Wait()
	_, last := s.sequencer.Integrate(context.WithoutCancel(ctx))
	return errors.Join(err, last)
}

// chores publishes checkpoints, carries out reorganisations and looks for a new
// routing table, until ctx ends.
func (s *standalone) chores(ctx context.Context) {
	publish := time.NewTicker(250 * time.Millisecond)
	defer publish.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-publish.C:
		}
		if _, err := s.sequencer.Integrate(ctx); err != nil && ctx.Err() == nil {
			s.logger.Error("logboek niet bijgewerkt", "fout", err.Error())
		}
		if n%4 == 0 {
			s.passing.carryOut(ctx, time.Now())
		}
		if n%8 != 0 {
			continue
		}
		if err := s.tables.reload(); err != nil {
			s.logger.Error("routeringstabel niet geladen", "fout", err.Error())
		}
	}
}

// watch lets the clocks look every few seconds, until ctx ends: a pause that is
// over, or late, waits no longer than that.
func (s *standalone) watch(ctx context.Context) {
	look := time.NewTicker(5 * time.Second)
	defer look.Stop()
	for {
		if _, err := s.clocks.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.logger.Error("klokken staan stil", "fout", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}
