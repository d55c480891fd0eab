// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
)

func newKeysDestroy(g *globals) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "destroy-scope SCOPE --yes", Short: "Erase all bodies of a scope, by its key", Args: exactly(1),
		Long: `Destroys the key of a scope, such as GM0268/2026-11: every sealed body of that
municipality and month becomes unreadable, in the store and in backups of it.
It cannot be undone. Copies of the keyring itself still hold the key until they
cannot be opened any more: run seinhuis keys rekey, and destroy the old secret.`,
		Example: "  seinhuis keys destroy-scope GM0268/2025-11 --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkScope(args[0], time.Now()); err != nil {
				return usage(err)
			}
			if !yes {
				return usage(errors.New("this erases for ever what the scope seals; say --yes to do it"))
			}
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				n := deed{event: audit.KeyDestroyed, object: audit.Object(audit.KindKey, strings.Split(args[0], "/")...), codes: []string{string(keys.BodyWrapping)}}
				err := b.logged(cmd.Context(), func() ([]deed, error) { return nil, ring.Destroy(cmd.Context(), args[0]) }, n)
				if err != nil {
					return err
				}
				return showKeys(cmd, g, ring)
			})
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "yes, erase it for ever")
	return c
}

// checkScope takes only the form that the gateway gives scopes, because a
// mistyped scope would be destroyed in vain and for ever. A month that has not
// passed is refused: nothing more could be sealed in it.
func checkScope(scope string, now time.Time) error {
	owner, month, _ := strings.Cut(scope, "/")
	_, notMunicipality := gateway.ParseMunicipality(owner)
	_, notOIN := gateway.ParseOIN(owner)
	_, notMonth := gateway.ParseDate(month + "-01")
	if notMonth != nil || notMunicipality != nil && notOIN != nil {
		return errors.New("SCOPE is a municipality or OIN and a month, such as GM0268/2026-11")
	}
	if month >= gateway.Today(now).String()[:len(month)] {
		return errors.New("this month has not passed: without its key every new report of the scope would be refused")
	}
	return nil
}
