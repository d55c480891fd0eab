// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"context"
	"errors"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

var errMoved = errors.New("journey: the municipality passed to its successor meanwhile")

// writeCorrections is the one transaction of corrections. Nothing is matched:
// how signals relate was told with the first one, and a correction repeats no
// claim.
func (j *Journey) writeCorrections(ctx context.Context, members []correcting) ([]verdict, error) {
	var closed []seal.Body
	for _, m := range members {
		if m.deposit != nil {
			closed = append(closed, m.deposit.Sealed().Body())
		}
	}
	var verdicts []verdict
	err := j.ports.Ledger.Write(ctx, closed, func(tx Tx) error {
		members := append([]correcting(nil), members...) // a store may run fn again
		if err := settleCorrections(tx, members); err != nil {
			return err
		}
		verdicts = verdicts[:0]
		var entries []audit.Entry
		var ready []Correction
		for _, m := range members {
			e, err := correctionEntry(m)
			if err != nil {
				return err
			}
			if m.deposit != nil {
				m.answer = Answer{Receipt: m.deposit.Receipt()}
				ready = append(ready, Correction{Record: m.record, Deposit: *m.deposit, Candidate: m.candidate(), Entry: int64(len(entries))})
			}
			m.answer.ReportID = m.slip.ReportID
			entries, verdicts = append(entries, e), append(verdicts, verdict{m.slip.Place, m.answer})
		}
		first, err := tx.Append(entries)
		if err != nil {
			return err
		}
		for i := range ready {
			ready[i].Entry += first
		}
		return tx.Correct(ready)
	})
	return verdicts, err
}

// candidate is the first signal with the tokens of its correction.
func (m correcting) candidate() match.Candidate {
	s := m.deposit.Sealed()
	return match.Candidate{Signal: m.record.Signal, Creditor: m.slip.Peer.OIN(), ReportID: m.slip.ReportID,
		Municipality: m.record.Municipality, Kind: s.Kind(), On: gateway.Today(m.slip.At), Tokens: s.Tokens(), Claim: s.Claim()}
}

// settleCorrections looks again at the reports: by an earlier commit, or by an
// earlier member of this one, a correction may be there or may no longer be
// allowed. What was refused since the look is looked up as well: the first
// answer stands (invariant I3).
func settleCorrections(tx Tx, members []correcting) error {
	var keys []Key
	var at []int
	for i, m := range members {
		if m.deposit != nil || m.judged {
			keys, at = append(keys, m.record.Key), append(at, i)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	records, err := tx.Records(keys)
	if err != nil {
		return err
	}
	taken := map[Key][]Corrected{}
	for i, key := range keys {
		m, r := &members[at[i]], records[i]
		r.Corrections = append(append([]Corrected(nil), r.Corrections...), taken[key]...)
		if m.judged {
			if answer, settled := corrected(m.slip, r); settled {
				m.answer = answer
			}
			continue
		}
		answer, settled := correctable(m.slip, r)
		if !settled && r.Municipality != m.record.Municipality { // sealed to who is no more: the caller asks again
			answer, settled = Answer{Err: gateway.Fail(gateway.KindUnavailable, errMoved)}, true
		}
		if settled {
			m.deposit, m.answer = nil, answer
			continue
		}
		m.record = r
		taken[key] = append(taken[key], Corrected{ID: m.slip.Correction, Digest: m.slip.Digest, Receipt: m.deposit.Receipt()})
	}
	return nil
}
