// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/adapters/sftpd"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
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
	policy    *policies.Bundle  // that it is started with
	files     policies.Set      // of that policy
	adopted   *adoption.Desk    //
	current   *adoption.Current // that decides
	sequencer *audit.Sequencer
	witnesses *audit.Witnesses
	handler   http.Handler
	batches   *batch.Desk
	clocks    *clocks.Clocks
	sftp      *sftpd.Server // nil without an address for it
	console   *consoleDoor  // nil without the section in seinhuis.yaml
	announcer *announce.Announcer
	tracing   tracing

	forwarders []*logbook.Forwarder
	options    httpapi.Options
	sweeper    *retention.Sweeper
	atRest     *atRest
	book       *logBook
	passing    *passing
	tls        *tls.Config
	logger     *slog.Logger
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
	if s.files, s.policy, err = readPolicy(dir, s.config); err != nil {
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
	s.adopted = newAdoption(issuer, s.db, s.ring)
	s.current = adoption.NewCurrent(s.adopted, s.policy)
	notices := feedback.NewNotices(s.db.Feedback(), jose.NewIssuer(s.ring, keys.NoticeSigning), s.ring, bell)
	spans, err := s.config.Telemetry.open(s.dir)
	if err != nil {
		return err
	}
	s.tracing = tracing{spans}
	reports := journey.New(s.tracing.journey(journey.Ports{
		Issuer: issuer, Opener: jose.NewOpener(s.ring, jose.Limits{}), Tables: s.tables, Register: directory,
		Policy: s.current.Bundle,
		Keyer:  s.ring, Sealer: sealers{jose.NewSealer(), openpgp.NewSealer(s.ring, time.Now)}, Wrapper: s.ring,
		Receipts: receipts, Notices: notices, Ledger: s.db.Ledger(), Bell: bell, Objections: objection.NewDirectory(s.db.Objections(), time.Now),
	}))
	desk := feedback.NewDesk(feedback.Ports{Issuer: issuer, Verifier: jose.NewVerifier(jose.Limits{}),
		Receipts: receipts, Notices: notices, Store: s.db.Feedback(), Bell: bell})

	spool, err := files.OpenSpool(filepath.Join(s.dir, spoolDir))
	if err != nil {
		return notReady(err)
	}
	s.batches = batch.New(batch.Ports{Issuer: issuer, Store: s.db.Batches(), Spool: spool, Journey: s.tracing.lines(reports), Signer: receipts,
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
	s.options = httpapi.Options{Logger: s.logger, Metrics: httpapi.NewMetrics(), Spans: s.tracing.door(), Version: version(), ExchangeRequired: s.config.FSC}
	if s.announcer, err = s.newAnnouncer(directory); err != nil {
		return err
	}
	s.options.Metrics.Watch(httpapi.Gauge{Name: "seinhuis_alarms_open", Label: "kind", Read: s.openAlarms})
	profile, err := s.config.profile(s.dir)
	if err != nil {
		return notReady(err)
	}
	if s.forwarders, err = newForwarders(s.dir, s.config, s.db, profile); err != nil {
		return err
	}
	s.options.Metrics.Watch(httpapi.Gauge{Name: "seinhuis_logbook_waiting", Label: "controller", Read: s.logbookRowsWaiting})
	s.showFigures()
	post := mailbox.New(s.db.Mailbox(), s.ring)
	if err := s.openSFTP(sftpd.Services{Register: directory, Mailbox: post, Feedback: desk, Notices: notices, Pauses: pauses, Batches: s.batches,
		AccessRefused: s.book.accessRefused, Clock: time.Now}); err != nil {
		return err
	}
	if s.witnesses, err = openWitnesses(s.dir, s.config, s.db); err != nil {
		return err
	}
	s.handler, err = httpapi.New(httpapi.Services{
		Peers: authority, Journey: reports, Mailbox: post, Feedback: desk, Notices: notices, Pauses: pauses, Batches: s.batches,
		Deletions: retention.NewShelf(s.db.Retention()),
		Ageing:    clocks.NewOverview(s.db.Clocks()),
		Logbook:   logbook.NewReader(s.db.Logbook(), s.db.Logbook(), profile),
		Log:       s.sequencer, Witnesses: s.witnesses, Keys: publicKeys{s.ring}, AccessRefused: s.book.accessRefused, Health: s.healthy, Clock: time.Now,
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
	if s.console != nil { // both: a listener that was never served is the server's no more than ours
		_ = errors.Join(s.console.server.Close(), s.console.listener.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.ring != nil {
		errs = append(errs, s.ring.Close())
	}
	return errors.Join(errs...)
}
