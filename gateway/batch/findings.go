// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"strconv"

	"github.com/seinhuis/seinhuis/gateway"
)

// The codes of files.
const (
	CodeUnknownBatch  gateway.Code = "aanlevering-onbekend"
	CodeEnvelope      gateway.Code = "verpakking-onbekend"
	CodeLayout        gateway.Code = "indeling-onbekend"
	CodeEmptyFile     gateway.Code = "bestand-leeg"
	CodeTooManyLines  gateway.Code = "te-veel-regels"
	CodeLineTooLong   gateway.Code = "regel-te-lang"
	CodeEmptyLine     gateway.Code = "regel-leeg"
	CodeUnknownColumn gateway.Code = "kolom-onbekend"
	CodeMissingColumn gateway.Code = "kolom-ontbreekt"
	CodeDoubleColumn  gateway.Code = "kolom-dubbel"
	CodeCells         gateway.Code = "aantal-cellen"
	CodeQuotes        gateway.Code = "aanhalingsteken"
	CodeFormula       gateway.Code = "formule-niet-toegestaan"
)

// Codes lists the codes above, for the contract.
func Codes() []gateway.Code {
	return []gateway.Code{CodeUnknownBatch, CodeEnvelope, CodeLayout, CodeEmptyFile, CodeTooManyLines, CodeLineTooLong, CodeEmptyLine,
		CodeUnknownColumn, CodeMissingColumn, CodeDoubleColumn, CodeCells, CodeQuotes, CodeFormula}
}

// sentences has one safe Dutch sentence per code; an immutable table.
var sentences = map[gateway.Code]string{
	CodeUnknownBatch:          "Van deze aanlevering is niets bekend.",
	CodeEnvelope:              "Deze verpakking wordt niet aangenomen; gebruik JOSE of OpenPGP.",
	CodeLayout:                "Deze indeling wordt niet aangenomen; gebruik ndjson of csv.",
	CodeEmptyFile:             "Het bestand heeft geen regels met meldingen.",
	CodeTooManyLines:          "Het bestand heeft meer dan 1.000.000 regels.",
	CodeLineTooLong:           "Een regel is langer dan 64 KiB.",
	CodeEmptyLine:             "Een regel is leeg.",
	CodeUnknownColumn:         "Deze kolom is niet bekend; de namen staan in de documentatie.",
	CodeMissingColumn:         "Een verplichte kolom ontbreekt.",
	CodeDoubleColumn:          "Een kolom komt meer dan eens voor.",
	CodeCells:                 "De regel heeft niet zoveel cellen als de kopregel.",
	CodeQuotes:                "Aanhalingstekens sluiten niet op deze regel, of staan binnen een cel zonder aanhalingstekens.",
	CodeFormula:               "De cel begint als een formule van een rekenblad.",
	gateway.CodeEncoding:      "De inhoud is geen geldige UTF-8; sla het bestand op als \"CSV UTF-8\".",
	gateway.CodeTooLarge:      "Het bestand is groter dan toegestaan voor deze verpakking.",
	gateway.CodeBusy:          "Er staan al te veel aanleveringen van deze partij klaar, of er loopt al een vergelijking; herhaal het later.",
	gateway.CodeConflict:      "Onder dit id is al een ander bestand ontvangen; gebruik een nieuw id.",
	gateway.CodePartyInactive: "De partij is niet actief.",
	gateway.CodeInternal:      "Het bestand is bij ons niet meer te lezen; lever het opnieuw aan onder een nieuw id.",
	gateway.CodePartyUnknown:  "De partij is niet bekend.",
	gateway.CodePartyKind:     "Alleen meldende partijen leveren meldingen aan.",
}

// found makes a finding about the file or one of its lines.
func found(code gateway.Code, pointer string) gateway.Finding {
	rule := "Seinhuis formats"
	switch code {
	case gateway.CodeEncoding:
		rule = "RFC 3629"
	case CodeQuotes, CodeCells:
		rule = "RFC 4180"
	}
	return gateway.Finding{Code: code, Pointer: pointer, Rule: rule, Text: sentences[code]}
}

// atLine points at a line of the file as an editor numbers it, from 1: in CSV
// the first is the header.
func atLine(n int64) string { return "/regels/" + strconv.FormatInt(n, 10) }

func refuse(kind gateway.ErrorKind, code gateway.Code, pointer string) *gateway.Error {
	return gateway.Refuse(kind, found(code, pointer))
}
