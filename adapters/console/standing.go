// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/request"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// Standing tells how things stand for the parties of an officer, and writes the
// look into the log. Filled by oversight.Overviews.
type Standing interface {
	Show(ctx context.Context, v oversight.Visit) (oversight.Overview, error)
}

// standing is the page of what waits now.
type standing struct{ port Standing }

func (s standing) page() page {
	return page{path: "/stand", name: "standing", menu: true, roles: watchers(), get: s.get, words: words{
		"standing.title":              {"Stand van zaken", "State of affairs"},
		"standing.menu":               {"Stand van zaken", "State of affairs"},
		"standing.lead":               {"Wat er op dit moment wacht bij uw partijen, geteld op %s.", "What waits at this moment with your parties, counted at %s."},
		"standing.none":               {"Niets.", "Nothing."},
		"standing.party":              {"Partij", "Party"},
		"standing.mailboxes":          {"Brievenbussen die niet zijn geleegd", "Mailboxes that were not emptied"},
		"standing.waiting":            {"Wachtende signalen", "Signals waiting"},
		"standing.more":               {"meer dan %d", "more than %d"},
		"standing.oldest":             {"Oudste", "Oldest"},
		"standing.oldest-unconfirmed": {"Oudste daarvan", "Oldest of those"},
		"standing.crisis":             {"Bedreigende situaties", "Threatening situations"},
		"standing.days":               {"%d dagen", "%d days"},
		"standing.pauses":             {"Incassopauzes die lopen", "Pauses of collection that run"},
		"standing.running":            {"Lopend", "Running"},
		"standing.unconfirmed":        {"Niet bevestigd als toegepast", "Not confirmed as applied"},
		"standing.alarms":             {"Open alarmen", "Open alarms"},
		"standing.kind":               {"Soort", "Kind"},
		"standing.open":               {"Aantal open", "Open"},
		"standing.due":                {"Te wissen gegevens", "Data due for erasure"},
		"standing.due-now":            {"Termijn om", "Term is over"},
		"standing.overdue":            {"Meer dan een dag te laat", "More than a day late"},
		"standing.webhooks":           {"Webhooks die niet aankomen", "Webhooks that do not arrive"},
		"standing.state":              {"Toestand", "State"},
		"standing.undelivered":        {"Niet bezorgd", "Not delivered"},
		"standing.requests":           {"Open verzoeken van betrokkenen", "Open requests of data subjects"},
		"standing.due-on":             {"Uiterlijk", "Due"},
		"standing.left":               {"Dagen over", "Days left"},
		"standing.late":               {"te laat", "late"},
		"standing.all-requests":       {"Naar de verzoeken", "To the requests"},
		"standing.expiring":           {"Sleutels en certificaten die verlopen", "Keys and certificates that expire"},
		"standing.until":              {"Geldig tot", "Valid until"},
		"standing.all-keys":           {"Naar de sleutels", "To the keys"},
		"standing.gateway":            {"Seinhuis", "Seinhuis"},
		"standing.retention-lead":     {"Wissen gaat vanzelf, elke vijf minuten; wat hier lang staat, wijst op een storing.", "Erasure is automatic, every five minutes; what stands here for long points to a fault."},
	}}
}

// standingView is what the page shows.
type standingView struct {
	oversight.Overview
	words *dictionary
	lang  language
}

func (s standing) get(ctx context.Context, v *visit) (any, error) {
	o, err := s.port.Show(ctx, v.Visit)
	return standingView{o, v.words, v.Lang}, err
}

// Who names a controller.
func (s standingView) Who(c retention.Controller) string {
	if name := s.Names[c]; name != "" {
		return name
	}
	return string(c)
}

// Name names a municipality by its code.
func (s standingView) Name(m gateway.Municipality) string { return s.Who(retention.Controller(m)) }

// Party names a party by its OIN.
func (s standingView) Party(p gateway.OIN) string { return s.Who(retention.Controller(p)) }

// Age is how many whole days something waits.
func (s standingView) Age(since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return s.words.say(s.lang, "standing.days", int(s.At.Sub(since).Hours()/24))
}

// Waiting is the number of signals that wait, or that they are many.
func (s standingView) Waiting(n int) string {
	if n > oversight.MaxWaiting {
		return s.words.say(s.lang, "standing.more", oversight.MaxWaiting)
	}
	return number(s.lang, int64(n))
}

// Left is how many days a request has.
func (s standingView) Left(r request.Request) int { return r.DaysLeft(gateway.Today(s.At)) }
