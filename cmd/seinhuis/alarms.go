// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/clocks"
)

// openTooLong is how long an alarm may be open before it is the operator's to ask
// the party what is the matter.
const openTooLong = 3 * 24 * time.Hour

// maxAlarms bounds what is read of the open alarms at once.
const maxAlarms = 10_000

// alarmView is an open alarm as the command prints it.
type alarmView struct {
	Kind     gateway.NoticeKind `json:"kind"`
	Term     gateway.ClockTerm  `json:"term,omitempty"`
	Subject  gateway.UUID       `json:"subject"` // of a notice, a pause or a signal
	Party    gateway.OIN        `json:"party"`   // that must act; empty when nobody speaks for a municipality
	RaisedAt time.Time          `json:"raisedAt"`
	Hours    int                `json:"hours"` // since then
	Overdue  bool               `json:"overdue"`
}

func newAlarms(g *globals) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use: "alarms", Short: "List open alarms; that you did is logged", Args: exactly(0),
		Long: `An alarm is a clock that ran out: a pause of collection was not received or not
applied, a contest has no answer, a signal was not collected or has no feedback.
It is open until that happens. Lists the oldest first, with the party that must
act. Exit code 1 when one is open for more than 3 days: call that party.`,
		Example: "  seinhuis alarms\n  seinhuis alarms --json --limit 0",
	}
	c.Flags().IntVar(&limit, "limit", 100, "at most this many, the oldest; 0 for all")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		if limit < 0 {
			return usage(errors.New("--limit: cannot be negative"))
		}
		return withBooks(cmd.Context(), g, func(b *books) error { return b.alarms(cmd, g, limit) })
	}
	return c
}

func (b *books) alarms(cmd *cobra.Command, g *globals, limit int) error {
	open, err := b.truth.Clocks.Open(cmd.Context(), maxAlarms)
	if err != nil {
		return err
	}
	shown := open
	if limit > 0 {
		shown = open[:min(limit, len(open))]
	}
	if err := b.logged(cmd.Context(), nil, deed{event: audit.AlarmsRead, object: string(audit.KindService), count: len(shown)}); err != nil {
		return err
	}
	views := []alarmView{}
	for _, a := range shown {
		age := b.now.Sub(a.RaisedAt)
		views = append(views, alarmView{a.Kind, a.Term, a.Subject, a.Acts().OIN, a.RaisedAt.UTC(), int(age.Hours()), age > openTooLong})
	}
	err = show(cmd, g, views, func(w io.Writer) {
		for _, v := range views {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", ageOf(v.Hours), v.Kind, orDash(string(v.Term)), orDash(string(v.Party)), v.Subject, mark(v.Overdue))
		}
		fmt.Fprintf(w, "%d open\n", len(open))
	})
	if err != nil {
		return err
	}
	if late := overdueOf(open, b.now); late > 0 {
		return fmt.Errorf("%d of %d alarms are open for more than 3 days", late, len(open))
	}
	return nil
}

func ageOf(hours int) string { return fmt.Sprintf("%dd %02dh", hours/24, hours%24) }

func mark(late bool) string {
	if late {
		return "OVERDUE"
	}
	return ""
}

// overdueOf counts the alarms that are open for too long.
func overdueOf(open []clocks.Alarm, now time.Time) (n int) {
	for _, a := range open {
		if now.Sub(a.RaisedAt) > openTooLong {
			n++
		}
	}
	return n
}

// alarms warns of parties that do not act. It counts only, and shows nothing
// of any one alarm.
func (d *doctor) alarms(ctx context.Context, b *books) {
	const check = "alarms"
	open, err := b.truth.Clocks.Open(ctx, maxAlarms)
	late := overdueOf(open, d.now)
	switch {
	case err != nil:
		d.fail(check, err, "look at the database")
	case late > 0:
		d.warn(check, fmt.Sprintf("%d of %d are open for more than 3 days", late, len(open)), "seinhuis alarms shows which party must act; call it")
	default:
		d.ok(check, "%d open, none for more than 3 days", len(open))
	}
}

// openAlarms counts open alarms per kind, for the metrics.
func (s *installation) openAlarms(ctx context.Context) (map[string]int, error) {
	open, err := s.truth.Clocks.Open(ctx, maxAlarms)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, k := range clocks.AlarmKinds() {
		counts[string(k)] = 0
	}
	for _, a := range open {
		counts[string(a.Kind)]++
	}
	return counts, nil
}
