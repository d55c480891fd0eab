// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

func newPartyChange(g *globals) *cobra.Command {
	var f partyFlags
	c := &cobra.Command{
		Use: "change OIN", Short: "Change what is registered about a party, but its keys and state", Args: exactly(1),
		Long: `Changes only what a flag names. What a party is (its kind and municipality) cannot
change: end it and register another.`,
		Example: "  seinhuis party change 00000099000000110001 --number-format '[0-9]{9}' --receipt-alg PS256",
	}
	flags := c.Flags()
	flags.StringVar(&f.name, "name", "", "name of the organisation")
	flags.StringVar(&f.numberFormat, "number-format", "", "regular expression (RE2) of the creditor's own customer numbers; empty for none")
	flags.StringVar(&f.receiptAlg, "receipt-alg", "", "what we sign for it: ES256 or PS256")
	flags.BoolVar(&f.rsaOAEP, "rsa-oaep", false, "accept RSA-OAEP with SHA-1 from it")
	flags.IntVar(&f.bodyDays, "body-days", 0, "a gemeente's own term of sealed bodies, in days; at most the policy's")
	flags.IntVar(&f.tokenDays, "token-days", 0, "a gemeente's own term of match tokens, in days; at most the policy's")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return withBooks(cmd.Context(), g, func(b *books) error {
			p, err := b.known(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if p.State == gateway.PartyEnded {
				return mayBecome(p, gateway.PartyActive)
			}
			if p, err = f.change(p, flags.Changed); err != nil {
				return err
			}
			if err := b.termsFit(cmd.Context(), p, flags.Changed); err != nil {
				return err
			}
			if err := b.prepareFor(cmd.Context(), p); err != nil {
				return err
			}
			if err := b.registrar().Enrol(cmd.Context(), p); err != nil {
				return err
			}
			return showParty(cmd, g, p, b.now)
		})
	}
	return c
}

// change takes over the flags that were given, and checks the whole as add does.
func (f partyFlags) change(p gateway.Party, given func(string) bool) (gateway.Party, error) {
	whole := partyFlags{oin: string(p.OIN), name: p.Name, kind: string(p.Kind), municipality: string(p.Municipality),
		numberFormat: p.NumberFormat, receiptAlg: p.ReceiptAlg, rsaOAEP: p.MayRSAOAEP, bodyDays: p.BodyDays, tokenDays: p.TokenDays}
	any := false
	for name, take := range map[string]func(){
		"name":          func() { whole.name = f.name },
		"number-format": func() { whole.numberFormat = f.numberFormat },
		"receipt-alg":   func() { whole.receiptAlg = f.receiptAlg },
		"rsa-oaep":      func() { whole.rsaOAEP = f.rsaOAEP },
		"body-days":     func() { whole.bodyDays = f.bodyDays },
		"token-days":    func() { whole.tokenDays = f.tokenDays },
	} {
		if given(name) {
			take()
			any = true
		}
	}
	if !any {
		return p, usage(errors.New("name what must change: --name, --number-format, --receipt-alg, --rsa-oaep, --body-days or --token-days"))
	}
	changed, err := whole.party()
	changed.State, changed.Keys = p.State, p.Keys
	changed.BodyDays, changed.TokenDays = whole.bodyDays, whole.tokenDays
	return changed, err
}

// termsFit refuses a term of a municipality's own that the policy would never
// give: the shorter of the two counts, so a longer one would only mislead. What
// is in the store already keeps the term that it came with.
func (b *books) termsFit(ctx context.Context, p gateway.Party, given func(string) bool) error {
	if !given("body-days") && !given("token-days") {
		return nil
	}
	policy, err := b.policy(ctx)
	if err != nil {
		return err
	}
	longest := policy.LongestTerms(gateway.Today(b.now).Time())
	var wrong wrongFlags
	for _, term := range []struct {
		flag          string
		days, longest int
	}{{"body-days", p.BodyDays, longest.Body}, {"token-days", p.TokenDays, longest.Tokens}} {
		switch {
		case !given(term.flag):
		case p.Kind != gateway.KindMunicipality:
			wrong.add(term.flag, errors.New("only a gemeente has terms of its own"))
		case term.days < 1:
			wrong.add(term.flag, errors.New("must be at least 1 day"))
		case term.days > term.longest:
			wrong.add(term.flag, fmt.Errorf("is longer than the %d days that the policy gives; a municipality may only keep shorter", term.longest))
		}
	}
	return wrong.err()
}
