// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	watchLook    = time.Second     // how often a node asks for the watch, and shows that it lives
	watchSilence = "4000"          // milliseconds after which the server gives up a silent holder
	watchReply   = 3 * time.Second // a holder without an answer for so long stops
)

// Watch runs chores while this node has the watch: what one node does for all.
// It waits for the watch, calls chores with a store whose writes fail once
// another node has it, and starts over when the watch was lost. It returns when
// ctx ends, or when chores return nil while the watch is still held.
//
// The watch is a lock on a connection of its own. The server gives it up when
// that connection is silent for four seconds, so another node takes over within
// five or so; this node stops its chores when it got no answer for three. Two
// that both believe to have it do no harm: each transaction of the older fails
// with ErrFenced.
func (d *DB) Watch(ctx context.Context, node string, chores func(ctx context.Context, d *DB) error) error {
	for ctx.Err() == nil {
		done, err := d.watchOnce(ctx, node, chores)
		if done || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchLook):
		}
	}
	return nil
}

func (d *DB) watchOnce(ctx context.Context, node string, chores func(context.Context, *DB) error) (done bool, err error) {
	cc, err := d.config.enter(Gateway)
	if err != nil {
		return true, err
	}
	cc.RuntimeParams["idle_session_timeout"] = watchSilence
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return false, failed(err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchReply)
		defer cancel()
		_ = conn.Close(closing)
	}()
	for {
		var got bool
		if err := ask(ctx, conn, `SELECT pg_try_advisory_lock($1)`, &got, watchLock); err != nil {
			return false, err
		}
		if got {
			break
		}
		select {
		case <-ctx.Done():
			return true, nil
		case <-time.After(watchLook):
		}
	}
	epoch, err := d.takeWatch(ctx, node)
	if err != nil {
		return false, err
	}
	return d.hold(ctx, conn, func(ctx context.Context) error { return chores(ctx, d.fenced(epoch)) })
}

// hold runs chores until they end or the connection with the lock is lost.
func (d *DB) hold(ctx context.Context, conn *pgx.Conn, chores func(context.Context) error) (done bool, err error) {
	held, lost := context.WithCancel(ctx)
	defer lost()
	ended := make(chan error, 1)
	go func() { ended <- chores(held) }()
	alive := time.NewTicker(watchLook)
	defer alive.Stop()
	for {
		select {
		case err := <-ended:
			return true, err
		case <-alive.C:
		}
		var one int
		if err := ask(context.WithoutCancel(ctx), conn, `SELECT 1`, &one); err != nil {
			lost()
			<-ended
			return false, err
		}
	}
}

// takeWatch makes every earlier holder's writes fail.
func (d *DB) takeWatch(ctx context.Context, node string) (epoch int64, err error) {
	err = d.write.do(ctx, func(t *tx) error {
		return each(t, func(scan func(...any) error) error { return scan(&epoch) },
			`UPDATE watch SET epoch = epoch + 1, node = $1, since_at = $2 RETURNING epoch`, node, time.Now().UnixMilli())
	})
	return epoch, err
}

func ask(ctx context.Context, conn *pgx.Conn, query string, answer any, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, watchReply)
	defer cancel()
	return failed(conn.QueryRow(ctx, query, args...).Scan(answer))
}

// Holder says who has the watch: a node's name, since when, and whether its
// connection is there now. Called by doctor and the metrics.
func (d *DB) Holder(ctx context.Context) (node string, since time.Time, held bool, err error) {
	var ms int64
	err = d.pools[Gateway].QueryRow(ctx, `SELECT node, since_at, EXISTS (SELECT FROM pg_locks AS l
			WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid::bigint = $1::bigint >> 32 AND l.objid::bigint = $1::bigint & 4294967295)
		FROM watch`, watchLock).Scan(&node, &ms, &held)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", time.Time{}, false, nil
	}
	return node, at(&ms), held, failed(err)
}
