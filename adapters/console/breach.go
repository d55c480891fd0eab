// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// breach is one case: its clocks, whom it touches, and the drafts of notices.
type breach struct{ port Breaches }

func (b breach) page() page {
	return page{path: "/datalek/{id}", name: "breach", costly: costlyToDo(), parent: "breaches", roles: watchers(), get: b.get, post: b.post, words: words{
		"breach.title":                          {"Datalek %s", "Breach %s"},
		"breach.facts":                          {"Dossier", "Case"},
		"breach.opened":                         {"Geopend", "Opened"},
		"breach.tell-by":                        {"Verantwoordelijken inlichten vóór", "Tell the controllers before"},
		"breach.tell-why":                       {"AVG art. 33 lid 2: zonder onredelijke vertraging; onze norm is 24 uur na ontdekking.", "GDPR art. 33(2): without undue delay; our norm is 24 hours after discovery."},
		"breach.authority-by":                   {"Toezichthouder inlichten vóór", "Tell the authority before"},
		"breach.authority-why":                  {"AVG art. 33 lid 1: 72 uur nadat de verantwoordelijke het weet; tot die het weet, tellen wij vanaf de ontdekking.", "GDPR art. 33(1): 72 hours after the controller knows; until it does, we count from the discovery."},
		"breach.hours-left":                     {"nog %d uur", "%d hours left"},
		"breach.over":                           {"verstreken", "over"},
		"breach.examined":                       {"Laatst bepaald", "Last measured"},
		"breach.entries":                        {"Regels in het logboek", "Entries in the log"},
		"breach.more":                           {"Er zijn meer regels dan zijn geteld. Open een dossier met een nauwere vraag.", "There are more entries than were counted. Open a case with a narrower question."},
		"breach.keep":                           {"Bewaard tot en met", "Kept through"},
		"breach.touched":                        {"Wie het raakt", "Whom it touches"},
		"breach.none":                           {"De gebeurtenissen raken geen verantwoordelijke.", "The events touch no controller."},
		"breach.controller":                     {"Verantwoordelijke", "Controller"},
		"breach.signals":                        {"Signalen", "Signals"},
		"breach.persons":                        {"Personen", "Persons"},
		"breach.unlinked":                       {"Zonder pseudoniem", "Without pseudonym"},
		"breach.kinds":                          {"Soorten", "Kinds"},
		"breach.persons-why":                    {"Personen zijn geteld met pseudoniemen: ten hoogste, want wie in twee gemeenten staat, telt twee keer. Van signalen zonder pseudoniem is de bewaartermijn om; die tellen geen persoon.", "Persons are counted by pseudonyms: at most, for who stands in two municipalities counts twice. The pseudonyms of signals without one were erased; those count no person."},
		"breach.told":                           {"Ingelicht", "Told"},
		"breach.authority":                      {"Toezichthouder", "Authority"},
		"breach.persons-told":                   {"Betrokkenen", "Persons told"},
		"breach.closed":                         {"Gesloten", "Closed"},
		"breach.outcome-gemeld":                 {"gemeld aan de toezichthouder", "notified to the authority"},
		"breach.outcome-geen-risico":            {"geen risico voor betrokkenen", "no risk to persons"},
		"breach.outcome-geen-inbreuk":           {"geen inbreuk", "no breach"},
		"breach.step":                           {"Stap vastleggen", "Record a step"},
		"breach.partij":                         {"Verantwoordelijke", "Controller"},
		"breach.stap":                           {"Stap", "Step"},
		"breach.uitkomst":                       {"Uitkomst", "Outcome"},
		"breach.uitkomst.hint":                  {"Alleen bij sluiten.", "Only to close."},
		"breach.submit":                         {"Vastleggen", "Record"},
		"breach.measure":                        {"Opnieuw bepalen", "Measure again"},
		"breach.do-verantwoordelijke-ingelicht": {"verantwoordelijke ingelicht", "controller told"},
		"breach.do-toezichthouder-ingelicht":    {"toezichthouder ingelicht", "authority told"},
		"breach.do-betrokkenen-ingelicht":       {"betrokkenen ingelicht", "persons told"},
		"breach.do-gesloten":                    {"dossier sluiten", "close the case"},
		"breach.texts":                          {"Berichten om mee te beginnen", "Notices to begin with"},
		"breach.texts-lead":                     {"Opgemaakt uit het dossier, zonder personen. Wat tussen vierkante haken staat, vult u zelf in.", "Made from the case, without persons. Fill in what stands between square brackets."},
		"breach.for-verantwoordelijke":          {"Aan %s", "To %s"},
		"breach.for-toezichthouder":             {"Aan de Autoriteit Persoonsgegevens, namens %s", "To the Dutch data protection authority, for %s"},
		"breach.for-betrokkenen":                {"Aan betrokkenen, namens %s", "To data subjects, for %s"},
	}}
}

// breachView is what the page of a case shows.
type breachView struct {
	oversight.BreachCase
	Now                  time.Time
	Whole                bool // the officer may measure again
	Parties, Steps, Ends []choice
	english              bool
	words                *dictionary
	lang                 language
}

func (b breachView) titleArgs() []any { return []any{string(b.ID)} }

// Left is how long a term still runs.
func (b breachView) Left(until time.Time) string {
	if left := until.Sub(b.Now); left > 0 {
		return b.words.say(b.lang, "breach.hours-left", int(left.Hours()))
	}
	return b.words.say(b.lang, "breach.over")
}

// In gives a text in the visitor's language.
func (b breachView) In(t oversight.BreachText) []string {
	if b.english {
		return t.EN
	}
	return t.NL
}

func (b breach) get(ctx context.Context, v *visit) (any, error) {
	id, err := gateway.ParseUUID(v.segment("id"))
	if err != nil {
		return nil, absent()
	}
	c, err := b.port.Case(ctx, v.Visit, id)
	if err != nil {
		return nil, err
	}
	view := breachView{BreachCase: c, Now: v.At, Whole: c.OpenedBy != "", english: v.Lang == english, words: v.words, lang: v.Lang}
	for _, t := range c.Touched {
		view.Parties = append(view.Parties, choice{string(t.Party), c.Names[t.Party]})
	}
	for _, s := range oversight.BreachSteps() {
		view.Steps = append(view.Steps, choice{string(s), v.say("breach.do-" + string(s))})
	}
	for _, o := range oversight.BreachOutcomes() {
		view.Ends = append(view.Ends, choice{string(o), v.say("breach.outcome-" + string(o))})
	}
	return view, nil
}

func (b breach) post(ctx context.Context, v *visit, f form) (string, error) {
	id, err := gateway.ParseUUID(v.segment("id"))
	if err != nil {
		return "", absent()
	}
	if f.text("meten") != "" {
		_, err = b.port.Examine(ctx, v.Visit, id)
		return "/datalek/" + string(id), err
	}
	var wrong problems
	if f.text("partij") == "" {
		wrong.add("partij", "field.required")
	}
	if f.text("stap") == "" {
		wrong.add("stap", "field.required")
	}
	if err := wrong.err(); err != nil {
		return "", err
	}
	_, err = b.port.Advance(ctx, v.Visit, id, gateway.OIN(f.text("partij")), oversight.BreachStep(f.text("stap")), oversight.BreachOutcome(f.text("uitkomst")))
	return "/datalek/" + string(id), err
}
