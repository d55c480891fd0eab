// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// month is the report of one party, to be printed.
type month struct{ port Reports }

func (m month) page() page {
	return page{path: "/rapporten/maand", name: "month", costly: costlyToSee(), parent: "reports", roles: watchers(), get: m.get, words: words{
		"month.title":       {"Maandrapport %s: %s", "Monthly report %s: %s"},
		"month.lead":        {"Van %s tot en met %s, gemaakt op %s.", "From %s through %s, made on %s."},
		"month.partial":     {"De maand is nog niet voorbij: dit rapport is voorlopig.", "The month is not over: this report is provisional."},
		"month.json":        {"Dezelfde gegevens als JSON", "The same data as JSON"},
		"month.volumes":     {"Aantallen", "Volumes"},
		"month.event":       {"Gebeurtenis", "Event"},
		"month.result":      {"Uitkomst", "Outcome"},
		"month.count":       {"Aantal", "Number"},
		"month.none":        {"Geen.", "None."},
		"month.refusals":    {"Weigeringen naar reden", "Refusals by reason"},
		"month.reason":      {"Reden", "Reason"},
		"month.clocks":      {"Termijnen die verliepen", "Terms that ran out"},
		"month.kind":        {"Soort", "Kind"},
		"month.raised":      {"Alarm gegeven", "Alarm raised"},
		"month.settled":     {"Alsnog gebeurd", "Happened after all"},
		"month.deletions":   {"Verwijderingen", "Deletions"},
		"month.records":     {"Gewiste gegevens", "Records erased"},
		"month.receipts":    {"Verwijderingsbewijzen", "Deletion receipts"},
		"month.pauses":      {"Incassopauzes", "Pauses of collection"},
		"month.begun":       {"Ingegaan in de maand", "Begun in the month"},
		"month.changed":     {"Gewijzigd in de maand", "Changed in the month"},
		"month.running":     {"Lopend nu", "Running now"},
		"month.unconfirmed": {"Daarvan niet bevestigd", "Of those not confirmed"},
		"month.service":     {"Beschikbaarheid", "Availability"},
		"month.percent":     {"%s procent", "%s percent"},
		"month.time":        {"%d uur, %d minuten en %d seconden", "%d hours, %d minutes and %d seconds"},
		"month.unknown":     {"Niet bekend: het logboek noemt geen start van de dienst.", "Not known: the log names no start of the service."},
		"month.stops":       {"Onderbrekingen", "Interruptions"},
		"month.down":        {"Niet beschikbaar", "Not available"},
		"month.service-how": {"Geschat uit het logboek: van elke stop tot de volgende start. Stopte de dienst zonder dat te melden, dan vanaf haar laatste regel, afgerond op vijf minuten naar beneden. Een storing van het netwerk staat er niet in.", "Estimated from the log: from each stop to the next start. When the service stopped without saying so, from its last entry, rounded down to five minutes. A fault of the network is not in it."},
		"month.log":         {"Controleren", "Verify"},
		"month.entries":     {"Regels in het logboek aan het einde van de maand", "Entries in the log at the end of the month"},
		"month.size":        {"Regels onder het checkpoint", "Entries under the checkpoint"},
		"month.covers":      {"Het checkpoint dekt de hele maand.", "The checkpoint covers the whole month."},
		"month.covers-not":  {"Nog geen checkpoint dekt de hele maand; maak het rapport later opnieuw.", "No checkpoint covers the whole month yet; make the report again later."},
		"month.checkpoint":  {"Checkpoint", "Checkpoint"},
		"month.command":     {"Opdracht", "Command"},
		"month.how":         {"Vraag de beheerder om een uitvoer van het logboek, of haal bij Controleren een bewijsbundel met de regels van uw partijen. Controleer met uw eigen exemplaar van de sleutel en vergelijk het checkpoint met dit rapport.", "Ask the operator for an export of the log, or fetch a bundle of proof with the entries of your parties at Verify. Verify it with your own copy of the key, and compare the checkpoint with this report."},
	}}
}

// monthView is what the page shows.
type monthView struct {
	oversight.MonthReport
	words *dictionary
	lang  language
}

func (m monthView) titleArgs() []any { return []any{m.Month, m.Name} }

// Down is how long the service was not there.
func (m monthView) Down() string {
	d := m.Service.Down.Round(time.Second)
	return m.words.say(m.lang, "month.time", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// Percent is how much of the month the service was there.
func (m monthView) Percent() string {
	text := fmt.Sprintf("%.2f", m.Service.Percent)
	if m.lang == dutch {
		text = strings.ReplaceAll(text, ".", ",")
	}
	return m.words.say(m.lang, "month.percent", text)
}

// JSON is the address of the same report for programs.
func (m monthView) JSON() string {
	return fmt.Sprintf("/rapporten/maand.json?partij=%s&maand=%s", m.Party, m.Month)
}

func (m month) get(ctx context.Context, v *visit) (any, error) {
	r, err := m.port.Month(ctx, v.Visit, gateway.OIN(trim(v.param("partij"))), trim(v.param("maand")))
	return monthView{r, v.words, v.Lang}, err
}

// monthFile is the same report for programs.
type monthFile struct{ port Reports }

func (m monthFile) page() page {
	return page{path: "/rapporten/maand.json", name: "month-file", costly: costlyToSee(), parent: "reports", roles: watchers(), file: m.file}
}

func (m monthFile) file(ctx context.Context, v *visit) (file, error) {
	r, err := m.port.Month(ctx, v.Visit, gateway.OIN(trim(v.param("partij"))), trim(v.param("maand")))
	return file{name: "maandrapport-" + r.Month + ".json", kind: "application/json", write: func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(r)
	}}, err
}
