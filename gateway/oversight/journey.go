// SPDX-License-Identifier: EUPL-1.2

package oversight

import "github.com/seinhuis/seinhuis/gateway/logbook"

// Words is one sentence in the two languages of the console.
type Words = logbook.Words

func say(nl, en string) Words { return Words{NL: nl, EN: en} }

// JourneyStep is one step that a report takes, for a DPIA: what is done with
// which data, and why not with more.
type JourneyStep struct {
	Name Words `json:"stap"`
	What Words `json:"wat"`
	Why  Words `json:"waarom"`
}

// journeySteps follow docs/architecture.md, part 2.
func journeySteps() []JourneyStep {
	return []JourneyStep{
		{say("openen", "open"), say("De melding wordt ontsleuteld, en de handtekening van de meldende partij gecontroleerd.", "The report is decrypted and the creditor's signature verified."),
			say("Alleen wie de melding stuurde, kan haar hebben gemaakt.", "Only who sent the report can have made it.")},
		{say("lezen", "read"), say("Alleen bekende velden worden gelezen; een BSN wordt geweigerd.", "Only known fields are read; a citizen number is refused."),
			say("Wat niet nodig is, komt niet binnen (AVG art. 5 lid 1 onder c).", "What is not needed does not come in (GDPR art. 5(1)(c)).")},
		{say("adresseren", "address"), say("Postcode en huisnummer bepalen de gemeente; bij twijfel wordt geweigerd.", "Postcode and house number tell the municipality; doubt is refused."),
			say("Een signaal mag niet bij een andere gemeente komen.", "A signal may not reach another municipality.")},
		{say("toestaan", "permit"), say("Wet, convenant en overeenkomst worden getoetst; velden die niet zijn toegestaan, vervallen.", "Law, covenant and agreement are tested; fields that are not allowed are dropped."),
			say("Zonder grondslag en overeenkomst geen verwerking (AVG art. 6).", "Without basis and agreement no processing (GDPR art. 6).")},
		{say("pseudonimiseren", "blind"), say("Van persoon en adres wordt per gemeente een pseudoniem met een geheime sleutel gemaakt.", "A pseudonym with a secret key is made of person and address, another per municipality."),
			say("Samenloop is te vinden zonder te bewaren wie het is, en niet over gemeenten heen.", "Coincidence can be found without keeping who it is, and not across municipalities.")},
		{say("bezwaren toetsen", "objections"), say("Wie bezwaar maakte, wordt niet gemeld.", "Whoever objected is not reported."), say("AVG art. 21.", "GDPR art. 21.")},
		{say("verzegelen", "seal"), say("De inhoud wordt versleuteld voor de gemeente en nog eens onder een sleutel per gemeente en maand.", "The content is encrypted to the municipality, and once more under a key per municipality and month."),
			say("Het seinhuis kan niet lezen wat het bewaart, en wist door een sleutel te vernietigen.", "The gateway cannot read what it keeps, and erases by destroying a key.")},
		{say("vastleggen", "commit"), say("Melding, pseudoniemen, ontvangstbewijs en logregel worden in een keer vastgelegd.", "Report, pseudonyms, receipt and log entry are written at once."),
			say("Geen handeling zonder verantwoording (AVG art. 5 lid 2).", "No act without account (GDPR art. 5(2)).")},
		{say("ophalen en terugkoppelen", "collect and feed back"), say("De gemeente haalt op, biedt hulp aan en koppelt terug; de meldende partij hoort het resultaat en of een incassopauze ingaat.", "The municipality collects, offers help and gives feedback; the creditor hears the result and whether a pause begins."),
			say("De meldende partij hoort niet meer dan zij nodig heeft om incasso te laten rusten.", "The creditor hears no more than it needs to let collection rest.")},
		{say("wissen", "erase"), say("Na de termijn wordt gewist, met een ondertekend verwijderingsbewijs.", "After the term it is erased, with a signed deletion receipt."), say("AVG art. 5 lid 1 onder e.", "GDPR art. 5(1)(e).")},
	}
}
