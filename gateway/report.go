// SPDX-License-Identifier: EUPL-1.2

package gateway

// ReportKind (soort) is the kind of arrears; the values are those of
// EnumSignaalpartner in DDAS v1.2, verbatim.
type ReportKind string

const (
	ReportEnergy    ReportKind = "Energie"
	ReportWater     ReportKind = "Water"
	ReportRent      ReportKind = "Huur"
	ReportHealth    ReportKind = "Zorg"
	ReportMortgage  ReportKind = "Hypotheek"
	ReportTax       ReportKind = "Belastingdienst"
	ReportCAKOwn    ReportKind = "CAK Eigen bijdrage"
	ReportCAKHealth ReportKind = "CAK Zorgverzekeringen"
	ReportBenefits  ReportKind = "Dienst Toeslagen"
	ReportDUO       ReportKind = "DUO"
	ReportOther     ReportKind = "Overige"
)

// ReportKinds lists all kinds in DDAS order.
func ReportKinds() []ReportKind {
	return []ReportKind{ReportTax, ReportCAKOwn, ReportCAKHealth, ReportBenefits, ReportDUO,
		ReportEnergy, ReportRent, ReportMortgage, ReportOther, ReportWater, ReportHealth}
}

// Report (melding) is what a creditor sends about one arrears. The JSON names
// are the wire contract; docs/openapi.yaml describes each field. There is no
// field for a BSN: no rule lets a creditor send one (Bgs art. 2).
type Report struct {
	ID            ReportID   `json:"meldingId"`
	Kind          ReportKind `json:"soort"`
	Basis         Basis      `json:"grondslag,omitzero"`         // BasisWgs when absent
	ConsentDate   Date       `json:"toestemmingsdatum,omitzero"` // only with BasisConsent
	Pilot         string     `json:"regeling,omitzero"`          // "gemeentebelastingen" with kind Overige
	Reference     Personal   `json:"kenmerk,omitzero"`           // customer number at the creditor
	SignalDate    Date       `json:"signaaldatum"`
	ArrearsSince  Date       `json:"ontstaansdatum"`
	AmountInCents int64      `json:"bedragInCenten"`
	Crisis        bool       `json:"crisissignaal"`
	WarmHandover  bool       `json:"warmeOverdracht"`
	EndOfSupply   Date       `json:"eindeLevering,omitzero"`
	Efforts       Efforts    `json:"inspanningen"`
	Person        Person     `json:"persoon"`
	Address       Address    `json:"adres"`
	Contact       Contact    `json:"contact,omitzero"`
	Salt          Personal   `json:"zout,omitzero"` // random, so that the digest in receipt and log cannot be guessed back
}

// Efforts (inspanningen) is what the creditor declares to have done first
// (Bgs art. 2 and the sector rules). The gateway checks presence and order;
// the creditor answers for the truth.
type Efforts struct {
	PersonalContact Date   `json:"persoonlijkContact,omitzero"`
	PointedToHelp   Date   `json:"gewezenOpHulp,omitzero"`
	Reminders       []Date `json:"herinneringen,omitzero"`
	OfferMade       Date   `json:"aanbod,omitzero"`            // offered to pass on contact data
	PaymentPlan     Date   `json:"betalingsregeling,omitzero"` // reasonable arrangement offered
	Objection       bool   `json:"bezwaar"`                    // the person objected to being reported
}

// Person is who the report is about.
type Person struct {
	Initials  Personal `json:"voorletters,omitzero"`
	Prefix    Personal `json:"voorvoegsel,omitzero"`
	Surname   Personal `json:"achternaam"`
	BirthDate Personal `json:"geboortedatum,omitzero"` // yyyy-mm-dd, only when the agreement allows it
}

// Address is where the person lives. Postcode and number decide the
// municipality; street and place never do.
type Address struct {
	Postcode Personal    `json:"postcode"`
	Number   HouseNumber `json:"huisnummer"`
	Letter   Personal    `json:"huisletter,omitzero"`
	Addition Personal    `json:"huisnummertoevoeging,omitzero"`
	Street   Personal    `json:"straat,omitzero"`
	Place    Personal    `json:"plaats,omitzero"`
}

// Contact is how the person can be reached.
type Contact struct {
	Phone Personal `json:"telefoon,omitzero"`
	Email Personal `json:"email,omitzero"`
}
