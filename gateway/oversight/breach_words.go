// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"fmt"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// Audience is for whom a text about a breach is.
type Audience string

const (
	ForController Audience = "verantwoordelijke" // art. 33(2): what the processor tells
	ForAuthority  Audience = "toezichthouder"    // art. 33(3): what the controller tells
	ForPersons    Audience = "betrokkenen"       // art. 34(2), in plain words
)

// BreachText is a draft of a notice: paragraphs in Dutch and in English. What
// the case does not know stands between square brackets. It names no person.
type BreachText struct {
	Audience Audience
	Party    gateway.OIN // whose notice it is, or to whom
	NL, EN   []string
}

// BreachCase is a case with what follows from it.
type BreachCase struct {
	Breach
	Names map[gateway.OIN]string
	Texts []BreachText
}

// breachTexts are the drafts for each controller of a case.
func breachTexts(b Breach, names map[gateway.OIN]string) (all []BreachText) {
	for _, t := range b.Touched {
		w := breachWords{b, t, names[t.Party]}
		all = append(all,
			BreachText{ForController, t.Party, w.controller(wordsNL()), w.controller(wordsEN())},
			BreachText{ForAuthority, t.Party, w.authority(wordsNL()), w.authority(wordsEN())},
			BreachText{ForPersons, t.Party, w.persons(wordsNL()), w.persons(wordsEN())})
	}
	return all
}

// breachWords fills the sentences of one controller.
type breachWords struct {
	b    Breach
	t    Touched
	name string
}

// sentences are those of one language. Verbs stand in the same order in each.
type sentences struct {
	nature                                                      map[Nature]string
	to, what, how, none, fewer, more, data, sealed, tell, clock string
	authorityHead, records, contact, consequences, measures     string
	personsHead, personsWhat, personsData, personsDo, personsAt string
	at, unknown                                                 string
}

func wordsNL() sentences {
	return sentences{
		nature: map[Nature]string{Confidentiality: "inbreuk op de vertrouwelijkheid (iemand zag of kreeg wat niet voor hem bestemd was)",
			Integrity: "inbreuk op de integriteit (gegevens zijn gewijzigd)", Availability: "inbreuk op de beschikbaarheid (gegevens gingen verloren of waren niet bereikbaar)"},
		to:      "Aan de functionaris voor gegevensbescherming van %s. Als uw verwerker stellen wij u op grond van artikel 33 lid 2 AVG op de hoogte van een (mogelijk) datalek, dossier %s.",
		what:    "Aard: %s. Ontdekt op %s.",
		how:     "Het gaat om %d vermeldingen in het logboek die uw organisatie raken, over %d signalen en naar schatting ten hoogste %d personen.",
		none:    "In het logboek zijn geen signalen van uw organisatie gevonden die zijn geraakt.",
		fewer:   "Van %d signalen zijn de pseudoniemen al gewist; over hoeveel personen die gaan, is niet meer vast te stellen.",
		more:    "De zoekvraag vindt meer gebeurtenissen dan zijn geteld; de aantallen zijn een ondergrens.",
		data:    "Een signaal bevat: naam, adres, klantnummer, hoogte en begin van de achterstand en wat de meldende partij heeft gedaan; waar de overeenkomst dat toelaat ook geboortedatum, telefoon en e-mail. Soorten: %s.",
		sealed:  "De inhoud van een signaal is versleuteld voor de gemeente; het seinhuis kan haar niet openen. Of de inhoud leesbaar is geworden, hangt ervan af of de sleutel van de gemeente is geraakt: [in te vullen].",
		tell:    "U bepaalt of het datalek een risico is voor betrokkenen (artikel 33 lid 1) of waarschijnlijk een hoog risico (artikel 34). Welke signalen het zijn, leveren wij u op uw instructie.",
		clock:   "De termijn van 72 uur loopt uiterlijk af op %s.",
		contact: "Contactpunt voor meer informatie: [naam en telefoonnummer van de functionaris voor gegevensbescherming].",

		authorityHead: "Melding van een inbreuk in verband met persoonsgegevens (artikel 33 AVG) door %s. Dossier van de verwerker: %s.",
		records:       "Betrokkenen: naar schatting ten hoogste %d personen met een betalingsachterstand; %d records (signalen).",
		consequences:  "Waarschijnlijke gevolgen: anderen kunnen weten dat een inwoner een achterstand heeft, en bij wie; [in te vullen voor dit geval].",
		measures:      "Genomen en voorgestelde maatregelen: de inhoud rust verzegeld en per gemeente en maand onder een eigen sleutel; elke handeling staat in een logboek dat zonder de verwerker is te controleren; [in te vullen: ingetrokken certificaten, vervangen sleutels].",
		personsHead:   "Bericht van %s over uw gegevens.",
		personsWhat:   "Op %s hebben wij ontdekt dat er iets is misgegaan met gegevens over u: %s.",
		personsData:   "Het gaat om uw naam, uw adres en een betalingsachterstand die aan de gemeente is gemeld om u hulp te kunnen bieden.",
		personsDo:     "Wat u kunt doen: wees voorzichtig als iemand u belt of schrijft over een schuld; betaal niet op een ander rekeningnummer dan u kent. Wij hebben [in te vullen: wat is gedaan].",
		personsAt:     "Vragen? [naam, telefoon en e-mail van de functionaris voor gegevensbescherming]. U kunt ook een klacht indienen bij de Autoriteit Persoonsgegevens.",
		at:            "%s UTC", unknown: "onbekend",
	}
}

func wordsEN() sentences {
	return sentences{
		nature: map[Nature]string{Confidentiality: "breach of confidentiality (somebody saw or got what was not meant for them)",
			Integrity: "breach of integrity (data were changed)", Availability: "breach of availability (data were lost or could not be reached)"},
		to:      "To the data protection officer of %s. As your processor we notify you under Article 33(2) GDPR of a (possible) personal data breach, case %s.",
		what:    "Nature: %s. Discovered on %s.",
		how:     "It concerns %d entries of the log that touch your organisation, about %d signals and at most an estimated %d persons.",
		none:    "The log shows no signals of your organisation that were touched.",
		fewer:   "Of %d signals the pseudonyms were erased already; how many persons those are about can no longer be told.",
		more:    "The query finds more events than were counted; the numbers are a lower bound.",
		data:    "A signal holds: name, address, customer number, amount and begin of the arrears and what the creditor did; where the agreement allows it also date of birth, telephone and e-mail. Kinds: %s.",
		sealed:  "The content of a signal is encrypted to the municipality; the gateway cannot open it. Whether it became readable depends on whether the key of the municipality was touched: [to be filled in].",
		tell:    "You decide whether the breach is a risk to persons (Article 33(1)) or likely a high risk (Article 34). On your instruction we deliver which signals it is about.",
		clock:   "The term of 72 hours ends on %s at the latest.",
		contact: "Contact point for more information: [name and telephone of the data protection officer].",

		authorityHead: "Notification of a personal data breach (Article 33 GDPR) by %s. Case of the processor: %s.",
		records:       "Data subjects: at most an estimated %d persons in arrears; %d records (signals).",
		consequences:  "Likely consequences: others may know that a resident is in arrears, and with whom; [to be filled in for this case].",
		measures:      "Measures taken and proposed: content rests sealed, under a key of its own per municipality and month; every act stands in a log that can be verified without the processor; [to be filled in: revoked certificates, replaced keys].",
		personsHead:   "Notice of %s about your data.",
		personsWhat:   "On %s we discovered that something went wrong with data about you: %s.",
		personsData:   "It concerns your name, your address and arrears that were reported to the municipality so that it could offer you help.",
		personsDo:     "What you can do: be careful when somebody calls or writes you about a debt; do not pay into an account that you do not know. We have [to be filled in: what was done].",
		personsAt:     "Questions? [name, telephone and e-mail of the data protection officer]. You may also complain to the Dutch supervisory authority (Autoriteit Persoonsgegevens).",
		at:            "%s UTC", unknown: "unknown",
	}
}

func (w breachWords) controller(s sentences) []string {
	text := []string{fmt.Sprintf(s.to, w.name, w.b.ID), fmt.Sprintf(s.what, s.nature[w.b.Nature], s.moment(w.b.Discovered))}
	text = append(text, w.extent(s)...)
	return append(text, fmt.Sprintf(s.data, w.kinds(s)), s.sealed, s.tell, fmt.Sprintf(s.clock, s.moment(w.b.AuthorityBy(w.t))), s.contact)
}

func (w breachWords) authority(s sentences) []string {
	text := []string{fmt.Sprintf(s.authorityHead, w.name, w.b.ID), fmt.Sprintf(s.what, s.nature[w.b.Nature], s.moment(w.b.Discovered)),
		fmt.Sprintf(s.records, w.t.Persons, w.t.Signals)}
	return append(append(text, w.doubts(s)...), fmt.Sprintf(s.data, w.kinds(s)), s.contact, s.consequences, s.measures)
}

func (w breachWords) persons(s sentences) []string {
	return []string{fmt.Sprintf(s.personsHead, w.name), fmt.Sprintf(s.personsWhat, s.moment(w.b.Discovered), s.nature[w.b.Nature]), s.personsData, s.personsDo, s.personsAt}
}

// extent says how much is touched.
func (w breachWords) extent(s sentences) []string {
	if w.t.Signals == 0 {
		return append([]string{s.none}, w.doubts(s)...)
	}
	return append([]string{fmt.Sprintf(s.how, w.t.Entries, w.t.Signals, w.t.Persons)}, w.doubts(s)...)
}

// doubts says what the numbers do not tell.
func (w breachWords) doubts(s sentences) (text []string) {
	if w.t.Unlinked > 0 {
		text = append(text, fmt.Sprintf(s.fewer, w.t.Unlinked))
	}
	if w.b.More {
		text = append(text, s.more)
	}
	return text
}

func (w breachWords) kinds(s sentences) string {
	if len(w.t.Kinds) == 0 {
		return s.unknown
	}
	var all []string
	for _, k := range w.t.Kinds {
		all = append(all, string(k))
	}
	return strings.Join(all, ", ")
}

func (s sentences) moment(at time.Time) string {
	return fmt.Sprintf(s.at, at.UTC().Format("2006-01-02 15:04"))
}
