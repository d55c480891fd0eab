// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// dictionary is what the writer remembers of the tables that give words of the
// log a number. Rows of those are never changed, so it holds as long as nothing
// is rolled back; another process can only add to them.
type dictionary struct {
	facets  map[facetKey]int64
	parties map[gateway.OIN]int64
	reaches map[[2]int64]bool
	deeds   map[[3]string]int64
	blocks  map[int64][2]int64 // the newest, as it is at least

	readers map[gateway.Municipality]gateway.OIN
	version int64 // of the register that readers come from
}

type facetKey struct{ event, actor, role, result, kind, holders string }

func (t *tx) words() *dictionary {
	if t.w.known == nil {
		t.w.known = &dictionary{facets: map[facetKey]int64{}, parties: map[gateway.OIN]int64{}, reaches: map[[2]int64]bool{},
			deeds: map[[3]string]int64{}, version: -1}
	}
	return t.w.known
}

// word gives the number of a row, which insert makes unless it is there.
func (t *tx) word(insert, find string, args ...any) (number int64, err error) {
	if _, err := t.exec(insert, args...); err != nil {
		return 0, err
	}
	err = each(t, func(scan func(...any) error) error { return scan(&number) }, find, args...)
	return number, err
}

func (t *tx) facet(e proof.Entry, o object) (int64, error) {
	k := facetKey{e.Event, e.Actor, e.Role, e.Result, string(o.kind), strings.Join(o.holders, "/")}
	if n, ok := t.words().facets[k]; ok {
		return n, nil
	}
	n, err := t.word(`INSERT INTO audit_facet (event, actor, role, result, kind, holders) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		`SELECT number FROM audit_facet WHERE event = ? AND actor = ? AND role = ? AND result = ? AND kind = ? AND holders = ?`,
		k.event, k.actor, k.role, k.result, k.kind, k.holders)
	if err == nil {
		t.words().facets[k] = n
	}
	return n, err
}

func (t *tx) party(oin gateway.OIN) (int64, error) {
	if n, ok := t.words().parties[oin]; ok {
		return n, nil
	}
	n, err := t.word(`INSERT INTO audit_party (oin) VALUES (?) ON CONFLICT DO NOTHING`,
		`SELECT number FROM audit_party WHERE oin = ?`, string(oin))
	if err == nil {
		t.words().parties[oin] = n
	}
	return n, err
}

func (t *tx) reach(party, facet int64) error {
	key := [2]int64{party, facet}
	if t.words().reaches[key] {
		return nil
	}
	_, err := t.exec(`INSERT INTO audit_reach (party, facet) VALUES (?, ?) ON CONFLICT DO NOTHING`, party, facet)
	if err == nil {
		t.words().reaches[key] = true
	}
	return err
}

func (t *tx) deed(event, result, code string) (int64, error) {
	k := [3]string{event, result, code}
	if n, ok := t.words().deeds[k]; ok {
		return n, nil
	}
	n, err := t.word(`INSERT INTO audit_deed (event, result, code) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		`SELECT number FROM audit_deed WHERE event = ? AND result = ? AND code = ?`, event, result, code)
	if err == nil {
		t.words().deeds[k] = n
	}
	return n, err
}

// readers are the parties whose mailboxes the municipalities' are: the active
// one, or who was last.
func (t *tx) readers() (map[gateway.Municipality]gateway.OIN, error) {
	var version int64
	if err := each(t, func(scan func(...any) error) error { return scan(&version) }, `SELECT version FROM register_version`); err != nil {
		return nil, err
	}
	d := t.words()
	if d.version == version {
		return d.readers, nil
	}
	d.readers, d.version = map[gateway.Municipality]gateway.OIN{}, version
	err := each(t, func(scan func(...any) error) error {
		var of gateway.Municipality
		var oin gateway.OIN
		err := scan(&of, &oin)
		d.readers[of] = oin // the last one stays
		return err
	}, `SELECT p.municipality, p.oin FROM party AS p WHERE p.kind = 'gemeente' AND p.municipality IS NOT NULL
		ORDER BY CASE p.state WHEN 'actief' THEN 2 WHEN 'geschorst' THEN 1 ELSE 0 END, p.oin`)
	return d.readers, err
}
