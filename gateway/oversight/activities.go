// SPDX-License-Identifier: EUPL-1.2

package oversight

import "github.com/seinhuis/seinhuis/gateway/logbook"

// Words is one sentence in the two languages of the console.
type Words struct {
	NL string `json:"nl"`
	EN string `json:"en"`
}

// ActivityRow is one category of processing that is carried out for controllers
// (AVG art. 30(2)(b)), with what a controller copies into its own register.
type ActivityRow struct {
	Activity   logbook.Activity `json:"activiteit"`
	Name       Words            `json:"naam"`
	Law        string           `json:"grondslag"`
	Subjects   Words            `json:"betrokkenen"`
	Data       Words            `json:"gegevens"`
	Recipients Words            `json:"ontvangers"`
}

// activities has a row for every activity of package logbook, which a test
// holds. Laws and names are those of the processing log.
func activities() []ActivityRow {
	residents := Words{"inwoners met een betalingsachterstand", "residents in arrears"}
	return []ActivityRow{
		{logbook.ActivityReport, Words{"Meldingen van betalingsachterstanden controleren, verzegelen en doorgeven", "Checking, sealing and passing on reports of arrears"},
			"Wgs art. 3 lid 1 onder b; AVG art. 6 lid 1 onder c en e", residents,
			Words{"naam, adres, klantnummer, hoogte en begin van de achterstand, inspanningen van de meldende partij; waar de overeenkomst dat toelaat geboortedatum, telefoon en e-mail. Geen BSN, geen bijzondere gegevens",
				"name, address, customer number, amount and begin of the arrears, efforts of the creditor; where the agreement allows it date of birth, telephone and e-mail. No citizen number, no special categories"},
			Words{"de gemeente van het adres", "the municipality of the address"}},
		{logbook.ActivitySignal, Words{"Verzegelde signalen aan de gemeente verstrekken", "Handing sealed signals to the municipality"},
			"Wgs art. 3 lid 1 onder b", residents,
			Words{"de verzegelde melding; samenloop met andere meldingen, bepaald met pseudoniemen", "the sealed report; coincidence with other reports, found by pseudonyms"},
			Words{"de gemeente van het adres", "the municipality of the address"}},
		{logbook.ActivityFeedback, Words{"Terugkoppelingen van gemeenten doorgeven aan meldende partijen", "Passing on feedback of municipalities to creditors"},
			"Wgs art. 3 lid 1 onder b; Bgs art. 2", residents,
			Words{"resultaat van de terugkoppeling, verwijzing naar de melding", "result of the feedback, reference to the report"},
			Words{"de meldende partij", "the creditor"}},
		{logbook.ActivityPause, Words{"Incassopauzes vastleggen, doorgeven en bewaken", "Recording, passing on and watching pauses of collection"},
			"Wgs art. 3 lid 1 onder b", residents,
			Words{"begin en einde van de pauze, verwijzing naar de melding", "begin and end of the pause, reference to the report"},
			Words{"de meldende partij, de gemeente", "the creditor, the municipality"}},
		{logbook.ActivityRights, Words{"Verzoeken en bezwaren van betrokkenen uitvoeren in opdracht van een verantwoordelijke", "Carrying out requests and objections of data subjects on a controller's instruction"},
			"AVG art. 12 tot en met 22", Words{"inwoners die een recht uitoefenen", "residents who exercise a right"},
			Words{"pseudoniemen, kenmerken zonder inhoud; wat wordt ingetypt om te zoeken, wordt niet bewaard", "pseudonyms, references without content; what is typed to search is not kept"},
			Words{"de verantwoordelijke die de opdracht gaf", "the controller that gave the instruction"}},
		{logbook.ActivityRetention, Words{"Bewaartermijnen toepassen, wissen en opschorten", "Applying terms of retention, erasing and holding"},
			"AVG art. 5 lid 1 onder e", residents,
			Words{"de verzegelde melding, pseudoniemen, kenmerken zonder inhoud", "the sealed report, pseudonyms, references without content"},
			Words{"geen; de verantwoordelijke krijgt een verwijderingsbewijs", "none; the controller gets a deletion receipt"}},
	}
}

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
		{Words{"openen", "open"}, Words{"De melding wordt ontsleuteld, en de handtekening van de meldende partij gecontroleerd.", "The report is decrypted and the creditor's signature verified."},
			Words{"Alleen wie de melding stuurde, kan haar hebben gemaakt.", "Only who sent the report can have made it."}},
		{Words{"lezen", "read"}, Words{"Alleen bekende velden worden gelezen; een BSN wordt geweigerd.", "Only known fields are read; a citizen number is refused."},
			Words{"Wat niet nodig is, komt niet binnen (AVG art. 5 lid 1 onder c).", "What is not needed does not come in (GDPR art. 5(1)(c))."}},
		{Words{"adresseren", "address"}, Words{"Postcode en huisnummer bepalen de gemeente; bij twijfel wordt geweigerd.", "Postcode and house number tell the municipality; doubt is refused."},
			Words{"Een signaal mag niet bij een andere gemeente komen.", "A signal may not reach another municipality."}},
		{Words{"toestaan", "permit"}, Words{"Wet, convenant en overeenkomst worden getoetst; velden die niet zijn toegestaan, vervallen.", "Law, covenant and agreement are tested; fields that are not allowed are dropped."},
			Words{"Zonder grondslag en overeenkomst geen verwerking (AVG art. 6).", "Without basis and agreement no processing (GDPR art. 6)."}},
		{Words{"pseudonimiseren", "blind"}, Words{"Van persoon en adres wordt per gemeente een pseudoniem met een geheime sleutel gemaakt.", "A pseudonym with a secret key is made of person and address, another per municipality."},
			Words{"Samenloop is te vinden zonder te bewaren wie het is, en niet over gemeenten heen.", "Coincidence can be found without keeping who it is, and not across municipalities."}},
		{Words{"bezwaren toetsen", "objections"}, Words{"Wie bezwaar maakte, wordt niet gemeld.", "Whoever objected is not reported."}, Words{"AVG art. 21.", "GDPR art. 21."}},
		{Words{"verzegelen", "seal"}, Words{"De inhoud wordt versleuteld voor de gemeente en nog eens onder een sleutel per gemeente en maand.", "The content is encrypted to the municipality, and once more under a key per municipality and month."},
			Words{"Het seinhuis kan niet lezen wat het bewaart, en wist door een sleutel te vernietigen.", "The gateway cannot read what it keeps, and erases by destroying a key."}},
		{Words{"vastleggen", "commit"}, Words{"Melding, pseudoniemen, ontvangstbewijs en logregel worden in een keer vastgelegd.", "Report, pseudonyms, receipt and log entry are written at once."},
			Words{"Geen handeling zonder verantwoording (AVG art. 5 lid 2).", "No act without account (GDPR art. 5(2))."}},
		{Words{"ophalen en terugkoppelen", "collect and feed back"}, Words{"De gemeente haalt op, biedt hulp aan en koppelt terug; de meldende partij hoort het resultaat en of een incassopauze ingaat.", "The municipality collects, offers help and gives feedback; the creditor hears the result and whether a pause begins."},
			Words{"De meldende partij hoort niet meer dan zij nodig heeft om incasso te laten rusten.", "The creditor hears no more than it needs to let collection rest."}},
		{Words{"wissen", "erase"}, Words{"Na de termijn wordt gewist, met een ondertekend verwijderingsbewijs.", "After the term it is erased, with a signed deletion receipt."}, Words{"AVG art. 5 lid 1 onder e.", "GDPR art. 5(1)(e)."}},
	}
}
