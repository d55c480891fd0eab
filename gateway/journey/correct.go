// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"context"
	"encoding/hex"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// MaxCorrections bounds how often one report is corrected: each time its
// municipality reads the whole report again.
const MaxCorrections = 20

// CorrectionSubmission is a report anew (AVG art. 16), as a door received it
// under the id of the report and its own.
type CorrectionSubmission struct {
	intake.Submission
	Correction gateway.CorrectionID
}

// correcting is a correction on its way into the commit, or only an act to
// write into the log.
type correcting struct {
	slip    gateway.Slip
	record  Record
	deposit *mailbox.Deposit
	answer  Answer
	judged  bool // refused for what it says, or by what was true after the look for its id
}

// Correct takes reports anew, under the ids of reports that were filed. Each
// goes the whole journey again, under the policy of today, and lies in the
// mailbox as a message about the first signal; the creditor gets a receipt
// under the same promises as for a report.
func (j *Journey) Correct(ctx context.Context, batch []CorrectionSubmission) ([]Answer, error) {
	letters := make([]intake.Submission, len(batch))
	for i, s := range batch {
		letters[i] = s.Submission
	}
	opened, refused := intake.Open(ctx, j.ports.Opener, letters)
	for i := range refused {
		refused[i].Slip.Correction = batch[refused[i].Slip.Place].Correction
	}
	keys := make([]Key, len(opened))
	for i, o := range opened {
		keys[i] = Key{o.Slip().Peer.OIN(), o.Slip().ReportID}
	}
	found, err := j.ports.Ledger.Records(ctx, keys)
	if err != nil {
		return nil, err
	}
	var members []correcting
	var fresh []intake.Opened
	records := map[int]Record{} // by place
	for i, o := range opened {
		o = o.Correcting(found[i].Signal, batch[o.Slip().Place].Correction)
		// Before the content is judged: the first answer stands (invariant I3).
		if answer, settled := correctable(o.Slip(), found[i]); settled {
			members = append(members, correcting{slip: o.Slip(), answer: answer})
			continue
		}
		records[o.Slip().Place], fresh = found[i], append(fresh, o)
	}
	ready, unready, err := j.judgeAgain(ctx, fresh, records)
	if err != nil {
		return nil, err
	}
	for _, r := range refused {
		members = append(members, correcting{slip: r.Slip, answer: Answer{Err: r.Err}})
	}
	for _, r := range unready {
		members = append(members, correcting{slip: r.Slip, record: records[r.Slip.Place], answer: Answer{Err: r.Err}, judged: true})
	}
	verdicts, err := j.corrections.Do(ctx, append(members, ready...)...)
	if err != nil {
		return nil, err
	}
	return newDesk(len(batch)).answers(verdicts), nil
}

// judgeAgain takes corrections through the steps of a report, up to a signed
// receipt. What then belongs elsewhere is refused: a signal does not change its
// mailbox.
func (j *Journey) judgeAgain(ctx context.Context, fresh []intake.Opened, records map[int]Record) ([]correcting, []gateway.Refused, error) {
	accepted, refused := intake.Read(fresh)
	sealed, unready, err := j.prepare(ctx, accepted)
	if err != nil {
		return nil, nil, err
	}
	refused = append(refused, unready...)
	var stay []seal.Sealed
	for _, s := range sealed {
		if findings := strays(s, records[s.Slip().Place]); len(findings) > 0 {
			refused = append(refused, gateway.Refused{Slip: s.Slip(), Err: gateway.Refuse(gateway.KindRefused, findings...)})
			continue
		}
		stay = append(stay, s)
	}
	deposits, err := j.deposits(ctx, stay)
	if err != nil {
		return nil, nil, err
	}
	ready := make([]correcting, len(deposits))
	for i, d := range deposits {
		ready[i] = correcting{slip: d.Slip(), record: records[d.Slip().Place], deposit: &d}
	}
	return ready, refused, nil
}

// strays finds in what a correction would no longer be about the same signal.
func strays(s seal.Sealed, r Record) (findings []gateway.Finding) {
	if s.Municipality() != r.Municipality {
		findings = append(findings, gateway.Finding{Code: gateway.CodeElsewhere, Pointer: "/adres", Rule: "Seinhuis formats",
			Text: "Dit adres ligt in een andere gemeente dan de melding; trek de melding in en doe een nieuwe."})
	}
	if s.Kind() != r.Kind {
		findings = append(findings, gateway.Finding{Code: gateway.CodeOtherKind, Pointer: "/soort", Rule: "Seinhuis formats",
			Text: "Een correctie heeft dezelfde soort als de melding; trek de melding in en doe een nieuwe."})
	}
	return findings
}

// correctable answers what needs no judging: a correction that was made before,
// or one of a report that cannot be corrected.
func correctable(slip gateway.Slip, r Record) (a Answer, settled bool) {
	if a, settled := corrected(slip, r); settled {
		return a, true
	}
	switch {
	case !r.Exists():
		return Answer{Err: gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownReport,
			Rule: "Seinhuis formats", Text: "Van deze melding is geen ontvangstbewijs bekend."})}, true
	case r.Withdrawal.Receipt != nil:
		return Answer{Err: gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: gateway.CodeWithdrawn, Pointer: "/meldingId",
			Rule: "Seinhuis formats", Text: "Deze melding is ingetrokken; er valt niets te corrigeren."})}, true
	case len(r.Corrections) >= MaxCorrections:
		return Answer{Err: gateway.Refuse(gateway.KindRefused, gateway.Finding{Code: gateway.CodeTooCorrected, Pointer: "/meldingId",
			Rule: "Seinhuis formats", Text: "Deze melding is al zo vaak gecorrigeerd als mag; trek haar in en doe een nieuwe."})}, true
	}
	return Answer{}, false
}

// corrected answers a correction whose id is taken.
func corrected(slip gateway.Slip, r Record) (a Answer, settled bool) {
	for _, c := range r.Corrections {
		if c.ID != slip.Correction {
			continue
		}
		if c.Digest != slip.Digest {
			return Answer{Err: gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict, Pointer: "/correctieId",
				Rule: "Seinhuis formats", Text: "Onder dit id is al andere inhoud ontvangen; gebruik een nieuw id."})}, true
		}
		return Answer{Receipt: c.Receipt, Replayed: true}, true
	}
	return Answer{}, false
}

func correctionEntry(m correcting) (audit.Entry, error) {
	by := audit.ByPeer(m.slip.Peer, m.slip.Trace)
	object := audit.Object(audit.KindReport, string(m.slip.Peer.OIN()), string(m.slip.ReportID))
	options := []audit.Option{audit.Digest(m.slip.Digest)}
	event := audit.ReportCorrected
	switch {
	case m.deposit != nil:
		decision := m.deposit.Sealed().Decision()
		options = append(options, audit.Receipt(string(m.deposit.Receipt())),
			audit.Policy(hex.EncodeToString(decision.Policy.Digest[:])), audit.Codes(texts(seal.Warnings(decision))...))
	case m.answer.Err != nil:
		options = append(options, audit.Refused(audit.CodesOf(m.answer.Err)...))
	default:
		event = audit.ReportRepeated
	}
	return audit.New(event, by, object, m.slip.At, options...)
}
