// SPDX-License-Identifier: EUPL-1.2

package audit

// Event is a code of the catalogue below. The constant is the value on the wire.
type Event string

const (
	ServiceStarted      Event = "dienst-gestart"
	ServiceStopped      Event = "dienst-gestopt"
	AccessRefused       Event = "toegang-geweigerd"
	ReportReceived      Event = "melding-ontvangen"
	ReportRepeated      Event = "melding-herhaald"
	ReportRefused       Event = "melding-geweigerd"
	ReportChecked       Event = "melding-gecontroleerd"
	ReportWithdrawn     Event = "melding-ingetrokken"
	ReportCorrected     Event = "melding-gecorrigeerd"
	BatchReceived       Event = "aanlevering-ontvangen"
	BatchRefused        Event = "aanlevering-geweigerd"
	BatchDone           Event = "aanlevering-gereed"
	ReceiptGiven        Event = "bewijs-gegeven"
	SignalsListed       Event = "signalen-opgevraagd"
	SignalOffered       Event = "signaal-aangeboden"
	SignalHanded        Event = "signaal-verstrekt"
	SignalRead          Event = "signaal-gelezen"
	SignalConfirmed     Event = "signaal-ontvangst-bevestigd"
	FeedbackReceived    Event = "terugkoppeling-ontvangen"
	FeedbackRefused     Event = "terugkoppeling-geweigerd"
	NoticePrepared      Event = "bericht-klaargezet"
	NoticesListed       Event = "berichten-opgevraagd"
	NoticeOffered       Event = "bericht-aangeboden"
	NoticeConfirmed     Event = "bericht-bevestigd"
	PauseStarted        Event = "pauze-ingegaan"
	PauseChanged        Event = "pauze-gewijzigd"
	PauseChangeRefused  Event = "pauzewijziging-geweigerd"
	PauseChangeRepeated Event = "pauzewijziging-herhaald"
	PauseRead           Event = "pauze-ingezien"
	PausesListed        Event = "pauzes-opgevraagd"
	AlarmRaised         Event = "alarm-gegeven"
	AlarmSettled        Event = "alarm-opgelost"
	AlarmsRead          Event = "alarmen-ingezien"
	PartyRegistered     Event = "partij-ingeschreven"
	PartyChanged        Event = "partij-gewijzigd"
	PartyWithdrawn      Event = "partij-ingetrokken"
	AgreementConcluded  Event = "overeenkomst-gesloten"
	AgreementEnded      Event = "overeenkomst-beeindigd"
	PolicyLoaded        Event = "beleid-geladen"
	RoutingLoaded       Event = "routering-geladen"
	PolicyProposed      Event = "beleid-voorgesteld"
	PolicyApproved      Event = "beleid-goedgekeurd"
	PolicyAdopted       Event = "beleid-vastgesteld"
	PolicyRejected      Event = "beleid-afgewezen"
	KeyMade             Event = "sleutel-gemaakt"
	KeyDestroyed        Event = "sleutel-vernietigd"
	DataErased          Event = "gegevens-gewist"
	LogRead             Event = "logboek-gelezen"
	LogExported         Event = "logboek-uitgevoerd"
	ProcessingRead      Event = "verwerkingen-opgevraagd"
	LogDoubted          Event = "logboek-betwijfeld"
	LogCosigned         Event = "logboek-medeondertekend"
	WebhookSet          Event = "webhook-ingesteld"
	WebhookChanged      Event = "webhook-gewijzigd"
	WebhookRemoved      Event = "webhook-verwijderd"
	WebhookFailed       Event = "webhook-onbestelbaar"
	WebhookReplayed     Event = "webhook-herhaald"

	ReorganisationPrepared  Event = "herindeling-voorbereid"
	ReorganisationCancelled Event = "herindeling-ingetrokken"
	ReorganisationDone      Event = "herindeling-uitgevoerd"
	PersonSought            Event = "persoon-gezocht"
	OverviewMade            Event = "overzicht-gemaakt"
	ErasedOnRequest         Event = "gewist-op-verzoek"
	ErasureRefused          Event = "wissing-geweigerd"
	ObjectionPlaced         Event = "bezwaar-vastgelegd"
	ObjectionLifted         Event = "bezwaar-opgeheven"
	ObjectionsListed        Event = "bezwaren-opgevraagd"
	RequestOpened           Event = "verzoek-geopend"
	RequestExtended         Event = "verzoek-verlengd"
	RequestHandedOn         Event = "verzoek-overgedragen"
	RequestClosed           Event = "verzoek-gesloten"
	DeletionsListed         Event = "verwijderingen-opgevraagd"
	HoldProposed            Event = "opschorting-voorgesteld"
	HoldPlaced              Event = "opschorting-ingegaan"
	HoldApplied             Event = "opschorting-toegepast"
	HoldLifted              Event = "opschorting-opgeheven"
	OverviewSeen            Event = "stand-ingezien"
	AgreementsRead          Event = "overeenkomsten-ingezien"
	KeysRead                Event = "sleutels-ingezien"
	RequestsRead            Event = "verzoeken-ingezien"
	BreachOpened            Event = "datalek-geopend"
	BreachExamined          Event = "datalek-onderzocht"
	BreachAdvanced          Event = "datalek-bijgewerkt"
	BreachRead              Event = "datalek-ingezien"
	ReportMade              Event = "rapport-gemaakt"
	RegisterMade            Event = "register-gemaakt"

	BackupMade      Event = "reservekopie-gemaakt"
	ServiceRestored Event = "dienst-hersteld"
	ServiceMoved    Event = "dienst-verhuisd"
	LogRestarted    Event = "logboek-herbegonnen"

	OfficerCodeGiven Event = "aanmeldcode-gegeven"
	OfficerSignedIn  Event = "functionaris-aangemeld"
	OfficerSignedOut Event = "functionaris-afgemeld"
)

// Role is in what capacity someone acts.
type Role string

const (
	Creditor     Role = "meldende-partij" // actor is an OIN
	Municipality Role = "gemeente"        // actor is an OIN
	Officer      Role = "functionaris"    // actor is functionaris/<uuid>, or an OIN for an officer's client
	Operator     Role = "beheer"          // actor is beheer
	Gateway      Role = "seinhuis"        // actor is seinhuis
	Unknown      Role = "onbekend"        // actor is onbekend: nobody that could be named
)

// Kind is the first word of an object.
type Kind string

const (
	KindService   Kind = "dienst"
	KindReport    Kind = "melding"        // melding/<oin>/<uuid>
	KindBatch     Kind = "aanlevering"    // aanlevering/<oin>/<uuid>
	KindSignal    Kind = "signaal"        // signaal/<uuid>
	KindFeedback  Kind = "terugkoppeling" // terugkoppeling/<signal uuid>/<uuid>
	KindNotice    Kind = "bericht"        // bericht/<uuid>
	KindPause     Kind = "pauze"          // pauze/<uuid>
	KindParty     Kind = "partij"         // partij/<oin>
	KindAgreement Kind = "overeenkomst"   // overeenkomst/<uuid>, with that of the one it continues, or overeenkomst/<oin>/<oin>
	KindPolicy    Kind = "beleid"         // beleid/<digest>, with the uuid of a proposal
	KindRouting   Kind = "routering"      // routering/<digest>, or routering/<month>
	KindKey       Kind = "sleutel"        // sleutel/<kid in hex>, or of a scope sleutel/<gemeente, or oin for notices>/<month, or uuid of a hold>; the use is a code
	KindDeletion  Kind = "verwijdering"   // verwijdering/<oin>/<uuid>, or verwijdering/<oin>
	KindHold      Kind = "opschorting"    // opschorting/<uuid>, or opschorting/<oin>/<uuid>: the claim that it would be about
	KindLog       Kind = "logboek"

	KindReorganisation Kind = "herindeling" // herindeling/<uuid>/<old gemeente>/<successor>
	KindInstruction    Kind = "opdracht"    // opdracht/<oin of the controller>/<gemeente>/<uuid>
	KindRequest        Kind = "verzoek"     // verzoek/<uuid>
	KindBreach         Kind = "datalek"     // datalek/<uuid>, or datalek/<oin of a controller that it touches>/<uuid>
)

// Meaning is one row of the catalogue.
type Meaning struct {
	Event   Event
	Dutch   string // what happened, in one sentence for officials
	Roles   []Role // who may have done it
	Objects []Kind // what it may be about
	Refusal bool   // the event is a refusal: its result is geweigerd and it has a code
}

// Catalogue gives every event with its meaning, in the order of docs/audit-events.md. The list is made anew at each call.
func Catalogue() []Meaning {
	who := func(r ...Role) []Role { return r }
	what := func(k ...Kind) []Kind { return k }
	anyone := who(Creditor, Municipality, Officer, Operator, Gateway, Unknown)
	return []Meaning{
		{ServiceStarted, "De dienst is gestart.", who(Gateway), what(KindService), false},
		{ServiceStopped, "De dienst is gestopt.", who(Gateway), what(KindService), false},
		{AccessRefused, "Een verzoek is geweigerd voordat de inhoud is gelezen: onbekende partij, ongeldig certificaat of geen recht op deze ingang.",
			anyone, what(KindService, KindReport, KindBatch, KindSignal, KindFeedback, KindNotice, KindPause, KindParty, KindAgreement, KindLog), true},

		{ReportReceived, "Een melding is gecontroleerd, toegelaten, verzegeld en vastgelegd; het ontvangstbewijs is gegeven.", who(Creditor), what(KindReport), false},
		{ReportRepeated, "Een melding is nogmaals ingestuurd; hetzelfde ontvangstbewijs is opnieuw gegeven.", who(Creditor), what(KindReport), false},
		{ReportRefused, "Een melding is geweigerd; alleen de redencodes en een digest zijn bewaard.", who(Creditor), what(KindReport, KindBatch), true},
		{ReportChecked, "Een melding is op proef gecontroleerd; er is niets bewaard.", who(Creditor), what(KindReport, KindBatch, KindParty), false},
		{ReportWithdrawn, "De meldende partij heeft een melding ingetrokken.", who(Creditor), what(KindReport), false},
		{ReportCorrected, "De meldende partij heeft een melding gecorrigeerd.", who(Creditor), what(KindReport), false},
		{BatchReceived, "Een bestand met meldingen is ontvangen en versleuteld bewaard, om te worden gecontroleerd en verwerkt.", who(Creditor), what(KindBatch), false},
		{BatchRefused, "Een bestand met meldingen is als geheel geweigerd; geen regel ervan is verwerkt.", who(Creditor, Gateway), what(KindBatch), true},
		{BatchDone, "Alle regels van een bestand met meldingen zijn verwerkt; het ondertekende overzicht ligt klaar.", who(Gateway), what(KindBatch), false},
		{ReceiptGiven, "Een ontvangstbewijs, een verwijderingsbewijs of een overzicht van uitkomsten is opnieuw opgevraagd en gegeven.", who(Creditor, Municipality), what(KindReport, KindBatch, KindFeedback, KindNotice, KindDeletion), false},

		{SignalsListed, "De lijst van signalen is opgevraagd.", who(Municipality), what(KindParty), false},
		{SignalOffered, "Een signaal stond voor het eerst in een opgevraagde lijst.", who(Municipality), what(KindSignal), false},
		{SignalHanded, "De verzegelde inhoud van een signaal is opgevraagd en wordt verstuurd.", who(Municipality), what(KindSignal), false},
		{SignalRead, "De verzegelde inhoud van een signaal is volledig gelezen.", who(Municipality), what(KindSignal), false},
		{SignalConfirmed, "De gemeente heeft de ontvangst van een signaal bevestigd.", who(Municipality), what(KindSignal), false},

		{FeedbackReceived, "Een terugkoppeling is ontvangen en vastgelegd.", who(Municipality), what(KindFeedback, KindSignal), false},
		{FeedbackRefused, "Een terugkoppeling is geweigerd; alleen de redencodes en een digest zijn bewaard.", who(Municipality), what(KindFeedback, KindSignal), true},
		{NoticePrepared, "Een bericht aan een partij is ondertekend en klaargezet.", who(Municipality, Creditor, Gateway), what(KindNotice), false},
		{NoticesListed, "De lijst van berichten is opgevraagd.", who(Creditor, Municipality), what(KindParty), false},
		{NoticeOffered, "Een bericht stond voor het eerst in een opgevraagde lijst, die de tekst ervan meegeeft.", who(Creditor, Municipality), what(KindNotice), false},
		{NoticeConfirmed, "Een partij heeft een bericht bevestigd (ontvangen of toegepast; zie de code).", who(Creditor, Municipality), what(KindNotice), false},
		{PauseStarted, "Een incassopauze is ingegaan.", who(Municipality, Gateway), what(KindPause), false},
		{PauseChanged, "Een incassopauze is verlengd, beëindigd, gecorrigeerd, betwist, gehandhaafd of overgedragen, of is verstreken (zie de code).", who(Municipality, Creditor, Gateway), what(KindPause), false},
		{PauseChangeRefused, "Een wijziging van een incassopauze is geweigerd; alleen de redencodes en een digest zijn bewaard.", who(Municipality, Creditor), what(KindPause), true},
		{PauseChangeRepeated, "Een wijziging van een incassopauze is nogmaals ingestuurd; hetzelfde bewijs is opnieuw gegeven.", who(Municipality, Creditor), what(KindPause), false},
		{PauseRead, "De stand en de geschiedenis van een incassopauze zijn opgevraagd; daarvan is een ondertekende verklaring gegeven.", who(Municipality, Creditor), what(KindPause), false},
		{PausesListed, "De lijst van eigen incassopauzes, met hun open alarmen, is opgevraagd.", who(Municipality, Creditor), what(KindParty), false},
		{AlarmRaised, "Een klok is afgelopen: een pauze is niet op tijd ontvangen of toegepast, een betwisting is niet beantwoord, of een signaal wacht te lang (zie de code).", who(Gateway), what(KindNotice, KindPause, KindSignal), false},
		{AlarmSettled, "Wat een alarm gaf, is alsnog gebeurd.", who(Gateway), what(KindNotice, KindPause, KindSignal), false},
		{AlarmsRead, "De openstaande alarmen, of de aantallen signalen zonder terugkoppeling, zijn ingezien.", who(Officer, Operator), what(KindService), false},

		{PartyRegistered, "Een partij is ingeschreven.", who(Operator), what(KindParty), false},
		{PartyChanged, "De inschrijving van een partij is gewijzigd.", who(Operator, Creditor, Municipality), what(KindParty), false},
		{PartyWithdrawn, "De inschrijving van een partij is ingetrokken.", who(Operator, Gateway), what(KindParty), false},
		{WebhookSet, "Voor een partij is een webhook ingesteld: het adres waaraan zij hoort dat er iets klaarligt.", who(Operator), what(KindParty), false},
		{WebhookChanged, "Het adres of de onderwerpen van een webhook zijn gewijzigd, of de webhook is uitgezet omdat het adres niet meer bestaat (zie de code).",
			who(Operator, Gateway), what(KindParty), false},
		{WebhookRemoved, "De webhook van een partij is verwijderd.", who(Operator), what(KindParty), false},
		{WebhookFailed, "Een webhookbericht is na alle pogingen niet bezorgd; de partij haalt zelf op wat klaarligt.", who(Gateway), what(KindParty), false},
		{WebhookReplayed, "Webhookberichten die niet waren bezorgd, worden opnieuw geprobeerd.", who(Operator), what(KindParty), false},
		{AgreementConcluded, "Een overeenkomst tussen een gemeente en een meldende partij is vastgelegd.", who(Operator, Municipality, Gateway), what(KindAgreement), false},
		{AgreementEnded, "Een overeenkomst is beëindigd.", who(Operator, Municipality, Gateway), what(KindAgreement), false},

		{ReorganisationPrepared, "Een herindeling is voorbereid: deze gemeente gaat op de dag in de codes op in haar opvolger.", who(Operator), what(KindReorganisation), false},
		{ReorganisationCancelled, "Een voorbereide herindeling is ingetrokken.", who(Operator), what(KindReorganisation), false},
		{ReorganisationDone, "Een herindeling is uitgevoerd: de signalen van deze gemeente zijn naar haar opvolger overgegaan; het aantal staat erbij.",
			who(Gateway), what(KindReorganisation), false},

		{PolicyLoaded, "Een beleidsdocument is in werking gesteld.", who(Operator, Gateway), what(KindPolicy), false},
		{PolicyProposed, "Een functionaris heeft een beleid voorgesteld (zie de code voor de aanleiding); het geldt nog niet.", who(Officer), what(KindPolicy), false},
		{PolicyApproved, "Een functionaris heeft een voorgesteld beleid goedgekeurd en dat ondertekend.", who(Officer), what(KindPolicy), false},
		{PolicyAdopted, "Een beleid is vastgesteld: een tweede functionaris keurde het goed, of het is bij de installatie ingevoerd (zie de code).", who(Officer, Gateway), what(KindPolicy), false},
		{PolicyRejected, "Een voorgesteld beleid is afgewezen of ingetrokken, of een vastgesteld beleid is voor zijn ingangsdatum vervangen (zie de code).", who(Officer), what(KindPolicy), false},
		{RoutingLoaded, "Een tabel van adressen en gemeenten is in werking gesteld.", who(Operator, Gateway), what(KindRouting), false},
		{KeyMade, "Een sleutel is gemaakt.", who(Operator, Gateway), what(KindKey), false},
		{KeyDestroyed, "Een sleutel is vernietigd; wat ermee verzegeld was, is nergens meer te openen.", who(Operator, Gateway), what(KindKey), false},
		{DataErased, "Gegevens waarvan de bewaartermijn om was, zijn gewist.", who(Gateway, Operator),
			what(KindReport, KindSignal, KindBatch, KindFeedback, KindNotice, KindPause, KindParty, KindLog, KindDeletion), false},
		{ProcessingRead, "Een partij heeft regels uit haar eigen verwerkingenlogboek opgevraagd.", who(Creditor, Municipality), what(KindParty), false},
		{DeletionsListed, "De lijst van verwijderingsbewijzen is opgevraagd.", who(Creditor, Municipality), what(KindParty), false},
		{HoldProposed, "Een functionaris heeft voorgesteld het wissen van een melding en wat daarbij hoort op te schorten.", who(Officer), what(KindHold), false},
		{HoldPlaced, "Een tweede functionaris heeft de opschorting van het wissen bevestigd; zij geldt tot en met haar einddatum.", who(Officer), what(KindHold), false},
		{HoldApplied, "Wat onder een opschorting valt, is onder een eigen sleutel gebracht.", who(Gateway, Operator), what(KindHold), false},
		{HoldLifted, "Een opschorting van het wissen is opgeheven; de bewaartermijnen gelden weer.", who(Officer), what(KindHold), false},

		{PersonSought, "In opdracht van een verantwoordelijke is opgezocht wat van een persoon of adres is bewaard; wie dat is, staat hier niet.", who(Officer), what(KindInstruction), false},
		{OverviewMade, "In opdracht van een verantwoordelijke is een overzicht voor inzage gemaakt (AVG art. 15).", who(Officer), what(KindInstruction), false},
		{ErasedOnRequest, "In opdracht van een verantwoordelijke zijn gegevens van een persoon gewist (AVG art. 17).", who(Officer), what(KindInstruction), false},
		{ErasureRefused, "Een opdracht om te wissen is niet uitgevoerd (zie de code).", who(Officer), what(KindInstruction), true},
		{ObjectionPlaced, "Een bezwaar tegen meldingen over een persoon is vastgelegd (AVG art. 21).", who(Officer), what(KindInstruction), false},
		{ObjectionLifted, "Een bezwaar tegen meldingen is opgeheven en gewist.", who(Officer), what(KindInstruction), false},
		{ObjectionsListed, "De lijst van lopende bezwaren van een verantwoordelijke is opgevraagd; personen staan er niet in.", who(Officer), what(KindInstruction), false},
		{RequestOpened, "Een verzoek van een betrokkene is ingeboekt (zie de code voor het soort); de termijn loopt.", who(Officer), what(KindRequest), false},
		{RequestExtended, "De termijn van een verzoek is met twee maanden verlengd (zie de code voor de reden).", who(Officer), what(KindRequest), false},
		{RequestHandedOn, "Een verzoek is overgedragen aan de juiste verantwoordelijke; de termijn loopt door.", who(Officer), what(KindRequest), false},
		{RequestClosed, "Een verzoek van een betrokkene is afgehandeld (zie de code voor de uitkomst).", who(Officer), what(KindRequest), false},
		{OverviewSeen, "De stand van zaken van een partij is ingezien: aantallen pauzes, wachtende signalen, alarmen en termijnen.", who(Officer), what(KindParty, KindService), false},
		{AgreementsRead, "De overeenkomsten van een partij, of de geschiedenis van een overeenkomst, zijn ingezien.", who(Officer), what(KindParty, KindService), false},
		{KeysRead, "De sleutels en certificaten van een partij, of die van het seinhuis, zijn ingezien; alleen openbare helften.", who(Officer), what(KindParty, KindService), false},
		{RequestsRead, "De lijst van verzoeken van betrokkenen aan een partij is ingezien; personen staan er niet in.", who(Officer), what(KindParty, KindService), false},
		{BreachOpened, "Een dossier van een (mogelijk) datalek is geopend (zie de code voor de aard).", who(Officer), what(KindBreach), false},
		{BreachExamined, "Van een datalek is bepaald welke verantwoordelijken en hoeveel personen het raakt; het aantal vermeldingen staat erbij.", who(Officer), what(KindBreach), false},
		{BreachAdvanced, "In een datalek is vastgelegd dat een verantwoordelijke, de toezichthouder of betrokkenen zijn ingelicht, of dat het voor een verantwoordelijke is afgedaan (zie de code).",
			who(Officer), what(KindBreach), false},
		{BreachRead, "Dossiers van datalekken, of de berichten die daaruit volgen, zijn ingezien.", who(Officer), what(KindBreach, KindParty, KindService), false},
		{ReportMade, "Het maandrapport van een partij is gemaakt.", who(Officer, Operator), what(KindParty), false},
		{RegisterMade, "Het register van verwerkingen of de bijlage voor een DPIA is gemaakt (zie de code).", who(Officer, Operator), what(KindParty, KindService), false},
		{OfficerCodeGiven, "Beheer heeft een eenmalige code gegeven om mee aan te melden in de console (zie de codes voor de rollen).", who(Operator), what(KindService, KindParty), false},
		{OfficerSignedIn, "Een functionaris heeft zich aangemeld in de console (zie de codes voor de wijze en de rollen).", who(Officer), what(KindService), false},
		{OfficerSignedOut, "Een functionaris heeft zich afgemeld.", who(Officer), what(KindService), false},
		{BackupMade, "Er is begonnen met een reservekopie: versleuteld voor de herstelsleutel (sleutel in het object), en ondertekend.", who(Operator, Gateway), what(KindKey), false},
		{ServiceRestored, "De dienst gaat verder op een teruggezette reservekopie; wat elders bekend was van het logboek (digest van die stand) staat er geheel in.",
			who(Operator), what(KindService), false},
		{ServiceMoved, "Er is begonnen de gegevens naar een andere opslag te verhuizen.", who(Operator), what(KindService), false},
		{LogRestarted, "Het logboek gaat na verlies verder onder een andere naam, op de teruggezette stand (digest); het aantal zegt tot en met welke regel die loopt. " +
			"Wat onder de oude naam daarna kwam, is verloren.", who(Operator), what(KindLog), false},
		{LogRead, "Het logboek is ingezien.", who(Officer, Operator), what(KindLog), false},
		{LogExported, "Het logboek of een deel ervan is uitgevoerd.", who(Officer, Operator), what(KindLog), false},
		{LogDoubted, "Een controle van het logboek is niet goed afgelopen: het klopt niet met een ondertekende stand, of dat is niet aan te tonen (zie de code).",
			who(Officer, Operator), what(KindLog), false},
		{LogCosigned, "Een getuige heeft medeondertekend dat het logboek alleen is gegroeid.", who(Creditor, Municipality), what(KindLog), false},
	}
}

// meaning finds an event in the catalogue.
// MeaningOf gives the row of an event, and whether the catalogue has it.
func MeaningOf(e Event) (Meaning, bool) { return meaning(e) }

func meaning(e Event) (Meaning, bool) {
	m, ok := catalogue[e]
	return m, ok
}

// catalogue is Catalogue by event; an immutable table.
var catalogue = func() map[Event]Meaning {
	m := map[Event]Meaning{}
	for _, row := range Catalogue() {
		m[row.Event] = row
	}
	return m
}()
