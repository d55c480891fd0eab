// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

func newKeys(g *globals) *cobra.Command {
	return group("keys", "List, rotate, retire, destroy and lock up the gateway's own keys",
		`The keys themselves stay in the keyring, or in Vault. A running gateway notices a
change within a second.`,
		newKeysList(g), newKeysRotate(g), newKeysRetire(g), newKeysDestroy(g), newKeysRekey(g))
}

// withKeys runs a command on the key store and the truth store.
func withKeys(ctx context.Context, g *globals, do func(*books, keyStore) error) error {
	return withBooks(ctx, g, func(b *books) error {
		ring, err := openKeys(ctx, b.dir, b.config)
		if err != nil {
			return err
		}
		return errors.Join(do(b, ring), ring.Close())
	})
}

// keyView is one key as keys list prints it.
type keyView struct {
	Use       keys.Use `json:"use"`
	KID       string   `json:"kid"`
	Algorithm string   `json:"alg"`
	From      string   `json:"from"`
	Until     string   `json:"until,omitempty"`
	Acts      bool     `json:"acts"` // false: only the public half is left
}

type scopeView struct {
	Scope     string `json:"scope"`
	Created   string `json:"created,omitempty"`
	Destroyed string `json:"destroyed,omitempty"`
}

type keysView struct {
	Generation uint64      `json:"generation,omitempty"`
	Keys       []keyView   `json:"keys"`
	Scopes     []scopeView `json:"scopes"`
}

func newKeysList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys and the scopes of sealed bodies", Args: exactly(0),
		Long: `Lists every key with its use and period, and every scope of sealed bodies. The
generation grows with each change; written down elsewhere it shows that an old
keyring was put back.`,
		Example: "  seinhuis keys list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withKeys(cmd.Context(), g, func(_ *books, ring keyStore) error { return showKeys(cmd, g, ring) })
		},
	}
}

func showKeys(cmd *cobra.Command, g *globals, ring keyStore) error {
	v := keysView{Keys: []keyView{}, Scopes: []scopeView{}}
	var err error
	if local, ok := ring.(*keyring.Keyring); ok { // Vault has versions per key and no generation of all
		if v.Generation, err = local.Generation(cmd.Context()); err != nil {
			return notReady(err)
		}
	}
	entries, err := ring.Inventory(cmd.Context())
	if err != nil {
		return notReady(err)
	}
	for _, e := range entries {
		v.Keys = append(v.Keys, keyView{e.Use, e.KID, e.Algorithm, moment(e.From), moment(e.Until), e.Acts})
	}
	scopes, err := ring.Scopes(cmd.Context())
	if err != nil {
		return notReady(err)
	}
	for _, s := range scopes {
		v.Scopes = append(v.Scopes, scopeView{s.Name, moment(s.Created), moment(s.Destroyed)})
	}
	return show(cmd, g, v, func(w io.Writer) {
		for _, k := range v.Keys {
			fmt.Fprintf(w, "%s\t%s\t%s\tfrom %s\tuntil %s\t%s\n", k.Use, k.Algorithm, k.KID, k.From, orDash(k.Until),
				map[bool]string{true: "acts", false: "public half only"}[k.Acts])
		}
		for _, s := range v.Scopes {
			fmt.Fprintf(w, "%s\tscope\t%s\tmade %s\tdestroyed %s\n", keys.BodyWrapping, s.Scope, orDash(s.Created), orDash(s.Destroyed))
		}
		if v.Generation > 0 {
			fmt.Fprintf(w, "generation %d\n", v.Generation)
		}
	})
}

func newKeysRotate(g *globals) *cobra.Command {
	var forget bool
	c := &cobra.Command{
		Use: "rotate USE", Short: "Make a new key for a use", Args: exactly(1),
		Long: `Makes a new key for one use: ` + join(rotatable(), ", ") + `.

An old signing key stays published, so that what it signed can be verified. An
old intake key opens reports until it is retired: creditors need time to fetch
the new one. Blinding keeps two versions: rotating it again is refused while
objections or tokens rest on the one that would go.`,
		Example: "  seinhuis keys rotate intake-decryption",
		RunE: func(cmd *cobra.Command, args []string) error {
			use := keys.Use(args[0])
			if !slices.Contains(rotatable(), use) {
				return usage(fmt.Errorf("USE must be one of: %s", join(rotatable(), ", ")))
			}
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				if err := b.loggedKeys(cmd.Context(), ring, func() error { return b.rotate(cmd.Context(), ring, use, forget) }); err != nil {
					return err
				}
				return showKeys(cmd, g, ring)
			})
		},
	}
	c.Flags().BoolVar(&forget, forgetTokens, false, forgetTokensUsage)
	return c
}

func (b *books) rotate(ctx context.Context, ring keyStore, use keys.Use, forget bool) error {
	if use == keys.SubjectBlinding {
		entries, err := ring.Inventory(ctx)
		if err != nil {
			return notReady(err)
		}
		if err := b.stillNeeded(ctx, droppedByRotation(entries), forget); err != nil {
			return err
		}
	}
	return ring.Rotate(ctx, use)
}

// rotatable leaves out body-wrapping, whose keys change with their scope, and
// checkpoint-signing: the gateway and every officer verify the log with the one
// key of verifier.txt, and a checkpoint by another would read as a forgery.
func rotatable() []keys.Use {
	return slices.DeleteFunc(keys.Uses(), func(u keys.Use) bool { return u == keys.BodyWrapping || u == keys.CheckpointSigning })
}

func newKeysRetire(g *globals) *cobra.Command {
	var forget bool
	c := &cobra.Command{
		Use: "retire KID", Short: "End a key that was rotated before", Args: exactly(1),
		Long: `Ends an old key at once: a signing key signs no more, an intake key or a version of
the blinding key is erased. A current key is refused; rotate its use first. So is a
version of the blinding key while objections or tokens rest on it.`,
		Example: "  seinhuis keys retire subject-blinding.1",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withKeys(cmd.Context(), g, func(b *books, ring keyStore) error {
				if err := b.retire(cmd.Context(), ring, args[0], forget); err != nil {
					return err
				}
				return showKeys(cmd, g, ring)
			})
		},
	}
	c.Flags().BoolVar(&forget, forgetTokens, false, forgetTokensUsage)
	return c
}

func (b *books) retire(ctx context.Context, ring keyStore, kid string, forget bool) error {
	entries, err := ring.Inventory(ctx)
	if err != nil {
		return notReady(err)
	}
	at := slices.IndexFunc(entries, func(e keys.Entry) bool { return e.KID == kid })
	if at < 0 {
		return errors.New("there is no such key; see: seinhuis keys list")
	}
	if entries[at].Until.IsZero() {
		return fmt.Errorf("this key is current; first run: seinhuis keys rotate %s", entries[at].Use)
	}
	retire := func() ([]deed, error) {
		if err := b.stillNeeded(ctx, blindingVersion(kid), forget); err != nil {
			return nil, err
		}
		return nil, ring.Retire(ctx, kid)
	}
	return b.logged(ctx, retire, keyNote(audit.KeyDestroyed, entries[at]))
}
