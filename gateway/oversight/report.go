// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Counts is the part of a [Journal] that reports are made of.
type Counts interface {
	Searcher
	Volumes(ctx context.Context, s Scope, from, through gateway.Date) ([]Volume, error)
}

// Heads gives the last signed checkpoint. Filled by the truth store.
type Heads interface {
	LastHead(ctx context.Context) (size int64, note []byte, err error)
}

// ReportPorts is what reports need. All are required.
type ReportPorts struct {
	Counts   Counts
	Standing Standing
	Parties  Parties
	Heads    Heads
	Log      Log
}

// ReportDesk makes the monthly report of a party. Safe for concurrent use.
// Called by adapters/console, and by cmd/seinhuis for the operator.
type ReportDesk struct{ ports ReportPorts }

// NewReportDesk makes it.
func NewReportDesk(ports ReportPorts) *ReportDesk { return &ReportDesk{ports} }

// Parties are those that the officer may have a report of.
func (d *ReportDesk) Parties(ctx context.Context, v Visit) ([]gateway.Party, error) {
	scope, err := sees(v)
	if err != nil {
		return nil, err
	}
	r, err := readRoll(ctx, d.ports.Parties, scope)
	return r.own(), err
}

// Month makes the report of a party in the officer's scope, and logs that first.
// A party outside it looks as one that is not there.
func (d *ReportDesk) Month(ctx context.Context, v Visit, party gateway.OIN, month string) (MonthReport, error) {
	scope, err := sees(v)
	if err != nil {
		return MonthReport{}, err
	}
	return d.month(ctx, v.By(), v.At, scope.To(party), party, month)
}

// MonthFor makes the report for the operator at the command line, who may make
// any.
func (d *ReportDesk) MonthFor(ctx context.Context, by audit.By, at time.Time, party gateway.OIN, month string) (MonthReport, error) {
	return d.month(ctx, by, at, Scope{parties: []gateway.OIN{party}}, party, month)
}

func (d *ReportDesk) month(ctx context.Context, by audit.By, at time.Time, own Scope, party gateway.OIN, month string) (MonthReport, error) {
	from, through, err := ParseMonth(month)
	if err != nil {
		return MonthReport{}, err
	}
	r, err := readRoll(ctx, d.ports.Parties, own)
	if err != nil {
		return MonthReport{}, err
	}
	who := r.own()
	if len(who) != 1 || party == "" || from.After(gateway.Today(at)) {
		return MonthReport{}, absent()
	}
	m := MonthReport{Party: party, Name: who[0].Name, Month: month, From: from, Through: through, MadeAt: at.UTC(), Complete: gateway.Today(at).After(through)}
	for _, part := range []func(context.Context, *MonthReport, Scope) error{d.volumes, d.deletions, d.service, d.anchor} {
		if err := part(ctx, &m, own); err != nil {
			return MonthReport{}, err
		}
	}
	if err := d.pauses(ctx, &m, r.controllers()); err != nil {
		return MonthReport{}, err
	}
	e, err := audit.New(audit.ReportMade, by, audit.Object(audit.KindParty, string(party)), at, audit.Codes("maandrapport"))
	if err != nil {
		return MonthReport{}, err
	}
	return m, d.ports.Log.Write(ctx, []audit.Entry{e})
}

// volumes sums the days of the month.
func (d *ReportDesk) volumes(ctx context.Context, m *MonthReport, own Scope) error {
	days, err := d.ports.Counts.Volumes(ctx, own, m.From, m.Through)
	if err != nil {
		return err
	}
	sums, alarms := map[MonthCount]int64{}, map[string]*AlarmMonth{}
	for _, v := range days {
		sums[MonthCount{Event: string(v.Event), Result: v.Result, Code: v.Code}] += v.Count
		if v.Code == "" || v.Event != audit.AlarmRaised && v.Event != audit.AlarmSettled || isTerm(v.Code) {
			continue
		}
		if alarms[v.Code] == nil {
			alarms[v.Code] = &AlarmMonth{Kind: v.Code}
		}
		if v.Event == audit.AlarmRaised {
			alarms[v.Code].Raised += v.Count
		} else {
			alarms[v.Code].Settled += v.Count
		}
	}
	for c, n := range sums {
		switch c.Count = n; {
		case c.Code == "":
			m.Volumes = append(m.Volumes, c)
		case c.Result == proof.ResultRefused:
			m.Refusals = append(m.Refusals, c)
		}
	}
	for _, a := range alarms {
		m.Alarms = append(m.Alarms, *a)
	}
	slices.SortFunc(m.Volumes, func(a, b MonthCount) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Result, b.Result))
	})
	slices.SortFunc(m.Refusals, func(a, b MonthCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Event, b.Event), cmp.Compare(a.Code, b.Code))
	})
	slices.SortFunc(m.Alarms, func(a, b AlarmMonth) int { return cmp.Compare(a.Kind, b.Kind) })
	return nil
}

// isTerm reports whether a code of an alarm says which term ran out, beside the
// code that says what.
func isTerm(code string) bool { return len(code) > 8 && code[:8] == "termijn-" }

// deletions reads the entries of what was erased: one for each batch of a sweep.
func (d *ReportDesk) deletions(ctx context.Context, m *MonthReport, own Scope) error {
	q := Query{Scope: own, Since: m.From.Begins(), Until: m.Through.AddDays(1).Begins(), Events: []audit.Event{audit.DataErased}, Limit: MaxHits}
	for {
		hits, err := d.ports.Counts.Search(ctx, q)
		if err != nil {
			return err
		}
		for _, h := range hits {
			m.Deletions.Records += h.Entry.Count
			if h.Entry.Receipt != "" {
				m.Deletions.Receipts++
			}
		}
		if len(hits) < q.Limit {
			return nil
		}
		q.Before = hits[len(hits)-1].Number
	}
}

func (d *ReportDesk) pauses(ctx context.Context, m *MonthReport, own []retention.Controller) error {
	for _, v := range m.Volumes {
		switch {
		case v.Result != proof.ResultDone:
		case v.Event == string(audit.PauseStarted):
			m.Pauses.Begun += v.Count
		case v.Event == string(audit.PauseChanged):
			m.Pauses.Changed += v.Count
		}
	}
	now, err := d.ports.Standing.Pauses(ctx, own)
	for _, p := range now {
		m.Pauses.Running, m.Pauses.Unconfirmed = m.Pauses.Running+p.Running, m.Pauses.Unconfirmed+p.Unconfirmed
	}
	return err
}

// everything is the scope of what the service itself did, which is the same for
// every party and tells nothing about one.
func everything() Scope { return Scope{all: true} }

// service estimates how long the service was down.
func (d *ReportDesk) service(ctx context.Context, m *MonthReport, _ Scope) error {
	from, until := m.From.Begins(), m.Through.AddDays(1).Begins()
	if m.MadeAt.Before(until) {
		until = m.MadeAt
	}
	q := Query{Scope: everything(), Events: []audit.Event{audit.ServiceStarted, audit.ServiceStopped}, Until: until, Limit: MaxHits}
	var marks []Hit // newest first, through the last before the month
	for {
		hits, err := d.ports.Counts.Search(ctx, q)
		if err != nil {
			return err
		}
		marks = append(marks, hits...)
		if len(hits) < q.Limit || hits[len(hits)-1].Entry.At().Before(from) {
			break
		}
		q.Before = hits[len(hits)-1].Number
	}
	slices.Reverse(marks)
	var downSince time.Time
	up := false
	a := &m.Service
	for _, h := range marks {
		at, started := h.Entry.At(), h.Entry.Event == string(audit.ServiceStarted)
		if started && up { // it stopped without saying so
			last, err := d.lastBefore(ctx, h.Number, at)
			if err != nil {
				return err
			}
			downSince = last
		}
		a.Known = a.Known || at.Before(until)
		switch {
		case started && !downSince.IsZero():
			a.down(downSince, at, from, until)
			downSince = time.Time{}
		case !started:
			downSince = at
		}
		up = started
	}
	if !downSince.IsZero() {
		a.down(downSince, until, from, until)
	}
	if total := until.Sub(from); a.Known && total > 0 {
		a.Up, a.Seconds = total-a.Down, int64(a.Down/time.Second)
		a.Percent = float64(int64(10000*float64(a.Up)/float64(total)+0.5)) / 100
	}
	return nil
}

// down adds what of an interruption lies in the month.
func (a *Uptime) down(since, until, from, end time.Time) {
	if since.Before(from) {
		since = from
	}
	if until.After(end) {
		until = end
	}
	if until.After(since) {
		a.Down += until.Sub(since)
		a.Stops++
	}
}

// lastBefore is the moment of the last entry before another: about then the
// service was still there. It is rounded down, so that nobody reads from it when
// somebody else acted.
func (d *ReportDesk) lastBefore(ctx context.Context, number int64, started time.Time) (time.Time, error) {
	hits, err := d.ports.Counts.Search(ctx, Query{Scope: everything(), Before: number, Limit: 1})
	if err != nil || len(hits) == 0 {
		return started, err
	}
	return hits[0].Entry.At().Truncate(5 * time.Minute), nil
}

// anchor finds how long the log was at the end of the month, and the checkpoint
// that covers it.
func (d *ReportDesk) anchor(ctx context.Context, m *MonthReport, _ Scope) error {
	hits, err := d.ports.Counts.Search(ctx, Query{Scope: everything(), Until: m.Through.AddDays(1).Begins(), Limit: 1})
	if err != nil {
		return err
	}
	if len(hits) > 0 {
		m.Checkpoint.Entries = hits[0].Number
	}
	size, note, err := d.ports.Heads.LastHead(ctx)
	if err != nil {
		return err
	}
	m.Checkpoint.Size, m.Checkpoint.Checkpoint, m.Checkpoint.Covers = size, string(note), size >= m.Checkpoint.Entries && size > 0
	m.Checkpoint.Verify = "seincheck log logboek-" + m.Month + ".zip --key-file verifier.txt"
	return nil
}
