// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const longRoot = `sein is het gereedschap van deelnemers aan Seinhuis, de poort voor vroegsignalering.

Meldende partijen sturen er meldingen mee, corrigeren die, trekken ze in en lezen berichten.
Gemeenten halen er signalen mee op en koppelen terug. Beide volgen en wijzigen er incassopauzes mee,
en iedereen kan er zonder de poort mee nagaan of een incassopauze op een dag gold (sein verify).

Elk ontvangstbewijs en elk bericht wordt gecontroleerd (handtekening, geadresseerde,
kenmerk en samenvatting van de inhoud) voordat u het ziet. Wat niet klopt, is een fout.
Elke opdracht mag u herhalen: dezelfde vraag geeft hetzelfde antwoord.

De partijmap bevat: party.json, ca.pem, tls.crt, tls.key, signing.jwk en, voor een
gemeente, encryption.jwk. Noem haar met --map of in SEIN_MAP.

Staan sftp en sftpHostsleutel in party.json, of geeft u --sftp, dan gaan ophalen, signalen,
terugkoppelen, aanleveren, uitkomsten, berichten en bevestigen via de SFTP-deur, met de sleutel
ssh_ed25519. De andere opdrachten gaan altijd via de API. Kunt u de API niet bereiken, zet dan de
publieke sleutels van de poort in sleutels.json (en sleutels.pgp) in de partijmap.

Uitgangscodes:
  0  gelukt
  1  geweigerd of mislukt; alle bevindingen zijn getoond
  2  de opdracht is niet begrepen
  3  de poort is niet bereikbaar of heeft het te druk; probeer het later opnieuw`

// usage writes how a command is used. Not cobra's template: that mixes English
// in, and its functions are global.
func usage(c *cobra.Command) error {
	var b strings.Builder
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "Gebruik:\n  %s OPDRACHT [opties]\n", c.CommandPath())
	} else {
		fmt.Fprintf(&b, "Gebruik:\n  %s [opties]\n", c.UseLine())
	}
	if c.Example != "" {
		fmt.Fprintf(&b, "\nVoorbeeld:\n%s\n", c.Example)
	}
	groups := c.Groups()
	if len(groups) == 0 {
		groups = []*cobra.Group{{Title: "Opdrachten:"}}
	}
	for _, g := range groups {
		if c.HasAvailableSubCommands() {
			fmt.Fprintf(&b, "\n%s\n", g.Title)
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && sub.GroupID == g.ID {
				fmt.Fprintf(&b, "  %-15s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	options(&b, "Opties:", c.LocalNonPersistentFlags())
	options(&b, "Algemene opties:", c.Root().PersistentFlags())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nMeer uitleg: %s OPDRACHT --help\n", c.CommandPath())
	}
	_, err := io.WriteString(c.OutOrStdout(), b.String())
	return err
}

func options(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if text := flags.FlagUsages(); text != "" {
		fmt.Fprintf(b, "\n%s\n%s", title, strings.ReplaceAll(text, "(default ", "(standaard "))
	}
}
