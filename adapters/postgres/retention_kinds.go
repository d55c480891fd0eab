// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"cmp"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/retention"
)

// perishable is one kind of record as the sweep sees it, in pieces of SQL: r is
// the row itself, s the signal that it belongs to. $1 is today, $2 the moment
// before which a confirmation is past its grace, $3 what it is asked about.
type perishable struct {
	kind  retention.Kind
	table string
	from  string // r, and what must be known about it
	on    string // how they belong together; empty when r stands alone
	term  string // its last day
	order string // that of an index, so that what is due need not be sorted; empty: term and owner
	owner string // whose it is
	name  string // of the object, as it is hashed into the receipt
	ref   string // how it is found again
	by    string // r is the one that k.value refers to
	key   string // columns of the table that tell r apart
	held  string // a hold keeps it; empty: no hold can
	ready string // what must be gone before it; empty: nothing
	first string // of what is erased together, the row that find takes; empty: each row stands for itself
	// What goes or changes elsewhere because these go: before with the refs as
	// $1, after with also now as $2.
	before, after string
	freed         string // column that names the object of a body
	counted       string // r for a census, where that needs less than from
	countedOwner  string
}

// id writes 16 bytes as a UUID.
func id(column string) string { return "encode(" + column + ", 'hex')::uuid::text" }

// hexOf writes 16 bytes as a reference has them.
func hexOf(column string) string { return "encode(" + column + ", 'hex')" }

// refOf writes a reference of several columns.
func refOf(columns string) string { return "json_build_array(" + columns + ")::text" }

// What a reference holds.
const (
	numberAll = "(k.value)::bigint"
	number0   = "(k.value ->> 0)::bigint"
	number1   = "(k.value ->> 1)::bigint"
	number2   = "(k.value ->> 2)::bigint"
	text0     = "k.value ->> 0"
	text1     = "k.value ->> 1"
	text2     = "k.value ->> 2"
	bytes0    = "decode(k.value ->> 0, 'hex')"
	bytes1    = "decode(k.value ->> 1, 'hex')"
)

// heldClaim is the condition that a hold in force keeps the claim of a row with
// a creditor and a report.
func heldClaim(of string) string {
	return `EXISTS (SELECT 1 FROM hold AS h WHERE h.creditor = ` + of + `.creditor AND h.report_id = ` + of + `.report_id
		AND h.confirmed_at IS NOT NULL AND h.lifted_at IS NULL AND h.until_on >= $1::bigint)`
}

// ownerOf is the controller that a party stands for: a municipality by its code.
func ownerOf(party string) string {
	return "coalesce((SELECT g.municipality FROM party AS g WHERE g.oin = " + party + " AND g.kind = 'gemeente'), " + party + ")"
}

// perishables is every kind of record that a sweep erases: one row each.
var perishables = []perishable{
	{kind: retention.KindBody, table: "body", from: "body AS r CROSS JOIN signal AS s", on: "s.number = r.number", term: "r.expires_on", order: "r.expires_on, r.scope",
		owner: "s.municipality", name: "'signaal/'||" + id("s.id") + "||'/inhoud'", ref: "r.number::text", by: "r.number = " + numberAll, key: "number",
		held: heldClaim("s"), after: `UPDATE signal SET erased_at = $2 WHERE number IN (SELECT (k.value)::bigint FROM jsonb_array_elements($1::jsonb) AS k (value)) AND erased_at IS NULL`,
		freed: "object", counted: "body AS r", countedOwner: "split_part(r.scope, '/', 1)"},
	{kind: retention.KindTokens, table: "trail", from: "trail AS r CROSS JOIN signal AS s", on: "s.number = r.signal", term: "r.expires_on",
		order: "r.expires_on, r.municipality, r.signal",
		owner: "r.municipality", name: "'signaal/'||" + id("s.id") + "||'/pseudoniemen'", ref: refOf("r.expires_on, r.municipality, r.signal"),
		by: "r.expires_on = " + number0 + " AND r.municipality = " + text1 + " AND r.signal = " + number2, key: "number", held: heldClaim("s"),
		counted: "trail AS r", countedOwner: "r.municipality"},
	{kind: retention.KindRelation, table: "relation", from: "relation AS r CROSS JOIN signal AS s CROSS JOIN signal AS o",
		on: "s.number = r.signal AND o.number = r.other", term: "r.expires_on", order: "r.expires_on", owner: "s.municipality",
		name: "'signaal/'||" + id("s.id") + "||'/verband/'||" + id("o.id"), ref: refOf("r.signal, r.other"),
		by: "r.signal = " + number0 + " AND r.other = " + number1, key: "signal, other", held: "(" + heldClaim("s") + " OR " + heldClaim("o") + ")"},
	{kind: retention.KindNotice, table: "notice", from: "notice AS r CROSS JOIN signal AS s", on: "s.number = r.signal", term: "r.expires_on",
		order: "r.expires_on, r.party", owner: "CASE WHEN r.report_id IS NULL THEN s.municipality ELSE r.party END",
		name: "'bericht/'||" + id("r.id"), ref: refOf(hexOf("r.id")), by: "r.id = " + bytes0, key: "id", held: heldClaim("s")},
	{kind: retention.KindPause, table: "pause", from: "pause AS r CROSS JOIN signal AS s", on: "s.number = r.signal", term: "r.expires_on", order: "r.expires_on",
		owner: "s.municipality", name: "'pauze/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number", held: heldClaim("s"),
		ready: "r.state <> 'loopt'"},
	{kind: retention.KindChange, table: "pause_change", from: "pause_change AS r LEFT JOIN signal AS s ON s.number = r.signal", term: "r.expires_on", order: "r.expires_on", owner: ownerOf("r.party"),
		name: "'pauzewijziging/'||r.party||'/'||" + id("r.id"), ref: refOf("r.party, " + hexOf("r.id")),
		by: "r.party = " + text0 + " AND r.id = " + bytes1, key: "party, id", held: heldClaim("s"),
		counted: "pause_change AS r", countedOwner: ownerOf("r.party")},
	{kind: retention.KindAlarm, table: "alarm", from: "alarm AS r", term: "r.expires_on", order: "r.expires_on", owner: ownerOf("r.party"),
		name: "'alarm/'||" + id("r.subject") + "||'/'||r.kind||'/'||r.term", ref: refOf(hexOf("r.subject") + ", r.kind, r.term"),
		by: "r.subject = " + bytes0 + " AND r.kind = " + text1 + " AND r.term = " + text2, key: "subject, kind, term"},
	{kind: retention.KindFeedback, table: "feedback", from: "feedback AS r LEFT JOIN signal AS s ON s.id = r.signal", term: "r.expires_on", owner: "r.municipality",
		name: "'terugkoppeling/'||" + id("r.signal") + "||'/'||" + id("r.id"), ref: refOf("r.municipality, " + hexOf("r.id")),
		by: "r.municipality = " + text0 + " AND r.id = " + bytes1, key: "municipality, id", held: heldClaim("s"),
		counted: "feedback AS r", countedOwner: "r.municipality"},
	{kind: retention.KindReport, table: "report", from: "report AS r CROSS JOIN signal AS s", on: "s.number = r.number", term: "r.expires_on",
		owner: "r.creditor", name: "'melding/'||r.creditor||'/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number", held: heldClaim("s"),
		counted: "report AS r", countedOwner: "r.creditor"},
	{kind: retention.KindSignal, table: "signal", from: "signal AS r", term: "r.expires_on", owner: "r.municipality",
		name: "'signaal/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number", held: heldClaim("r"),
		ready: "NOT EXISTS (SELECT 1 FROM body AS b WHERE b.number = r.number) AND NOT EXISTS (SELECT 1 FROM report AS p WHERE p.number = r.number)" +
			" AND NOT EXISTS (SELECT 1 FROM notice AS n WHERE n.signal = r.number) AND NOT EXISTS (SELECT 1 FROM pause AS q WHERE q.signal = r.number)",
		// The other way round is the signal's own, and goes with it.
		before: `DELETE FROM relation WHERE (signal, other) IN (SELECT x.other, x.signal FROM jsonb_array_elements($1::jsonb) AS k (value) JOIN relation AS x ON x.signal = (k.value)::bigint)`},
	{kind: retention.KindOutcomes, table: "outcome", from: "batch AS f CROSS JOIN outcome AS r", on: "r.batch = f.number", term: "f.expires_on",
		owner: "f.creditor", name: "'aanlevering/'||f.creditor||'/'||" + id("f.id") + "||'/uitkomsten/'||((r.line - 1) / 1000)", ref: refOf("f.number, (r.line - 1) / 1000"),
		by: "f.number = " + number0 + " AND r.line > " + number1 + " * 1000 AND r.line <= " + number1 + " * 1000 + 1000", key: "batch, line",
		first: "r.line = (SELECT min(o.line) FROM outcome AS o WHERE o.batch = f.number)"},
	{kind: retention.KindBatch, table: "batch", from: "batch AS r", term: "r.expires_on", owner: "r.creditor",
		name: "'aanlevering/'||r.creditor||'/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number",
		ready: "NOT EXISTS (SELECT 1 FROM outcome AS o WHERE o.batch = r.number)",
		after: `DELETE FROM finding WHERE batch < (SELECT coalesce(min(number), 9223372036854775807) FROM batch) AND ` + after},
	{kind: retention.KindObjection, table: "objection", from: "objection AS r", term: "r.expires_on", order: "r.expires_on", owner: ownerOf("r.controller"),
		name: "'bezwaar/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number",
		after: `UPDATE objection_version SET version = version + 1 WHERE one = 1 AND ` + after},
	{kind: retention.KindRequest, table: "request", from: "request AS r", term: "r.expires_on", order: "r.expires_on", owner: ownerOf("r.controller"),
		name: "'verzoek/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number"},
	{kind: retention.KindEvent, table: "webhook_event", from: "webhook_event AS r", term: "r.expires_on", order: "r.expires_on", owner: ownerOf("r.party"),
		name: "'webhook/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number"},
	{kind: retention.KindFacts, table: "decision_fact", from: "decision_fact AS r", term: "r.expires_on", order: "r.expires_on", owner: "''",
		name: "'beslisfeiten/'||r.month||'/'||r.facts", ref: refOf("r.month, r.facts"),
		by: "r.month = " + text0 + " AND r.facts = " + text1, key: "month, facts"},
	{kind: retention.KindBreach, table: "breach", from: "breach AS r", term: "r.expires_on", order: "r.expires_on",
		owner: "CASE WHEN r.every THEN '' ELSE " + ownerOf("(r.parties::jsonb ->> 0)") + " END", name: "'datalek/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number"},
	{kind: retention.KindHold, table: "hold", from: "hold AS r", term: "r.expires_on", owner: "r.creditor",
		name: "'opschorting/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number"},
	{kind: retention.KindDeletion, table: "deletion", from: "deletion AS r", term: "r.expires_on", owner: "r.controller",
		name: "'verwijdering/'||" + id("r.id"), ref: "r.number::text", by: "r.number = " + numberAll, key: "number"},
}

func perishableOf(kind retention.Kind) (perishable, bool) {
	for _, p := range perishables {
		if p.kind == kind {
			return p, true
		}
	}
	return perishable{}, false
}

// where joins conditions.
func where(conditions ...string) string {
	var all []string
	for _, c := range conditions {
		if c != "" {
			all = append(all, c)
		}
	}
	return strings.Join(all, " AND ")
}

// not is the negation of a condition, or nothing of none.
func not(condition string) string {
	if condition == "" {
		return ""
	}
	return "NOT " + condition
}

// due is when a row's time is over: past its last day, or for a body, past the
// grace after the confirmation of its signal.
func (p perishable) due(reason retention.Reason) string {
	if reason == retention.ReasonConfirmed {
		return "s.confirmed_at < $2::bigint AND s.confirmed_at IS NOT NULL AND s.erased_at IS NULL"
	}
	return p.term + " < $1::bigint"
}

// find selects what a step may erase: reference, controller and name.
func (p perishable) find(s retention.Step) string {
	from, order := p.from, cmp.Or(p.order, p.term+", "+p.owner)
	if s.Reason == retention.ReasonConfirmed {
		from, order = "signal AS s CROSS JOIN body AS r", "s.confirmed_at"
	}
	group := ""
	if p.kind == retention.KindTokens {
		group = " GROUP BY " + p.order + ", s.id"
	}
	return `SELECT ` + p.ref + `, ` + p.owner + `, ` + p.name + ` FROM ` + from + ` WHERE ` +
		where(p.on, p.due(s.Reason), not(p.held), p.ready, p.first, both) + group + ` ORDER BY ` + order + ` LIMIT $3`
}

// both names the parameters that not every condition needs: a statement must
// have as many as it is given.
const both = "$1::bigint IS NOT NULL AND $2::bigint IS NOT NULL"

// after is both, of what goes elsewhere.
const after = "$1::jsonb IS NOT NULL AND $2::bigint IS NOT NULL"

// erase deletes those of the references that are still due, and gives the
// reference of each row that went, with the object that its body rests in.
func (p perishable) erase(s retention.Step) string {
	gone := strings.ReplaceAll(p.ref, "r.", "")
	if p.kind == retention.KindOutcomes {
		gone = refOf("batch, (line - 1) / 1000")
	}
	return `DELETE FROM ` + p.table + ` WHERE (` + p.key + `) IN (SELECT r.` + strings.ReplaceAll(p.key, ", ", ", r.") +
		` FROM jsonb_array_elements($3::jsonb) AS k (value) CROSS JOIN ` + p.from + ` WHERE ` +
		where(p.by, p.on, p.due(s.Reason), not(p.held), p.ready, both) + `) RETURNING ` + gone + `, ` + cmp.Or(p.freed, "''")
}

// backlog counts what is due by its term and not held, or held: all, and those
// more than a day past.
func (p perishable) backlog(held bool) string {
	kept := not(p.held)
	if held {
		kept = p.held
	}
	return `SELECT count(*), count(*) FILTER (WHERE ` + p.term + ` < $1::bigint - 1) FROM ` + p.from + ` WHERE ` +
		where(p.on, p.due(retention.ReasonTerm), kept, both)
}

// next is the first last day that is not over.
func (p perishable) next() string {
	from := p.from
	if p.counted != "" {
		from = p.counted
	}
	return `SELECT ` + p.term + ` FROM ` + from + ` WHERE ` + where(p.term+" >= $1::bigint", p.onUnless()) + ` ORDER BY ` + p.term + ` LIMIT 1`
}

// census counts all rows by whose they are and what is left of their term.
func (p perishable) census() string {
	from, owner := p.from, p.owner
	if p.counted != "" {
		from, owner = p.counted, p.countedOwner
	}
	left := `CASE WHEN ` + p.term + ` IS NULL THEN 'meer' WHEN ` + p.term + ` < $1::bigint THEN 'verlopen'`
	for _, days := range []string{"7", "31", "183", "396"} {
		left += ` WHEN ` + p.term + ` <= $1::bigint + ` + days + ` THEN '` + days + `'`
	}
	left += ` ELSE 'meer' END`
	return `SELECT ` + owner + `, ` + left + `, count(*) FROM ` + from + ` WHERE ` + where(p.onUnless(), "$1::bigint IS NOT NULL") + ` GROUP BY 1, 2 ORDER BY 1, 2`
}

// onUnless joins r to the rest, unless r is looked at alone.
func (p perishable) onUnless() string {
	if p.counted != "" {
		return ""
	}
	return p.on
}
