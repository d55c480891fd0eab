// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	driversqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/seinhuis/seinhuis/gateway"
)

var (
	errBusy    = errors.New("sqlite: readers are in the way")
	errEnded   = errors.New("sqlite: the transaction has ended")
	errClosed  = errors.New("sqlite: the store is closed")
	errID      = errors.New("sqlite: an id is no UUID")
	errNoTerm  = errors.New("sqlite: a deposit without a term of retention")
	errMissing = errors.New("sqlite: what a row refers to is not there")
)

// failed makes an error of the database one of the vocabulary. What may pass
// by itself (a full disk, a lock, a cancelled wait) is KindUnavailable, the
// rest KindInternal. The texts of SQLite name tables and columns; values go in
// as parameters and do not show in them.
func failed(err error) error {
	if err == nil {
		return nil
	}
	var ours *gateway.Error
	if errors.As(err, &ours) {
		return err
	}
	if mayPass(err) {
		return gateway.Fail(gateway.KindUnavailable, fmt.Errorf("sqlite: %w", err))
	}
	return gateway.Fail(gateway.KindInternal, fmt.Errorf("sqlite: %w", err))
}

func mayPass(err error) bool {
	for _, passing := range []error{context.Canceled, context.DeadlineExceeded, errClosed, errBusy, sql.ErrConnDone, driver.ErrBadConn} {
		if errors.Is(err, passing) {
			return true
		}
	}
	var e *driversqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the primary code
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_READONLY, lib.SQLITE_IOERR,
		lib.SQLITE_CANTOPEN, lib.SQLITE_INTERRUPT, lib.SQLITE_NOMEM, lib.SQLITE_PERM:
		return true
	}
	return false
}

// isUnique reports whether a UNIQUE constraint stopped a statement.
func isUnique(err error) bool {
	var e *driversqlite.Error
	return errors.As(err, &e) && e.Code() == lib.SQLITE_CONSTRAINT_UNIQUE
}
