// SPDX-License-Identifier: EUPL-1.2

package gateway

// Code names what is wrong, for machines: kebab-case Dutch, part of the wire
// contract (docs/openapi.yaml lists them all). Policy documents add the codes
// of their own rules.
type Code string

// The codes of the strict door (package adapters/jose and the decoder).
const (
	CodeMediaType       Code = "onbekend-mediatype"
	CodeTooLarge        Code = "bericht-te-groot"
	CodeNotCompact      Code = "geen-compacte-jose"
	CodeAlgorithm       Code = "algoritme-niet-toegestaan"
	CodeHeader          Code = "kopveld-niet-toegestaan"
	CodeCritical        Code = "crit-onbekend"
	CodeKey             Code = "sleutel-onbekend"
	CodeUndecryptable   Code = "niet-te-ontsleutelen"
	CodeSignature       Code = "handtekening-ongeldig"
	CodeNotJSON         Code = "geen-json"
	CodeEncoding        Code = "geen-utf-8"
	CodeDuplicateField  Code = "veld-dubbel"
	CodeTooDeep         Code = "te-diep"
	CodeUnknownField    Code = "veld-onbekend"
	CodeMissingField    Code = "veld-ontbreekt"
	CodeWrongType       Code = "verkeerd-type"
	CodeBadForm         Code = "verkeerde-vorm"
	CodeTooLong         Code = "te-lang"
	CodeUnknownValue    Code = "waarde-onbekend"
	CodeIDMismatch      Code = "id-ongelijk"
	CodeAmountNegative  Code = "bedrag-niet-positief"
	CodeAmountTooHigh   Code = "bedrag-boven-grens"
	CodeFutureDate      Code = "datum-in-toekomst"
	CodeDateOrder       Code = "datumvolgorde"
	CodeBSN             Code = "bsn-niet-toegestaan"
	CodeControlChar     Code = "stuurteken"
	CodeConflict        Code = "id-bezet"
	CodeUnknownReport   Code = "melding-onbekend"
	CodeUnknownSignal   Code = "signaal-onbekend"
	CodeUnknownNotice   Code = "bericht-onbekend"
	CodeWithdrawn       Code = "melding-ingetrokken"
	CodeErased          Code = "inhoud-gewist"
	CodeElsewhere       Code = "correctie-andere-gemeente"
	CodeOtherKind       Code = "correctie-andere-soort"
	CodeTooCorrected    Code = "correctie-te-vaak"
	CodePauseTooLong    Code = "pauze-te-lang"
	CodePauseNotAllowed Code = "pauze-niet-bij-resultaat"
	CodePauseExists     Code = "pauze-bestaat-al"
	CodePauseOver       Code = "pauze-al-voorbij"
	CodeNotRelated      Code = "signaal-niet-verwant"
	CodeUnknownPause    Code = "pauze-onbekend"
	CodePauseClosed     Code = "pauze-niet-lopend"
	CodePauseProlonged  Code = "pauze-vaak-genoeg-verlengd"
	CodePauseNotLonger  Code = "pauze-niet-langer"
	CodePauseNotShorter Code = "pauze-niet-korter"
	CodePauseContested  Code = "pauze-al-betwist"
	CodeNotContested    Code = "pauze-niet-betwist"
	CodeContestTooLate  Code = "betwisting-te-laat"
	CodeNotYourChange   Code = "wijziging-niet-van-deze-partij"
	CodeReviewOutside   Code = "toetsdatum-buiten-pauze"
	CodeTakerUnknown    Code = "overnemer-onbekend"
	CodePauseTooMany    Code = "pauze-te-veel-wijzigingen"
	CodeUnknownDeletion Code = "verwijderingsbewijs-onbekend"
	CodeUnknownActivity Code = "verwerkingsactiviteit-onbekend"
	CodeQuestionTooOpen Code = "vraag-te-ruim"
)

// The codes of routing.
const (
	CodePostcodeUnknown   Code = "postcode-onbekend"
	CodePostbus           Code = "postbus"
	CodeAddressAmbiguous  Code = "adres-in-meer-gemeenten"
	CodeNumberUnknown     Code = "huisnummer-onbekend"
	CodeMunicipalityEnded Code = "gemeente-opgeheven"
)

// The codes of permission that policy documents do not hold themselves.
const (
	CodeNoAgreement            Code = "geen-overeenkomst"
	CodeMunicipalityNotJoined  Code = "gemeente-niet-aangesloten"
	CodeMunicipalityWithoutKey Code = "gemeente-zonder-sleutel"
)

// The codes of the door itself.
const (
	CodeNoCertificate      Code = "certificaat-ontbreekt"
	CodeCertificateInvalid Code = "certificaat-ongeldig"
	CodeCertificateRevoked Code = "certificaat-ingetrokken"
	CodePartyUnknown       Code = "partij-onbekend"
	CodePartyKind          Code = "partijsoort-niet-toegestaan"
	CodePartyInactive      Code = "partij-niet-actief"
	CodePathUnknown        Code = "pad-onbekend"
	CodeMethod             Code = "methode-niet-toegestaan"
	CodeParameter          Code = "parameter-ongeldig"
	CodeBusy               Code = "te-veel-verzoeken"
	CodeExchangeInvalid    Code = "transactie-id-ongeldig"
	CodeExchangeMissing    Code = "transactie-id-ontbreekt"
	CodeUnavailable        Code = "tijdelijk-niet-beschikbaar"
	CodeInternal           Code = "interne-fout"
)
