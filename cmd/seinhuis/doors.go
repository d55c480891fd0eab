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
func (s *installation) started(ctx context.Context, now time.Time) error {
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
func (s *installation) serve(ctx context.Context, door, sftp net.Listener) error {
	// A signal to stop that comes now waits: a start that is half in the log would
	// end as a failure.
	if err := s.started(context.WithoutCancel(ctx), time.Now()); err != nil {
		return err
	}
	doors, stopDoors := context.WithCancel(context.WithoutCancel(ctx)) // a door that fails takes the other along
	defer stopDoors()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var done sync.WaitGroup
	done.Go(func() { s.keepCurrent(background) })
	done.Go(func() { s.keepWatch(background) })
	done.Go(func() { s.hearBells(background) })
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
		if err := s.sftp.Serve(doors, sftp); err != nil && doors.Err() == nil {
			failed <- err
		}
	}()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.leave()
	}
	stopDoors()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(drain), s.console.close(drain))
	<-sftpDone
	err = errors.Join(err, s.book.append(background, audit.ServiceStopped, byGateway(), audit.Object(audit.KindService), time.Now()))
	stop()
	done.Wait()
	if s.nodes == nil { // where there are more, whoever has the watch goes on
		_, last := s.sequencer.Integrate(context.WithoutCancel(ctx))
		err = errors.Join(err, last)
	}
	return err
}

// leave says that this node stops, for as long as load balancers need to notice.
// It answers as before meanwhile.
func (s *installation) leave() {
	s.leaving.Store(true)
	time.Sleep(s.config.drain())
}

// keepCurrent switches to an adopted policy on its day and looks for a new
// routing table, until ctx ends. Every node does so for itself.
func (s *installation) keepCurrent(ctx context.Context) {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		s.switchPolicy(ctx, time.Now())
		if n%2 != 0 {
			continue
		}
		if err := s.tables.reload(); err != nil {
			s.logger.Error("routeringstabel niet geladen", "fout", err.Error())
		}
	}
}
