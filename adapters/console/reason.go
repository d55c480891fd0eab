// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/policies"
)

// reason is a code of a refused report, with the rules of policy that give it.
type reason struct {
	Code  string
	Rules []reasonRule // none: the code is not one of policy
}

// reasonRule is a rule as the page of an event names it.
type reasonRule struct {
	Name, Says, Law string
	Link            string // to the rule, in the version that decided; empty for one of the engine itself
}

// reasons looks up the codes of a refused report in the policy that decided;
// nil for any other entry.
func reasons(ctx context.Context, v *visit, policy Policy, x proof.Entry) (all []reason, err error) {
	if x.Result != proof.ResultRefused || !slices.Contains([]audit.Event{audit.ReportRefused, audit.ReportChecked}, audit.Event(x.Event)) {
		return nil, nil
	}
	h, err := policy.History(ctx, v.Visit)
	if err != nil {
		return nil, err
	}
	var documents []policies.Document
	decided := decidedBy(h, x)
	if decided.Exists() {
		one, err := policy.Version(ctx, v.Visit, decided.ID)
		if err != nil {
			return nil, err
		}
		documents = one.Bundle.Documents()
	}
	for _, code := range x.Codes {
		all = append(all, reason{code, rulesWith(v, code, documents, "/beleid/"+string(decided.ID)+"#", gateway.Today(x.At()))})
	}
	return all, nil
}

// decidedBy is the policy that an entry names, or else the one of its moment.
func decidedBy(h adoption.History, x proof.Entry) adoption.Proposal {
	for _, p := range h {
		if x.Policy != "" && hex.EncodeToString(p.Policy.Digest[:]) == x.Policy {
			return p
		}
	}
	return h.InForce(x.At())
}

// rulesWith are the rules with a code that were in force on a day. The log does
// not say which kind a refused report was of, so there may be one for each.
func rulesWith(v *visit, code string, documents []policies.Document, link string, day gateway.Date) (rules []reasonRule) {
	says := func(nl, en string) string {
		if v.Lang == english {
			return en
		}
		return nl
	}
	if r, ok := policies.BuiltIn(code); ok {
		return []reasonRule{{Name: r.Rule, Says: says(r.NL, r.EN), Law: r.Law}}
	}
	for _, d := range documents {
		for _, r := range d.Rules {
			if r.Code == code && r.Holds(day.Time()) {
				rules = append(rules, reasonRule{r.Name, says(r.NL, r.EN), r.Law, link + r.Name})
			}
		}
	}
	return rules
}
