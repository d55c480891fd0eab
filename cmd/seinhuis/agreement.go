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

func newAgreement(g *globals) *cobra.Command {
	return group("agreement", "Register who agreed with whom", `An agreement (overeenkomst) lets one creditor report kinds of arrears to one
municipality for a period. Without one in force nothing is accepted.`,
		newAgreementAdd(g), newAgreementList(g), newAgreementEnd(g))
}

// agreementFlags are the command line of agreement add.
type agreementFlags struct {
	creditor, municipality, kinds, bases string
	from, until                          string
	threshold                            int64
	birthDate                            bool
	pauseDays, prolongations             int
}

func newAgreementAdd(g *globals) *cobra.Command {
	var f agreementFlags
	c := &cobra.Command{
		Use: "add --creditor OIN --municipality GM --kinds KINDS --from DATE", Short: "Register an agreement",
		Example: `  seinhuis agreement add --creditor 00000099000000110001 --municipality GM0268 \
    --kinds Energie,Water --basis wgs,toestemming --from 2026-01-01 --threshold-cents 7500`,
		Args: exactly(0),
	}
	flags := c.Flags()
	flags.StringVar(&f.creditor, "creditor", "", "OIN of the meldende-partij")
	flags.StringVar(&f.municipality, "municipality", "", "code of the gemeente, such as GM0268")
	flags.StringVar(&f.kinds, "kinds", "", "kinds of arrears, with commas: "+join(gateway.ReportKinds(), ", "))
	flags.StringVar(&f.bases, "basis", string(gateway.BasisWgs), "legal bases, with commas: wgs, toestemming")
	flags.StringVar(&f.from, "from", "", "first day (yyyy-mm-dd)")
	flags.StringVar(&f.until, "until", "", "last day (yyyy-mm-dd); empty for no end")
	flags.Int64Var(&f.threshold, "threshold-cents", 0, "smaller amounts are refused, in cents")
	flags.BoolVar(&f.birthDate, "birth-date", false, "the report may hold a date of birth")
	flags.IntVar(&f.pauseDays, "pause-days", 0, "longest pause of collection, 1 to 30 days; 0 means 30")
	flags.IntVar(&f.prolongations, "prolongations", 1, "how often a pause may be prolonged, 0 (never) to 5")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		a, err := f.agreement()
		if err != nil {
			return err
		}
		return withBooks(cmd.Context(), g, func(b *books) error {
			a.ID = string(gateway.NewUUID(b.now, nil))
			if err := b.bothKnown(cmd.Context(), a); err != nil {
				return err
			}
			if err := b.registrar().Conclude(cmd.Context(), a); err != nil {
				return err
			}
			return showAgreements(cmd, g, b.now, a)
		})
	}
	return c
}

// agreement checks the flags, all at once.
func (f agreementFlags) agreement() (gateway.Agreement, error) {
	var wrong wrongFlags
	a := gateway.Agreement{ThresholdInCents: f.threshold, BirthDateAllowed: f.birthDate, PauseDays: f.pauseDays, Prolongations: f.prolongations}
	var err error
	a.Creditor, err = gateway.ParseOIN(f.creditor)
	wrong.add("creditor", err)
	a.Municipality, err = gateway.ParseMunicipality(f.municipality)
	wrong.add("municipality", err)
	a.Kinds, err = choices(words(f.kinds), gateway.ReportKinds())
	wrong.add("kinds", err)
	a.Bases, err = choices(words(f.bases), []gateway.Basis{gateway.BasisWgs, gateway.BasisConsent})
	wrong.add("basis", err)
	wrong.need("from", f.from)
	a.From, a.Until = wrong.date("from", f.from), wrong.date("until", f.until)
	if !a.Until.IsZero() && a.From.After(a.Until) {
		wrong.add("until", errors.New("is before --from"))
	}
	if f.threshold < 0 {
		wrong.add("threshold-cents", errors.New("cannot be negative"))
	}
	if f.pauseDays < 0 || f.pauseDays > 30 {
		wrong.add("pause-days", errors.New("must be 0 to 30"))
	}
	if f.prolongations < 0 || f.prolongations > 5 {
		wrong.add("prolongations", errors.New("must be 0 to 5"))
	}
	return a, wrong.err()
}

// choices reads a list of words out of a closed set.
func choices[T ~string](given []string, set []T) ([]T, error) {
	var out []T
	for _, g := range given {
		if !slices.Contains(set, T(g)) {
			return nil, fmt.Errorf("every one must be of: %s", join(set, ", "))
		}
		if !slices.Contains(out, T(g)) {
			out = append(out, T(g))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("needs one or more of: %s", join(set, ", "))
	}
	return out, nil
}

func join[T ~string](list []T, separator string) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return strings.Join(texts, separator)
}

// bothKnown refuses an agreement between parties that are not registered: a
// slip in an OIN would otherwise show only when reports are refused.
func (b *books) bothKnown(ctx context.Context, a gateway.Agreement) error {
	parties, err := b.truth.Register.Parties(ctx)
	if err != nil {
		return err
	}
	creditor, municipality := false, false
	for _, p := range parties {
		creditor = creditor || p.OIN == a.Creditor && p.Kind == gateway.KindCreditor
		municipality = municipality || p.Municipality == a.Municipality && p.Kind == gateway.KindMunicipality
	}
	var wrong []error
	if !creditor {
		wrong = append(wrong, fmt.Errorf("%s is no registered meldende-partij; first run: seinhuis party add", a.Creditor))
	}
	if !municipality {
		wrong = append(wrong, fmt.Errorf("%s has no registered gemeente; first run: seinhuis party add", a.Municipality))
	}
	return errors.Join(wrong...)
}

func newAgreementEnd(g *globals) *cobra.Command {
	var on string
	c := &cobra.Command{
		Use: "end ID --on DATE", Short: "Give an agreement its last day",
		Example: "  seinhuis agreement end 01981e2c-7a10-7000-8000-000000000001 --on 2026-12-31", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var wrong wrongFlags
			wrong.need("on", on)
			last := wrong.date("on", on)
			if err := wrong.err(); err != nil {
				return err
			}
			return withBooks(cmd.Context(), g, func(b *books) error { return b.endAgreement(cmd, g, args[0], last) })
		},
	}
	c.Flags().StringVar(&on, "on", "", "last day on which it holds (yyyy-mm-dd)")
	return c
}

func (b *books) endAgreement(cmd *cobra.Command, g *globals, id string, last gateway.Date) error {
	list, err := b.truth.Register.Agreements(cmd.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(a gateway.Agreement) bool { return a.ID == id })
	if at < 0 {
		return errors.New("there is no agreement with this id; see: seinhuis agreement list")
	}
	a := list[at]
	if a.From.After(last) {
		return fmt.Errorf("the agreement begins on %s; its last day cannot be before", a.From)
	}
	if !a.Until.IsZero() && last.After(a.Until) {
		return fmt.Errorf("the agreement ends on %s already; a longer one is a new agreement", a.Until)
	}
	a.Until = last
	if err := b.registrar().Conclude(cmd.Context(), a); err != nil {
		return err
	}
	return showAgreements(cmd, g, b.now, a)
}
