// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// object is the object of an entry in its parts.
type object struct {
	kind            audit.Kind
	holders         []string // OINs and municipality codes
	uuids           []string
	subject, beside []byte // the last UUID and the one before it
}

func objectOf(e proof.Entry) (o object) {
	kind, rest, _ := strings.Cut(e.Object, "/")
	o.kind = audit.Kind(kind)
	for part := range strings.SplitSeq(rest, "/") {
		switch {
		case proof.IsUUID(part):
			o.uuids = append(o.uuids, part)
			o.beside, o.subject = o.subject, bytesOf(part)
		case proof.IsOIN(part), strings.HasPrefix(part, "GM"):
			o.holders = append(o.holders, part)
		}
	}
	return o
}

// bytesOf gives the 16 bytes of a UUID of any version, nil of another text.
func bytesOf(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 {
		return nil
	}
	return b
}

// spanBytes gives the 8 bytes of a span, nil of none.
func spanBytes(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 8 {
		return nil
	}
	return b
}

// about is what an entry is about, as far as the store knows.
type about struct {
	object object
	signal int64 // 0: none
	known  logbook.Known
	// further are the other signals of an entry about several.
	further []int64
}

// The questions that tell what an object is, by a name and an id: place in the
// list, number of the claim's first signal, municipality, creditor, holder of
// the pause, addressee and kind of the notice.
const (
	askedAbout   = ` FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS k (name, id, place)`
	rootOf       = ` LEFT JOIN signal AS o ON o.id = s.concerns`
	aboutReports = `SELECT k.place - 1, r.number, s.municipality, s.creditor, '', '', ''` + askedAbout + `
		JOIN report AS r ON r.creditor = k.name AND r.id = k.id JOIN signal AS s ON s.number = r.number`
	aboutSignals = `SELECT k.place - 1, coalesce(o.number, s.number), s.municipality, s.creditor, '', '', ''` + askedAbout + `
		JOIN signal AS s ON s.id = k.id` + rootOf
	aboutNotices = `SELECT k.place - 1, coalesce(o.number, s.number), s.municipality, s.creditor, coalesce(p.holder, ''), n.party, n.kind` + askedAbout + `
		JOIN notice AS n ON n.id = k.id JOIN signal AS s ON s.number = n.signal LEFT JOIN pause AS p ON p.id = n.pause_id` + rootOf
	aboutPauses = `SELECT k.place - 1, coalesce(o.number, s.number), s.municipality, s.creditor, p.holder, '', ''` + askedAbout + `
		JOIN pause AS p ON p.id = k.id JOIN signal AS s ON s.number = p.signal` + rootOf
	aboutHolds = `SELECT k.place - 1, coalesce(r.number, 0), coalesce(s.municipality, ''), h.creditor, '', '', ''` + askedAbout + `
		JOIN hold AS h ON h.id = k.id
		LEFT JOIN report AS r ON r.creditor = h.creditor AND r.id = h.report_id LEFT JOIN signal AS s ON s.number = r.number`
	// Of a request the controller stands in the place of the holder, and who had
	// it before in that of the addressee.
	aboutRequests = `SELECT k.place - 1, 0::bigint, '', '', q.controller, coalesce(q.handed_from, ''), ''` + askedAbout + `
		JOIN request AS q ON q.id = k.id`
	aboutAgreements = `SELECT k.place - 1, 0::bigint, a.municipality, a.creditor, '', '', ''` + askedAbout + `
		JOIN agreement AS a ON a.id = k.name`
	alsoSignals = `SELECT k.place - 1, coalesce(o.number, s.number) FROM unnest($1::bytea[]) WITH ORDINALITY AS k (id, place)
		JOIN signal AS s ON s.id = k.id` + rootOf + ` ORDER BY k.place`
)

// asking is one question about the objects of some rows.
type asking struct {
	names  []string
	ids    [][]byte
	places []int // in the rows
}

// answer is what a question told about one row.
type answer struct {
	place             int
	question          string
	signal            int64
	municipality      gateway.Municipality
	creditor          gateway.OIN
	holder, addressee gateway.OIN
	kind              gateway.NoticeKind
}

// tied is a signal that a row is about beside its object.
type tied struct {
	place  int
	signal int64
}

// about looks up what rows are about: one question per kind of object, all in
// one round trip.
func (t *tx) about(rows []indexed) ([]about, error) {
	all := make([]about, len(rows))
	askings := map[string]*asking{}
	var also asking
	for i, r := range rows {
		all[i].object = objectOf(r.entry)
		if question, name, id := questionOf(all[i].object); question != "" {
			a := askings[question]
			if a == nil {
				a = new(asking)
				askings[question] = a
			}
			a.names, a.ids, a.places = append(a.names, name), append(a.ids, id), append(a.places, i)
		}
		for _, id := range r.also {
			also.ids, also.places = append(also.ids, bytesOf(string(id))), append(also.places, i)
		}
	}
	var version int64
	var answers []answer
	var ties []tied
	questions := []question{fetch(func(scan func(...any) error) error { return scan(&version) }, `SELECT version FROM register_version`)}
	for query, a := range askings {
		questions = append(questions, fetch(func(scan func(...any) error) error {
			var place int
			told := answer{question: query}
			err := scan(&place, &told.signal, &told.municipality, &told.creditor, &told.holder, &told.addressee, &told.kind)
			told.place = a.places[place]
			answers = append(answers, told)
			return err
		}, query, a.names, a.ids))
	}
	if len(also.ids) > 0 {
		questions = append(questions, fetch(func(scan func(...any) error) error {
			var place int
			var tie tied
			err := scan(&place, &tie.signal)
			tie.place = also.places[place]
			ties = append(ties, tie)
			return err
		}, alsoSignals, also.ids))
	}
	if err := t.askAll(questions...); err != nil {
		return nil, err
	}
	readers, err := t.readers(version)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].name(readers)
	}
	for _, told := range answers {
		all[told.place].learn(told, readers)
	}
	for _, tie := range ties {
		all[tie.place].tie(tie.signal, rows[tie.place].entry)
	}
	return all, nil
}

// name gives the parties that the object itself names.
func (a *about) name(readers map[gateway.Municipality]gateway.OIN) {
	for _, h := range a.object.holders {
		if oin := readers[gateway.Municipality(h)]; oin != "" {
			a.known.Named = append(a.known.Named, oin)
		}
	}
}

func (a *about) learn(told answer, readers map[gateway.Municipality]gateway.OIN) {
	a.signal = told.signal
	switch told.question {
	case aboutRequests:
		a.known.Controller, a.known.Former = told.holder, told.addressee
	case aboutAgreements:
		a.known.Named = append(a.known.Named, told.creditor, readers[told.municipality])
	default:
		a.known.Creditor, a.known.Reader, a.known.Holder = told.creditor, readers[told.municipality], told.holder
		a.known.Addressee, a.known.Notice = told.addressee, told.kind
	}
}

// tie adds a signal that an entry was tied to beside its object. The first stands
// for an object that names none. Nothing is tied to what was refused to a party.
func (a *about) tie(signal int64, e proof.Entry) {
	switch {
	case a.signal == 0:
		a.signal = signal
	case a.signal != signal && !slices.Contains(a.further, signal) && a.known.Related(e):
		a.further = append(a.further, signal)
	}
}

// questionOf says which question tells about an object, and with what key.
func questionOf(o object) (question, name string, id []byte) {
	if len(o.uuids) == 0 {
		return "", "", nil
	}
	first := bytesOf(o.uuids[0])
	switch o.kind {
	case audit.KindReport:
		if len(o.holders) > 0 {
			return aboutReports, o.holders[0], first
		}
	case audit.KindSignal, audit.KindFeedback: // of feedback the first is the signal
		return aboutSignals, "", first
	case audit.KindNotice:
		return aboutNotices, "", first
	case audit.KindPause:
		return aboutPauses, "", first
	case audit.KindHold:
		return aboutHolds, "", o.subject
	case audit.KindRequest:
		return aboutRequests, "", first
	case audit.KindAgreement:
		return aboutAgreements, o.uuids[0], first
	}
	return "", "", nil
}
