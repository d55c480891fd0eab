// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// WithdrawalRequest (intrekking) is the content with which a creditor takes a
// report back. It has no room for personal data or free text.
type WithdrawalRequest struct {
	ReportID gateway.ReportID
	Reason   WithdrawalReason
	Date     gateway.Date
}

// WithdrawalReason says why a report no longer holds.
type WithdrawalReason string

const (
	ReasonPaid      WithdrawalReason = "betaald"
	ReasonPlan      WithdrawalReason = "betalingsregeling"
	ReasonMistaken  WithdrawalReason = "onterecht-gemeld"
	ReasonObjection WithdrawalReason = "bezwaar"
	ReasonDeceased  WithdrawalReason = "overleden"
)

// WithdrawalReasons lists the closed set, for the contract.
func WithdrawalReasons() []WithdrawalReason {
	return []WithdrawalReason{ReasonPaid, ReasonPlan, ReasonMistaken, ReasonObjection, ReasonDeceased}
}

var withdrawalFields = []intake.Field[WithdrawalRequest]{
	{Name: "meldingId", Required: true, Read: func(_ *intake.Document, w *WithdrawalRequest, v jsontext.Value) (c gateway.Code) {
		w.ReportID, c = intake.ID[gateway.ReportID](v)
		return c
	}},
	{Name: "reden", Required: true, Read: func(_ *intake.Document, w *WithdrawalRequest, v jsontext.Value) (c gateway.Code) {
		w.Reason, c = intake.Choice(v, WithdrawalReasons()...)
		return c
	}},
	{Name: "datum", Required: true, Read: func(_ *intake.Document, w *WithdrawalRequest, v jsontext.Value) (c gateway.Code) {
		w.Date, c = intake.Day(v)
		return c
	}},
}

// withdrawing is a withdrawal on its way into the commit, or only an act to
// write into the log.
type withdrawing struct {
	slip    gateway.Slip
	request WithdrawalRequest
	record  Record
	ready   *Withdrawal
	answer  Answer
}

// Withdraw takes reports back. The municipality finds a message in its mailbox
// and the signal marked; the creditor gets a receipt, under the same promises
// as for a report.
func (j *Journey) Withdraw(ctx context.Context, batch []intake.Submission) ([]Answer, error) {
	opened, refused := intake.Open(ctx, j.ports.Opener, batch)
	members := make([]withdrawing, 0, len(batch))
	for _, r := range refused {
		members = append(members, withdrawing{slip: r.Slip, answer: Answer{Err: r.Err}})
	}
	keys := make([]Key, len(opened))
	for i, o := range opened {
		keys[i] = Key{o.Slip().Peer.OIN(), o.Slip().ReportID}
	}
	records, err := j.ports.Ledger.Records(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, o := range opened {
		members = append(members, readWithdrawal(o, records[i]))
	}
	if err := j.close(ctx, members); err != nil {
		return nil, err
	}
	verdicts, err := j.withdrawals.Do(ctx, members...)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(batch))
	for i := range answers {
		answers[i].Err = gateway.Fail(gateway.KindInternal, errNoVerdict)
	}
	for _, v := range verdicts {
		answers[v.place] = v.answer
	}
	return answers, nil
}

func readWithdrawal(o intake.Opened, r Record) withdrawing {
	w := withdrawing{slip: o.Slip(), record: r}
	if r.Withdrawal.Receipt != nil { // before the content is judged: the first answer stands (invariant I3)
		w.answer = withdrawnBefore(w.slip, r)
		return w
	}
	request, findings := intake.ReadDocument(o.Payload(), withdrawalFields)
	if request.ReportID != "" && request.ReportID != w.slip.ReportID {
		findings = append(findings, intake.NewFinding(gateway.CodeIDMismatch, "/meldingId"))
	}
	if request.Date.After(gateway.Today(w.slip.At)) {
		findings = append(findings, intake.NewFinding(gateway.CodeFutureDate, "/datum"))
	}
	w.request = request
	switch {
	case len(findings) > 0:
		w.answer.Err = gateway.Refuse(gateway.KindInvalid, findings...)
	case !r.Exists():
		w.answer.Err = gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownReport,
			Rule: "Seinhuis formats", Text: "Van deze melding is geen ontvangstbewijs bekend."})
	}
	return w
}

func withdrawnBefore(slip gateway.Slip, r Record) Answer {
	if r.Withdrawal.Digest != slip.Digest {
		return Answer{Err: conflict()}
	}
	return Answer{Receipt: r.Withdrawal.Receipt, Replayed: true}
}

// close seals the messages and signs the receipts of the members that go on.
func (j *Journey) close(ctx context.Context, members []withdrawing) error {
	var at []int
	var pairs []permit.Pair
	for i, m := range members {
		if m.answer.Err == nil && m.answer.Receipt == nil {
			at, pairs = append(at, i), append(pairs, permit.Pair{Creditor: m.slip.Peer.OIN(), Municipality: m.record.Municipality})
		}
	}
	standings, err := j.ports.Register.Standings(ctx, pairs)
	if err != nil {
		return err
	}
	statements := make([]gateway.Statement, len(at))
	for i, place := range at {
		m := members[place]
		statements[i] = receipt(m.slip, gateway.Receipt{Issuer: j.ports.Issuer, About: "intrekking", Municipality: m.record.Municipality})
	}
	receipts, err := j.ports.Receipts.Sign(ctx, statements)
	if err != nil {
		return err
	}
	for i, place := range at {
		record := members[place].record
		record.Withdrawal = Withdrawn{Digest: members[place].slip.Digest, Receipt: receipts[i]}
		members[place].ready = &Withdrawal{Record: record, Slip: members[place].slip}
	}
	return j.messages(ctx, members, at, standings)
}

// messages seals what the municipalities will read. One that has left or has
// no valid key gets none: its signal is marked all the same, and it never fails
// the others.
func (j *Journey) messages(ctx context.Context, members []withdrawing, at []int, standings []permit.Standing) error {
	var drafts []seal.Draft
	var owners []int
	for i, place := range at {
		m, to := members[place], standings[i].Municipality
		if to.State != gateway.PartyActive || len(to.KeysFor(gateway.KeyEncrypt, m.slip.At)) == 0 {
			continue
		}
		id := gateway.SignalID(gateway.NewUUID(m.slip.At, nil))
		owners = append(owners, place)
		drafts = append(drafts, seal.Draft{ID: id, To: to, Slip: m.slip,
			Content: seal.WithdrawalContent(id, m.record.Municipality, m.slip,
				seal.PlainWithdrawal{Concerns: m.record.Signal, Reason: string(m.request.Reason), Date: m.request.Date})})
	}
	closed, err := seal.Close(ctx, j.ports.Sealer, j.ports.Wrapper, drafts)
	if err != nil {
		return err
	}
	for i, place := range owners {
		members[place].ready.Body = closed[i]
	}
	return nil
}

// writeWithdrawals is the one transaction of withdrawals.
func (j *Journey) writeWithdrawals(ctx context.Context, members []withdrawing) ([]verdict, error) {
	var closed []seal.Body
	for _, m := range members {
		if m.ready != nil && m.ready.Body.ID != "" {
			closed = append(closed, m.ready.Body)
		}
	}
	var verdicts []verdict
	err := j.ports.Ledger.Write(ctx, closed, func(tx Tx) error {
		members := append([]withdrawing(nil), members...)
		if err := settleWithdrawals(tx, members); err != nil {
			return err
		}
		verdicts = verdicts[:0]
		var entries []audit.Entry
		var ready []Withdrawal
		var owners []int
		for i, m := range members {
			e, err := withdrawalEntry(m)
			if err != nil {
				return err
			}
			entries = append(entries, e)
			verdicts = append(verdicts, verdict{m.slip.Place, m.answer})
			if m.ready != nil {
				verdicts[i].answer = Answer{Receipt: m.ready.Record.Withdrawal.Receipt}
				ready, owners = append(ready, *m.ready), append(owners, i)
			}
		}
		first, err := tx.Append(entries)
		if err != nil {
			return err
		}
		for i := range ready {
			ready[i].Record.Withdrawal.Entry = first + int64(owners[i])
		}
		return tx.Withdraw(ready)
	})
	return verdicts, err
}

// settleWithdrawals looks again for a withdrawal that was committed meanwhile,
// or that stands earlier in this group.
func settleWithdrawals(tx Tx, members []withdrawing) error {
	var keys []Key
	var at []int
	for i, m := range members {
		if m.ready != nil {
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
	taken := map[Key]Record{}
	for i, key := range keys {
		m := &members[at[i]]
		record := records[i]
		if earlier, ok := taken[key]; ok {
			record = earlier
		}
		if record.Withdrawal.Receipt != nil {
			m.ready, m.answer = nil, withdrawnBefore(m.slip, record)
			continue
		}
		taken[key] = m.ready.Record
	}
	return nil
}

func withdrawalEntry(m withdrawing) (audit.Entry, error) {
	by := audit.ByPeer(m.slip.Peer, m.slip.Trace)
	object := audit.Object(audit.KindReport, string(m.slip.Peer.OIN()), string(m.slip.ReportID))
	options := []audit.Option{audit.Digest(m.slip.Digest)}
	event := audit.ReportWithdrawn
	switch {
	case m.ready != nil:
		options = append(options, audit.Receipt(string(m.ready.Record.Withdrawal.Receipt)), audit.Codes(string(m.request.Reason)))
	case m.answer.Err != nil:
		options = append(options, audit.Refused(audit.CodesOf(m.answer.Err)...))
	default:
		event = audit.ReportRepeated
	}
	return audit.New(event, by, object, m.slip.At, options...)
}
