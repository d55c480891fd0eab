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

var errNoVerdict = errors.New("journey: a member got no verdict")

// replay splits off the members whose report already has a receipt.
func replay[T interface{ Slip() gateway.Slip }](ctx context.Context, ledger Ledger, members []T) (fresh []T, known []member, err error) {
	keys := make([]Key, len(members))
	for i, m := range members {
		keys[i] = Key{m.Slip().Peer.OIN(), m.Slip().ReportID}
	}
	records, err := ledger.Records(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	for i, m := range members {
		if !records[i].Exists() {
			fresh = append(fresh, m)
			continue
		}
		known = append(known, again(m.Slip(), records[i]))
	}
	return fresh, known, nil
}

// again answers a question about an id that is taken: the same content gets
// the same receipt, other content a conflict.
func again(slip gateway.Slip, r Record) member {
	if r.Digest != slip.Digest {
		return member{slip: slip, event: audit.ReportRefused, answer: Answer{Err: conflict()}}
	}
	// A line that finds its own report was filed before a crash, and nobody has
	// had its answer yet.
	own := r.Batch != "" && r.Batch == slip.Batch && r.Line == slip.Line
	return member{slip: slip, event: audit.ReportRepeated, answer: Answer{Receipt: r.Receipt, Replayed: !own}}
}

func conflict() *gateway.Error {
	return gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict, Pointer: "/meldingId",
		Rule: "Seinhuis formats", Text: "Onder dit id is al andere inhoud ontvangen; gebruik een nieuw id."})
}

// write is the one transaction: look again, match, log, file. It serves every
// call that gathered while the last transaction ran.
func (j *Journey) write(ctx context.Context, members []member) ([]verdict, error) {
	var verdicts []verdict
	var ring []gateway.OIN
	err := j.ports.Ledger.Write(ctx, bodies(members), func(tx Tx) error {
		members := append([]member(nil), members...) // a store may run fn again
		if err := settle(tx, members); err != nil {
			return err
		}
		filed, owners, err := j.match(ctx, tx, members)
		if err != nil {
			return err
		}
		entries, err := entriesOf(members, filed)
		if err != nil {
			return err
		}
		first, err := tx.Append(entries)
		if err != nil {
			return err
		}
		for i := range filed {
			filed[i].Entry = first + int64(owners[i])
		}
		verdicts, ring = verdictsOf(members), noticed(filed)
		return tx.File(filed)
	})
	if err != nil {
		return nil, err
	}
	j.ports.Bell.Ring(ring...)
	return verdicts, nil
}

func bodies(members []member) []seal.Body {
	var all []seal.Body
	for _, m := range members {
		if m.deposit != nil {
			all = append(all, m.deposit.Sealed().Body())
		}
	}
	return all
}

// settle finds members whose id was taken meanwhile, by an earlier commit or by
// an earlier member of this one, and turns them into replays or conflicts: also
// what was refused since the look, because the first answer stands (invariant I3).
func settle(tx Tx, members []member) error {
	var keys []Key
	var at []int
	for i, m := range members {
		if m.deposit != nil || m.judged {
			keys, at = append(keys, Key{m.slip.Peer.OIN(), m.slip.ReportID}), append(at, i)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	records, err := tx.Records(keys)
	if err != nil {
		return err
	}
	taken := map[Key]Record{}
	for i, key := range keys {
		m := &members[at[i]]
		record := records[i]
		if !record.Exists() {
			record = taken[key]
		}
		if record.Exists() {
			*m = again(m.slip, record)
			continue
		}
		if m.deposit != nil {
			taken[key] = Record{Key: key, Digest: m.slip.Digest, Receipt: m.deposit.Receipt(), Batch: m.slip.Batch, Line: m.slip.Line}
		}
	}
	return nil
}

// match relates the deposits to earlier signals and prepares the notice about
// a creditor's own duplicate. owners are the places of the deposits among the
// members.
func (j *Journey) match(ctx context.Context, tx Tx, members []member) (filed []Filed, owners []int, err error) {
	var candidates []match.Candidate
	for i, m := range members {
		if m.deposit == nil {
			continue
		}
		s := m.deposit.Sealed()
		candidates = append(candidates, match.Candidate{Signal: s.Body().ID, Creditor: m.slip.Peer.OIN(),
			ReportID: m.slip.ReportID, Municipality: s.Municipality(), Kind: s.Kind(),
			On: gateway.Today(m.slip.At), Tokens: s.Tokens(), Claim: s.Claim()})
		owners = append(owners, i)
		filed = append(filed, Filed{Deposit: *m.deposit})
	}
	if len(candidates) == 0 {
		return nil, nil, nil
	}
	earlier, err := tx.Earlier(candidates)
	if err != nil {
		return nil, nil, err
	}
	var duplicates []gateway.NoticeDraft
	var told []int
	for i, m := range match.Relate(candidates, earlier) {
		filed[i].Candidate, filed[i].Relations = candidates[i], m.Relations
		if m.Duplicate != "" {
			duplicates, told = append(duplicates, j.duplicate(filed[i], m.Duplicate)), append(told, i)
		}
	}
	if len(duplicates) == 0 {
		return filed, owners, nil
	}
	posted, err := j.ports.Notices.Prepare(ctx, duplicates)
	if err != nil {
		return nil, nil, err
	}
	for i, at := range told {
		filed[at].Notice = &posted[i]
	}
	return filed, owners, nil
}

func (j *Journey) duplicate(f Filed, earlier gateway.ReportID) gateway.NoticeDraft {
	slip := f.Deposit.Slip()
	return gateway.NoticeDraft{To: slip.Peer.Party(), Signal: f.Deposit.Sealed().Body().ID, Notice: gateway.Notice{
		Issuer: j.ports.Issuer, Audience: slip.Peer.OIN(), ID: gateway.NoticeID(gateway.NewUUID(slip.At, nil)),
		Kind: gateway.NoticeOwnDuplicate, ReportID: slip.ReportID, EarlierID: earlier,
		Municipality: f.Deposit.Sealed().Municipality(), Date: gateway.Today(slip.At), IssuedAt: slip.At.UTC()}}
}

func verdictsOf(members []member) []verdict {
	verdicts := make([]verdict, len(members))
	for i, m := range members {
		verdicts[i] = verdict{m.slip.Place, m.answer}
		if m.deposit != nil {
			verdicts[i].answer = Answer{Receipt: m.deposit.Receipt()}
		}
		verdicts[i].answer.ReportID = m.slip.ReportID
	}
	return verdicts
}

func noticed(filed []Filed) []gateway.OIN {
	var creditors []gateway.OIN
	for _, f := range filed {
		if f.Notice != nil {
			creditors = append(creditors, f.Notice.To)
		}
	}
	return creditors
}
