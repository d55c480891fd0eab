// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"

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
		numberFormat: p.NumberFormat, receiptAlg: p.ReceiptAlg, rsaOAEP: p.MayRSAOAEP}
	any := false
	for name, take := range map[string]func(){
		"name":          func() { whole.name = f.name },
		"number-format": func() { whole.numberFormat = f.numberFormat },
		"receipt-alg":   func() { whole.receiptAlg = f.receiptAlg },
		"rsa-oaep":      func() { whole.rsaOAEP = f.rsaOAEP },
	} {
		if given(name) {
			take()
			any = true
		}
	}
	if !any {
		return p, usage(errors.New("name what must change: --name, --number-format, --receipt-alg or --rsa-oaep"))
	}
	changed, err := whole.party()
	changed.State, changed.Keys = p.State, p.Keys
	return changed, err
}
