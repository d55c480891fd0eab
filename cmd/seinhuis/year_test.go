// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
)

// yearDays is fourteen months.
const (
	yearDays  = 426
	backupDay = 181 // the end of the sixth month
)

var (
	yearStart    = gateway.DateOf(time.Date(2026, time.November, 2, 0, 0, 0, 0, time.UTC))
	mergerOn     = gateway.DateOf(time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC))
	absorptionOn = gateway.DateOf(time.Date(2027, time.July, 1, 0, 0, 0, 0, time.UTC))
)

// TestYear lives fourteen months with fifty municipalities, a merger and an
// absorption, day by day over the real store, keys and log (invariant I10).
// Every day a model that knows only terms looks whether all that is due went,
// with a receipt, and nothing else. At the end seincheck judges the receipts and
// the log, and a backup of the sixth month opens nothing any more.
func TestYear(t *testing.T) {
	begin := time.Now()
	reports, towns := yearSize()
	w := newYearWorld(t, towns)
	p := &yearPlay{yearWorld: w, m: newYearModel(w), residents: max(3, reports/towns/3), agenda: map[int]*yearDay{},
		objected: map[int]gateway.Date{}, pauses: map[gateway.PauseID]*yearPause{}, tally: map[string]int{}}
	p.prepareMergers()
	for i := range 12 {
		at := 10 + 30*i
		p.agenda[at] = &yearDay{acts: []func(){func() { p.object(i*4*p.residents%(towns*p.residents), 20+p.dice.IntN(60)) }}}
	}
	var backup *yearBackup
	for day := range yearDays {
		p.day = day
		date := yearStart.AddDays(day)
		p.midnight(date)
		if day == backupDay {
			backup = p.backUp()
		}
		p.now = midnightOf(date).Add(9 * time.Hour)
		p.act()
		p.business(date, reports*(day+1)/yearDays-reports*day/yearDays)
	}
	p.midnight(yearStart.AddDays(yearDays))
	p.m.lookAlarms()
	took := time.Since(begin)

	p.nothingOverdue()
	p.storeIsTheModel()
	seen := p.pausesKept()
	backup.opensNothing()
	checked := p.seincheck()
	for _, needed := range []string{"verlengen", "beeindigen", "betwisten", "handhaven", "corrigeren", "overdragen", "bezwaren", "opschortingen", "te laat opgehaald", "geweigerd wegens bezwaar"} {
		if p.tally[needed] == 0 && reports >= 1200 {
			t.Errorf("nothing of %q happened: the year is too quiet to prove anything", needed)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(p.tally)) {
		t.Logf("%8d %s", p.tally[what], what)
	}
	t.Logf("erased %v", p.m.erased)
	total := 0
	for _, n := range p.m.erased {
		total += n
	}
	t.Logf("year: %d reports, %d municipalities, %d days in %s (%d reports/s); %d objects erased with %d receipts, 0 early, 0 late; %d pauses followed to their end; %d of the backup unreadable; %d receipts by seincheck",
		p.tally["meldingen"], towns, yearDays, took.Round(time.Second), int(float64(reports)/took.Seconds()), total, p.m.receipts, seen, backup.records, checked)
}

// midnight is the first minutes of a day: mergers, clocks, sweep, keys, log.
func (p *yearPlay) midnight(date gateway.Date) {
	p.now = midnightOf(date)
	p.carryOut()
	p.now = p.now.Add(5 * time.Minute)
	_, err := p.clocks.Sweep(p.ctx, p.now)
	p.must(err)
	p.plan(p.m.look())
	if date.DaysSince(yearStart)%7 == 0 {
		p.tally["alarmen"] += p.m.lookAlarms()
	}
	_, err = sweepOnce(p.ctx, p.sweeper, p.truth)
	p.must(err)
	_, err = p.sweeper.Destroy(p.ctx)
	p.must(err)
	_, err = p.log.Integrate(p.ctx)
	p.must(err)
	p.m.read()
	p.m.swept()
	if date.DaysSince(yearStart)%7 == 0 {
		p.m.keysFollow()
	}
}

// business is the reports of a day: by day, late in the evening, and on the eve
// of a merger until the last moment.
func (p *yearPlay) business(date gateway.Date, n int) {
	p.now = midnightOf(date).Add(10 * time.Hour)
	for range n / 2 / 256 {
		p.report(256)
	}
	if rest := n / 2 % 256; rest > 0 {
		p.report(rest)
	}
	p.plan(p.m.look())
	p.now = midnightOf(date).Add(22*time.Hour + 59*time.Minute) // still this day when the clock goes forward
	if late := n - n/2; late > 0 {
		p.report(late)
	}
	if date.AddDays(1) == mergerOn || date.AddDays(1) == absorptionOn {
		p.stragglers(date)
	}
	p.plan(p.m.look())
}

// stragglers are reports for those that go: a second before midnight, prepared
// before it and committed after it, and a second later.
func (p *yearPlay) stragglers(date gateway.Date) {
	going := []int{0, p.residents}
	if date.AddDays(1) == absorptionOn {
		going = []int{2 * p.residents}
	}
	night := midnightOf(date.AddDays(1))
	p.now = night.Add(-time.Second)
	p.report(4, going...)
	p.now = night.Add(-time.Millisecond)
	p.beforeWrite = func() {
		p.now = night
		p.carryOut()
	}
	p.report(4, going...)
	if p.beforeWrite != nil {
		p.t.Fatal("nothing was interrupted")
	}
	p.now = night.Add(time.Second)
	p.report(4, going...)
}

func (p *yearPlay) prepareMergers() {
	for _, o := range []reorganisation.Order{{From: p.codes[:2], Into: newTown, On: mergerOn}, {From: p.codes[2:3], Into: p.codes[3], On: absorptionOn}} {
		_, err := p.mergers.Prepare(p.ctx, o)
		p.must(err)
	}
}

func (p *yearPlay) carryOut() {
	done, err := p.mergers.CarryOut(p.ctx)
	p.must(err)
	for _, o := range done {
		for _, code := range o.Reorganisation.From {
			p.m.holder[code] = o.Reorganisation.Into
		}
		p.tally[fmt.Sprintf("signalen naar %s", o.Reorganisation.Into)] += o.Signals
	}
}
