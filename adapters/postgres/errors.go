// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seinhuis/seinhuis/gateway"
)

var (
	errEnded   = errors.New("postgres: the transaction has ended")
	errID      = errors.New("postgres: an id is no UUID")
	errNoTerm  = errors.New("postgres: a deposit without a term of retention")
	errMissing = errors.New("postgres: what a row refers to is not there")
	errNoPlace = errors.New("postgres: a body was not stored before its row")
	// ErrFenced says that another node has the watch now. What this node was
	// doing for all is not committed.
	ErrFenced = errors.New("postgres: another node has the watch")
)

// failed makes an error of the database one of the vocabulary. What may pass by
// itself (a lost connection, a full disk, a server that restarts) is
// KindUnavailable, the rest KindInternal. Messages of the server may hold values
// in their detail; only the code, the message's table and constraint go along.
func failed(err error) error {
	if err == nil {
		return nil
	}
	var ours *gateway.Error
	if errors.As(err, &ours) {
		return err
	}
	kind := gateway.KindInternal
	if mayPass(err) {
		kind = gateway.KindUnavailable
	}
	return gateway.Fail(kind, fmt.Errorf("postgres: %w", plain(err)))
}

// serverError is what may be shown of an error of the server.
type serverError struct {
	code, table, constraint, advice string
}

func (e *serverError) Error() string {
	text := "the server says " + e.code
	if e.table != "" {
		text += " on " + e.table
	}
	if e.constraint != "" {
		text += " by " + e.constraint
	}
	if e.advice != "" {
		text += ": " + e.advice
	}
	return text
}

// plain leaves out what may hold a value: messages and details of the server
// quote them.
func plain(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return &serverError{e.Code, e.TableName, e.ConstraintName, advice(e.Code)}
	}
	var c *pgconn.ConnectError
	if errors.As(err, &c) { // its text names user, host and database
		return fmt.Errorf("no connection: %w", reach(c))
	}
	return err
}

func reach(c *pgconn.ConnectError) error {
	var e *net.OpError
	if errors.As(error(c), &e) {
		return e.Err
	}
	return errors.New("the server refused it, or its certificate does not verify")
}

// advice says who must act, for the codes that operators meet.
func advice(code string) string {
	switch code {
	case "28P01", "28000":
		return "the password or the name of the role is wrong; compare the secret files with the database"
	case "53100":
		return "its disk is full; the database administrator must make room"
	case "25006":
		return "it takes no writes (a replica, or read-only); the database administrator must act"
	case "42501":
		return "the role may not do this; the database administrator must run the grants of this version"
	case "42P01", "42703":
		return "a table or column is not there; run: seinhuis cluster setup"
	case "53300":
		return "it has no connection left; the database administrator must raise max_connections"
	case "57P01", "57P02", "57P03":
		return "it is stopping or starting"
	case "25P03", "57P05":
		return "it ended a connection that was silent"
	}
	return ""
}

func mayPass(err error) bool {
	for _, passing := range []error{context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, ErrFenced} {
		if errors.Is(err, passing) {
			return true
		}
	}
	var n net.Error
	var c *pgconn.ConnectError
	if errors.As(err, &n) || errors.As(err, &c) || pgconn.Timeout(err) || errors.Is(err, pgx.ErrTxClosed) {
		return true
	}
	// pgx has no type for a pool or connection that was closed.
	if text := err.Error(); strings.HasSuffix(text, "closed pool") || strings.HasSuffix(text, "conn closed") || strings.HasSuffix(text, "closed the connection unexpectedly") {
		return true
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code[:2] {
	case "08", "28", "40", "53", "55", "57", "58": // connection, login, rollback, resources, locks, operator, system
		return true
	}
	return e.Code == "25006" || e.Code == "25P03"
}

// isUnique reports whether a UNIQUE constraint stopped a statement.
func isUnique(err error) bool {
	var e *pgconn.PgError
	var s *serverError
	return errors.As(err, &e) && e.Code == "23505" || errors.As(err, &s) && s.code == "23505"
}

// takesNone reports whether a statement that writes was refused because its
// connection takes none.
func takesNone(err error) bool {
	var e *pgconn.PgError
	var s *serverError
	return errors.As(err, &e) && e.Code == "25006" || errors.As(err, &s) && s.code == "25006"
}
