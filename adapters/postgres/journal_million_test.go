// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// nation is a country of made-up parties, whose log a test fills.
type nation struct {
	creditors      []gateway.OIN
	municipalities []gateway.OIN
	seed           uint64
	claims         int
	at             time.Time
	rows           claimRows
}

// claimRows are the rows of truth of a transaction, in columns.
type claimRows struct {
	numbers, sequences, ats   []int64
	ids, reports              [][]byte
	municipalities, creditors []string
}

func newNation(t testing.TB, db *DB) *nation {
	t.Helper()
	n := &nation{seed: 1, at: time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)}
	var oins, kinds []string
	var codes []*string
	for i := range 300 {
		oin := fmt.Sprintf("000000031%011d", i)
		n.creditors, oins, kinds, codes = append(n.creditors, gateway.OIN(oin)), append(oins, oin), append(kinds, "meldende-partij"), append(codes, nil)
	}
	for i := range 342 {
		oin, code := fmt.Sprintf("000000011%011d", i), fmt.Sprintf("GM%04d", 1000+i)
		n.municipalities, oins, kinds, codes = append(n.municipalities, gateway.OIN(oin)), append(oins, oin), append(kinds, "gemeente"), append(codes, &code)
	}
	must(t, db.write.do(t.Context(), func(x *tx) error {
		_, err := x.exec(`INSERT INTO party (oin, kind, name, state, municipality, receipt_alg, number_format, may_rsa_oaep)
			SELECT p.oin, p.kind, 'Partij', 'actief', p.code, 'ES256', '', false FROM unnest($1::text[], $2::text[], $3::text[]) AS p (oin, kind, code)`, oins, kinds, codes)
		if err == nil {
			_, err = x.exec(`UPDATE register_version SET version = version + 1`)
		}
		return err
	}))
	return n
}

func (n *nation) roll(sides int) int {
	n.seed = n.seed*6364136223846793005 + 1442695040888963407
	return int(n.seed>>33) % sides
}

// some is one of a row of parties, the first ones far more often: there are
// large and small ones.
func (n *nation) some(of []gateway.OIN) int { return n.roll(n.roll(len(of)) + 1) }

// claim plays a claim: its entries, and the rows of truth that they are about.
func (n *nation) claim(t *testing.T) []audit.Entry {
	n.claims++
	n.at = n.at.Add(30 * time.Second)
	c, m := n.creditors[n.some(n.creditors)], n.some(n.municipalities)
	reader, report, signal := n.municipalities[m], gateway.NewUUID(n.at, nil), gateway.NewUUID(n.at, nil)
	trace := gateway.NewTrace
	creditor := audit.By{Actor: string(c), Role: audit.Creditor, Origin: audit.Local, Trace: trace()}
	about := audit.Object(audit.KindReport, string(c), string(report))
	if n.roll(10) == 0 {
		return []audit.Entry{n.entry(t, audit.ReportRefused, creditor, about, audit.Refused([]string{"datumvolgorde", "veld-ontbreekt", "geen-overeenkomst"}[n.roll(3)]))}
	}
	n.rows.add(n.claims, n.claims, signal, report, fmt.Sprintf("GM%04d", 1000+m), c, n.at)
	all := []audit.Entry{n.entry(t, audit.ReportReceived, creditor, about, audit.Digest([32]byte{1}), audit.Receipt("r"))}
	by := func() audit.By {
		return audit.By{Actor: string(reader), Role: audit.Municipality, Origin: audit.Local, Trace: trace()}
	}
	box := audit.Object(audit.KindSignal, string(signal))
	all = append(all, n.entry(t, audit.SignalOffered, by(), box), n.entry(t, audit.SignalHanded, by(), box), n.entry(t, audit.SignalRead, by(), box),
		n.entry(t, audit.SignalConfirmed, by(), box))
	if n.roll(3) == 0 {
		all = append(all, n.entry(t, audit.FeedbackReceived, by(), audit.Object(audit.KindFeedback, string(signal), string(gateway.NewUUID(n.at, nil)))))
	}
	if n.roll(200) == 0 {
		operator := audit.By{Actor: audit.ActorOperator, Role: audit.Operator, Origin: audit.Local, Trace: trace()}
		all = append(all, n.entry(t, audit.PartyChanged, operator, audit.Object(audit.KindParty, string(n.creditors[n.roll(300)]))))
	}
	return all
}

func (r *claimRows) add(number, sequence int, signal, report gateway.UUID, municipality string, creditor gateway.OIN, at time.Time) {
	own, _ := uuid(signal)
	id, _ := uuid(report)
	r.numbers, r.sequences, r.ats = append(r.numbers, int64(number)), append(r.sequences, int64(sequence)), append(r.ats, at.UnixMilli())
	r.ids, r.reports = append(r.ids, own), append(r.reports, id)
	r.municipalities, r.creditors = append(r.municipalities, municipality), append(r.creditors, string(creditor))
}

// put writes what claims left in truth.
func (r *claimRows) put(x *tx) error {
	rows := *r
	*r = claimRows{}
	_, err := x.exec(`WITH new AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::text[], $7::text[])
				AS n (number, sequence, at, id, report, municipality, creditor)),
			filed AS (INSERT INTO signal (number, id, municipality, sequence, nature, creditor, report_id, kind, urgency, deposited_at, day, format, key_id, size, digest, keep_days, pause_days, expires_on)
				SELECT number, id, municipality, sequence, 'melding', creditor, report, 'Energie', 'regulier', at, number % 396, 'jose', 'k', 1, sha256(''), 1, 1, 99999 FROM new RETURNING number)
		INSERT INTO report (number, creditor, id, digest, receipt, entry, expires_on)
			SELECT n.number, n.creditor, n.report, sha256(''), '\x00', 1, 99999 FROM new AS n JOIN filed ON filed.number = n.number`,
		rows.numbers, rows.sequences, rows.ats, rows.ids, rows.reports, rows.municipalities, rows.creditors)
	return err
}

func (n *nation) entry(t *testing.T, event audit.Event, by audit.By, object string, options ...audit.Option) audit.Entry {
	e, err := audit.New(event, by, object, n.at.Add(time.Duration(n.roll(5000))*time.Millisecond), options...)
	must(t, err)
	return e
}

// fill plays claims until the log has so many entries.
func (n *nation) fill(t *testing.T, db *DB, events int) {
	t.Helper()
	for total := 0; total < events; {
		var all []audit.Entry
		for len(all) < 600 {
			all = append(all, n.claim(t)...)
		}
		total += len(all)
		must(t, db.write.do(t.Context(), func(x *tx) error {
			if err := n.rows.put(x); err != nil {
				return err
			}
			_, err := x.Append(all)
			return err
		}))
	}
}

// TestMillion fills a log and prints what each search costs. It runs when
// SEINHUIS_EVENTS says how many entries.
func TestMillion(t *testing.T) {
	events, err := strconv.Atoi(os.Getenv("SEINHUIS_EVENTS"))
	if err != nil {
		t.Skip("set SEINHUIS_EVENTS to the number of entries")
	}
	db := openTest(t)
	n := newNation(t, db)
	start, trips := time.Now(), db.Trips()
	n.fill(t, db, events)
	t.Logf("%d entries of %d claims in %v, %.4f trips per entry", events, n.claims, time.Since(start).Round(time.Second), float64(db.Trips()-trips)/float64(events))
	for _, table := range []string{"audit_row%", "audit_index", "audit_concern", "audit_volume", "audit_facet", "audit_reach", "audit_block"} {
		var bytes, indexes int64
		err := each(db.read.with(t.Context()), func(scan func(...any) error) error { return scan(&bytes, &indexes) },
			`SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint, coalesce(sum(pg_indexes_size(c.oid)), 0)::bigint FROM pg_class AS c WHERE c.relname LIKE $1 AND c.relkind = 'r'`, table)
		t.Logf("%-14s %6.1f bytes per entry and %6.1f of indexes %v", table, float64(bytes)/float64(events), float64(indexes)/float64(events), err)
	}
	n.search(t, db)
}

func (n *nation) search(t *testing.T, db *DB) {
	big, small, creditor := n.municipalities[0], n.municipalities[340], n.creditors[0]
	party := func(oins ...gateway.OIN) oversight.Scope {
		var all []gateway.Party
		for _, o := range oins {
			all = append(all, gateway.Party{OIN: o})
		}
		return gatewaytest.Serves(t, all...)
	}
	var object gateway.UUID
	var trace gateway.Trace
	middle, err := db.Journal().Search(t.Context(), oversight.Query{Scope: party(big), Events: []audit.Event{audit.SignalRead}, Until: n.at.AddDate(0, 0, -1), Limit: 1})
	must(t, err)
	if len(middle) > 0 {
		object, trace = gateway.UUID(objectOf(middle[0].Entry).uuids[0]), traceOf(t, middle[0].Entry.Trace)
	}
	half := n.at.Add(-n.at.Sub(time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)) / 2)
	filters := map[string]func(*oversight.Query){
		"nothing": func(*oversight.Query) {}, "event": func(q *oversight.Query) { q.Events = []audit.Event{audit.SignalConfirmed} },
		"rare event":  func(q *oversight.Query) { q.Events = []audit.Event{audit.PartyChanged} },
		"no event":    func(q *oversight.Query) { q.Events = []audit.Event{audit.KeyDestroyed} },
		"kind":        func(q *oversight.Query) { q.Kind = audit.KindFeedback },
		"result":      func(q *oversight.Query) { q.Result = proof.ResultRefused },
		"done":        func(q *oversight.Query) { q.Result = proof.ResultDone },
		"holder":      func(q *oversight.Query) { q.Holder = string(n.creditors[299]) },
		"actor":       func(q *oversight.Query) { q.Actor = string(n.municipalities[341]) },
		"busy actor":  func(q *oversight.Query) { q.Actor = string(big) },
		"object":      func(q *oversight.Query) { q.Object = object },
		"trace":       func(q *oversight.Query) { q.Trace = trace },
		"one day":     func(q *oversight.Query) { q.Since, q.Until = half, half.AddDate(0, 0, 1) },
		"since":       func(q *oversight.Query) { q.Since = half },
		"until":       func(q *oversight.Query) { q.Until = half },
		"first hour":  func(q *oversight.Query) { q.Until = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC) },
		"old page":    func(q *oversight.Query) { q.Before = 20000 },
		"middle page": func(q *oversight.Query) { q.Before = int64(4 * n.claims / 2) },
	}
	names := []string{}
	for name := range filters {
		names = append(names, name)
	}
	slices.Sort(names)
	for scopeName, scope := range map[string]oversight.Scope{"all": gatewaytest.ServesAll(t), "large municipality": party(big), "small municipality": party(small),
		"creditor": party(creditor), "forty municipalities": party(n.municipalities[:40]...)} {
		var worst time.Duration
		for i, one := range names {
			for _, two := range names[i:] {
				q := oversight.Query{Scope: scope, Limit: oversight.MaxHits}
				filters[one](&q)
				filters[two](&q)
				start := time.Now()
				found, err := db.Journal().Search(t.Context(), q)
				took := time.Since(start)
				must(t, err)
				if one == two {
					t.Logf("%-21s %-12s %8.1f ms %4d entries", scopeName, one, float64(took.Microseconds())/1000, len(found))
				}
				if took > worst {
					worst = took
					t.Logf("%-21s worst so far %8.1f ms: %s and %s, %d entries", scopeName, float64(took.Microseconds())/1000, one, two, len(found))
				}
			}
		}
		start := time.Now()
		life, err := db.Journal().Life(t.Context(), scope, object)
		must(t, err)
		took := time.Since(start)
		start = time.Now()
		volumes, err := db.Journal().Volumes(t.Context(), scope, gateway.Today(n.at).AddDays(-365), gateway.Today(n.at))
		must(t, err)
		t.Logf("%-21s life %.1f ms (%d), volumes of a year %.1f ms (%d rows)", scopeName, float64(took.Microseconds())/1000, len(life), float64(time.Since(start).Microseconds())/1000, len(volumes))
	}
}

func traceOf(t *testing.T, id string) gateway.Trace {
	t.Helper()
	trace, err := gateway.ParseTrace(id)
	must(t, err)
	return trace
}
