// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/keys"
)

func newPartyKeys(g *globals) *cobra.Command {
	var overlapDays int
	c := &cobra.Command{
		Use: "keys OIN STATEMENT.jws", Short: "Add the keys of a party's key statement",
		Long: `Adds the keys of a key statement (sleutelverklaring) that the party made with
"sein sleutels verklaring". The statement proves that the party holds each key.
Older keys of the same use keep working for the overlap, then end.`,
		Example: "  seinhuis party keys 00000099000000110001 verklaring.jws --overlap 14", Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if overlapDays < 0 || overlapDays > 366 {
				return usage(errors.New("--overlap: must be 0 to 366 days"))
			}
			return withBooks(cmd.Context(), g, func(b *books) error {
				p, err := b.known(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				added, err := readStatement(args[1], p, b.now)
				if err != nil {
					return err
				}
				p.Keys = succeed(p.Keys, added, b.now.AddDate(0, 0, overlapDays))
				if err := b.registrar().Enrol(cmd.Context(), p); err != nil {
					return err
				}
				return showParty(cmd, g, p, b.now)
			})
		},
	}
	c.Flags().IntVar(&overlapDays, "overlap", 30, "days that older keys of the same use keep working; 0 for a lost key")
	return c
}

const maxStatement = 64 << 10

// readStatement verifies a key statement and that it is this party's.
func readStatement(path string, p gateway.Party, now time.Time) ([]gateway.PartyKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxStatement {
		return nil, fmt.Errorf("%s is too large for a key statement", filepath.Base(path))
	}
	token, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	oin, added, err := readKeys(bytes.TrimSpace(token), p, now)
	if err != nil {
		return nil, fmt.Errorf("key statement %s: %w", filepath.Base(path), explained(err))
	}
	var wrong []error
	if oin != p.OIN {
		wrong = append(wrong, fmt.Errorf("the key statement is of %s, not of %s", oin, p.OIN))
	}
	for _, k := range added {
		if k.Algorithm == "RSA-OAEP" && !p.MayRSAOAEP {
			wrong = append(wrong, fmt.Errorf("key %s is for RSA-OAEP (SHA-1), which this party may not use; let it make one for RSA-OAEP-256 or ECDH-ES+A256KW", k.ID))
		}
		if replacedBefore(p.Keys, k) {
			wrong = append(wrong, fmt.Errorf("key %s was replaced before and ends or has ended; an older statement does not bring it back: let the party make a new key", k.ID))
		}
	}
	return added, errors.Join(wrong...)
}

// replacedBefore reports whether the register gave a key its end. A statement is
// good for 30 days, so one from before the end could undo the end of a lost key.
// An OpenPGP key that no later one replaced has only the end that it states
// itself, which the party may move.
func replacedBefore(known []gateway.PartyKey, k gateway.PartyKey) bool {
	at := slices.IndexFunc(known, func(o gateway.PartyKey) bool { return o.ID == k.ID && o.Use == k.Use })
	if at < 0 || known[at].Until.IsZero() {
		return false
	}
	old := known[at]
	return old.Algorithm != gateway.AlgOpenPGP || slices.ContainsFunc(known, func(o gateway.PartyKey) bool {
		return o.ID != old.ID && kindOf(o) == kindOf(old) && !o.From.Before(old.From)
	})
}

// readKeys reads a statement of any kind: JOSE keys, an OpenPGP key (a text
// signed by the key itself), or an SSH key to log in with (signed by a key that
// the party registered before).
func readKeys(token []byte, p gateway.Party, now time.Time) (gateway.OIN, []gateway.PartyKey, error) {
	if bytes.HasPrefix(token, []byte("-----BEGIN PGP SIGNED MESSAGE-----")) {
		if key, err := openpgp.ReadLoginStatement(token, p, now); err == nil {
			return loginKeys(p, key, now)
		}
		return openpgp.ReadKeyStatement(token, now)
	}
	if key, err := jose.ReadLoginStatement(token, p, now); err == nil {
		return loginKeys(p, key, now)
	}
	return jose.ReadKeyStatement(token, now)
}

// loginKeys checks that a login key is an SSH key that the door takes.
func loginKeys(p gateway.Party, key gateway.SSHKey, now time.Time) (gateway.OIN, []gateway.PartyKey, error) {
	public, err := ssh.ParsePublicKey(key)
	if err != nil {
		return "", nil, errors.New("the statement holds no SSH public key")
	}
	switch public.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoRSA:
		return p.OIN, []gateway.PartyKey{loginKey(key, now)}, nil
	}
	return "", nil, errors.New("an SSH key must be ed25519, ecdsa on P-256 or P-384, or rsa of 3072 bits or more")
}

// loginKey is an SSH key as the register keeps it.
func loginKey(key gateway.SSHKey, now time.Time) gateway.PartyKey {
	sum := sha256.Sum256(key)
	return gateway.PartyKey{ID: hex.EncodeToString(sum[:]), Use: gateway.KeyLogin, Algorithm: gateway.AlgSSH, Public: key, From: now}
}

// explained adds the sentences of the findings, which Error leaves out.
func explained(err error) error {
	var e *gateway.Error
	if !errors.As(err, &e) || len(e.Findings) == 0 {
		return err
	}
	texts := make([]error, len(e.Findings))
	for i, f := range e.Findings {
		texts[i] = fmt.Errorf("%s: %s (%s)", f.Code, f.Text, f.Rule)
	}
	return errors.Join(texts...)
}

// succeed puts new keys first and gives older ones of the same use an end. A
// key that was registered already keeps its own first moment.
func succeed(known, added []gateway.PartyKey, end time.Time) []gateway.PartyKey {
	replaced := map[[2]string]bool{}
	out := slices.Clone(added)
	for i, k := range out {
		replaced[kindOf(k)] = true
		if at := slices.IndexFunc(known, func(o gateway.PartyKey) bool { return o.ID == k.ID && o.Use == k.Use }); at >= 0 {
			out[i].From = known[at].From
		}
	}
	for _, k := range known {
		if slices.ContainsFunc(added, func(n gateway.PartyKey) bool { return n.ID == k.ID && n.Use == k.Use }) {
			continue
		}
		if replaced[kindOf(k)] && (k.Until.IsZero() || k.Until.After(end)) {
			k.Until = end
		}
		out = append(out, k)
	}
	return out
}

// kindOf tells which keys replace each other: of one use and one format. A
// creditor may sign single reports with JOSE and files with OpenPGP.
func kindOf(k gateway.PartyKey) [2]string {
	format := "jose"
	if k.Algorithm == gateway.AlgOpenPGP || k.Algorithm == gateway.AlgSSH {
		format = k.Algorithm
	}
	return [2]string{string(k.Use), format}
}

// prepareFor makes what the gateway itself needs to serve a party: RSA keys
// for receipts when it wants PS256. That takes seconds, so it is done now.
func (b *books) prepareFor(ctx context.Context, p gateway.Party) error {
	if p.ReceiptAlg != keys.PS256 {
		return nil
	}
	ring, err := openKeys(ctx, b.dir, b.config)
	if err != nil {
		return err
	}
	defer ring.Close()
	return b.loggedKeys(ctx, ring, func() error { return ring.EnsurePS256(ctx) })
}
