// SPDX-License-Identifier: EUPL-1.2

package jose

import "github.com/seinhuis/seinhuis/gateway"

// The rules that findings name.
const (
	ruleCompactJWS = "RFC 7515, 3.1"
	ruleCompactJWE = "RFC 7516, 3.1"
	ruleBase64     = "RFC 7515, 2"
	ruleHeader     = "RFC 7515, 4"
	ruleCritical   = "RFC 7515, 4.1.11"
	ruleKid        = "RFC 7515, 4.1.4"
	ruleJWSAlg     = "RFC 7518, 3.1"
	ruleJWEAlg     = "RFC 7518, 4.1"
	ruleJWEEnc     = "RFC 7518, 5.1"
	ruleEpk        = "RFC 7518, 4.6.1.1"
	ruleDetached   = "RFC 7515, bijlage F"
	ruleSignature  = "RFC 7515, 5.2"
	ruleDecrypt    = "RFC 7516, 5.2"
	ruleSize       = "Seinhuis, groottegrens"
	ruleJWK        = "RFC 7517, 4"
	ruleStatement  = "Seinhuis, sleutelverklaring"
)

func finding(code gateway.Code, rule, text string) gateway.Finding {
	return gateway.Finding{Code: code, Rule: rule, Text: text}
}

func refuse(code gateway.Code, rule, text string) *gateway.Error {
	return gateway.Refuse(gateway.KindInvalid, finding(code, rule, text))
}

func refuseAll(findings []gateway.Finding) *gateway.Error {
	if len(findings) == 0 {
		return nil
	}
	return gateway.Refuse(gateway.KindInvalid, findings...)
}

func tooLarge() *gateway.Error {
	return gateway.Refuse(gateway.KindTooLarge,
		finding(gateway.CodeTooLarge, ruleSize, "Het bericht is groter dan is toegestaan."))
}

// undecryptable is the one answer to everything that goes wrong from the key
// unwrap on: a sender must not learn whether the key, the tag or the padding
// was wrong (RFC 7516, 11.5). It carries no cause, for the same reason.
// TestNoOracle holds it.
func undecryptable() *gateway.Error {
	return refuse(gateway.CodeUndecryptable, ruleDecrypt, "Het bericht is niet te ontsleutelen.")
}

func badSignature() *gateway.Error {
	return refuse(gateway.CodeSignature, ruleSignature, "De handtekening klopt niet.")
}

// unknownKey is the same for a key that never was, is of another party, is for
// another use, or is not valid at that time.
func unknownKey() *gateway.Error {
	return refuse(gateway.CodeKey, ruleKid, "De sleutel die kid noemt is niet bekend of niet geldig.")
}

func wrongAlgorithm(rule string) *gateway.Error {
	return refuse(gateway.CodeAlgorithm, rule, "Het algoritme is niet dat van de sleutel die kid noemt.")
}
