// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/commit"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// logBook writes entries about the service itself, and about requests that
// were turned away at the door (which the door thins, so that nobody can fill
// the log).
type logBook struct {
	group *commit.Group[audit.Entry, struct{}]
}

func newLogBook(store mailbox.Store) *logBook {
	return &logBook{group: commit.NewGroup(256, func(ctx context.Context, entries []audit.Entry) ([]struct{}, error) {
		return make([]struct{}, len(entries)), store.Write(ctx, func(tx mailbox.Tx) error {
			_, err := tx.Append(entries)
			return err
		})
	})}
}

// Write fills console.Book: each entry durably, and all or an error.
func (l *logBook) Write(ctx context.Context, entries []audit.Entry) error {
	for _, e := range entries {
		if _, err := l.group.Do(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// accessRefused fills httpapi.Refused.
func (l *logBook) accessRefused(ctx context.Context, code gateway.Code, fingerprint string, at time.Time, trace gateway.Trace) error {
	by := audit.By{Actor: audit.ActorUnknown, Role: audit.Unknown, Origin: fingerprint, Trace: trace}
	if fingerprint == "" {
		by.Origin = audit.Local
	}
	return l.append(ctx, audit.AccessRefused, by, audit.Object(audit.KindService), at, audit.Refused(string(code)))
}

func (l *logBook) append(ctx context.Context, event audit.Event, by audit.By, object string, at time.Time, o ...audit.Option) error {
	e, err := audit.New(event, by, object, at, o...)
	if err != nil {
		return err
	}
	_, err = l.group.Do(ctx, e)
	return err
}

// version is that of the module the binary was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "onbekend"
}
