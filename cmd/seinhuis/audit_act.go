// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// books is an installation opened by an operator's command: its configuration
// and its truth store. The gateway may be running beside it.
type books struct {
	dir    string
	config config
	truth  truth
	log    logFiles  // as published
	now    time.Time // one moment per command
}

// openBooks opens what exists; a missing database is not made here.
func openBooks(ctx context.Context, g *globals) (*books, error) {
	c, err := readConfig(g.dir)
	if err != nil {
		return nil, err
	}
	t, log, err := openStores(ctx, g.dir, c)
	if err != nil {
		return nil, err
	}
	return &books{g.dir, c, t, log, time.Now()}, nil
}

// withBooks runs a command on an installation.
func withBooks(ctx context.Context, g *globals, do func(*books) error) error {
	b, err := openBooks(ctx, g)
	if err != nil {
		return err
	}
	return errors.Join(do(b), b.truth.Close())
}

func (b *books) registrar() *register.Registrar {
	return register.NewRegistrar(b.truth.Register, func() time.Time { return b.now })
}

// deed is one act of the operator, as it goes into the log.
type deed struct {
	event  audit.Event
	object string
	codes  []string
	count  int
}

// entry makes the log entry of an act.
func (b *books) entry(n deed) (audit.Entry, error) {
	by := audit.ByOperator(gateway.NewTrace())
	options := []audit.Option{audit.Codes(n.codes...)}
	if n.count > 0 {
		options = append(options, audit.Count(n.count))
	}
	return audit.New(n.event, by, n.object, b.now, options...)
}

// logged does something outside the database (a key, a file, a look into the
// log) and writes its entries in one transaction: first the entries that are
// known before, then the act, then those that it gives back, then the commit.
// When the act fails nothing is logged. When the commit fails the act may
// stand without its entry; the error then asks to repeat the command.
func (b *books) logged(ctx context.Context, act func() ([]deed, error), before ...deed) error {
	acted := false
	err := b.truth.Register.Write(ctx, func(tx register.Tx) error {
		if err := b.append(tx, before); err != nil {
			return err
		}
		if act == nil {
			return nil
		}
		after, err := act()
		if err != nil {
			return err
		}
		acted = true
		return b.append(tx, after)
	})
	if err != nil && acted {
		return fmt.Errorf("it was done and could not be logged; mend this and repeat the command: %w", err)
	}
	return err
}

func (b *books) append(tx register.Tx, notes []deed) error {
	if len(notes) == 0 {
		return nil
	}
	entries := make([]audit.Entry, len(notes))
	for i, n := range notes {
		var err error
		if entries[i], err = b.entry(n); err != nil {
			return err
		}
	}
	_, err := tx.Append(entries)
	return err
}
