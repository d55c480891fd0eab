// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// header is a protected header after the allow-list; empty means absent, as
// an empty value is refused.
type header struct {
	alg, enc, kid, typ, cty string
	epk                     ephemeral
}

// ephemeral is the sender's one-time public key in a JWE header.
type ephemeral struct {
	kty, crv string
	x, y     []byte // 32 bytes each when present
}

func (e ephemeral) isZero() bool { return e.kty == "" && e.crv == "" && e.x == nil && e.y == nil }

// refusedMembers are members that a standard knows and we refuse by name:
// each lets the message choose its own key, its own meaning or its own size.
var refusedMembers = map[string]gateway.Finding{
	"crit":     finding(gateway.CodeCritical, ruleCritical, "Kopveld crit noemt uitbreidingen die niet worden gelezen."),
	"zip":      finding(gateway.CodeHeader, "RFC 7516, 4.1.3", "Kopveld zip is niet toegestaan."),
	"jku":      finding(gateway.CodeHeader, "RFC 7515, 4.1.2", "Kopveld jku is niet toegestaan."),
	"jwk":      finding(gateway.CodeHeader, "RFC 7515, 4.1.3", "Kopveld jwk is niet toegestaan."),
	"x5u":      finding(gateway.CodeHeader, "RFC 7515, 4.1.5", "Kopveld x5u is niet toegestaan."),
	"x5c":      finding(gateway.CodeHeader, "RFC 7515, 4.1.6", "Kopveld x5c is niet toegestaan."),
	"x5t":      finding(gateway.CodeHeader, "RFC 7515, 4.1.7", "Kopveld x5t is niet toegestaan."),
	"x5t#S256": finding(gateway.CodeHeader, "RFC 7515, 4.1.8", "Kopveld x5t#S256 is niet toegestaan."),
	"b64":      finding(gateway.CodeHeader, "RFC 7797, 3", "Kopveld b64 is niet toegestaan."),
	"apu":      finding(gateway.CodeHeader, "RFC 7518, 4.6.1.2", "Kopveld apu is niet toegestaan."),
	"apv":      finding(gateway.CodeHeader, "RFC 7518, 4.6.1.3", "Kopveld apv is niet toegestaan."),
}

// readHeader decodes a protected header strictly: one JSON object in UTF-8, no
// member twice, no member outside the list, strings where strings belong. All
// findings come at once.
func readHeader(raw []byte, parts int) (header, []gateway.Finding) {
	var h header
	var findings []gateway.Finding
	d := jsontext.NewDecoder(bytes.NewBuffer(raw))
	err := eachMember(d, func(name string) error {
		into := h.member(name, parts)
		switch {
		case into != nil:
			return readText(d, into)
		case name == "epk" && parts == jweParts:
			return h.epk.read(d)
		}
		f, known := refusedMembers[name]
		if !known {
			f = finding(gateway.CodeHeader, ruleHeader, "De kop bevat een veld dat niet is toegestaan.")
		}
		findings = append(findings, f)
		return d.SkipValue()
	})
	if err == nil {
		_, err = d.ReadToken()
	}
	if err != io.EOF { // after the object nothing may follow
		findings = append(findings, finding(gateway.CodeHeader, ruleHeader, "De kop is geen geldig JSON-object met enkelvoudige tekstvelden."))
		return header{}, findings
	}
	return h, append(findings, h.check(parts)...)
}

// member gives the place of an allowed text member, or nil.
func (h *header) member(name string, parts int) *string {
	switch name {
	case "alg":
		return &h.alg
	case "kid":
		return &h.kid
	case "typ":
		return &h.typ
	case "cty":
		return &h.cty
	case "enc":
		if parts == jweParts {
			return &h.enc
		}
	}
	return nil
}

// check judges the header by itself; the key that kid names is judged later.
func (h header) check(parts int) []gateway.Finding {
	var findings []gateway.Finding
	add := func(code gateway.Code, rule, text string) { findings = append(findings, finding(code, rule, text)) }
	if h.kid == "" {
		add(gateway.CodeHeader, ruleKid, "Kopveld kid ontbreekt.")
	}
	if parts == jwsParts {
		if !signs(h.alg) {
			add(gateway.CodeAlgorithm, ruleJWSAlg, "Het algoritme van de handtekening is niet toegestaan.")
		}
		return findings
	}
	if !encrypts(h.alg) {
		add(gateway.CodeAlgorithm, ruleJWEAlg, "Het algoritme van de sleutelversleuteling is niet toegestaan.")
	}
	if h.enc != encA256GCM {
		add(gateway.CodeAlgorithm, ruleJWEEnc, "Het algoritme van de inhoudsversleuteling is niet toegestaan.")
	}
	if (h.alg == algECDHES) == h.epk.isZero() && encrypts(h.alg) {
		add(gateway.CodeHeader, ruleEpk, "Kopveld epk hoort bij ECDH-ES+A256KW, en alleen daarbij.")
	}
	return findings
}

// read takes the four members of a public key on a curve, each once.
func (e *ephemeral) read(d *jsontext.Decoder) error {
	var x, y string
	err := eachMember(d, func(name string) error {
		switch name {
		case "kty":
			return readText(d, &e.kty)
		case "crv":
			return readText(d, &e.crv)
		case "x":
			return readText(d, &x)
		case "y":
			return readText(d, &y)
		}
		return errForm
	})
	if err != nil {
		return err
	}
	if e.x, err = coordinate(x); err != nil {
		return err
	}
	if y != "" {
		e.y, err = coordinate(y)
	}
	return err
}
