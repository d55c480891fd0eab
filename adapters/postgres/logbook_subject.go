// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// The tokens that a controller's rows can be about: of the mailbox, of the reports
// that it made, and of those whose claim came to it, which a pause tells. Those of
// one signal come together, from the index alone.
const (
	tokensOfMailbox = `SELECT t.signal, t.token, t.version, t.sum FROM party AS p JOIN signal AS s ON s.municipality = p.municipality
		JOIN trail AS t ON t.signal = s.number AND t.token IN ('person', 'resident')
		WHERE p.oin = $1 AND p.kind = 'gemeente' ORDER BY t.signal`
	tokensOfReports = `SELECT t.signal, t.token, t.version, t.sum FROM report AS r
		JOIN trail AS t ON t.signal = r.number AND t.token IN ('person', 'resident') WHERE r.creditor = $1 ORDER BY t.signal`
	tokensOfPauses = `SELECT t.signal, t.token, t.version, t.sum FROM (SELECT DISTINCT i.signal AS signal FROM audit_party AS a
			JOIN audit_reach AS h ON h.party = a.number JOIN audit_facet AS f ON f.number = h.facet AND f.kind = 'pauze'
			JOIN audit_concern AS c ON c.party = h.party AND c.facet = h.facet JOIN audit_index AS i ON i.number = c.number
			WHERE a.oin = $1) AS behind
		JOIN trail AS t ON t.signal = behind.signal AND t.token IN ('person', 'resident') ORDER BY t.signal`
)

// signalsOf finds the claims whose person has an id with a controller.
func signalsOf(q querier, f logbook.Filter) (signals []int64, err error) {
	for _, query := range []string{tokensOfMailbox, tokensOfReports, tokensOfPauses} {
		var signal int64
		var best logbook.Subject
		end := func() {
			if !best.IsZero() && logbook.SubjectID(f.Controller, best) == f.Subject {
				signals = append(signals, signal)
			}
		}
		if err := each(q, func(scan func(...any) error) error {
			var next int64
			s, err := scanSubject(scan, &next)
			if next != signal {
				end()
				signal, best = next, logbook.Subject{}
			}
			best = best.Or(s)
			return err
		}, query, string(f.Controller)); err != nil {
			return nil, err
		}
		end()
	}
	return signals, nil
}

func scanSubject(scan func(...any) error, before ...any) (s logbook.Subject, err error) {
	var token string
	var sum []byte
	err = scan(append(before, &token, &s.Tag.Version, &sum)...)
	s.Token = pseudonym.TokenKind(token)
	copy(s.Tag.Sum[:], sum)
	return s, err
}

func subjectOf(token *string, version *int64, sum []byte) (s logbook.Subject) {
	if token == nil || version == nil {
		return s
	}
	s = logbook.Subject{Token: pseudonym.TokenKind(*token), Tag: keys.Tag{Version: uint32(*version)}}
	copy(s.Tag.Sum[:], sum)
	return s
}
