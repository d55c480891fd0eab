// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// byGateway is the gateway acting by itself.
func byGateway() audit.By {
	return audit.ByGateway(gateway.NewTrace())
}

// started writes into the log that the service runs, under which policy and
// which routing table.
func (s *standalone) started(ctx context.Context, now time.Time) error {
	if err := s.takePolicy(ctx, now); err != nil {
		return err
	}
	book, by := s.book, byGateway()
	policy, table := s.current.Bundle().Ref().Digest, s.tables.Current().Version().Digest
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
	done.Go(func() { s.keepLogbooks(background) })
	done.Go(func() { s.tracing.work(background) })
	server := httpapi.Server(s.handler, s.tls, s.options)
	failed := make(chan error, 3)
	go s.console.serve(failed)
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
	err = errors.Join(err, server.Shutdown(drain), s.console.close(drain))
	<-sftpDone
	err = errors.Join(err, s.book.append(background, audit.ServiceStopped, byGateway(), audit.Object(audit.KindService), time.Now()))
	stop()
	done.Wait()
	_, last := s.sequencer.Integrate(context.WithoutCancel(ctx))
	return errors.Join(err, last)
}

// chores publishes checkpoints, carries out reorganisations, switches to an
// adopted policy on its day and looks for a new routing table, until ctx ends.
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
			s.switchPolicy(ctx, time.Now())
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
