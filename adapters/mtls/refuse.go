// SPDX-License-Identifier: EUPL-1.2

package mtls

import "github.com/seinhuis/seinhuis/gateway"

type refusal struct {
	kind       gateway.ErrorKind
	rule, text string
}

// refusals holds the one sentence per code; it never says what was in the
// certificate.
var refusals = map[gateway.Code]refusal{
	gateway.CodeNoCertificate: {gateway.KindUnauthenticated, "Digikoppeling TLS001",
		"Voor deze ingang is een clientcertificaat nodig."},
	gateway.CodeCertificateInvalid: {gateway.KindUnauthenticated, "Digikoppeling PKI001-005",
		"Het clientcertificaat is niet bruikbaar: keten, geldigheid, doel, sleutellengte of OIN klopt niet."},
	gateway.CodeCertificateRevoked: {gateway.KindUnauthenticated, "Digikoppeling PKI003",
		"Het clientcertificaat is ingetrokken."},
	gateway.CodePartyUnknown: {gateway.KindForbidden, "Seinhuis register",
		"De OIN van het certificaat hoort niet bij een ingeschreven partij."},
	gateway.CodePartyInactive: {gateway.KindForbidden, "Seinhuis register",
		"De inschrijving van deze partij is geschorst of beëindigd."},
	gateway.CodeUnavailable: {gateway.KindUnavailable, "Seinhuis register",
		"Het certificaat kan nu niet worden gecontroleerd; probeer het later opnieuw."},
}

func refuse(code gateway.Code, cause error) *gateway.Error {
	r := refusals[code]
	e := gateway.Refuse(r.kind, gateway.Finding{Code: code, Rule: r.rule, Text: r.text})
	e.Cause = cause
	return e
}
