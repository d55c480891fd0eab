// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/jackc/pgx/v5"
)

// Condition is what a role finds when it enters the database.
type Condition struct {
	Encrypted bool          // over TLS whose certificate verified
	Ends      time.Time     // of the server's certificate; zero without TLS
	Primary   bool          // it takes writes
	Keeps     bool          // what it says it wrote
	Schema    int           // version; 0 when there is none
	Wanted    int           // that this program brings
	Fit       error         // why a node would refuse it; nil when none would
	Skew      time.Duration // of its clock, ahead of ours
}

// Examine enters as one role, looks and leaves. Called by doctor, which wants to
// know of each role apart; a node asks Ping.
func Examine(ctx context.Context, c Config, r Role, now func() time.Time) (Condition, error) {
	cc, err := c.enter(r)
	if err != nil {
		return Condition{}, err
	}
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return Condition{}, failed(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	s, err := inspect(ctx, conn)
	if err != nil {
		return Condition{}, failed(err)
	}
	found := Condition{Primary: !s.replica && !s.readOnly, Keeps: s.fsync == "on" && s.fullPages == "on" && s.commit != "off" && s.commit != "local",
		Schema: s.schema, Wanted: newest, Fit: s.fit(c.Trial)}
	if t, ok := conn.PgConn().Conn().(*tls.Conn); ok {
		found.Encrypted = true
		if chain := t.ConnectionState().PeerCertificates; len(chain) > 0 {
			found.Ends = chain[0].NotAfter
		}
	}
	var theirs int64
	before := now()
	if err := conn.QueryRow(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint`).Scan(&theirs); err != nil {
		return found, failed(err)
	}
	found.Skew = time.UnixMilli(theirs).Sub(before.Add(now().Sub(before) / 2))
	return found, nil
}
