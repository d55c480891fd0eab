// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/keys"
)

// desks is what works on a truth store. The doors have a set. In a cluster the
// node that has the watch has another, on a store whose writes fail as soon as
// another node has the watch.
type desks struct {
	on         truth
	directory  *register.Directory
	reports    *journey.Journey
	notices    *feedback.Notices
	feedback   *feedback.Desk
	pauses     *pause.Desk
	batches    *batch.Desk
	clocks     *clocks.Clocks
	sweeper    *retention.Sweeper
	passing    *passing
	announcer  *announce.Announcer
	forwarders []*logbook.Forwarder
	sequencer  *audit.Sequencer
}

// newDesks builds a set on a store.
func (s *installation) newDesks(ctx context.Context, t truth) (d *desks, err error) {
	issuer := gateway.OIN(s.config.OIN)
	receipts, verifier := jose.NewIssuer(s.ring, keys.ReceiptSigning), jose.NewVerifier(jose.Limits{})
	d = &desks{on: t, directory: register.NewDirectory(t.Register, time.Now)}
	d.notices = feedback.NewNotices(t.Feedback, jose.NewIssuer(s.ring, keys.NoticeSigning), s.ring, s.bell)
	d.reports = journey.New(s.tracing.journey(journey.Ports{
		Issuer: issuer, Opener: jose.NewOpener(s.ring, jose.Limits{}), Tables: s.tables, Register: d.directory,
		Policy: s.current.Bundle,
		Keyer:  s.ring, Sealer: sealers{jose.NewSealer(), openpgp.NewSealer(s.ring, time.Now)}, Wrapper: s.ring,
		Receipts: receipts, Notices: d.notices, Ledger: t.Ledger, Bell: s.bell, Objections: objection.NewDirectory(t.Objections, time.Now),
	}))
	d.feedback = feedback.NewDesk(feedback.Ports{Issuer: issuer, Verifier: verifier, Receipts: receipts, Notices: d.notices, Store: t.Feedback, Bell: s.bell})
	d.pauses = pause.NewDesk(pause.Ports{Issuer: issuer, Verifier: verifier, Receipts: receipts,
		Notices: d.notices, Parties: d.directory, Store: t.Pauses, Bell: s.bell, Clock: time.Now})
	d.batches = batch.New(s.batchPorts(d, t, receipts))
	d.clocks = clocks.New(clocks.Ports{Issuer: issuer, Store: t.Clocks, Notices: d.notices, Bell: s.bell})
	d.sweeper = newSweeper(issuer, t, s.ring)
	d.passing = &passing{desk: reorganisation.NewDesk(t.Reorganisations, time.Now), logger: s.logger}
	if d.announcer, err = s.newAnnouncer(d.directory, t.Webhooks); err != nil {
		return nil, err
	}
	if d.forwarders, err = newForwarders(s.dir, s.config, t.Logbook, s.profile); err != nil {
		return nil, err
	}
	d.sequencer, err = newSequencer(ctx, s.config, s.ring, t, s.tiles)
	return d, err
}

// batchPorts is what files need. In a cluster another node may have received
// one, or be at it.
func (s *installation) batchPorts(d *desks, t truth, receipts batch.Signer) batch.Ports {
	p := batch.Ports{Issuer: gateway.OIN(s.config.OIN), Store: t.Batches, Spool: s.spool, Journey: s.tracing.lines(d.reports), Signer: receipts,
		Directory: d.directory, Clock: time.Now, Openers: map[batch.Envelope]batch.Opener{
			batch.EnvelopeJOSE: jose.NewFileOpener(s.ring, jose.Limits{}), batch.EnvelopeOpenPGP: openpgp.NewOpener(s.ring)},
		Trouble: func(err error) { s.logger.Error("aanlevering wacht", "fout", err.Error()) }}
	if s.nodes != nil {
		p.Poll, p.Leave = time.Second, 24*time.Hour
	}
	return p
}
