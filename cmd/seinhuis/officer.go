// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/console"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

func newOfficer(g *globals) *cobra.Command {
	return group("officer", "Let privacy officers into the console", `Officers sign in to the console with their organisation's identity provider, or with
a one-time code that an operator gives them, where the configuration allows it.`,
		newOfficerLogin(g))
}

// givenCode is what the command prints.
type givenCode struct {
	Code    string           `json:"code"`
	Account gateway.UUID     `json:"account"`
	Roles   []oversight.Role `json:"roles"`
	Parties []gateway.OIN    `json:"parties,omitempty"`
}

func newOfficerLogin(g *globals) *cobra.Command {
	var roles, parties []string
	var account string
	c := &cobra.Command{
		Use: "login --role ROLE --party OIN", Short: "Give a one-time code to sign in to the console with", Args: exactly(0),
		Long: `Makes a code that works once, within ten minutes, at the sign-in page of the console.
Only its hash is kept. That you gave it is logged, with the account's number.

--role toezicht sees what concerns the parties that --party names; toezicht-verwerker
sees all; beleid proposes and approves policy. Both flags may be repeated. The same officer gets
the same --officer each time: two officers who approve something must be two accounts.`,
		Example: `  seinhuis officer login --role toezicht --party 00000099000000002000
  seinhuis officer login --role toezicht-verwerker --role beleid --officer 5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10`,
	}
	flags := c.Flags()
	flags.StringArrayVar(&roles, "role", nil, "role of the officer: "+join(oversight.Roles(), ", "))
	flags.StringArrayVar(&parties, "party", nil, "OIN of a party that the officer serves")
	flags.StringVar(&account, "officer", "", "account number (UUID) of the officer; a new one when left out")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		return withBooks(cmd.Context(), g, func(b *books) error {
			claims, err := officerClaims(b, roles, parties, account)
			if err != nil {
				return err
			}
			given, err := b.giveCode(cmd, claims)
			if err != nil {
				return err
			}
			return show(cmd, g, given, func(w io.Writer) {
				fmt.Fprintf(w, "code\t%s\naccount\t%s\n", given.Code, given.Account)
			})
		})
	}
	return c
}

// officerClaims reads the flags. A party must be registered: a code for nobody
// that can be would only confuse.
func officerClaims(b *books, roles, parties []string, account string) (oversight.Claims, error) {
	claims := oversight.Claims{Account: gateway.UUID(account), Origin: audit.Local}
	var wrong wrongFlags
	if len(roles) == 0 {
		wrong.add("role", errors.New("is needed: "+join(oversight.Roles(), ", ")))
	}
	for _, r := range roles {
		if !slices.Contains(oversight.Roles(), oversight.Role(r)) {
			wrong.add("role", fmt.Errorf("must be one of: %s", join(oversight.Roles(), ", ")))
		}
		claims.Roles = append(claims.Roles, oversight.Role(r))
	}
	for _, p := range parties {
		oin, err := gateway.ParseOIN(p)
		wrong.add("party", err)
		claims.Parties = append(claims.Parties, oin)
	}
	if slices.Contains(claims.Roles, oversight.RoleParty) && len(parties) == 0 {
		wrong.add("party", errors.New("is needed for the role toezicht: whose entries may be seen"))
	}
	if account == "" {
		claims.Account = console.AccountOf("beheer", string(gateway.NewUUID(b.now, nil)))
	} else {
		_, err := gateway.ParseUUID(account)
		wrong.add("officer", err)
	}
	if b.config.Console == nil || !b.config.Console.OneTime {
		return claims, errors.Join(wrong.err(), notReady(errors.New("this installation takes no one-time codes: set console.eenmalig to true in "+configFile)))
	}
	if b.config.Console.OIDC != nil && slices.Contains(claims.Roles, oversight.RolePolicy) {
		wrong.add("role", errors.New("beleid comes from the identity provider only: a policy takes two officers that it vouches for"))
	}
	return claims, wrong.err()
}

// giveCode writes that a code is given, and gives it.
func (b *books) giveCode(cmd *cobra.Command, claims oversight.Claims) (given givenCode, err error) {
	given = givenCode{Account: claims.Account, Roles: claims.Roles, Parties: claims.Parties}
	err = b.logged(cmd.Context(), func() ([]deed, error) {
		given.Code, err = console.NewCodes(filepath.Join(b.dir, codesDir)).Give(claims, b.now)
		return nil, err
	}, codeGiven(claims))
	return given, err
}

// codeGiven is the entry about a code: whose account, and which roles.
func codeGiven(claims oversight.Claims) deed {
	d := deed{event: audit.OfficerCodeGiven, object: audit.Object(audit.KindService, string(claims.Account))}
	for _, r := range claims.Roles {
		d.codes = append(d.codes, string(r))
	}
	return d
}
