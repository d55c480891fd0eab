// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/commit"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// logBook writes entries about the service itself, and about requests that
// were turned away at the door.
type logBook struct {
	group *commit.Group[audit.Entry, struct{}]

	mu        sync.Mutex
	anonymous map[gateway.Code]int // turned away without a certificate, since the last flush
}

func newLogBook(db *sqlite.DB) *logBook {
	return &logBook{anonymous: map[gateway.Code]int{},
		group: commit.NewGroup(256, func(ctx context.Context, entries []audit.Entry) ([]struct{}, error) {
			return make([]struct{}, len(entries)), db.Mailbox().Write(ctx, func(tx mailbox.Tx) error {
				_, err := tx.Append(entries)
				return err
			})
		})}
}

// accessRefused logs that somebody was turned away. Callers without any
// certificate cost nobody an fsync each: they are counted and written together
// a moment later.
func (l *logBook) accessRefused(ctx context.Context, code gateway.Code, fingerprint string, at time.Time, trace gateway.Trace) error {
	if fingerprint == "" {
		l.mu.Lock()
		l.anonymous[code]++
		l.mu.Unlock()
		return nil
	}
	by := audit.By{Actor: audit.ActorUnknown, Role: audit.Unknown, Origin: fingerprint, Trace: string(trace)}
	return l.append(ctx, audit.AccessRefused, by, audit.Object(audit.KindService), at, audit.Refused(string(code)))
}

// flush writes the counts of anonymous callers.
func (l *logBook) flush(ctx context.Context, at time.Time) error {
	l.mu.Lock()
	counts := l.anonymous
	l.anonymous = map[gateway.Code]int{}
	l.mu.Unlock()
	for code, n := range counts {
		by := audit.By{Actor: audit.ActorUnknown, Role: audit.Unknown, Origin: audit.Local, Trace: string(gateway.NewTrace())}
		err := l.append(ctx, audit.AccessRefused, by, audit.Object(audit.KindService), at, audit.Refused(string(code)), audit.Count(n))
		if err != nil {
			return err
		}
	}
	return nil
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
