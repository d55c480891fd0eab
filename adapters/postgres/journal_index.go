// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// indexed is a row of the log on its way into the index.
type indexed struct {
	number           int64
	entry            proof.Entry
	parent, exchange []byte             // NULL when the caller gave none
	also             []gateway.SignalID // that the object does not name
}

// dictionary holds numbers of facets, parties and deeds, which never change.
type dictionary struct{}

// index writes what the transaction added to the log into the index.
func (t *tx) index() error { return nil }

// remember keeps what the transaction learned, once it is committed.
func (t *tx) remember() {}

func spanBytes(any) []byte  { return nil }
func bytesOf(string) []byte { return nil }

type facets struct{}
