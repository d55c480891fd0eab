// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seinhuis/seinhuis/adapters/postgres"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/keys/vault"
)

// takeKeys brings the keys into Vault, once.
func (m *move) takeKeys(ctx context.Context) error {
	c, err := m.strong.operator(m.to, m.next)
	if err != nil {
		return err
	}
	store, err := vault.Import(ctx, c, m.ring)
	if errors.Is(err, vault.ErrTaken) { // by an earlier try: compare sees whether they are these
		return nil
	}
	if err != nil {
		return notReady(fmt.Errorf("import into Vault: %w", err))
	}
	return store.Close()
}

// sameKeys sees that the new end publishes the keys of the old one.
func (m *move) sameKeys(ctx context.Context, n *cluster) error {
	old, err := m.ring.Publics(ctx)
	if err != nil {
		return err
	}
	now, err := n.keys.Publics(ctx)
	if err != nil {
		return err
	}
	for _, p := range old {
		if !slices.ContainsFunc(now, func(q keys.Public) bool { return q.KID == p.KID && q.Use == p.Use && q.Algorithm == p.Algorithm }) {
			return errors.New("the keys in Vault are not those of the keyring: it was set up before (cluster setup); migrate wants a Vault without keys")
		}
	}
	m.view.Keys = len(old)
	probe := [][]byte{[]byte("v1|verhuizing")}
	was, err := m.ring.MAC(ctx, probe)
	if err != nil {
		return err
	}
	is, err := n.keys.MAC(ctx, probe)
	if err != nil {
		return err
	}
	if !slices.Equal(was[0], is[0]) {
		return errors.New("pseudonyms of Vault are not those of the keyring")
	}
	return nil
}

// copy fills the new truth store, unless an earlier try did.
func (m *move) copy(ctx context.Context, n *cluster) error {
	if err := m.sameKeys(ctx, n); err != nil {
		return err
	}
	if err := m.destroyed(ctx, n); err != nil {
		return err
	}
	filled, err := n.db.Audit().Leaves(ctx, 0, 1)
	if err != nil {
		return err
	}
	if len(filled) > 0 {
		m.view.Resumed = true
		return nil
	}
	if err := m.publish(ctx); err != nil {
		return err
	}
	if err := m.old.logged(ctx, nil, deed{event: audit.ServiceMoved, object: string(audit.KindService)}); err != nil {
		return err
	}
	if err := m.leave(ctx); err != nil {
		return err
	}
	p, err := m.next.Postgres.open(m.to)
	if err != nil {
		return err
	}
	if p.Passwords[postgres.Owner], err = readSecret(m.strong.ownerPassword); err != nil {
		return notReady(err)
	}
	p.Bodies = n.store.Bodies()
	done, err := backup.Copy(ctx, m.old.truth.Backup, postgres.NewSink(p), m.known, rewrap(m.ring, n.keys))
	m.view.Rewrapped = done.Rewrapped
	return err
}

// destroyed lets scopes that were destroyed stay so.
func (m *move) destroyed(ctx context.Context, n *cluster) error {
	scopes, err := m.ring.Scopes(ctx)
	if err != nil {
		return err
	}
	for _, s := range scopes {
		if s.Destroyed.IsZero() {
			continue
		}
		if err := n.keys.Destroy(ctx, s.Name); err != nil {
			return err
		}
		m.view.Destroyed++
	}
	return nil
}

// rewrap opens what rests with the old keys and wraps it with the new ones. What
// rests under a destroyed key stays as it is: nobody opens it, there or here.
func rewrap(old *keyring.Keyring, next *vaultKeys) backup.Rewrap {
	return func(ctx context.Context, batch []backup.Wrapped) ([][]byte, error) {
		out := make([][]byte, len(batch))
		items := make([]keys.WrapItem, len(batch))
		for i, b := range batch {
			items[i], out[i] = keys.WrapItem{Scope: b.Scope, ID: string(b.ID), Data: b.Data}, b.Data
		}
		plain, err := old.Unwrap(ctx, items)
		var some keys.BatchError
		if err != nil && !errors.As(err, &some) {
			return nil, err
		}
		for _, one := range some {
			if !errors.Is(one.Err, keys.ErrDestroyed) {
				return nil, fmt.Errorf("a body or notice cannot be opened: %w", one.Err)
			}
		}
		var again []keys.WrapItem
		var places []int
		for i, p := range plain {
			if p != nil {
				again, places = append(again, keys.WrapItem{Scope: batch[i].Scope, ID: string(batch[i].ID), Data: p}), append(places, i)
			}
		}
		wrapped, err := next.Wrap(ctx, again)
		for k, i := range places {
			clear(again[k].Data)
			if err == nil {
				out[i] = wrapped[k]
			}
		}
		return out, err
	}
}

// compare holds both ends against each other: every table by count and digest
// (bodies and notices by count: they are wrapped anew), the log by its root, and a
// sample of bodies by what is in them.
func (m *move) compare(ctx context.Context, n *cluster) error {
	was, oldLog, err := backup.Tally(ctx, m.old.truth.Backup, m.known, nil)
	if err != nil {
		return err
	}
	o := opening{keys: n.keys, sample: m.sample, signals: map[int64]signalOf{}}
	for _, t := range was {
		if t.Name == "body" && m.sample > 0 {
			o.every = max(1, t.Rows/int64(m.sample))
		}
	}
	is, log, err := backup.Tally(ctx, n.db, m.known, func(t backup.Table, row []backup.Value) error { return o.see(ctx, t, row) })
	if err == nil {
		err = o.open(ctx)
	}
	if err != nil {
		return err
	}
	for i, t := range was {
		rewrapped := t.Name == "body" || t.Name == "notice"
		if i >= len(is) || is[i].Name != t.Name || is[i].Rows != t.Rows || !rewrapped && is[i].SHA256 != t.SHA256 {
			m.view.Differs = append(m.view.Differs, t.Name)
		}
		m.view.Rows += t.Rows
	}
	m.view.Tables, m.view.Opened = len(was), o.opened
	m.view.Log, m.view.Origin, m.view.Root = log.Rows, log.Origin, log.Root
	if len(m.view.Differs) > 0 || log != oldLog {
		return fmt.Errorf("both ends differ (%v): the old installation stays as it is; empty the engines of the new one and try again", m.view.Differs)
	}
	return nil
}

// opening opens a sample of the bodies at the new end.
type opening struct {
	keys    *vaultKeys
	sample  int
	every   int64 // each so many
	signals map[int64]signalOf
	seen    int64
	opened  int
	items   []keys.WrapItem
	digests []gateway.Digest
}

type signalOf struct {
	id     string
	digest gateway.Digest
}

func (o *opening) see(ctx context.Context, t backup.Table, row []backup.Value) error {
	switch number := t.Column(row, "number").Int(); t.Name {
	case "signal":
		s := signalOf{id: dashed(t.Column(row, "id").Blob())}
		copy(s.digest[:], t.Column(row, "digest").Blob())
		o.signals[number] = s
	case "body":
		if o.seen++; o.sample > 0 && o.seen%o.every != 0 {
			return nil
		}
		s := o.signals[number]
		o.items = append(o.items, keys.WrapItem{Scope: t.Column(row, "scope").Text(), ID: s.id, Data: t.Column(row, "wrapped").Blob()})
		o.digests = append(o.digests, s.digest)
		if len(o.items) == 400 {
			return o.open(ctx)
		}
	}
	return nil
}

// open compares what waits with the digests that truth has of it.
func (o *opening) open(ctx context.Context) error {
	if len(o.items) == 0 {
		return nil
	}
	plain, err := o.keys.Unwrap(ctx, o.items)
	var some keys.BatchError
	if err != nil && !errors.As(err, &some) {
		return err
	}
	for _, one := range some {
		if !errors.Is(one.Err, keys.ErrDestroyed) {
			return fmt.Errorf("a body cannot be opened at the new end: %w", one.Err)
		}
	}
	for i, p := range plain {
		if p == nil {
			continue
		}
		if gateway.DigestOf(p) != o.digests[i] {
			return errors.New("a body at the new end is not what it was")
		}
		o.opened++
	}
	o.items, o.digests = nil, nil
	return nil
}

// dashed is the canonical text of 16 bytes.
func dashed(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
