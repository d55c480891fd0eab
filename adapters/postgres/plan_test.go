// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seinhuis/seinhuis/adapters/postgres/postgrestest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/keys"
)

// growing are the tables that grow with the reports. Of the others there are some
// hundreds of rows.
var growing = regexp.MustCompile(`^(signal|body|report|trail|relation|feedback|notice|pause|pause_step|pause_change|correction|alarm|outcome|batch|deletion|webhook_event|audit_row.*|audit_index|audit_concern|audit_also)$`)

// few are indexes of what waits, is open or runs: walking through one is what
// its queries are for.
var few = regexp.MustCompile(`^(batch_pending|alarm_open|notice_unapplied|pause_running|signal_paused|webhook_event_due)$`)

// counts of what is due: without the day in its hand the planner takes it for a
// third of the table.
var counts = regexp.MustCompile(`count\(\*\) FILTER \(WHERE r\.expires_on < \$1`)

// TestPlans asks PostgreSQL how it would run each statement, when it walks through
// a table only where no index serves: none may walk through a table that grows
// with the reports.
func TestPlans(t *testing.T) {
	c := testConfig(t, gatewaytest.NewBodies())
	db := openAt(t, c)
	// So many that to walk through them is never the cheapest.
	postgrestest.Start(t).Admin(t, c.Database, `INSERT INTO seinhuis.signal (number, id, municipality, sequence, nature, concerns, creditor, report_id, kind, urgency,
			deposited_at, day, format, key_id, size, digest, keep_days, pause_days, expires_on)
		SELECT 1000000 + n, decode(lpad(to_hex(n), 32, '0'), 'hex'), 'GM' || n % 300, n, 'melding',
			CASE WHEN n % 2 = 0 THEN decode(lpad(to_hex(n - 1), 32, '0'), 'hex') END, n % 300, decode(lpad(to_hex(n), 32, '0'), 'hex'), 'Energie', 'regulier',
			n, n % 396, 'jose', 'k', 1, sha256(''), 1, 1, 90000 + n % 396 FROM generate_series(1, 20000) AS n;
		INSERT INTO seinhuis.relation (signal, other, coincidence, expires_on)
			SELECT 1000000 + n, 1000001 + n, 'enkelvoudig', 90000 + n % 396 FROM generate_series(1, 19999) AS n;
		ANALYZE seinhuis.signal, seinhuis.relation`)
	useEverything(t, db)
	seen := map[string]bool{}
	for role, pool := range db.pools {
		for _, c := range pool.AcquireAllIdle(t.Context()) {
			for _, p := range preparedOn(t, c.Conn()) {
				if seen[p.text] || strings.Contains(p.text, "pg_prepared") {
					continue
				}
				seen[p.text] = true
				for _, walk := range walksOf(t, c.Conn(), p) {
					if counts.MatchString(p.text) && strings.HasPrefix(walk, "walks through relation") {
						continue
					}
					t.Errorf("as %s: %s in\n%s", role, walk, p.text)
				}
			}
			c.Release()
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d statements were looked at", len(seen))
	}
}

// prepared is a statement that a connection ran.
type prepared struct {
	name, text string
	parameters int
}

func preparedOn(t *testing.T, c *pgx.Conn) (all []prepared) {
	t.Helper()
	_, err := c.PgConn().Exec(t.Context(), `DISCARD PLANS; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
		SET enable_mergejoin = off; SET enable_material = off; SET enable_memoize = off`).ReadAll()
	must(t, err)
	rows, err := c.Query(t.Context(), `SELECT name, statement, cardinality(parameter_types) FROM pg_prepared_statements`, pgx.QueryExecModeSimpleProtocol)
	must(t, drain(rows, err, func(scan func(...any) error) error {
		var p prepared
		err := scan(&p.name, &p.text, &p.parameters)
		all = append(all, p)
		return err
	}))
	return all
}

// step is a node of a plan.
type step struct {
	Node      string `json:"Node Type"`
	Relation  string `json:"Relation Name"`
	Index     string `json:"Index Name"`
	Condition string `json:"Index Cond"`
	Plans     []step `json:"Plans"`
}

// walksOf gives the steps that go through a whole table or index. The first rows
// in the order of an index are no walk.
func walksOf(t *testing.T, c *pgx.Conn, p prepared) (walks []string) {
	t.Helper()
	nulls := ""
	if p.parameters > 0 {
		nulls = "(NULL" + strings.Repeat(", NULL", p.parameters-1) + ")"
	}
	var text string
	err := c.QueryRow(t.Context(), `EXPLAIN (FORMAT JSON) EXECUTE "`+p.name+`"`+nulls, pgx.QueryExecModeSimpleProtocol).Scan(&text)
	must(t, err)
	var plans []struct{ Plan step }
	must(t, json.Unmarshal([]byte(text), &plans))
	var look func(s step, limited bool)
	look = func(s step, limited bool) {
		switch {
		case s.Node == "Seq Scan" && growing.MatchString(s.Relation):
			walks = append(walks, "walks through "+s.Relation)
		case strings.HasPrefix(s.Node, "Index") && growing.MatchString(s.Relation) && s.Condition == "" && !limited && !few.MatchString(s.Index):
			walks = append(walks, "walks through "+s.Relation+" by "+s.Index)
		}
		for _, under := range s.Plans {
			look(under, limited && (s.Node == "Append" || s.Node == "Merge Append") || s.Node == "Limit")
		}
	}
	for _, plan := range plans {
		look(plan.Plan, false)
	}
	return walks
}

// useEverything goes through each port once, so that all statements are
// prepared.
func useEverything(t *testing.T, db *DB) {
	t.Helper()
	s, truth := gatewaytest.NewSteps(t), db.truth()
	d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)), s.Submission(s.Water, s.Paper(s.Water, s.Nijmegen, 1)))
	gatewaytest.File(t, truth, d...)
	_, err := s.Correct(t, truth, d[0], s.Energy, s.Paper(s.Energy, s.Nijmegen, 2), 1)
	must(t, err)
	_, err = s.Withdraw(t, truth, d[0])
	must(t, err)
	id, key := d[1].Sealed().Body().ID, journey.Key{Creditor: s.Water.OIN, ReportID: d[1].Slip().ReportID}
	notice := gatewaytest.Notice(s.Water.OIN, d[1], gateway.NoticeHelpAccepted)
	readLogbooks(t, db, s)
	must(t, db.write.do(t.Context(), func(tx *tx) error {
		for _, state := range []gateway.SignalState{gateway.SignalOffered, gateway.SignalRead, gateway.SignalConfirmed} {
			_, err := tx.Advance([]mailbox.Move{{ID: id, To: state, At: gatewaytest.Now()}})
			must(t, err)
		}
		r := feedback.Record{Key: feedback.Key{Municipality: s.Nijmegen.Municipality, ID: gateway.FeedbackID(id)}, Signal: id, Receipt: gateway.Compact("r"), At: gatewaytest.Now()}
		_, err := tx.Feedback([]feedback.Key{r.Key})
		must(t, err)
		must(t, tx.Post([]feedback.Record{r}, []gateway.PostedNotice{notice}))
		for _, progress := range []gateway.NoticeProgress{gateway.NoticeReady, gateway.NoticeReceived, gateway.NoticeApplied} {
			_, err := tx.Confirm([]feedback.Confirmation{{ID: notice.ID, Party: s.Water.OIN, Progress: progress, At: gatewaytest.Now()}})
			must(t, err)
		}
		_, err = tx.Records([]journey.Key{key})
		must(t, err)
		must(t, tx.PutParties(s.Parties()))
		return tx.PutAgreements(s.Agreements)
	}))
	file := gatewaytest.BatchRecord(s.Energy.OIN)
	must(t, truth.Batches.Write(t.Context(), func(tx batch.Tx) error {
		return errors.Join(tx.Put(file), tx.Add(file.Key, []batch.Outcome{{Line: 1, Kind: batch.LineRefused}}))
	}))
	_, err = truth.Batches.Batches(t.Context(), []batch.Key{file.Key})
	must(t, err)
	_, err = truth.Batches.Pending(t.Context())
	must(t, err)
	_, err = truth.Batches.Outcomes(t.Context(), file.Key, 0, 10)
	must(t, err)
	useWebhooks(t, s, truth)
	useRights(t, db, d[0].Sealed().Body().ID)
	ids := []gateway.SignalID{id}
	gatewaytest.Pass(t, truth, "GM1999", s.Nijmegen.Municipality)
	_, err = truth.Register.Reorganisations(t.Context())
	must(t, err)
	_, err = truth.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 10)
	must(t, err)
	_, err = truth.Mailbox.Signals(t.Context(), ids)
	must(t, err)
	_, err = truth.Mailbox.Bodies(t.Context(), ids)
	must(t, err)
	_, err = truth.Feedback.Cases(t.Context(), ids)
	must(t, err)
	_, err = truth.Feedback.Notices(t.Context(), s.Water.OIN, 0, 10)
	must(t, err)
	usePauses(t, db, s, gateway.PauseID(id))
	_, err = truth.Clocks.Unanswered(t.Context(), s.Nijmegen.Municipality, gateway.Today(gatewaytest.Now()), 10)
	must(t, err)
	_, err = truth.Rows.Leaves(t.Context(), 0, 10)
	must(t, err)
	must(t, truth.Heads.PutHead(t.Context(), 1, []byte("note")))
	useRetention(t, truth, gatewaytest.HoldOn(d[1], 10))
	useOversight(t, truth, s, ids)
	useJournal(t, db, s)
}

// useOversight counts and measures as officers do.
func useOversight(t *testing.T, truth gatewaytest.Truth, s *gatewaytest.Steps, ids []gateway.SignalID) {
	t.Helper()
	of := []retention.Controller{retention.ControllerOf(s.Nijmegen), retention.ControllerOf(s.Water)}
	_, err := truth.Standing.Mailboxes(t.Context(), []gateway.Municipality{s.Nijmegen.Municipality})
	_, err2 := truth.Standing.Pauses(t.Context(), of)
	_, err3 := truth.Standing.Alarms(t.Context(), of)
	_, err4 := truth.Standing.Due(t.Context(), retention.CutoffAt(gatewaytest.Now()), of)
	_, err5 := truth.Extent.Touches(t.Context(), []int64{1})
	_, err6 := truth.Extent.Persons(t.Context(), ids)
	must(t, errors.Join(err, err2, err3, err4, err5, err6))
	b := oversight.Breach{ID: gateway.NewUUID(gatewaytest.Now(), nil), Nature: oversight.Integrity, OpenedBy: gateway.NewUUID(gatewaytest.Now(), nil),
		OpenedAt: gatewaytest.Now(), Discovered: gatewaytest.Now(), All: true, Touched: []oversight.Touched{{Party: s.Water.OIN}}}
	must(t, truth.Breaches.WriteBreaches(t.Context(), func(tx oversight.BreachTx) error {
		_, err := tx.Breach(b.ID)
		return errors.Join(err, tx.PutBreach(b))
	}))
}

// useJournal searches in every way there is.
func useJournal(t *testing.T, db *DB, s *gatewaytest.Steps) {
	t.Helper()
	now, truth := gatewaytest.Now(), db.truth()
	for _, timed := range []bool{false, true} { // what a search of a large log comes to
		all := search{querier: db.read.with(t.Context()), limit: 1, timed: timed}
		must(t, all.merge([]span{{1, 10}}))
	}
	for _, scope := range []oversight.Scope{gatewaytest.ServesAll(t), gatewaytest.Serves(t, s.Nijmegen, s.Energy)} {
		for _, since := range []time.Time{{}, now.AddDate(-1, 0, 0)} {
			for _, q := range []oversight.Query{{}, {Object: "00000002-0000-4000-8000-000000000000"}, {Trace: gateway.NewTrace()}, {Events: []audit.Event{audit.LogRead}}} {
				q.Scope, q.Since = scope, since
				gatewaytest.Found(t, truth, q)
			}
		}
		gatewaytest.Lived(t, truth, scope, "00000002-0000-4000-8000-000000000000")
		_, err := truth.Journal.Volumes(t.Context(), scope, gateway.Today(now), gateway.Today(now))
		must(t, err)
	}
}

// useRetention leaves out the census, which is asked seldom and looks at an
// index of everything.
func useRetention(t *testing.T, truth gatewaytest.Truth, hold retention.Hold) {
	t.Helper()
	must(t, truth.Holds.Write(t.Context(), func(tx retention.HoldTx) error {
		_, err := tx.Hold(hold.ID)
		_, err2 := tx.Known(hold.Claim)
		return errors.Join(err, err2, tx.PutHold(hold))
	}))
	cutoff := retention.CutoffAt(gatewaytest.Now().AddDate(9, 0, 0))
	held, err := truth.Retention.Held(t.Context(), hold.Until, 10)
	must(t, err)
	must(t, truth.Retention.Write(t.Context(), func(tx retention.Tx) error {
		_, err := tx.Rewrap(held, held)
		must(t, err)
		_, err = tx.Unused([]keys.Scope{{Name: "GM0268/2026-11"}}, hold.Until)
		must(t, err)
		for _, step := range retention.Steps() {
			due, err := truth.Retention.Due(t.Context(), step, cutoff)
			must(t, err)
			refs := []string{}
			for _, r := range due {
				refs = append(refs, r.Ref)
			}
			_, err = tx.Erase(step, cutoff, refs)
			must(t, err)
		}
		return tx.File([]retention.Filed{{Controller: "GM0268", ID: hold.ID, Kind: retention.KindBody, Reason: retention.ReasonTerm, Count: 1,
			Receipt: gateway.Compact("r"), Keep: hold.Until}})
	}))
	_, err = truth.Overview.Backlog(t.Context(), cutoff)
	must(t, err)
	_, err = truth.Shelf.Deletions(t.Context(), "GM0268", 0, 10)
	must(t, err)
	_, err = truth.Shelf.Deletion(t.Context(), "GM0268", hold.ID)
	must(t, err)
}

// usePauses asks for lists, and for alarms about a pause that need not be there.
func usePauses(t *testing.T, db *DB, s *gatewaytest.Steps, id gateway.PauseID) {
	t.Helper()
	for _, r := range []pause.Reader{{Holder: s.Water.OIN}, {Municipality: s.Nijmegen.Municipality}} {
		_, err := db.Pauses().Own(t.Context(), r, id, 10)
		must(t, err)
	}
	_, err := openPauseAlarms(db.read.with(t.Context()), []gateway.PauseID{id})
	must(t, err)
}

func useWebhooks(t *testing.T, s *gatewaytest.Steps, truth gatewaytest.Truth) {
	t.Helper()
	to, e := gatewaytest.Webhook(t, s.Energy.OIN), gatewaytest.WebhookEvent(s.Energy.OIN, announce.Notices, 1)
	must(t, truth.Webhooks.Write(t.Context(), func(tx announce.Tx) error {
		_, err := tx.Subscription(to.Party)
		_, err2 := tx.Open(to.Party)
		return errors.Join(err, err2, tx.Put(to, []announce.Event{e}), tx.Remove(to.Party))
	}))
	_, err := truth.Webhooks.News(t.Context(), 1)
	_, err2 := truth.Webhooks.Due(t.Context(), gatewaytest.Now())
	_, err3 := truth.Webhooks.Accounts(t.Context())
	must(t, errors.Join(err, err2, err3))
}

func useRights(t *testing.T, db *DB, id gateway.SignalID) {
	t.Helper()
	today := gateway.Today(gatewaytest.Now())
	tag := keys.Tag{Version: 1}
	o := objection.Objection{ID: gateway.NewUUID(gatewaytest.Now(), nil), Controller: gatewaytest.Issuer, Municipality: "GM0268",
		Instruction: gateway.NewUUID(gatewaytest.Now(), nil), PlacedOn: today, Until: today, Tags: []objection.Tag{{Kind: pseudonym.TokenPerson, Tag: tag}}}
	must(t, db.Objections().WriteObjections(t.Context(), func(tx objection.Tx) error {
		must(t, tx.PlaceObjection(o))
		_, err := tx.LiftObjection(o.ID, o.Controller, o.Municipality)
		return err
	}))
	_, err := db.Objections().Objected(t.Context(), []objection.Question{{Municipality: "GM0268", On: today, Tags: []keys.Tag{tag}}})
	must(t, err)
	_, err = db.Objections().Objections(t.Context(), today)
	must(t, err)
	must(t, db.Rights().WriteRights(t.Context(), func(tx rights.Tx) error {
		_, err := tx.Trails("GM0268", "", []keys.Tag{tag})
		must(t, err)
		_, err = tx.Dossiers([]gateway.SignalID{id})
		must(t, err)
		_, err = tx.EraseDossiers(rights.Erasure{Targets: []rights.Target{{Signal: id, TokensUntil: today}}, At: gatewaytest.Now()})
		return err
	}))
}

// readLogbooks asks the processing log of a municipality and a creditor in every
// way.
func readLogbooks(t *testing.T, db *DB, s *gatewaytest.Steps) {
	t.Helper()
	l := db.Logbook()
	must(t, l.Advance(t.Context(), "x", 1))
	_, err := l.Cursor(t.Context(), "x")
	must(t, err)
	by := audit.ByPeer(gateway.Authenticated(s.Water, ""), gatewaytest.Trace(7))
	e, err := audit.New(audit.ReportChecked, by, audit.Object(audit.KindReport, string(s.Water.OIN), "00000000-0000-4000-8000-000000000001"), gatewaytest.Now())
	must(t, err)
	must(t, l.Write(t.Context(), []audit.Entry{e}))
	for _, p := range []gateway.Party{s.Nijmegen, s.Water} {
		_, err := l.After(t.Context(), p.OIN, 0, 10)
		must(t, err)
		_, err = l.Waiting(t.Context(), p.OIN, 0)
		must(t, err)
		for _, f := range []logbook.Filter{{}, {Subject: "x"}, {Trace: gatewaytest.Trace(7).ID()}, {From: gatewaytest.Now()}, {Activity: logbook.ActivityReport}} {
			f.Controller = p.OIN
			_, err := l.Find(t.Context(), f)
			must(t, err)
		}
	}
}
