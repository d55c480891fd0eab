// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

func newReport(g *globals) *cobra.Command {
	return group("report", "Make the reports that parties get",
		`Reports count; they name no person and no other party. That one was made is logged.
The console shows the same report as a page to print.`,
		newReportMonth(g))
}

func newReportMonth(g *globals) *cobra.Command {
	var party, month string
	c := &cobra.Command{
		Use: "month", Short: "The month of one party: volumes, refusals, clocks, deletions, availability", Args: exactly(0),
		Long: `Counts what the log has of one party in one month, estimates from the entries of
start and stop how long the service was down, and names the checkpoint that covers
the month. With --json the whole report, otherwise a summary.`,
		Example: "  seinhuis report month --party 00000099000000110001 --month 2026-11 --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var wrong wrongFlags
			oin, err := gateway.ParseOIN(party)
			wrong.add("party", err)
			_, _, err = oversight.ParseMonth(month)
			if err != nil {
				wrong.add("month", fmt.Errorf("has the form 2026-11"))
			}
			if err := wrong.err(); err != nil {
				return err
			}
			return withBooks(cmd.Context(), g, func(b *books) error {
				desk := oversight.NewReportDesk(oversight.ReportPorts{Counts: b.truth.Journal, Standing: b.truth.Standing, Parties: b.truth.Register, Heads: b.truth.Heads, Log: b.truth.Journal})
				r, err := desk.MonthFor(cmd.Context(), audit.ByOperator(gateway.NewTrace()), b.now, oin, month)
				if err != nil {
					return withSentence(err)
				}
				return show(cmd, g, r, func(w io.Writer) { printMonth(w, r) })
			})
		},
	}
	c.Flags().StringVar(&party, "party", "", "OIN of the party")
	c.Flags().StringVar(&month, "month", "", "month, such as 2026-11")
	return c
}

func printMonth(w io.Writer, r oversight.MonthReport) {
	fmt.Fprintf(w, "%s\t%s\t%s\n", r.Party, r.Name, r.Month)
	if !r.Complete {
		fmt.Fprintf(w, "provisional\tthe month is not over\n")
	}
	for _, v := range r.Volumes {
		fmt.Fprintf(w, "%s\t%s\t%d\n", v.Event, v.Result, v.Count)
	}
	for _, v := range r.Refusals {
		fmt.Fprintf(w, "refused\t%s\t%d\n", v.Code, v.Count)
	}
	for _, a := range r.Alarms {
		fmt.Fprintf(w, "alarm\t%s\t%d raised, %d settled\n", a.Kind, a.Raised, a.Settled)
	}
	fmt.Fprintf(w, "pauses\t%d begun, %d changed\t%d run now, %d not confirmed\n", r.Pauses.Begun, r.Pauses.Changed, r.Pauses.Running, r.Pauses.Unconfirmed)
	fmt.Fprintf(w, "erased\t%d records\t%d receipts\n", r.Deletions.Records, r.Deletions.Receipts)
	if r.Service.Known {
		fmt.Fprintf(w, "available\t%.2f %%\t%d interruptions, down %s (estimated from the log)\n", r.Service.Percent, r.Service.Stops, r.Service.Down.Round(time.Second))
	} else {
		fmt.Fprintf(w, "available\tnot known\n")
	}
	fmt.Fprintf(w, "log\t%d entries at the end of the month\tcheckpoint of %d\t%s\n", r.Checkpoint.Entries, r.Checkpoint.Size, r.Checkpoint.Verify)
}
