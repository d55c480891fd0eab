// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
)

// feedbackOptions are the options of terugkoppelen as given.
type feedbackOptions struct {
	result, date, pauseEnd, review, id, receipts string
	also                                         []string
}

func (a *app) terugkoppelen() *cobra.Command {
	var o feedbackOptions
	c := &cobra.Command{
		Use: "terugkoppelen SIGNAALID --resultaat RESULTAAT", GroupID: "municipality", Args: exactly("SIGNAALID"),
		Short: "koppel het resultaat van een signaal terug",
		Long: `Ondertekent en stuurt een terugkoppeling en toont het gecontroleerde ontvangstbewijs. De
meldende partij krijgt daarvan alleen te zien wat zij mag weten. Bij aanvaarde hulp gaat de
incassopauze in: tot en met --pauze-tot, of anders zo lang als het beleid toelaat. Het bewijs noemt
het id van de pauze; daarmee verlengt of beëindigt u haar (sein pauze).

Herhaalt u na een storing, geef dan met --id hetzelfde id: dan telt de terugkoppeling één keer.

Resultaten (DDAS):
  ` + strings.Join(results(), "\n  "),
		Example: "  sein terugkoppelen 01932b1c-0000-7000-8000-00000000000a --resultaat Opgepakt --map ./gemeente",
	}
	c.Flags().StringVar(&o.result, "resultaat", "", "`resultaat`, precies zoals in de lijst hierboven")
	c.Flags().StringVar(&o.date, "datum", "", "`dag` van het resultaat, jjjj-mm-dd (vandaag)")
	c.Flags().StringVar(&o.pauseEnd, "pauze-tot", "", "laatste `dag` van de incassopauze, jjjj-mm-dd")
	c.Flags().StringVar(&o.review, "toetsdatum", "", "`dag` waarop u de pauze opnieuw bekijkt (een week voor het einde)")
	c.Flags().StringSliceVar(&o.also, "ook-voor", nil, "`id's` van verwante signalen waarvoor dit ook geldt")
	c.Flags().StringVar(&o.id, "id", "", "`id` van de terugkoppeling (wordt gemaakt)")
	c.Flags().StringVar(&o.receipts, "bewijs-naar", "", "schrijf het bewijs naar `MAP`/<terugkoppelingId>.terugkoppelingsbewijs.jws")
	var f gateway.Feedback
	c.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		f, err = a.feedback(args[0], o)
		return err
	}
	c.RunE = a.online(func(ctx context.Context, cl door, _ []string) error {
		r, err := cl.Feedback(ctx, f)
		if err != nil {
			if unreachable(err) && o.id == "" && !a.json {
				fmt.Fprintf(a.err, "Herhaal met --id %s --datum %s\n", f.ID, f.Date)
			}
			return err
		}
		return a.receipt(r, o.receipts, string(f.ID)+".terugkoppelingsbewijs.jws")
	})
	return c
}

// feedback makes the message of what was given.
func (a *app) feedback(signal string, o feedbackOptions) (gateway.Feedback, error) {
	f := gateway.Feedback{ID: gateway.FeedbackID(o.id), SignalID: gateway.SignalID(signal), Result: gateway.Result(o.result)}
	if !slices.Contains(gateway.Results(), f.Result) {
		return f, errors.New("geef --resultaat met een waarde uit sein terugkoppelen --help")
	}
	if f.ID == "" {
		f.ID = gateway.FeedbackID(gateway.NewUUID(a.now(), nil))
	}
	for _, id := range append([]string{signal, string(f.ID)}, o.also...) {
		if _, err := gateway.ParseUUID(id); err != nil {
			return f, errors.New("een id is geen UUID in kleine letters")
		}
	}
	for _, id := range o.also {
		f.Also = append(f.Also, gateway.SignalID(id))
	}
	var err error
	if f.Date, err = a.day("--datum", o.date, gateway.Today(a.now())); err != nil {
		return f, err
	}
	if f.PauseEnd, err = a.day("--pauze-tot", o.pauseEnd, gateway.Date{}); err != nil {
		return f, err
	}
	f.Review, err = a.day("--toetsdatum", o.review, gateway.Date{})
	return f, err
}

func results() []string {
	var list []string
	for _, r := range gateway.Results() {
		list = append(list, string(r))
	}
	return list
}
