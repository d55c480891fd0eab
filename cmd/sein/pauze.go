// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

func (a *app) pauze() *cobra.Command {
	c := &cobra.Command{
		Use: "pauze", GroupID: "both", Args: noCommand,
		Short: "bekijk of wijzig een lopende incassopauze",
		Long: `Een incassopauze verandert nooit stilzwijgend: elke stap is een ondertekend bericht, krijgt een
volgnummer en een bewijs, en de andere partij krijgt er een bericht van.

De gemeente verlengt, beëindigt, corrigeert en handhaaft; de meldende partij betwist en draagt
over. Beide kunnen op elk moment een ondertekende verklaring van de hele pauze ophalen (stand),
waarmee een rechter of gerechtsdeurwaarder zonder de poort nagaat of zij gold (sein verify).
Kent u het id van een pauze niet meer, dan staat het in de lijst (lijst).`,
		Example: "  sein pauze stand 019ac9e0-1c00-7f42-b3c5-6e7f80910213 --naar ./bewijzen --map ./energie",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.pauzeLijst(), a.pauzeStand())
	for _, k := range changeCommands() {
		c.AddCommand(a.pauzeWijziging(k))
	}
	return c
}

// changeCommand is one kind of change as a command.
type changeCommand struct {
	kind        client.PauseChangeKind
	short, long string
	example     string
	until       bool // takes --tot
	review      bool // takes --toetsdatum
}

func changeCommands() []changeCommand {
	return []changeCommand{
		{kind: client.ChangeProlong, until: true, review: true, example: "--tot 2026-12-20", short: "gemeente: laat een pauze langer gelden",
			long: `De nieuwe einddatum ligt na de huidige en ten hoogste 30 dagen na vandaag, of minder volgens de
overeenkomst; die zegt ook hoe vaak verlengen mag.`},
		{kind: client.ChangeEnd, until: true, example: "--reden regeling-getroffen", short: "gemeente: beëindig een pauze",
			long: `De pauze geldt nog tot en met --tot, en anders tot en met vandaag; nooit korter. Waarom de hulp
stopt, ziet de meldende partij niet, tenzij de reden vergissing of overleden is.`},
		{kind: client.ChangeCorrect, until: true, review: true, example: "--tot 2026-12-15", short: "gemeente: herstel een datum die niet klopte",
			long: `De einddatum ligt niet in het verleden en binnen wat de berichten tot nu toe konden geven. Een
betwisting is daarmee beantwoord.`},
		{kind: client.ChangeUphold, example: "--reden hulp-loopt-nog", short: "gemeente: handhaaf een betwiste pauze",
			long: `Antwoordt op een betwisting: de pauze blijft. Het antwoord is nodig binnen vijf werkdagen.`},
		{kind: client.ChangeContest, example: "--reden geen-vordering", short: "meldende partij: betwist een pauze",
			long: `Vraagt de gemeente opnieuw te kijken, tot en met de vijfde werkdag na het bericht. De pauze
blijft intussen gelden.`},
		{kind: client.ChangeTransfer, example: "--overnemer 00000099000000004000", short: "meldende partij: de vordering is verkocht",
			long: `De overnemer is een aangesloten meldende partij. Zij krijgt de pauze en de latere berichten over
de vordering; u ziet deze pauze daarna niet meer. Bewaar de verklaring daarom eerst (sein pauze
stand PAUZEID --naar MAP).`},
	}
}

// changeOptions are the options of a change as given.
type changeOptions struct {
	until, review, reason, taker, id, receipts string
}

func (a *app) pauzeWijziging(k changeCommand) *cobra.Command {
	var o changeOptions
	name := string(k.kind)
	use := name + " PAUZEID"
	if k.until && k.kind != client.ChangeEnd {
		use += " --tot DAG"
	}
	reasons := k.kind.Reasons()
	if len(reasons) > 1 {
		use += " --reden REDEN"
	}
	c := &cobra.Command{Use: use, Args: exactly("PAUZEID"), Short: k.short,
		Long: k.long + `

Herhaalt u na een storing, geef dan met --id hetzelfde id: dan telt de wijziging één keer.`,
		Example: "  sein pauze " + name + " 019ac9e0-1c00-7f42-b3c5-6e7f80910213 " + k.example}
	if k.until {
		c.Flags().StringVar(&o.until, "tot", "", "laatste `dag` van de pauze, jjjj-mm-dd")
	}
	if k.review {
		c.Flags().StringVar(&o.review, "toetsdatum", "", "`dag` waarop u opnieuw kijkt (een week voor het einde)")
	}
	if len(reasons) > 1 {
		c.Flags().StringVar(&o.reason, "reden", "", "`waarom`: "+joinedReasons(reasons))
	}
	if k.kind == client.ChangeTransfer {
		c.Flags().StringVar(&o.taker, "overnemer", "", "`OIN` van wie de vordering kocht")
	}
	c.Flags().StringVar(&o.id, "id", "", "`id` van de wijziging (wordt gemaakt)")
	c.Flags().StringVar(&o.receipts, "bewijs-naar", "", "schrijf het bewijs naar `MAP`/<wijzigingId>.wijzigingsbewijs.jws")
	var change client.PauseChange
	c.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		change, err = a.pauseChange(k, args[0], o)
		return err
	}
	c.RunE = a.byAPI(func(ctx context.Context, cl *client.Client, _ []string) error {
		r, err := cl.ChangePause(ctx, change)
		if err != nil {
			if unreachable(err) && o.id == "" && !a.json {
				fmt.Fprintf(a.err, "Herhaal met --id %s\n", change.ID)
			}
			return err
		}
		return a.receipt(r, o.receipts, string(change.ID)+".wijzigingsbewijs.jws")
	})
	return c
}

// pauseChange makes the message of what was given.
func (a *app) pauseChange(k changeCommand, pause string, o changeOptions) (client.PauseChange, error) {
	c := client.PauseChange{ID: gateway.ChangeID(o.id), PauseID: gateway.PauseID(pause), Kind: k.kind, Reason: gateway.PauseReason(o.reason), Taker: gateway.OIN(o.taker)}
	if o.id == "" {
		c.ID = gateway.ChangeID(gateway.NewUUID(a.now(), nil))
	}
	for _, id := range []string{pause, string(c.ID)} {
		if _, err := gateway.ParseUUID(id); err != nil {
			return c, errors.New("een id is geen UUID in kleine letters")
		}
	}
	reasons := k.kind.Reasons()
	if len(reasons) == 1 {
		c.Reason = reasons[0]
	}
	if !slices.Contains(reasons, c.Reason) {
		return c, errors.New("geef --reden met een van: " + joinedReasons(reasons))
	}
	var err1, err2 error
	c.Until, err1 = a.day("--tot", o.until, gateway.Date{})
	c.Review, err2 = a.day("--toetsdatum", o.review, gateway.Date{})
	if err := errors.Join(err1, err2); err != nil {
		return c, err
	}
	if k.until && c.Until.IsZero() && k.kind != client.ChangeEnd {
		return c, errors.New("geef met --tot de nieuwe laatste dag")
	}
	if _, err := gateway.ParseOIN(o.taker); k.kind == client.ChangeTransfer && err != nil {
		return c, errors.New("geef met --overnemer het OIN van wie de vordering kocht")
	}
	return c, nil
}

func joinedReasons(reasons []gateway.PauseReason) string {
	texts := make([]string, len(reasons))
	for i, r := range reasons {
		texts[i] = string(r)
	}
	return strings.Join(texts, ", ")
}
