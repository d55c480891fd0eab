// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/backup"
)

func newBackupKey(g *globals) *cobra.Command {
	return group("key", "Make the recovery key, and register its public half",
		`Archives are encrypted to a recovery key. Make it on a machine that is not the
gateway, keep the private half in a safe (and a second copy in another), and bring
only FILE.pub to the gateway.`, newBackupKeyNew(), newBackupKeyRegister(g))
}

// recoveryView is a recovery key for machines.
type recoveryView struct {
	ID     string `json:"id"`
	Secret string `json:"secretFile,omitempty"`
	Public string `json:"publicFile"`
}

func newBackupKeyNew() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "new --to FILE", Short: "Make a recovery key; needs no installation", Args: exactly(0),
		Long: `Writes the private half to FILE and the public half to FILE.pub. Whoever has FILE and
an archive can read truth; without FILE an archive is of no use to anyone, you included.`,
		Example: `  seinhuis backup key new --to /media/kluis/herstelsleutel`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var w wrongFlags
			w.need("to", to)
			if err := w.err(); err != nil {
				return err
			}
			secret, err := backup.NewRecoverySecret()
			if err != nil {
				return err
			}
			text, err := secret.Reveal()
			if err != nil {
				return err
			}
			if err := writeNew(to, []byte(text), 0o600); err != nil {
				return err
			}
			v := recoveryView{secret.Public().ID(), to, to + ".pub"}
			if err := writeNew(v.Public, []byte(secret.Public().Text()), 0o644); err != nil {
				return err
			}
			return show(cmd, &globals{json: jsonWanted(cmd)}, v, func(w io.Writer) {
				fmt.Fprintf(w, "secret\t%s (keep it off every server, twice)\npublic\t%s\nid\t%s\n", v.Secret, v.Public, v.ID)
				fmt.Fprintf(w, "next\tseinhuis backup key register %s\n", filepath.Base(v.Public))
			})
		},
	}
	c.Flags().StringVar(&to, "to", "", "file for the private half (required)")
	return c
}

// jsonWanted reads the flag that every command knows.
func jsonWanted(cmd *cobra.Command) bool {
	f := cmd.Flag("json")
	return f != nil && f.Value.String() == "true"
}

func newBackupKeyRegister(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "register FILE.pub", Short: "Let archives from now on be encrypted to this key", Args: exactly(1),
		Long: `Puts the public half into the installation. Archives that were made before need the
private half of the key of their own time: keep it as long as you keep them.`,
		Example: "  seinhuis backup key register herstelsleutel.pub",
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := readRecoveryKey(args[0])
			if err != nil {
				return err
			}
			return withBooks(cmd.Context(), g, func(b *books) error {
				path := filepath.Join(b.dir, recoveryFile)
				act := func() ([]deed, error) { return nil, replaceFile(path, []byte(key.Text()), 0o644) }
				err := b.logged(cmd.Context(), act, deed{event: audit.KeyMade, object: audit.Object(audit.KindKey, key.ID()), codes: []string{"herstelsleutel"}})
				if err != nil {
					return err
				}
				v := recoveryView{ID: key.ID(), Public: path}
				return show(cmd, g, v, func(w io.Writer) { fmt.Fprintf(w, "registered\t%s\nid\t%s\n", v.Public, v.ID) })
			})
		},
	}
}

func readRecoveryKey(path string) (backup.RecoveryKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return backup.RecoveryKey{}, notReady(fmt.Errorf("no public recovery key at %s; make one elsewhere (seinhuis backup key new) and register it here", path))
	}
	if err != nil {
		return backup.RecoveryKey{}, err
	}
	if strings.Contains(string(text), "GEHEIM") {
		return backup.RecoveryKey{}, fmt.Errorf("%s is the private half, which belongs on no server: take it away from this machine, and bring the file that ends in .pub", path)
	}
	key, err := backup.ParseRecoveryKey(string(text))
	if err != nil {
		return key, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func readRecoverySecret(path string) (backup.RecoverySecret, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return backup.RecoverySecret{}, notReady(err)
	}
	defer clear(text)
	secret, err := backup.ParseRecoverySecret(string(text))
	if err != nil {
		return secret, fmt.Errorf("%s: %w", path, err)
	}
	return secret, nil
}
