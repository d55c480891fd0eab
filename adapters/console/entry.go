// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// entryPage shows one entry of the log, every field explained.
type entryPage struct {
	journal Journal
	policy  Policy
}

func (e entryPage) page() page {
	return page{path: "/logboek/{number}", name: "entry", parent: "search", roles: watchers(), get: e.get, words: words{
		"entry.title":             {"Gebeurtenis %s", "Event %s"},
		"entry.facts":             {"Wat er staat", "What it says"},
		"entry.number":            {"Nummer in het logboek", "Number in the log"},
		"entry.number-why":        {"De plaats in het logboek, vanaf 1. Het nummer verandert nooit.", "The place in the log, from 1. The number never changes."},
		"entry.time":              {"Moment", "Moment"},
		"entry.time-why":          {"Nederlandse tijd. In het logboek staat het in UTC: %s.", "Time in the Netherlands. The log has it in UTC: %s."},
		"entry.event":             {"Gebeurtenis", "Event"},
		"entry.actor":             {"Wie handelde", "Who acted"},
		"entry.actor-party":       {"Het OIN van een partij.", "The OIN of a party."},
		"entry.actor-officer":     {"Het accountnummer van een functionaris; nooit een naam.", "The account number of an officer; never a name."},
		"entry.actor-seinhuis":    {"Het seinhuis zelf, zonder dat iemand daarom vroeg.", "The gateway itself, without anybody asking."},
		"entry.actor-beheer":      {"Iemand met toegang tot de opdrachtregel van de server.", "Somebody with access to the command line of the server."},
		"entry.actor-onbekend":    {"Iemand die niet te benoemen was, en is tegengehouden.", "Somebody who could not be named, and was stopped."},
		"entry.role":              {"In welke rol", "In which role"},
		"entry.role-why":          {"De hoedanigheid waarin gehandeld is.", "The capacity in which the act was done."},
		"entry.object":            {"Waarover", "About what"},
		"entry.object-why":        {"De soort en de nummers van waar het over ging; nooit een persoon.", "The kind and the numbers of what it was about; never a person."},
		"entry.result":            {"Uitkomst", "Outcome"},
		"entry.result-why":        {"Gelukt, geweigerd met een reden, of mislukt.", "Done, refused with a reason, or failed."},
		"entry.codes":             {"Redenen en bijzonderheden", "Reasons and particulars"},
		"entry.codes-why":         {"Codes: waarom iets is geweigerd, of welke soort het was.", "Codes: why something was refused, or which sort it was."},
		"entry.origin":            {"Herkomst", "Origin"},
		"entry.origin-why":        {"De vingerafdruk van het certificaat of van de sessie waarmee gehandeld is.", "The fingerprint of the certificate or session that was used."},
		"entry.origin-local":      {"Op de server zelf, over geen verbinding.", "On the server itself, over no connection."},
		"entry.trace":             {"Spoor", "Trace"},
		"entry.trace-why":         {"Verbindt alle regels van één handeling, ook in het logboek dataverwerkingen.", "Joins all entries of one act, in the log of data processing as well."},
		"entry.policy":            {"Beleid", "Policy"},
		"entry.policy-why":        {"De digest van de regels waarmee besloten is.", "The digest of the rules that decided."},
		"entry.digest":            {"Digest", "Digest"},
		"entry.digest-why":        {"SHA-256 van wat is ontvangen; de inhoud zelf staat hier niet.", "SHA-256 of what was received; the content itself is not here."},
		"entry.receipt":           {"Bewijs", "Receipt"},
		"entry.receipt-why":       {"SHA-256 van het ondertekende document dat deze handeling opleverde.", "SHA-256 of the signed document that this act gave."},
		"entry.count":             {"Aantal", "Number of things"},
		"entry.count-why":         {"Hoeveel dingen het betrof.", "How many things it was about."},
		"entry.leaf":              {"Bladhash", "Leaf hash"},
		"entry.leaf-why":          {"De hash van deze regel in de boom van het logboek. Verandert er één teken, dan verandert de hash.", "The hash of this entry in the tree of the log. If one character changes, the hash changes."},
		"entry.reasons":           {"Waarom geweigerd", "Why it was refused"},
		"entry.reasons-lead":      {"De regels van het beleid dat toen gold, met deze code. Het logboek noemt de soort vordering niet; een code kan daarom bij meer dan één regel horen.", "The rules of the policy of that day that have this code. The log does not name the kind of claim, so a code may belong to more than one rule."},
		"entry.no-rule":           {"Dit is geen regel van het beleid. De melding is tegengehouden bij het openen, lezen of adresseren, of omdat een partij niet mocht melden.", "This is no rule of the policy. The report was stopped when it was opened, read or addressed, or because a party was not allowed to report."},
		"entry.more":              {"Verder kijken", "Look further"},
		"entry.page-overeenkomst": {"De overeenkomst", "The agreement"},
		"entry.page-beleid":       {"Het beleid", "The policy"},
		"entry.page-verzoek":      {"Het verzoek", "The request"},
		"entry.page-datalek":      {"Het dossier van het datalek", "The case of the breach"},
		"entry.life":              {"Levensloop van %s", "Life of %s"},
		"entry.same-trace":        {"Alle regels met dit spoor", "All entries with this trace"},
		"entry.same-object":       {"Alle regels over dit object", "All entries about this object"},
		"entry.proof":             {"Bewijs dat deze regel in het logboek staat", "Proof that this entry is in the log"},
		"entry.proof-lead":        {"Neem de regel, de bladhash en de ondertekende stand (checkpoint) mee, en controleer ze met seincheck zonder ons te vertrouwen.", "Take the entry, the leaf hash and the signed checkpoint with you, and verify them with seincheck without trusting us."},
		"role.meldende-partij":    {"Meldende partij", "Creditor"},
		"role.gemeente":           {"Gemeente", "Municipality"},
		"role.functionaris":       {"Functionaris", "Officer"},
		"role.beheer":             {"Beheer", "Operator"},
		"role.seinhuis":           {"Seinhuis", "Gateway"},
		"role.onbekend":           {"Onbekend", "Unknown"},
	}}
}

// entryView is what the page shows.
type entryView struct {
	Number  string
	Facts   []fact
	Lives   []gateway.UUID // in the object, each with a life of its own
	Trace   string         // link
	Object  string         // link
	Meaning string         // Dutch sentence of the catalogue
	Hit     oversight.Hit
	Reasons []reason // of a refused report
	Page    string   // of what it is about, when there is one
	Kind    string   // of what it is about
}

func (e entryView) titleArgs() []any { return []any{e.Number} }

// fact is one field with what it means.
type fact struct {
	Name, Value, Why string
	Code             bool // the value is a number or code
	Dutch            bool // Why is Dutch in every language
	Result           bool
	Codes            []string
}

func (e entryPage) get(ctx context.Context, v *visit) (any, error) {
	n, err := strconv.ParseInt(v.segment("number"), 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != v.segment("number") {
		return nil, absent()
	}
	hit, err := e.journal.Entry(ctx, v.Visit, n)
	if err != nil {
		return nil, err
	}
	view := entryView{Number: number(v.Lang, n), Facts: factsOf(v, hit), Hit: hit,
		Trace:  "/logboek?" + url.Values{"spoor": {hit.Entry.Trace}}.Encode(),
		Object: "/logboek?" + url.Values{"object": {hit.Entry.Object}}.Encode()}
	if view.Reasons, err = reasons(ctx, v, e.policy, hit.Entry); err != nil {
		return nil, err
	}
	kind, rest, _ := strings.Cut(hit.Entry.Object, "/")
	for _, part := range strings.Split(rest, "/") {
		if !proof.IsUUID(part) {
			continue
		}
		view.Lives = append(view.Lives, gateway.UUID(part))
		if above, ok := pagesAbout()[audit.Kind(kind)]; ok && view.Page == "" {
			view.Page, view.Kind = above+part, kind
		}
	}
	return view, nil
}

// pagesAbout are the pages of things that have one, by the first word of an object.
func pagesAbout() map[audit.Kind]string {
	return map[audit.Kind]string{audit.KindAgreement: "/overeenkomsten/", audit.KindPolicy: "/beleid/", audit.KindRequest: "/verzoeken/", audit.KindBreach: "/datalek/"}
}

// absent is the error for what is not there, or not for this officer.
func absent() error {
	return gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: oversight.CodeScope})
}

// factsOf explains every field that an entry has.
func factsOf(v *visit, h oversight.Hit) []fact {
	x := h.Entry
	facts := []fact{
		{Name: "entry.number", Value: number(v.Lang, h.Number), Why: v.say("entry.number-why")},
		{Name: "entry.time", Value: moment(v.Lang, x.At()), Why: v.say("entry.time-why", x.Time)},
		{Name: "entry.event", Value: eventName(v.words, v.Lang, x.Event), Why: meaningOf(x.Event), Dutch: true},
		{Name: "entry.actor", Value: x.Actor, Code: true, Why: v.say(actorWord(x.Actor))},
		{Name: "entry.role", Value: roleName(v, x.Role), Why: v.say("entry.role-why")},
		{Name: "entry.object", Value: x.Object, Code: true, Why: v.say("entry.object-why")},
		{Name: "entry.result", Value: x.Result, Result: true, Why: v.say("entry.result-why")},
	}
	if len(x.Codes) > 0 {
		facts = append(facts, fact{Name: "entry.codes", Codes: x.Codes, Why: v.say("entry.codes-why")})
	}
	origin := v.say("entry.origin-why")
	if x.Origin == proof.OriginLocal {
		origin = v.say("entry.origin-local")
	}
	facts = append(facts, fact{Name: "entry.origin", Value: x.Origin, Code: true, Why: origin},
		fact{Name: "entry.trace", Value: x.Trace, Code: true, Why: v.say("entry.trace-why")})
	for _, f := range []fact{{Name: "entry.policy", Value: x.Policy}, {Name: "entry.digest", Value: x.Digest}, {Name: "entry.receipt", Value: x.Receipt}} {
		if f.Value != "" {
			f.Code, f.Why = true, v.say(f.Name+"-why")
			facts = append(facts, f)
		}
	}
	if x.Count > 0 {
		facts = append(facts, fact{Name: "entry.count", Value: number(v.Lang, x.Count), Why: v.say("entry.count-why")})
	}
	if leaf, err := proof.Encode(x); err == nil {
		facts = append(facts, fact{Name: "entry.leaf", Value: proof.LeafHash(leaf).String(), Code: true, Why: v.say("entry.leaf-why")})
	}
	return facts
}

func actorWord(actor string) string {
	switch {
	case strings.HasPrefix(actor, proof.ActorOfficerPrefix):
		return "entry.actor-officer"
	case actor == proof.ActorGateway, actor == proof.ActorOperator, actor == proof.ActorUnknown:
		return "entry.actor-" + actor
	default:
		return "entry.actor-party"
	}
}

func roleName(v *visit, role string) string {
	if v.words.has("role." + role) {
		return v.say("role." + role)
	}
	return role
}
