// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

func newParty(g *globals) *cobra.Command {
	return group("party", "Register who takes part", `A party is a creditor (meldende-partij), a municipality (gemeente) or a privacy
officer's client (functionaris), known by its OIN. A running gateway notices a
change within a second.`,
		newPartyAdd(g), newPartyList(g), newPartyShow(g), newPartyChange(g), newPartyKeys(g), newPartyKit(g), newPartyWebhook(g),
		newPartyState(g, "suspend", "Keep a party out until it is resumed", gateway.PartySuspended),
		newPartyState(g, "resume", "Let a suspended party in again", gateway.PartyActive),
		newPartyState(g, "end", "End a party's registration; its history stays", gateway.PartyEnded))
}

// partyFlags are the command line of party add.
type partyFlags struct {
	oin, name, kind, municipality string
	statement                     string
	numberFormat, receiptAlg      string
	rsaOAEP                       bool
	bodyDays, tokenDays           int
}

func newPartyAdd(g *globals) *cobra.Command {
	var f partyFlags
	c := &cobra.Command{
		Use: "add --oin OIN --name NAME --kind KIND", Short: "Register a party",
		Long: `Registers a party. Its keys come from a key statement (sleutelverklaring), made by
the party itself with "sein sleutels verklaring": a private key never comes here.
Compare the key ids that this prints with the party, by another way than it came.`,
		Example: `  seinhuis party add --oin 00000099000000110001 --name "Voorbeeld Energie" --kind meldende-partij --keys verklaring.jws
  seinhuis party add --oin 00000099000000220001 --name "Gemeente Nijmegen" --kind gemeente --municipality GM0268`,
		Args: exactly(0),
	}
	flags := c.Flags()
	flags.StringVar(&f.oin, "oin", "", "organisation identification number (20 characters)")
	flags.StringVar(&f.name, "name", "", "name of the organisation")
	flags.StringVar(&f.kind, "kind", "", "meldende-partij, gemeente or functionaris")
	flags.StringVar(&f.municipality, "municipality", "", "code of a gemeente, such as GM0268")
	flags.StringVar(&f.statement, "keys", "", "file with the party's key statement")
	flags.StringVar(&f.numberFormat, "number-format", "", "regular expression (RE2) of the creditor's own customer numbers")
	flags.StringVar(&f.receiptAlg, "receipt-alg", "", "what we sign for it: ES256 (default) or PS256")
	flags.BoolVar(&f.rsaOAEP, "rsa-oaep", false, "accept RSA-OAEP with SHA-1 from it (conformance with the Dutch module)")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		p, err := f.party()
		if err != nil {
			return err
		}
		return withBooks(cmd.Context(), g, func(b *books) error { return b.addParty(cmd, g, p, f.statement) })
	}
	return c
}

// party checks the flags, all at once.
func (f partyFlags) party() (gateway.Party, error) {
	var wrong wrongFlags
	p := gateway.Party{Kind: gateway.PartyKind(f.kind), Name: f.name, State: gateway.PartyActive,
		ReceiptAlg: f.receiptAlg, NumberFormat: f.numberFormat, MayRSAOAEP: f.rsaOAEP}
	var err error
	p.OIN, err = gateway.ParseOIN(f.oin)
	wrong.add("oin", err)
	wrong.need("name", f.name)
	switch p.Kind {
	case gateway.KindMunicipality:
		p.Municipality, err = gateway.ParseMunicipality(f.municipality)
		wrong.add("municipality", err)
	case gateway.KindCreditor, gateway.KindOfficer:
		if f.municipality != "" {
			wrong.add("municipality", errors.New("only a gemeente has one"))
		}
	default:
		wrong.add("kind", errors.New("must be meldende-partij, gemeente or functionaris"))
	}
	if f.receiptAlg != "" && f.receiptAlg != "ES256" && f.receiptAlg != "PS256" {
		wrong.add("receipt-alg", errors.New("must be ES256 or PS256"))
	}
	if _, err := regexp.Compile(f.numberFormat); err != nil {
		wrong.add("number-format", errors.New("is no regular expression (RE2)"))
	}
	if f.numberFormat != "" && p.Kind != gateway.KindCreditor {
		wrong.add("number-format", errors.New("only a meldende-partij has customer numbers"))
	}
	return p, wrong.err()
}

func (b *books) addParty(cmd *cobra.Command, g *globals, p gateway.Party, statement string) error {
	ctx := cmd.Context()
	if err := b.mustBeNew(ctx, p); err != nil {
		return err
	}
	if statement != "" {
		keys, err := readStatement(statement, p, b.now)
		if err != nil {
			return err
		}
		p.Keys = keys
	}
	if err := b.prepareFor(ctx, p); err != nil {
		return err
	}
	if err := b.registrar().Enrol(ctx, p); err != nil {
		return err
	}
	return showParty(cmd, g, p, b.now)
}

// mustBeNew refuses an OIN that is there: add may not overwrite by a slip. It
// also refuses a second active party for one municipality.
func (b *books) mustBeNew(ctx context.Context, p gateway.Party) error {
	parties, err := b.truth.Register.Parties(ctx)
	if err != nil {
		return err
	}
	for _, known := range parties {
		if known.OIN == p.OIN {
			return fmt.Errorf("party %s is registered already; change it with: seinhuis party change, keys, suspend, resume or end", p.OIN)
		}
		if p.Municipality != "" && known.Municipality == p.Municipality && known.State == gateway.PartyActive {
			return fmt.Errorf("%s is registered for %s already; end or suspend that party first", known.OIN, p.Municipality)
		}
	}
	return nil
}

// known finds a registered party.
func (b *books) known(ctx context.Context, text string) (gateway.Party, error) {
	oin, err := gateway.ParseOIN(text)
	if err != nil {
		return gateway.Party{}, usage(err)
	}
	p, err := b.registrar().Party(ctx, oin)
	if err == nil && p.OIN == "" {
		err = fmt.Errorf("party %s is not registered; see: seinhuis party list", oin)
	}
	return p, err
}

func newPartyState(g *globals, verb, short string, state gateway.PartyState) *cobra.Command {
	return &cobra.Command{
		Use: verb + " OIN", Short: short, Args: exactly(1),
		Example: "  seinhuis party " + verb + " 00000099000000110001",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				p, err := b.known(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if err := mayBecome(p, state); err != nil {
					return err
				}
				if p.State != state {
					p.State = state
					if err := b.registrar().Enrol(cmd.Context(), p); err != nil {
						return err
					}
				}
				return showParty(cmd, g, p, b.now)
			})
		},
	}
}

// mayBecome keeps an ended party ended: a new registration is a new decision.
func mayBecome(p gateway.Party, state gateway.PartyState) error {
	if p.State == gateway.PartyEnded && state != gateway.PartyEnded {
		return fmt.Errorf("party %s has ended, which is final", p.OIN)
	}
	return nil
}
