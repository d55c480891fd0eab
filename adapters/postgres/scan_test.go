// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/keys"
)

// crowd is how many rows of others each table has. Whoever walks through one of
// them reads that many.
const crowd = 20000

// others fills every table that grows with the reports with rows of other
// parties: nobody in the suites is met in them. Bodies have no object.
var others = fmt.Sprintf(`SET session_replication_role = replica; SET search_path = seinhuis;
	CREATE TEMP TABLE n AS SELECT g, decode(md5('a' || g), 'hex') AS a, decode(md5('b' || g), 'hex') AS b, sha256(('c' || g)::bytea) AS c,
		'GM9' || lpad((g %% 300)::text, 3, '0') AS gm, '0000000900000' || lpad((g %% 50)::text, 7, '0') AS oin, 20000 + g %% 300 AS day FROM generate_series(1::bigint, %d) AS g;
	INSERT INTO signal (number, id, municipality, sequence, nature, concerns, creditor, report_id, kind, urgency, deposited_at, day, format, key_id, size, digest,
			keep_days, pause_days, confirmed_at, paused_at, answered_at, expires_on)
		SELECT 1000000 + g, a, gm, g, 'melding', CASE WHEN g %% 10 = 0 THEN b END, oin, b, 'energie', 'regulier', day * 86400000, day, '', '', 1, c,
			30, 0, CASE WHEN g %% 2 = 0 THEN 9e12 END, CASE WHEN g %% 5 = 0 THEN 1 END, CASE WHEN g %% 3 = 0 THEN 1 END, 90000 + g %% 100 FROM n;
	INSERT INTO body SELECT 1000000 + g, gm || '/2026-01', gm || '/2026-01/' || g / 10, 0, 1, c, 90000 + g %% 100 FROM n;
	INSERT INTO report (number, creditor, id, digest, receipt, entry, expires_on) SELECT 1000000 + g, oin, b, c, '', g, 90000 + g %% 100 FROM n;
	INSERT INTO trail (municipality, sum, version, token, signal, day, expires_on) SELECT gm, c, 1, 'person', 1000000 + g, day, 90000 + g %% 100 FROM n;
	INSERT INTO relation SELECT 1000000 + g, 1000001 + g, 'meervoudig', 90000 + g %% 100 FROM n;
	INSERT INTO feedback (municipality, id, signal, digest, receipt, received_at, expires_on) SELECT gm, b, a, c, '', 1, 90000 + g %% 100 FROM n;
	INSERT INTO notice (id, party, sequence, signal, report_id, kind, pause_id, pause_step, scope, wrapped, digest, posted_at, applied_at, expires_on)
		SELECT b, oin, g, 1000000 + g, b, 'hulp-geaccepteerd', CASE WHEN g %% 5 = 0 THEN a END, 1, gm || '/2026-01', '', c, 9e12, CASE WHEN g %% 2 = 0 THEN 9e12 END, 90000 + g %% 100 FROM n;
	INSERT INTO pause (number, id, signal, holder, steps, from_on, until_on, review_on, state, prolonged, expires_on)
		SELECT 1000000 + g, a, 1000000 + g, oin, 1, 80000, 90000, NULL, 'loopt', 0, 90000 + g %% 100 FROM n;
	INSERT INTO pause_step (pause, step, kind, party, at, from_on, until_on, reason) SELECT 1000000 + g, 1, 'begonnen', oin, 1, 80000, 90000, '' FROM n;
	INSERT INTO pause_change SELECT oin, b, a, c, '', 1, 90000 + g %% 100, 1000000 + g FROM n;
	INSERT INTO alarm SELECT 'x', a, '', oin, 1, 2, 90000 + g %% 100 FROM n;
	INSERT INTO batch (number, creditor, id, sealed, envelope, layout, dry, size, spool, state, lines, next, accepted, refused, duplicate, received_at, origin, trace, expires_on)
		SELECT 1000000 + g, oin, a, c, '', '', false, 1, '', 'gereed', 1, 1, 1, 0, 0, 1, '', '', 90000 + g %% 100 FROM n;
	INSERT INTO outcome SELECT 1000000 + g, 1, 'geaccepteerd', b FROM n;
	INSERT INTO deletion (number, id, controller, sequence, kind, reason, count, receipt, entry, expires_on) SELECT 1000000 + g, a, gm, g, 'inhoud', 'termijn', 1, '', 1, 90000 + g %% 100 FROM n;
	INSERT INTO webhook_event (number, id, party, subject, up_to, made_at, state, attempts, failure, done_at, expires_on)
		SELECT 1000000 + g, a, oin, 'berichten', 1, 1, 'bezorgd', 1, '', 1, 90000 + g %% 100 FROM n;
	INSERT INTO request (number, id, kind, controller, instruction, received_on, outcome, closed_on, expires_on) SELECT 1000000 + g, a, 'inzage', oin, b, 1, 'voldaan', 1, 90000 + g %% 100 FROM n;
	CREATE TEMP TABLE l AS SELECT l.number + g AS number, a, b, oin, day, 1000000 + g %% 50 AS party, 1000000 + g %% 50 AS facet, g FROM n, audit_last AS l;
	INSERT INTO audit_row SELECT number, 202601, coalesce((SELECT leaf FROM audit_row LIMIT 1), 'x') FROM l;
	INSERT INTO audit_party (number, oin) SELECT DISTINCT party, oin FROM l;
	INSERT INTO audit_facet (number, event, actor, role, result, kind, holders) SELECT DISTINCT facet, 'signaal-gelezen', oin, 'gemeente', 'gelukt', 'signaal', '' FROM l;
	INSERT INTO audit_reach SELECT DISTINCT party, facet FROM l;
	INSERT INTO audit_index (number, at, facet, subject, beside, signal, trace) SELECT number, day * 86400000, facet, a, b, 1000000 + g, a FROM l;
	INSERT INTO audit_concern SELECT party, facet, number, substr(a, 1, 8) FROM l;
	INSERT INTO audit_also SELECT number, party, 1000000 + g, substr(a, 1, 8) FROM l;
	UPDATE audit_last SET number = (SELECT max(number) FROM l);
	DROP TABLE n, l; ANALYZE`, crowd)

// TestNoWalks gives every table twenty thousand rows of others, uses the ports,
// and asks the server how many rows were read: nobody walks through what is not
// asked for. It holds the plans, the indexes, and that the doors' row-level
// security leaves the indexes usable.
func TestNoWalks(t *testing.T) {
	server := postgrestest.Start(t)
	bodies := gatewaytest.NewBodies()
	c := testConfig(t, bodies)
	s := gatewaytest.NewSteps(t)
	db := openAt(t, c)
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)), s.Submission(s.Water, s.Paper(s.Water, s.Nijmegen, 1)), s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 2)))
	must(t, db.write.do(t.Context(), func(x *tx) error { return x.PutParties(s.Parties()) }))
	gatewaytest.File(t, db.truth(), d...)
	respond(t, db, s, d[:1])
	must(t, db.Close())
	server.Admin(t, c.Database, others)
	for _, w := range walks(s, d) {
		t.Run(w.name, func(t *testing.T) {
			server.Admin(t, c.Database, `SELECT pg_stat_reset()`)
			db := openAt(t, c)
			w.use(t, db)
			must(t, db.Close())
			for table, rows := range walked(t, server, c.Database) {
				if rows >= crowd/2 {
					t.Errorf("%d rows of %s were read", rows, table)
				}
			}
		})
	}
}

// walked gives the rows that were read of each table. The server counts when a
// connection has ended.
func walked(t *testing.T, server *postgrestest.Server, database string) map[string]int64 {
	t.Helper()
	conn, err := server.Connect(t.Context(), postgrestest.Administrator, database)
	must(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	for left := -1; left != 0; {
		must(t, t.Context().Err())
		must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename LIKE 'seinhuis%'`).Scan(&left))
	}
	rows, err := conn.Query(t.Context(), `SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables`)
	must(t, err)
	all := map[string]int64{}
	var table string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&table, &n}, func() error { all[table] = n; return nil })
	must(t, err)
	if len(all) < 40 {
		t.Fatalf("%d tables", len(all))
	}
	return all
}

type usage struct {
	name string
	use  func(*testing.T, *DB)
}

// walks is every port with what is asked often.
func walks(s *gatewaytest.Steps, d []mailbox.Deposit) []usage {
	now, today := gatewaytest.Now(), gateway.Today(gatewaytest.Now())
	id, key := d[0].Sealed().Body().ID, journey.Key{Creditor: s.Energy.OIN, ReportID: d[0].Slip().ReportID}
	ids := []gateway.SignalID{id}
	return []usage{
		{"journey", func(t *testing.T, db *DB) {
			more := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 7)))
			gatewaytest.File(t, db.truth(), more...)
			_, err := db.Ledger().Records(t.Context(), []journey.Key{key})
			must(t, err)
			must(t, db.Ledger().Write(t.Context(), nil, func(tx journey.Tx) error {
				_, err := tx.Earlier([]match.Candidate{gatewaytest.CandidateOf(d[1])})
				return err
			}))
			_, err = s.Withdraw(t, db.truth(), d[2])
			must(t, err)
		}},
		{"mailbox", func(t *testing.T, db *DB) {
			_, err := db.Mailbox().List(t.Context(), s.Nijmegen.Municipality, 0, 100)
			_, err2 := db.Mailbox().Signals(t.Context(), ids)
			_, err3 := db.Mailbox().Bodies(t.Context(), ids)
			must(t, errors.Join(err, err2, err3))
		}},
		{"feedback", func(t *testing.T, db *DB) {
			_, err := db.Feedback().Feedback(t.Context(), []feedback.Key{{Municipality: s.Nijmegen.Municipality, ID: gateway.FeedbackID(id)}})
			_, err2 := db.Feedback().Cases(t.Context(), ids)
			must(t, errors.Join(err, err2))
			respond(t, db, s, d[2:])
		}},
		{"notices", func(t *testing.T, db *DB) {
			got, err := db.Feedback().Notices(t.Context(), s.Energy.OIN, 0, 100)
			must(t, err)
			must(t, db.Feedback().Write(t.Context(), func(tx feedback.Tx) error {
				_, err := tx.Offer(s.Energy.OIN, []gateway.NoticeID{got[0].Notice.ID}, now)
				return err
			}))
		}},
		{"pauses", func(t *testing.T, db *DB) {
			for _, r := range []pause.Reader{{Holder: s.Energy.OIN}, {Municipality: s.Nijmegen.Municipality}} {
				own, err := db.Pauses().Own(t.Context(), r, "", 10)
				must(t, err)
				if len(own) == 0 {
					t.Fatal("no pause")
				}
				_, err = db.Pauses().Pauses(t.Context(), []gateway.PauseID{own[0].Pause.ID})
				must(t, err)
			}
			_, err := db.Pauses().Changes(t.Context(), []pause.Key{{Party: s.Energy.OIN, ID: gateway.ChangeID(id)}})
			must(t, err)
		}},
		{"clocks", func(t *testing.T, db *DB) {
			cut := clocks.Cutoffs{Today: today, Received: now, Applied: today, FourWeeks: today.AddDays(-28), TwoWeeks: today.AddDays(-14), ThreeDays: today.AddDays(-3)}
			_, err := db.Clocks().Due(t.Context(), cut, 100)
			_, err2 := db.Clocks().Open(t.Context(), 100)
			_, err3 := db.Clocks().Unanswered(t.Context(), s.Nijmegen.Municipality, today.AddDays(-100), 10)
			must(t, errors.Join(err, err2, err3, db.Clocks().Write(t.Context(), func(tx clocks.Tx) error {
				_, err := tx.Settle(now, 100)
				return err
			})))
		}},
		{"webhooks", func(t *testing.T, db *DB) {
			_, err := db.Webhooks().News(t.Context(), 10)
			_, err2 := db.Webhooks().Due(t.Context(), now)
			must(t, errors.Join(err, err2, db.Webhooks().Write(t.Context(), func(tx announce.Tx) error {
				_, err := tx.Open(s.Energy.OIN)
				return err
			})))
		}},
		{"rights", func(t *testing.T, db *DB) {
			must(t, db.Rights().WriteRights(t.Context(), func(tx rights.Tx) error {
				_, err := tx.Trails(s.Nijmegen.Municipality, "", []keys.Tag{{Version: 1}})
				_, err2 := tx.Dossiers(ids)
				_, err3 := tx.EraseDossiers(rights.Erasure{Targets: []rights.Target{{Signal: d[1].Sealed().Body().ID, TokensUntil: today}}, At: now})
				return errors.Join(err, err2, err3)
			}))
		}},
		{"retention", func(t *testing.T, db *DB) {
			must(t, db.Holds().Write(t.Context(), func(tx retention.HoldTx) error { return tx.PutHold(gatewaytest.HoldOn(d[2], 10)) }))
			cutoff := retention.CutoffAt(now.AddDate(0, 3, 0))
			_, err := db.Retention().Held(t.Context(), today, 10)
			must(t, err)
			for _, step := range retention.Steps() {
				step.Limit = 100
				due, err := db.Retention().Due(t.Context(), step, cutoff)
				must(t, err)
				refs := []string{}
				for _, r := range due {
					refs = append(refs, r.Ref)
				}
				must(t, db.Retention().Write(t.Context(), func(tx retention.Tx) error {
					_, err := tx.Erase(step, cutoff, refs)
					return err
				}))
			}
			_, err = db.Retention().Unused(t.Context(), []keys.Scope{{Name: "GM0268/2026-11"}}, today)
			_, err2 := db.Retention().Deletions(t.Context(), "GM0268", 0, 10)
			must(t, errors.Join(err, err2))
		}},
		{"journal", func(t *testing.T, db *DB) {
			for _, scope := range []oversight.Scope{gatewaytest.ServesAll(t), gatewaytest.Serves(t, s.Nijmegen, s.Energy)} {
				for _, q := range []oversight.Query{{}, {Object: gateway.UUID(id)}, {Trace: gateway.NewTrace()}, {Events: []audit.Event{audit.ReportReceived}}} {
					q.Scope = scope
					gatewaytest.Found(t, db.truth(), q)
				}
				gatewaytest.Lived(t, db.truth(), scope, string(id))
				_, err := db.Journal().Volumes(t.Context(), scope, today, today)
				must(t, err)
			}
		}},
		{"logbook", func(t *testing.T, db *DB) {
			e, err := audit.New(audit.ReportReceived, audit.ByPeer(gateway.Authenticated(s.Energy, ""), gatewaytest.Trace(7)),
				audit.Object(audit.KindReport, string(s.Energy.OIN), string(key.ReportID)), now, audit.Digest([32]byte{1}), audit.Receipt("r"))
			must(t, err)
			must(t, db.Logbook().Write(t.Context(), []audit.Entry{e}))
			for _, p := range []gateway.Party{s.Nijmegen, s.Energy} {
				records, err := db.Logbook().After(t.Context(), p.OIN, 0, 10)
				must(t, err)
				if len(records) == 0 {
					t.Fatal("no record")
				}
				_, err = db.Logbook().Waiting(t.Context(), p.OIN, 0)
				must(t, err)
				for _, f := range []logbook.Filter{{}, {Subject: logbook.SubjectID(p.OIN, records[0].Subject)}, {Trace: records[0].Trace.ID()}, {From: now}, {Activity: logbook.ActivityReport}} {
					f.Controller = p.OIN
					_, err := db.Logbook().Find(t.Context(), f)
					must(t, err)
				}
			}
		}},
		{"oversight", func(t *testing.T, db *DB) {
			of := []retention.Controller{retention.ControllerOf(s.Nijmegen), retention.ControllerOf(s.Energy)}
			_, err := db.Oversight().Mailboxes(t.Context(), []gateway.Municipality{s.Nijmegen.Municipality})
			_, err2 := db.Oversight().Alarms(t.Context(), of)
			_, err3 := db.Oversight().Due(t.Context(), retention.CutoffAt(now), of)
			_, err4 := db.Oversight().Touches(t.Context(), []int64{1, 2})
			_, err5 := db.Oversight().Persons(t.Context(), ids)
			must(t, errors.Join(err, err2, err3, err4, err5))
		}},
		{"backlog", func(t *testing.T, db *DB) {
			_, err := db.Retention().Backlog(t.Context(), retention.CutoffAt(now))
			must(t, err)
		}},
	}
}
