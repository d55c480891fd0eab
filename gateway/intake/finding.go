// SPDX-License-Identifier: EUPL-1.2

package intake

import "github.com/seinhuis/seinhuis/gateway"

type explanation struct{ rule, text string }

var explanations = map[gateway.Code]explanation{
	gateway.CodeTooLarge:       {"Seinhuis formats", "Het bericht is groter dan toegestaan."},
	gateway.CodeNotJSON:        {"RFC 8259", "De inhoud is geen geldige JSON."},
	gateway.CodeEncoding:       {"RFC 8259 par. 8.1", "De inhoud is geen geldige UTF-8."},
	gateway.CodeDuplicateField: {"RFC 7493 par. 2.3", "Een veld komt meer dan eens voor."},
	gateway.CodeTooDeep:        {"Seinhuis formats", "De inhoud is te diep genest."},
	gateway.CodeUnknownField:   {"Seinhuis formats", "Hier staat een veld dat het schema niet kent."},
	gateway.CodeMissingField:   {"Seinhuis formats", "Een verplicht veld ontbreekt."},
	gateway.CodeWrongType:      {"Seinhuis formats", "De waarde heeft een ander type dan het schema vraagt."},
	gateway.CodeBadForm:        {"Seinhuis formats", "De waarde heeft niet de voorgeschreven vorm."},
	gateway.CodeTooLong:        {"Seinhuis formats", "De waarde is te lang."},
	gateway.CodeUnknownValue:   {"DDAS v1.2", "De waarde komt niet voor in de waardelijst."},
	gateway.CodeIDMismatch:     {"Seinhuis formats", "Het id in de inhoud is niet het id in het pad."},
	gateway.CodeAmountNegative: {"Bgs art. 2", "Het bedrag van de achterstand moet hoger zijn dan nul."},
	gateway.CodeAmountTooHigh:  {"Seinhuis formats", "Het bedrag is hoger dan het schema toelaat."},
	gateway.CodeFutureDate:     {"Seinhuis formats", "De datum ligt in de toekomst."},
	gateway.CodeDateOrder:      {"Seinhuis formats", "De datums staan in een onmogelijke volgorde."},
	gateway.CodeBSN:            {"Wabb; Bgs art. 2", "Hier staat een getal dat een burgerservicenummer kan zijn; dat mag niet worden gemeld."},
	gateway.CodeControlChar:    {"Seinhuis formats", "De tekst bevat een stuurteken."},
}

// finding makes a Finding with the standing rule and sentence of its code.
func finding(code gateway.Code, pointer, text string) gateway.Finding {
	e := explanations[code]
	if text == "" {
		text = e.text
	}
	return gateway.Finding{Code: code, Pointer: pointer, Rule: e.rule, Text: text}
}

// NewFinding is finding for the other steps that read documents.
func NewFinding(code gateway.Code, pointer string) gateway.Finding { return finding(code, pointer, "") }
