// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

func newKeysRekey(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "rekey NEW-UNLOCK-FILE", Short: "Seal the keyring under a new unlock secret", Args: exactly(1),
		Long: `Makes a new unlock secret in NEW-UNLOCK-FILE (relative to --dir, and not there
yet) and seals the keyring under it. Copies of the keyring from before stay
readable with the old secret: once every copy of that secret is destroyed, they
are lost, and with them all keys that were destroyed since.

Stop the gateway first. Then name the new file in seinhuis.yaml (ontgrendeling),
start the gateway, run: seinhuis doctor, and destroy the old secret wherever it is.`,
		Example: "  seinhuis keys rekey ontgrendeling-2",
		RunE: func(cmd *cobra.Command, args []string) error {
			release, err := lockInstallation(g.dir)
			if err != nil {
				return err
			}
			defer release()
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				local, err := inKeyring(ring)
				if err != nil {
					return err
				}
				unlock := keyring.NewUnlock()
				defer clear(unlock)
				path := in(b.dir, args[0])
				// The secret is on disk before the keyring needs it. It stays there when
				// something fails: it may be the only way in.
				if err := keyring.WriteUnlock(path, unlock); err != nil {
					return err
				}
				n := deed{event: audit.KeyMade, object: audit.Object(audit.KindKey), codes: []string{"ontgrendeling"}}
				if err := b.logged(cmd.Context(), func() ([]deed, error) { return nil, local.Rekey(cmd.Context(), unlock) }, n); err != nil {
					return fmt.Errorf("%w (keep both unlock secrets until seinhuis keys list answers with one of them)", err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "the keyring opens with %s only; name it in %s (ontgrendeling), then destroy the old secret\n", path, configFile)
				return nil
			})
		},
	}
}
