// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

// Workbench is where officers try a policy. Filled by adoption.Desk.
type Workbench interface {
	Try(ctx context.Context, v oversight.Visit, id gateway.UUID, q policies.Question) (adoption.Tried, error)
	Simulate(ctx context.Context, v oversight.Visit, t adoption.Trial) (adoption.Simulation, error)
}

// tryPage asks a version of the policy about facts that an officer makes up.
type tryPage struct {
	policy    Policy
	workbench Workbench
}

func (p tryPage) page() page {
	return page{path: "/beleid/proefbank", name: "try", parent: "policy", menu: true, roles: oversight.Roles(), get: p.get, words: words{
		"try.title":             {"Proefbank", "Test bench"},
		"try.menu":              {"Proefbank", "Test bench"},
		"try.lead":              {"Beschrijf een melding in feiten en zie wat elke regel ervan zegt. Vul geen gegevens van personen in: daar is hier geen plaats voor. Er wordt niets bewaard.", "Describe a report in facts and see what every rule says of it. Fill in no data of persons: there is no place for them here. Nothing is kept."},
		"try.form":              {"Feiten", "Facts"},
		"try.versie":            {"Versie van het beleid", "Version of the policy"},
		"try.versie-day":        {"die op de dag van ontvangst gold", "the one that counted on the day of receipt"},
		"try.vandaag":           {"Dag van ontvangst", "Day of receipt"},
		"try.soort":             {"Soort vordering", "Kind of claim"},
		"try.regeling":          {"Regeling (proef)", "Pilot"},
		"try.none":              {"geen", "none"},
		"try.grondslag":         {"Grondslag", "Legal basis"},
		"try.basis-wgs":         {"Wgs", "Wgs"},
		"try.basis-consent":     {"toestemming", "consent"},
		"try.ontstaansdatum":    {"Achterstand sinds", "Arrears since"},
		"try.signaaldatum":      {"Signaaldatum", "Signal date"},
		"try.bedrag":            {"Bedrag in euro", "Amount in euros"},
		"try.drempel":           {"Drempel van de gemeente in euro", "Threshold of the municipality in euros"},
		"try.crisis":            {"Crisissignaal", "Crisis signal"},
		"try.overdracht":        {"Warme overdracht", "Warm handover"},
		"try.bezwaar":           {"Bezwaar van de inwoner", "Objection of the resident"},
		"try.yes":               {"ja", "yes"},
		"try.no":                {"nee", "no"},
		"try.einde":             {"Einde van de levering", "End of supply"},
		"try.toestemming":       {"Toestemming gegeven op", "Consent given on"},
		"try.contact":           {"Persoonlijk contact op", "Personal contact on"},
		"try.hulp":              {"Gewezen op schuldhulp op", "Pointed to debt help on"},
		"try.herinnering":       {"Eerste herinnering op", "First reminder on"},
		"try.aantal":            {"Aantal herinneringen", "Number of reminders"},
		"try.aanbod":            {"Aanbod om gegevens door te geven op", "Offer to pass on data on"},
		"try.betalingsregeling": {"Betalingsregeling aangeboden op", "Payment plan offered on"},
		"try.partij":            {"OIN van de meldende partij", "OIN of the creditor"},
		"try.gemeente":          {"Gemeentecode", "Code of the municipality"},
		"try.submit":            {"Probeer", "Try"},
		"try.simulate":          {"Simuleer een gewijzigd beleid op de meldingen van vorige maand", "Simulate a changed policy on last month's reports"},
		"try.answer":            {"Uitkomst", "Outcome"},
		"try.by":                {"Volgens %s %s.", "By %s %s."},
		"try.permitted":         {"De melding zou worden toegelaten.", "The report would be permitted."},
		"try.refused":           {"De melding zou worden geweigerd.", "The report would be refused."},
		"try.dropped":           {"Weggelaten: %s.", "Left out: %s."},
		"try.kept":              {"Bewaard: inhoud %d, pseudoniemen %d, bewijs %d dagen.", "Kept: content %d, pseudonyms %d, receipt %d days."},
		"try.rules":             {"Wat de regels zeggen", "What the rules say"},
		"try.assumed":           {"Aangenomen is een overeenkomst die deze soort en grondslag noemt, en dat alle velden zijn ingevuld die mogen worden weggelaten.", "Assumed is an agreement that names this kind and basis, and that all fields are filled that may be left out."},
		"try.bad-amount":        {"Vul een bedrag in, zoals 250 of 250,50.", "Fill in an amount, such as 250 or 250.50."},
		"try.bad-count":         {"Vul een aantal van 0 tot en met 20 in.", "Fill in a number from 0 through 20."},
		"try.bad-municipality":  {"Een gemeentecode is GM en vier cijfers.", "A code of a municipality is GM and four digits."},
		"try.outcome-geraakt":   {"van toepassing", "applies"},
		"try.outcome-in-orde":   {"in orde", "in order"},
		"try.outcome-fout":      {"fout", "error"},
	}}
}

type tryView struct {
	Versions, Kinds, Pilots, Bases, YesNo []choice
	Value                                 map[string]string
	Tried                                 *adoption.Tried
	Dropped                               string
	May                                   bool
}

// tryPilots are the pilots that documents may name.
func tryPilots() []string { return []string{"gemeentebelastingen"} }

func (p tryPage) get(ctx context.Context, v *visit) (any, error) {
	h, err := p.policy.History(ctx, v.Visit)
	if err != nil {
		return nil, err
	}
	view := tryView{Versions: append([]choice{{"", v.say("try.versie-day")}}, versionChoices(v, h)...),
		Pilots: []choice{{"", v.say("try.none")}}, Bases: []choice{{"wgs", v.say("try.basis-wgs")}, {"toestemming", v.say("try.basis-consent")}},
		YesNo: []choice{{"", v.say("try.no")}, {"ja", v.say("try.yes")}}, Value: map[string]string{}, May: v.Officer.May(oversight.RolePolicy)}
	for _, k := range gateway.ReportKinds() {
		view.Kinds = append(view.Kinds, choice{string(k), string(k)})
	}
	for _, name := range tryPilots() {
		view.Pilots = append(view.Pilots, choice{name, name})
	}
	if !v.query.Has("soort") {
		today := gateway.Today(v.At)
		view.Value = map[string]string{"soort": string(gateway.ReportEnergy), "vandaag": today.String(), "signaaldatum": today.String(), "ontstaansdatum": today.AddDays(-45).String(), "bedrag": "250", "drempel": "0", "aantal": "1"}
		return view, nil
	}
	for name := range v.query {
		view.Value[name] = trim(v.param(name))
	}
	q, wrong := tryQuestion(v)
	var id gateway.UUID
	if name := view.Value["versie"]; name != "" {
		id = versionOf(h, "versie", name, &wrong)
	}
	if len(wrong) > 0 {
		return view, wrong
	}
	tried, err := p.workbench.Try(ctx, v.Visit, id, q)
	if err != nil {
		if wrong, _ := wrongOf(err); len(wrong) > 0 {
			return view, wrong
		}
		return nil, err
	}
	view.Tried, view.Dropped = &tried, strings.Join(tried.Decision.Drop, ", ")
	return view, nil
}

// tryQuestion reads the form. It has no place for a person.
func tryQuestion(v *visit) (q policies.Question, wrong problems) {
	on := func(name string) time.Time { return dateOf(v, name, &wrong).Time() }
	yes := func(name string) bool { return v.param(name) == "ja" }
	kind := gateway.ReportKind(v.param("soort"))
	if !isKind(kind) {
		wrong.add("soort", "field.unknown")
	}
	q = policies.Question{Kind: string(kind), DocumentedPilot: trim(v.param("regeling")), Basis: trim(v.param("grondslag")), Today: on("vandaag"),
		SignalDate: on("signaaldatum"), ArrearsSince: on("ontstaansdatum"), EndOfSupply: on("einde"), ConsentDate: on("toestemming"),
		Crisis: yes("crisis"), WarmHandover: yes("overdracht"), AmountInCents: centsOf(v, "bedrag", &wrong), Present: policies.Fields(),
		Efforts: policies.Efforts{PersonalContact: on("contact"), PointedToHelp: on("hulp"), OfferMade: on("aanbod"), PaymentPlanOffered: on("betalingsregeling"),
			Objection: yes("bezwaar")}}
	if q.Today.IsZero() {
		wrong.add("vandaag", "field.required")
	}
	first, n := on("herinnering"), countOf(v, "aantal", &wrong)
	for range n {
		if !first.IsZero() {
			q.Efforts.Reminders = append(q.Efforts.Reminders, first)
		}
	}
	q.Creditor, q.Municipality = trim(v.param("partij")), trim(v.param("gemeente"))
	if _, err := gateway.ParseOIN(q.Creditor); q.Creditor != "" && err != nil {
		wrong.add("partij", "field.bad-oin")
	}
	if q.Municipality != "" && !municipality(q.Municipality) {
		wrong.add("gemeente", "try.bad-municipality")
	}
	q.Agreement = &policies.Agreement{From: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Kinds: []string{q.Kind}, Bases: []string{q.Basis},
		ThresholdInCents: centsOf(v, "drempel", &wrong), BirthDateAllowed: true}
	return q, wrong
}

func isKind(kind gateway.ReportKind) bool {
	for _, k := range gateway.ReportKinds() {
		if k == kind {
			return true
		}
	}
	return false
}

// centsOf reads euros with or without cents; an empty field is nothing.
func centsOf(v *visit, name string, wrong *problems) int64 {
	text := strings.Replace(trim(v.param(name)), ",", ".", 1)
	if text == "" {
		return 0
	}
	euros, cents, _ := strings.Cut(text, ".")
	for len(cents) < 2 {
		cents += "0"
	}
	n, err := strconv.ParseUint(euros+cents, 10, 40)
	if err != nil || len(cents) > 2 || len(euros) > 9 {
		wrong.add(name, "try.bad-amount")
		return 0
	}
	return int64(n)
}

func countOf(v *visit, name string, wrong *problems) int {
	text := trim(v.param(name))
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 20 {
		wrong.add(name, "try.bad-count")
		return 0
	}
	return n
}

// simulatePage tries a version on the permitted reports of a month.
type simulatePage struct {
	policy    Policy
	workbench Workbench
}

func (p simulatePage) page() page {
	return page{path: "/beleid/proefbank/simulatie", name: "simulate", costly: costlyToSee(), parent: "try", roles: []oversight.Role{oversight.RolePolicy}, get: p.get, words: words{
		"simulate.title":    {"Simulatie", "Simulation"},
		"simulate.lead":     {"Beslis de toegelaten meldingen van een maand opnieuw, volgens het beleid dat nu is vastgesteld en volgens een ander. De feiten daarvoor zijn grof en zonder personen, partijen of gemeenten bewaard.", "Decide the permitted reports of a month again, by the policy that is adopted now and by another. The facts for it are kept coarse and without persons, parties or municipalities."},
		"simulate.form":     {"Wat te simuleren", "What to simulate"},
		"simulate.versie":   {"Versie of voorstel", "Version or proposal"},
		"simulate.maand":    {"Maand", "Month"},
		"simulate.dag":      {"Alsof ontvangen op", "As if received on"},
		"simulate.dag.hint": {"Leeg: de eerste dag waarop alle gewijzigde regels gelden.", "Empty: the first day on which all changed rules hold."},
		"simulate.submit":   {"Simuleer", "Simulate"},
		"simulate.result":   {"Uitkomst", "Outcome"},
		"simulate.between":  {"%s tegenover %s, meldingen van %s alsof ontvangen op %s.", "%s against %s, reports of %s as if received on %s."},
		"simulate.too-few":  {"Er zijn minder dan tien toegelaten meldingen. Dat is te weinig om iets te tonen zonder op een melding te wijzen.", "There are fewer than ten permitted reports. That is too few to show anything without pointing at a report."},
		"simulate.refused":  {"Zou geweigerd worden", "Would be refused"},
		"simulate.same":     {"Geen verschil", "No difference"},
		"simulate.differs":  {"Toegelaten, met verschil", "Permitted, with a difference"},
		"simulate.lost":     {"Niet na te spelen", "Cannot be replayed"},
		"simulate.all":      {"Toegelaten meldingen", "Permitted reports"},
		"simulate.blind":    {"Van geweigerde meldingen wordt niets bewaard. Wat een soepeler regel zou toelaten, is daarom niet te tellen.", "Nothing is kept of refused reports. What a looser rule would let in can therefore not be counted."},
		"simulate.turned":   {"Geweigerd in die maand, naar reden (uw partijen)", "Refused in that month, by reason (your parties)"},
		"simulate.unseen":   {"Deze gewijzigde regels kijken naar iets dat niet is bewaard (partij, gemeente, drempel of looptijd van de overeenkomst); hun aandeel in deze uitkomst is onzeker: %s.", "These changed rules look at what is not kept (party, municipality, threshold or term of the agreement); their part in this outcome is uncertain: %s."},
		"simulate.what":     {"Wat", "What"},
		"simulate.change":   {"Verandering", "Change"},
		"simulate.count":    {"Aantal", "Number"},
		"simulate.of":       {"%s van %s", "%s of %s"},
		"simulate.kinds":    {"Geweigerd per soort", "Refused by kind"},
		"simulate.rules":    {"Geweigerd per regel", "Refused by rule"},
		"simulate.terms":    {"Bewaartermijnen in dagen", "Retention terms in days"},
		"simulate.drops":    {"Weggelaten velden", "Fields left out"},
		"simulate.warnings": {"Waarschuwingen", "Warnings"},
	}}
}

type simulateView struct {
	Versions, Months []choice
	Value            map[string]string
	Ran              *adoption.Simulation
	Groups           []effectGroup
	Unseen           string
}

// effectGroup is one table of the outcome.
type effectGroup struct {
	Word    string
	Effects []adoption.Effect
}

func (p simulatePage) get(ctx context.Context, v *visit) (any, error) {
	h, err := p.policy.History(ctx, v.Visit)
	if err != nil {
		return nil, err
	}
	today := gateway.Today(v.At).Time()
	last := today.AddDate(0, 0, -today.Day())
	view := simulateView{Versions: versionChoices(v, h), Value: map[string]string{"versie": v.param("versie"), "maand": v.param("maand"), "dag": v.param("dag")},
		Months: []choice{{last.Format("2006-01"), last.Format("2006-01")}, {today.Format("2006-01"), today.Format("2006-01")}}}
	if !v.query.Has("maand") {
		return view, nil
	}
	var wrong problems
	id, on := versionOf(h, "versie", view.Value["versie"], &wrong), dateOf(v, "dag", &wrong)
	if len(wrong) > 0 {
		return view, wrong
	}
	one, err := p.policy.Version(ctx, v.Visit, id)
	if err != nil {
		return nil, err
	}
	s, err := p.workbench.Simulate(ctx, v.Visit, adoption.Trial{Files: one.Files, Against: h.PreviousOf(one.Proposal).ID, Month: view.Value["maand"], On: on})
	if err != nil {
		if wrong, _ := wrongOf(err); len(wrong) > 0 {
			return view, wrong
		}
		return nil, err
	}
	view.Ran, view.Unseen = &s, strings.Join(s.Unseen, ", ")
	for _, g := range []effectGroup{{"simulate.kinds", s.Kinds}, {"simulate.rules", s.Rules}, {"simulate.terms", s.Terms}, {"simulate.drops", s.Drops},
		{"simulate.warnings", s.Warnings}, {"simulate.turned", s.Turned}} {
		if len(g.Effects) > 0 {
			view.Groups = append(view.Groups, g)
		}
	}
	return view, nil
}
