// SPDX-License-Identifier: EUPL-1.2

package sqlite

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

// The questions that tell what an object is: place in the list ?1, number of
// the claim's first signal, municipality, creditor, holder of the pause,
// addressee and kind of the notice.
const (
	rootOf       = ` LEFT JOIN signal AS o ON o.id = s.concerns`
	aboutReports = `SELECT k.key, r.number, s.municipality, s.creditor, '', '', ''
		FROM json_each(?) AS k CROSS JOIN report AS r ON r.creditor = k.value ->> 0 AND r.id = unhex(k.value ->> 1, '-')
		CROSS JOIN signal AS s ON s.number = r.number`
	aboutSignals = `SELECT k.key, coalesce(o.number, s.number), s.municipality, s.creditor, '', '', ''
		FROM json_each(?) AS k CROSS JOIN signal AS s ON s.id = unhex(k.value ->> 0, '-')` + rootOf
	alsoSignals = `SELECT k.key, coalesce(o.number, s.number)
		FROM json_each(?) AS k CROSS JOIN signal AS s ON s.id = unhex(k.value ->> 0, '-')` + rootOf
	aboutNotices = `SELECT k.key, coalesce(o.number, s.number), s.municipality, s.creditor, coalesce(p.holder, ''), n.party, n.kind
		FROM json_each(?) AS k CROSS JOIN notice AS n ON n.id = unhex(k.value ->> 0, '-')
		CROSS JOIN signal AS s ON s.number = n.signal LEFT JOIN pause AS p ON p.id = n.pause_id` + rootOf
	aboutPauses = `SELECT k.key, coalesce(o.number, s.number), s.municipality, s.creditor, p.holder, '', ''
		FROM json_each(?) AS k CROSS JOIN pause AS p ON p.id = unhex(k.value ->> 0, '-')
		CROSS JOIN signal AS s ON s.number = p.signal` + rootOf
	aboutHolds = `SELECT k.key, coalesce(r.number, 0), coalesce(s.municipality, ''), h.creditor, '', '', ''
		FROM json_each(?) AS k CROSS JOIN hold AS h ON h.id = unhex(k.value ->> 0, '-')
		LEFT JOIN report AS r ON r.creditor = h.creditor AND r.id = h.report_id LEFT JOIN signal AS s ON s.number = r.number`
	// Of a request the controller stands in the place of the holder, and who had
	// it before in that of the addressee.
	aboutRequests = `SELECT k.key, 0, '', '', q.controller, coalesce(q.handed_from, ''), ''
		FROM json_each(?) AS k CROSS JOIN request AS q ON q.id = unhex(k.value ->> 0, '-')`
	aboutAgreements = `SELECT k.key, 0, a.municipality, a.creditor, '', '', ''
		FROM json_each(?) AS k CROSS JOIN agreement AS a ON a.id = k.value ->> 0`
)

// about looks up what rows are about: one question per kind of object.
func (t *tx) about(rows []indexed) ([]about, error) {
	readers, err := t.readers()
	if err != nil {
		return nil, err
	}
	all := make([]about, len(rows))
	keys, places := map[string][][2]string{}, map[string][]int{}
	for i, r := range rows {
		all[i].object = objectOf(r.entry)
		for _, h := range all[i].object.holders {
			if oin := readers[gateway.Municipality(h)]; oin != "" {
				all[i].known.Named = append(all[i].known.Named, oin)
			}
		}
		if question, key := questionOf(all[i].object); question != "" {
			keys[question], places[question] = append(keys[question], key), append(places[question], i)
		}
	}
	for question := range keys {
		if err := t.answer(question, keys[question], places[question], all, readers); err != nil {
			return nil, err
		}
	}
	return all, t.further(rows, all)
}

// further looks up the signals that entries were tied to beside their object. The
// first stands for an object that names none. Nothing is tied to what was refused
// to a party.
func (t *tx) further(rows []indexed, all []about) error {
	var keys [][2]string
	var places []int
	for i, r := range rows {
		for _, id := range r.also {
			keys, places = append(keys, [2]string{string(id)}), append(places, i)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return lookup(t, keys, func(scan func(...any) error) error {
		var place int
		var signal int64
		if err := scan(&place, &signal); err != nil {
			return err
		}
		switch a := &all[places[place]]; {
		case a.signal == 0:
			a.signal = signal
		case a.signal != signal && !slices.Contains(a.further, signal) && a.known.Related(rows[places[place]].entry):
			a.further = append(a.further, signal)
		}
		return nil
	}, alsoSignals)
}

// questionOf says which question tells about an object, and with what key.
func questionOf(o object) (question string, key [2]string) {
	if len(o.uuids) == 0 {
		return "", key
	}
	key[0] = o.uuids[0]
	last := o.uuids[len(o.uuids)-1]
	switch o.kind {
	case audit.KindReport:
		if len(o.holders) > 0 {
			return aboutReports, [2]string{o.holders[0], o.uuids[0]}
		}
	case audit.KindSignal, audit.KindFeedback: // of feedback the first is the signal
		return aboutSignals, key
	case audit.KindNotice:
		return aboutNotices, key
	case audit.KindPause:
		return aboutPauses, key
	case audit.KindHold:
		return aboutHolds, [2]string{last}
	case audit.KindRequest:
		return aboutRequests, key
	case audit.KindAgreement:
		return aboutAgreements, key
	}
	return "", key
}

func (t *tx) answer(question string, keys [][2]string, places []int, all []about, readers map[gateway.Municipality]gateway.OIN) error {
	return lookup(t, keys, func(scan func(...any) error) error {
		var place int
		var signal int64
		var m gateway.Municipality
		var creditor, holder, addressee gateway.OIN
		var kind gateway.NoticeKind
		if err := scan(&place, &signal, &m, &creditor, &holder, &addressee, &kind); err != nil {
			return err
		}
		a := &all[places[place]]
		a.signal = signal
		switch question {
		case aboutRequests:
			a.known.Controller, a.known.Former = holder, addressee
		case aboutAgreements:
			a.known.Named = append(a.known.Named, creditor, readers[m])
		default:
			a.known.Creditor, a.known.Reader, a.known.Holder = creditor, readers[m], holder
			a.known.Addressee, a.known.Notice = addressee, kind
		}
		return nil
	}, question)
}
