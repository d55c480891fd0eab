// SPDX-License-Identifier: EUPL-1.2

package oversight_test

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/docs"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// service writes that the service started or stopped.
func (h house) service(t *testing.T, event audit.Event, at time.Time) {
	t.Helper()
	h.Office.At = at
	h.entry(t, event, audit.ByGateway(gateway.NewTrace()), string(audit.KindService))
}

// TestMonth: volumes, refusals by code, clocks, erasures with their receipts,
// pauses, and how long the service was down.
func TestMonth(t *testing.T) {
	h := newHouse(t)
	begin := h.At
	h.service(t, audit.ServiceStarted, begin.AddDate(0, 0, -3)) // in October
	h.At = begin
	h.life(t, h.Energy, 1)
	h.entry(t, audit.DataErased, audit.ByGateway(gateway.NewTrace()), audit.Object(audit.KindDeletion, string(h.Energy.OIN), string(gateway.NewUUID(h.At, nil))),
		audit.Codes("melding", "termijn"), audit.Count(7), audit.Receipt("a.b.c"))
	h.entry(t, audit.DataErased, audit.ByGateway(gateway.NewTrace()), audit.Object(audit.KindDeletion, string(h.Energy.OIN)), audit.Codes("webhookbericht", "termijn"), audit.Count(3))
	h.Later(1)
	h.Sweep(t) // the pause was not received
	h.service(t, audit.ServiceStopped, begin.AddDate(0, 0, 5))
	h.service(t, audit.ServiceStarted, begin.AddDate(0, 0, 5).Add(time.Hour))
	h.service(t, audit.ServiceStarted, begin.AddDate(0, 0, 6)) // it had died about its last entry
	h.At = begin.AddDate(0, 1, 0)
	m := ok[oversight.MonthReport](t)(h.reports.Month(t.Context(), h.visit(t, h.Energy), h.Energy.OIN, "2026-11"))
	if !m.Complete || m.Name != h.Energy.Name || m.From.String() != "2026-11-01" || m.Through.String() != "2026-11-30" {
		t.Errorf("%+v", m)
	}
	if len(m.Refusals) != 1 || m.Refusals[0].Code != "geen-overeenkomst" || m.Refusals[0].Count != 1 {
		t.Errorf("refusals %+v", m.Refusals)
	}
	if len(m.Alarms) != 1 || m.Alarms[0] != (oversight.AlarmMonth{Kind: "pauze-niet-ontvangen", Raised: 1}) {
		t.Errorf("alarms %+v", m.Alarms)
	}
	if m.Deletions != (oversight.Deletions{Receipts: 1, Records: 10}) {
		t.Errorf("deletions %+v", m.Deletions)
	}
	if m.Pauses.Begun != 1 || m.Pauses.Running != 1 || m.Pauses.Unconfirmed != 1 {
		t.Errorf("pauses %+v", m.Pauses)
	}
	// An hour, and from the last entry (a start, an hour in) to the next start.
	if want := time.Hour + 23*time.Hour; !m.Service.Known || m.Service.Down != want || m.Service.Stops != 2 || m.Service.Percent < 96.6 || m.Service.Percent > 96.7 {
		t.Errorf("%+v", m.Service)
	}
	if m.Checkpoint.Entries == 0 || m.Checkpoint.Covers {
		t.Errorf("%+v", m.Checkpoint)
	}
	_, err := h.reports.Month(t.Context(), h.visit(t, h.Energy), h.Water.OIN, "2026-11")
	absent(t, "another's month", err)
	_, err = h.reports.Month(t.Context(), h.visit(t, h.Energy), "00000099000000119999", "2026-11")
	absent(t, "nobody's month", err)
	_, err = h.reports.Month(t.Context(), h.visit(t, h.Energy), h.Energy.OIN, "2027-11")
	absent(t, "a month to come", err)
	if _, err := h.reports.Month(t.Context(), h.visit(t, h.Energy), h.Energy.OIN, "november"); err == nil {
		t.Error("november is a month")
	}
	if all := ok[oversight.MonthReport](t)(h.reports.Month(t.Context(), h.visit(t), h.Water.OIN, "2026-11")); all.Party != h.Water.OIN || all.Pauses.Begun != 0 {
		t.Errorf("%+v", all)
	}
}

// TestExport: every entry of the question once, newest first, readable by a
// strict reader, and nothing that a spreadsheet would calculate with.
func TestExport(t *testing.T) {
	h := newHouse(t)
	for n := range 3 {
		h.life(t, h.Energy, 10*n)
	}
	want := gatewaytest.Found(t, h.memory.Truth, oversight.Query{Scope: gatewaytest.Serves(t, h.Energy)})
	write := func(q oversight.Query, f oversight.Format) (oversight.Export, string) {
		t.Helper()
		e := ok[oversight.Export](t)(h.exports.Prepare(t.Context(), h.visit(t, h.Energy), q, f))
		var out strings.Builder
		if err := e.Write(&out); err != nil {
			t.Fatal(err)
		}
		return e, out.String()
	}
	e, text := write(oversight.Query{}, oversight.FormatNDJSON)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if e.Count != len(want) || len(lines) != len(want) || e.Name != "logboek-2026-11-02.ndjson" {
		t.Fatalf("%d lines, %d counted, %d wanted, %s", len(lines), e.Count, len(want), e.Name)
	}
	for i, line := range lines {
		var got struct {
			Number int64           `json:"nummer"`
			Entry  json.RawMessage `json:"vermelding"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if entry, err := proof.Decode(got.Entry); err != nil || entry.Trace != want[i].Entry.Trace || got.Number != want[i].Number {
			t.Errorf("line %d: %v", i, err)
		}
	}
	_, text = write(oversight.Query{Events: []audit.Event{audit.ReportRefused}}, oversight.FormatCSV)
	if !strings.HasPrefix(text, "\ufeffnummer;tijd;") || !strings.HasSuffix(text, "\r\n") {
		t.Errorf("%q", text)
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil || len(rows) != 4 || rows[1][3] != "'"+string(h.Energy.OIN) {
		t.Errorf("%v, %v", rows, err)
	}
	for _, cell := range slices.Concat(rows...) {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			t.Errorf("a spreadsheet would calculate %q", cell)
		}
	}
	if e, text := write(oversight.Query{Party: h.Water.OIN}, oversight.FormatNDJSON); e.Count != 0 || text != "" {
		t.Errorf("of a party outside the scope: %q", text)
	}
	if _, err := h.exports.Prepare(t.Context(), h.visit(t, h.Energy), oversight.Query{}, "xlsx"); err == nil {
		t.Error("an unknown format")
	}
	exported := gatewaytest.Found(t, h.memory.Truth, oversight.Query{Scope: gatewaytest.ServesAll(t), Events: []audit.Event{audit.LogExported}})
	if len(exported) != 3 || exported[2].Entry.Count != int64(len(want)) {
		t.Errorf("%+v", exported)
	}
}

// TestRegister: the register names each activity of the processing log, the
// controllers of the scope alone, and measures that tests hold; the annex names
// risks and rules with their law.
func TestRegister(t *testing.T) {
	h := newHouse(t)
	r := ok[oversight.ProcessingRegister](t)(h.registers.Register(t.Context(), h.visit(t, h.Nijmegen)))
	if len(r.Controllers) != 1 || r.Controllers[0].Party != h.Nijmegen.OIN || r.Controllers[0].InForce != 3 {
		t.Errorf("%+v", r.Controllers)
	}
	if all := ok[oversight.ProcessingRegister](t)(h.registers.Register(t.Context(), h.visit(t))); len(all.Controllers) != 5 {
		t.Errorf("%d controllers", len(all.Controllers))
	}
	for _, a := range logbook.Activities() {
		i := slices.IndexFunc(r.Activities, func(row logbook.Category) bool { return row.Activity == a })
		if i < 0 || r.Activities[i].Law == "" || r.Activities[i].Name.NL == "" || len(r.Activities[i].Data) == 0 || r.Activities[i].Name.EN == "" || r.Activities[i].Subjects.NL == "" || r.Activities[i].Recipients.EN == "" {
			t.Errorf("%s has no whole row", a)
		}
	}
	if len(r.Activities) != len(logbook.Activities()) {
		t.Errorf("%d activities", len(r.Activities))
	}
	if i := slices.IndexFunc(r.Terms, func(w oversight.TermRow) bool { return w.Days <= 0 }); i >= 0 {
		t.Errorf("no term: %+v", r.Terms[i])
	}
	annex := ok[oversight.Annex](t)(h.registers.Annex(t.Context(), h.visit(t, h.Nijmegen)))
	if len(annex.Rules) < 20 || len(annex.Risks) < 10 || len(annex.Remains) < 10 || len(annex.Journey) != 10 {
		t.Errorf("%d rules, %d risks, %d remain", len(annex.Rules), len(annex.Risks), len(annex.Remains))
	}
	for _, rule := range annex.Rules {
		if rule.Law == "" || rule.Text.NL == "" || rule.Text.EN == "" {
			t.Errorf("%+v", rule)
		}
	}
}

// TestThreatModelIsRead: all of the page, and no mark of Markdown.
func TestThreatModelIsRead(t *testing.T) {
	m := oversight.ReadThreatModel(docs.ThreatModel())
	for n := 1; n <= 12; n++ {
		i := slices.IndexFunc(m.Measures, func(g oversight.Measure) bool { return strings.HasPrefix(g.Name, "I"+string(rune('0'+n%10))) || n > 9 })
		if i < 0 || len(m.Measures[i].Tests) == 0 {
			t.Errorf("no I%d", n)
		}
	}
	if len(m.Measures) < 30 {
		t.Errorf("%d measures", len(m.Measures))
	}
	for _, text := range append(slices.Clone(m.Remains), m.Risks[0].Measures, m.Measures[0].Text) {
		if strings.ContainsAny(text, "`|") || strings.Contains(text, "**") || strings.Contains(text, "](") {
			t.Errorf("marks are left in %q", text)
		}
	}
}
