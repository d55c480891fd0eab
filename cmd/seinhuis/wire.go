// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/adapters/sftpd"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/policies"
)

// installation is the running gateway. Its stores differ by profile
// (standalone.go, cluster.go); what is built on them does not, and is named
// here and in desks.go.
type installation struct {
	dir     string
	config  config
	truth   truth
	ring    keyStore
	log     logFiles    // as outsiders read it
	tiles   audit.Tiles // the same, to write
	spool   batch.Spool
	shelves sftpd.Shelves // nil where the SFTP door keeps its results in folders
	nodes   nodes         // nil in one process

	tables  *tables
	policy  *policies.Bundle  // that it is started with
	files   policies.Set      // of that policy
	adopted *adoption.Desk    //
	current *adoption.Current // that decides
	bell    *feedback.Bell
	profile logbook.Profile
	*desks  // of the doors

	witnesses   *audit.Witnesses
	handler     http.Handler
	sftp        *sftpd.Server // nil without an address for it
	uploads     string        // folder of uploads under way, of this process alone; empty in the standalone profile
	console     *consoleDoor  // nil without the section in seinhuis.yaml
	tracing     tracing
	options     httpapi.Options
	atRest      *atRest
	book        *logBook
	tls         *tls.Config
	certificate *doorCertificate
	logger      *slog.Logger

	asked   func(ctx context.Context) (struct{}, error) // answers, remembered a second: anyone may ask
	onWatch atomic.Bool                                 // chores run here
	leaving atomic.Bool                                 // no new connections, please

	profileFigures func(*figures) // what only this profile can tell; nil for nothing
}

// openDocuments opens the routing table and the policy to start with.
func (s *installation) openDocuments() (err error) {
	if s.tables, err = newTables(in(s.dir, s.config.Routing)); err != nil {
		return err
	}
	s.files, s.policy, err = readPolicy(s.dir, s.config)
	return err
}

// wire joins ports and adapters.
func (s *installation) wire(ctx context.Context) error {
	s.asked = remember(s.memory(), time.Now, func(ctx context.Context) (struct{}, error) { return struct{}{}, s.answers(ctx) })
	if s.bell == nil {
		s.bell = feedback.NewBell(nil)
	}
	s.adopted = newAdoption(gateway.OIN(s.config.OIN), s.truth, s.ring)
	s.current = adoption.NewCurrent(s.adopted, s.policy)
	spans, err := s.config.Telemetry.open(s.dir)
	if err != nil {
		return err
	}
	s.tracing = tracing{spans}
	if s.profile, err = s.config.profile(s.dir); err != nil {
		return notReady(err)
	}
	if s.desks, err = s.newDesks(ctx, s.truth); err != nil {
		return err
	}
	s.atRest, s.book = new(atRest), newLogBook(s.truth.Mailbox)
	s.options = httpapi.Options{Logger: s.logger, Metrics: httpapi.NewMetrics(), Spans: s.tracing.door(), Version: version(), ExchangeRequired: s.config.FSC}
	s.options.Metrics.Watch(httpapi.Gauge{Name: "seinhuis_alarms_open", Label: "kind", Read: s.openAlarms})
	s.options.Metrics.Watch(httpapi.Gauge{Name: "seinhuis_logbook_waiting", Label: "controller", Read: s.logbookRowsWaiting})
	s.showFigures()
	if s.witnesses, err = openWitnesses(s.dir, s.config, s.log, s.truth.Cosignatures); err != nil {
		return err
	}
	return s.wireDoors()
}

// wireDoors makes the doors of parties.
func (s *installation) wireDoors() error {
	authority, err := s.authority(s.directory)
	if err != nil {
		return err
	}
	if s.tls, err = s.serverTLS(authority); err != nil {
		return err
	}
	post := mailbox.New(s.truth.Mailbox, s.ring)
	if err := s.openSFTP(sftpd.Services{Register: s.directory, Mailbox: post, Feedback: s.feedback, Notices: s.notices, Pauses: s.pauses, Batches: s.batches,
		AccessRefused: s.book.accessRefused, Clock: time.Now}); err != nil {
		return err
	}
	s.handler, err = httpapi.New(httpapi.Services{
		Peers: authority, Journey: s.reports, Mailbox: post, Feedback: s.feedback, Notices: s.notices, Pauses: s.pauses, Batches: s.batches,
		Deletions: retention.NewShelf(s.truth.Shelf),
		Ageing:    clocks.NewOverview(s.truth.Clocks),
		Logbook:   logbook.NewReader(s.truth.Logbook, s.truth.Logbook, s.profile),
		Log:       s.sequencer, Witnesses: s.witnesses, Keys: publicKeys{s.ring}, AccessRefused: s.book.accessRefused, Health: s.healthy, Clock: time.Now,
	}, s.options)
	return err
}

// openSFTP makes the SFTP door when the installation has an address for it.
func (s *installation) openSFTP(services sftpd.Services) error {
	if s.config.SFTP == "" {
		return nil
	}
	hostKeys, err := readHostKeys(s.dir)
	if err != nil {
		return err
	}
	spool := filepath.Join(s.dir, sftpDir)
	if s.nodes != nil { // uploads end with their session; nothing in the directory of a node changes
		if spool, err = os.MkdirTemp("", "seinhuis-sftp-"); err != nil {
			return err
		}
		s.uploads = spool
	}
	s.sftp, err = sftpd.New(services, sftpd.Options{HostKeys: hostKeys, Spool: spool, Shelves: s.shelves, Logger: s.logger})
	return err
}

// errLeaving says that this node is about to stop.
var errLeaving = errors.New("this node is stopping")

// healthy tells whether everything that a door needs answers.
func (s *installation) healthy(ctx context.Context) error {
	if s.leaving.Load() {
		return errLeaving
	}
	_, err := s.asked(ctx)
	return err
}

// memory is how long an answer about health counts: where it takes other
// machines, whoever asks often must not load them.
func (s *installation) memory() time.Duration {
	if s.nodes == nil {
		return 0
	}
	return time.Second
}

// answers tells whether the stores and keys that this node rests on answer.
func (s *installation) answers(ctx context.Context) error {
	if _, err := s.truth.Register.Version(ctx); err != nil {
		return err
	}
	if _, err := s.ring.Publics(ctx); err != nil || s.nodes == nil {
		return err
	}
	return s.nodes.Ready(ctx)
}

// authority decides who a certificate stands for.
func (s *installation) authority(directory *register.Directory) (*mtls.Authority, error) {
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

func (s *installation) serverTLS(authority *mtls.Authority) (*tls.Config, error) {
	var err error
	if s.certificate, err = newDoorCertificate(in(s.dir, s.config.TLS.Certificate), in(s.dir, s.config.TLS.Key)); err != nil {
		return nil, err
	}
	return authority.TLSConfig(s.certificate.get), nil
}

// Close gives everything back.
func (s *installation) Close() error {
	var errs []error
	if s.console != nil { // both: a listener that was never served is the server's no more than ours
		_ = errors.Join(s.console.server.Close(), s.console.listener.Close())
	}
	if s.uploads != "" {
		errs = append(errs, os.RemoveAll(s.uploads))
	}
	if s.truth.Close != nil {
		errs = append(errs, s.truth.Close())
	}
	if s.ring != nil {
		errs = append(errs, s.ring.Close())
	}
	return errors.Join(errs...)
}
