// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Reports makes the monthly report of a party in an officer's scope, and writes
// that into the log. Filled by oversight.ReportDesk.
type Reports interface {
	Parties(ctx context.Context, v oversight.Visit) ([]gateway.Party, error)
	Month(ctx context.Context, v oversight.Visit, party gateway.OIN, month string) (oversight.MonthReport, error)
}

// Exports writes entries down. It has counted and logged them before Write is
// called. Filled by oversight.ExportDesk.
type Exports interface {
	Prepare(ctx context.Context, v oversight.Visit, q oversight.Query, f oversight.Format) (oversight.Export, error)
}

// reports is the page that leads to everything that can be taken along.
type reports struct{ port Reports }

func (r reports) page() page {
	return page{path: "/rapporten", name: "reports", menu: true, roles: watchers(), get: r.get, words: words{
		"reports.title":         {"Rapporten en uitvoer", "Reports and exports"},
		"reports.menu":          {"Rapporten", "Reports"},
		"reports.month":         {"Maandrapport", "Monthly report"},
		"reports.month-lead":    {"Aantallen, weigeringen, verlopen termijnen, verwijderingen, pauzes en beschikbaarheid van een partij. Druk af of bewaar als PDF met uw browser.", "Volumes, refusals, terms that ran out, deletions, pauses and availability of one party. Print it or save it as PDF with your browser."},
		"reports.partij":        {"Partij", "Party"},
		"reports.maand":         {"Maand", "Month"},
		"reports.maand.hint":    {"Als jjjj-mm, zoals 2026-11.", "As yyyy-mm, such as 2026-11."},
		"reports.show":          {"Rapport tonen", "Show the report"},
		"reports.export":        {"Gebeurtenissen uitvoeren", "Export events"},
		"reports.export-lead":   {"CSV opent in een spreadsheet, NDJSON is voor programma's. Elke uitvoer staat in het logboek.", "CSV opens in a spreadsheet, NDJSON is for programs. Every export stands in the log."},
		"reports.van":           {"Vanaf", "From"},
		"reports.tot":           {"Tot en met", "Through"},
		"reports.gebeurtenis":   {"Gebeurtenis", "Event"},
		"reports.uitkomst":      {"Uitkomst", "Outcome"},
		"reports.formaat":       {"Formaat", "Format"},
		"reports.format-csv":    {"CSV (spreadsheet)", "CSV (spreadsheet)"},
		"reports.format-ndjson": {"NDJSON (programma's)", "NDJSON (programs)"},
		"reports.download":      {"Bestand ophalen", "Download the file"},
		"reports.documents":     {"Verantwoording", "Accountability"},
		"reports.register":      {"Register van verwerkingen (AVG art. 30 lid 2)", "Register of processing activities (GDPR art. 30(2))"},
		"reports.dpia":          {"Bijlage voor een DPIA (AVG art. 35)", "Annex for a DPIA (GDPR art. 35)"},
	}}
}

// reportsView is what the page shows.
type reportsView struct {
	Parties, Events, Formats []choice
	Month                    string // the one before this one
}

func (r reports) get(ctx context.Context, v *visit) (any, error) {
	parties, err := r.port.Parties(ctx, v.Visit)
	view := reportsView{Month: gateway.Today(v.At).Time().AddDate(0, 0, -gateway.Today(v.At).Time().Day()).Format("2006-01")}
	for _, p := range parties {
		view.Parties = append(view.Parties, choice{string(p.OIN), p.Name + " (" + string(p.OIN) + ")"})
	}
	view.Events = eventChoices(v)
	for _, f := range oversight.Formats() {
		view.Formats = append(view.Formats, choice{string(f), v.say("reports.format-" + string(f))})
	}
	return view, err
}

// export is a download of entries; its query is that of the search page.
type export struct{ port Exports }

func (e export) page() page {
	return page{path: "/rapporten/uitvoer", name: "export", costly: costlyToSee(), parent: "reports", roles: watchers(), file: e.file}
}

func (e export) file(ctx context.Context, v *visit) (file, error) {
	q, wrong := queryOf(v)
	if len(wrong) > 0 {
		return file{}, gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeBadForm, Rule: "Seinhuis formats", Text: "De vraag is niet goed ingevuld."})
	}
	q.Before = 0
	made, err := e.port.Prepare(ctx, v.Visit, q, oversight.Format(v.param("formaat")))
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}[v.param("formaat")]
	return file{name: made.Name, kind: kind, write: made.Write}, err
}
