// SPDX-License-Identifier: EUPL-1.2

package journey

import (
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// member is one thing that goes into the commit: a deposit to file, or only an
// act to write into the log (a refusal, a replay, a check).
type member struct {
	slip    gateway.Slip
	deposit *mailbox.Deposit
	event   audit.Event
	answer  Answer // of members without a deposit
	judged  bool   // refused for what it says, or by what was true after the look for its id
}

// verdict is what the commit decided about a member.
type verdict struct {
	place  int
	answer Answer
}

// desk gathers the members of one batch and hands back the answers in order.
type desk struct {
	size    int
	members []member
}

func newDesk(size int) *desk { return &desk{size: size} }

func (d *desk) add(members []member) { d.members = append(d.members, members...) }

func (d *desk) refuse(refused []gateway.Refused) {
	for _, r := range refused {
		d.members = append(d.members, member{slip: r.Slip, event: audit.ReportRefused, answer: Answer{Err: r.Err}})
	}
}

// refuseJudged is refuse for letters that were opened: the commit looks once more
// whether their ids were taken meanwhile.
func (d *desk) refuseJudged(refused []gateway.Refused) {
	for _, r := range refused {
		d.members = append(d.members, member{slip: r.Slip, event: audit.ReportRefused, answer: Answer{Err: r.Err}, judged: true})
	}
}

func (d *desk) deposit(deposits []mailbox.Deposit) {
	for _, p := range deposits {
		d.members = append(d.members, member{slip: p.Slip(), deposit: &p})
	}
}

// check turns both outcomes into acts that only leave a line in the log.
func (d *desk) check(sealed []seal.Sealed, refused []gateway.Refused) {
	for _, s := range sealed {
		d.members = append(d.members, member{slip: s.Slip(), event: audit.ReportChecked, answer: Answer{Warnings: seal.Warnings(s.Decision())}})
	}
	for _, r := range refused {
		d.members = append(d.members, member{slip: r.Slip, event: audit.ReportChecked, answer: Answer{Err: r.Err}})
	}
}

func (d *desk) checkKnown(known []member) {
	for _, m := range known {
		m.event, m.answer.Receipt, m.answer.Replayed = audit.ReportChecked, nil, m.answer.Err == nil
		d.members = append(d.members, m)
	}
}

func (d *desk) answers(verdicts []verdict) []Answer {
	answers := make([]Answer, d.size)
	for i := range answers { // a member without a verdict is our fault, not consent
		answers[i].Err = gateway.Fail(gateway.KindInternal, errNoVerdict)
	}
	for _, v := range verdicts {
		answers[v.place] = v.answer
	}
	return answers
}
