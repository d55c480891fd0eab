// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

// partyView is a party as the commands print it. Keys are public halves.
type partyView struct {
	OIN          gateway.OIN          `json:"oin"`
	Name         string               `json:"name"`
	Kind         gateway.PartyKind    `json:"kind"`
	State        gateway.PartyState   `json:"state"`
	Municipality gateway.Municipality `json:"municipality,omitempty"`
	ReceiptAlg   string               `json:"receiptAlgorithm"`
	NumberFormat string               `json:"numberFormat,omitempty"`
	MayRSAOAEP   bool                 `json:"mayRsaOaep"`
	BodyDays     int                  `json:"bodyDays,omitempty"`
	TokenDays    int                  `json:"tokenDays,omitempty"`
	Keys         []partyKeyView       `json:"keys"`
	Missing      []gateway.KeyUse     `json:"missing,omitempty"` // uses without a valid key
}

type partyKeyView struct {
	ID        string         `json:"kid"`
	Use       gateway.KeyUse `json:"use"`
	Algorithm string         `json:"alg"`
	From      string         `json:"from"`
	Until     string         `json:"until,omitempty"`
	Valid     bool           `json:"valid"`
}

func viewParty(p gateway.Party, now time.Time) partyView {
	v := partyView{OIN: p.OIN, Name: p.Name, Kind: p.Kind, State: p.State, Municipality: p.Municipality,
		ReceiptAlg: p.ReceiptAlg, NumberFormat: p.NumberFormat, MayRSAOAEP: p.MayRSAOAEP, BodyDays: p.BodyDays, TokenDays: p.TokenDays,
		Keys: []partyKeyView{}, Missing: missingKeys(p, now)}
	if v.ReceiptAlg == "" {
		v.ReceiptAlg = "ES256"
	}
	for _, k := range p.Keys {
		v.Keys = append(v.Keys, partyKeyView{k.ID, k.Use, k.Algorithm, moment(k.From), moment(k.Until), k.ValidAt(now)})
	}
	return v
}

// missingKeys says for which uses a party has no key that is valid now.
func missingKeys(p gateway.Party, now time.Time) []gateway.KeyUse {
	var uses, missing []gateway.KeyUse
	switch p.Kind {
	case gateway.KindCreditor:
		uses = []gateway.KeyUse{gateway.KeySign}
	case gateway.KindMunicipality:
		uses = []gateway.KeyUse{gateway.KeySign, gateway.KeyEncrypt}
	}
	for _, use := range uses {
		if len(p.KeysFor(use, now)) == 0 {
			missing = append(missing, use)
		}
	}
	return missing
}

func showParty(cmd *cobra.Command, g *globals, p gateway.Party, now time.Time) error {
	v := viewParty(p, now)
	return show(cmd, g, v, func(w io.Writer) { v.print(w) })
}

func (v partyView) print(w io.Writer) {
	fmt.Fprintf(w, "%s\t%s\n", v.OIN, v.Name)
	fmt.Fprintf(w, "kind\t%s %s\n", v.Kind, v.Municipality)
	fmt.Fprintf(w, "state\t%s\n", v.State)
	fmt.Fprintf(w, "receipts\t%s\n", v.ReceiptAlg)
	if v.NumberFormat != "" {
		fmt.Fprintf(w, "customer numbers\t%s\n", v.NumberFormat)
	}
	if v.MayRSAOAEP {
		fmt.Fprintf(w, "RSA-OAEP\taccepted\n")
	}
	if v.BodyDays > 0 {
		fmt.Fprintf(w, "bodies\tkept at most %d days\n", v.BodyDays)
	}
	if v.TokenDays > 0 {
		fmt.Fprintf(w, "tokens\tkept at most %d days\n", v.TokenDays)
	}
	for _, k := range v.Keys {
		state := "valid"
		if !k.Valid {
			state = "not valid now"
		}
		fmt.Fprintf(w, "key\t%s %s %s from %s until %s (%s)\n", k.Use, k.Algorithm, k.ID, k.From, orDash(k.Until), state)
	}
	for _, use := range v.Missing {
		fmt.Fprintf(w, "missing\ta key for %s; add it with: seinhuis party keys %s STATEMENT.jws\n", use, v.OIN)
	}
}

func newPartyList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the parties", Example: "  seinhuis party list --json", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				parties, err := b.truth.Register.Parties(cmd.Context())
				if err != nil {
					return err
				}
				views := []partyView{}
				for _, p := range parties {
					views = append(views, viewParty(p, b.now))
				}
				return show(cmd, g, views, func(w io.Writer) {
					for _, v := range views {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d keys\t%s\n", v.OIN, v.Kind, orDash(string(v.Municipality)), v.State, len(v.Keys), v.Name)
					}
				})
			})
		},
	}
}

func newPartyShow(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "show OIN", Short: "Show a party with its keys",
		Example: "  seinhuis party show 00000099000000110001", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), g, func(b *books) error {
				p, err := b.known(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return showParty(cmd, g, p, b.now)
			})
		},
	}
}
