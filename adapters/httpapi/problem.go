// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// The door knows three kinds that the steps do not; on the wire they carry the
// word of a kind that exists.
const (
	kindMethod    gateway.ErrorKind = "methode"
	kindMediaType gateway.ErrorKind = "mediatype"
	kindBusy      gateway.ErrorKind = "druk"
)

// appearance is how a kind looks from outside.
type appearance struct {
	status        int
	kind          gateway.ErrorKind
	title, detail string
	code          gateway.Code // the finding of an error that brings none
}

// appearances is the one mapping of errors to HTTP. A refusal by routing or
// policy is 400 as the API Design Rules ask of all input that is not accepted;
// soort tells it apart.
var appearances = map[gateway.ErrorKind]appearance{
	gateway.KindInvalid: {http.StatusBadRequest, gateway.KindInvalid, "Ongeldig verzoek",
		"Het verzoek is niet volgens het contract; zie de bevindingen.", ""},
	gateway.KindRefused: {http.StatusBadRequest, gateway.KindRefused, "Geweigerd",
		"Het verzoek is begrepen en geweigerd; zie de bevindingen.", ""},
	gateway.KindUnauthenticated: {http.StatusUnauthorized, gateway.KindUnauthenticated, "Niet aangemeld",
		"Er is geen bruikbaar clientcertificaat getoond.", gateway.CodeNoCertificate},
	gateway.KindForbidden: {http.StatusForbidden, gateway.KindForbidden, "Niet toegestaan",
		"Deze partij mag dit niet.", ""},
	gateway.KindNotFound: {http.StatusNotFound, gateway.KindNotFound, "Niet gevonden",
		"Dit bestaat niet, of niet voor deze partij.", ""},
	gateway.KindConflict: {http.StatusConflict, gateway.KindConflict, "Conflict",
		"Het id is bezet door andere inhoud.", gateway.CodeConflict},
	gateway.KindGone: {http.StatusGone, gateway.KindGone, "Vervallen",
		"De inhoud is gewist.", gateway.CodeErased},
	gateway.KindTooLarge: {http.StatusRequestEntityTooLarge, gateway.KindTooLarge, "Te groot",
		"Het verzoek is groter dan toegestaan.", gateway.CodeTooLarge},
	gateway.KindUnavailable: {http.StatusServiceUnavailable, gateway.KindUnavailable, "Tijdelijk niet beschikbaar",
		"Een onderdeel antwoordt nu niet; herhalen is veilig.", gateway.CodeUnavailable},
	gateway.KindInternal: {http.StatusInternalServerError, gateway.KindInternal, "Interne fout",
		"Er ging bij ons iets mis; herhalen is veilig.", gateway.CodeInternal},
	kindMethod: {http.StatusMethodNotAllowed, gateway.KindInvalid, "Methode niet toegestaan",
		"Deze ingang kent de methode niet; zie de kop Allow.", gateway.CodeMethod},
	kindMediaType: {http.StatusUnsupportedMediaType, gateway.KindInvalid, "Mediatype niet aangenomen",
		"Het mediatype ontbreekt of wordt hier niet aangenomen.", gateway.CodeMediaType},
	kindBusy: {http.StatusTooManyRequests, gateway.KindUnavailable, "Te veel verzoeken",
		"Deze partij doet te veel verzoeken; later herhalen is veilig.", gateway.CodeBusy},
}

// sentences are those of the codes that the door itself gives.
var sentences = map[gateway.Code]gateway.Finding{
	gateway.CodePathUnknown: {Rule: "NLGov API Design Rules", Text: "Dit pad bestaat niet."},
	gateway.CodeMethod:      {Rule: "NLGov API Design Rules", Text: "Deze methode bestaat hier niet."},
	gateway.CodeMediaType:   {Rule: "NLGov API Design Rules", Text: "Het mediatype ontbreekt of wordt hier niet aangenomen."},
	gateway.CodeParameter:   {Rule: "Seinhuis formats", Text: "Het verzoek heeft een parameter die hier niet hoort, dubbel is of niet te lezen."},
	gateway.CodeTooLarge:    {Rule: "Seinhuis formats", Text: "Het verzoek is groter dan 1 MiB."},
	gateway.CodePartyKind:   {Rule: "Seinhuis register", Text: "Deze ingang is niet voor dit soort partij."},
	gateway.CodeBusy:        {Rule: "Seinhuis formats", Text: "Er lopen te veel verzoeken tegelijk."},
	gateway.CodeUnavailable: {Rule: "Seinhuis formats", Text: "Een onderdeel antwoordt nu niet."},
	gateway.CodeInternal:    {Rule: "Seinhuis formats", Text: "Er ging bij ons iets mis."},
	gateway.CodeConflict:    {Rule: "Seinhuis formats", Text: "Het id is bezet door andere inhoud."},
	gateway.CodeErased:      {Rule: "AVG art. 5 lid 1 onder e", Text: "De inhoud is gewist."},
	gateway.CodeExchangeInvalid: {Rule: "FSC Logging 1.1, Digikoppeling REST-API 4.0",
		Text: "De kop Fsc-Transaction-Id is geen UUID van versie 7 in kleine letters, of staat er dubbel."},
	gateway.CodeExchangeMissing: {Rule: "FSC Logging 1.1, Digikoppeling REST-API 4.0",
		Text: "De kop Fsc-Transaction-Id ontbreekt; bij dit seinhuis is hij verplicht."},
	gateway.CodeNoCertificate: {Rule: "Digikoppeling TLS001",
		Text: "Voor deze ingang is een clientcertificaat nodig."},
}

func ownFinding(code gateway.Code) gateway.Finding {
	f := sentences[code]
	f.Code = code
	return f
}

func ownRefusal(kind gateway.ErrorKind, code gateway.Code) *gateway.Error {
	return gateway.Refuse(kind, ownFinding(code))
}

// problem is RFC 9457 with three members of our own.
type problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Kind     gateway.ErrorKind `json:"soort"`
	Trace    gateway.Trace     `json:"spoor"`
	Findings []gateway.Finding `json:"bevindingen"`
}

// appear finds the appearance of an error. A kind that the table does not know
// is our fault.
func appear(e *gateway.Error) (appearance, []gateway.Finding) {
	kind := e.Kind
	if kind == gateway.KindInternal && (errors.Is(e, context.DeadlineExceeded) || errors.Is(e, context.Canceled)) {
		kind = gateway.KindUnavailable // it took too long, or nobody listens any more
	}
	a, ok := appearances[kind]
	if !ok {
		a = appearances[gateway.KindInternal]
	}
	if len(e.Findings) == 0 && a.code != "" {
		return a, []gateway.Finding{ownFinding(a.code)}
	}
	return a, e.Findings
}

func codeOf(e *gateway.Error) gateway.Code {
	if _, findings := appear(e); len(findings) > 0 {
		return findings[0].Code
	}
	return gateway.CodeInternal
}

// fail answers with a problem. The cause stays here: it goes to the log, and
// only when the fault is ours.
func (d *door) fail(v *visit, e *gateway.Error) {
	a, findings := appear(e)
	v.Set(keyKind, string(a.kind))
	if a.status >= http.StatusInternalServerError && e.Cause != nil {
		d.options.Logger.Error("", slog.String("gebeurtenis", "verzoek-mislukt"), slog.String("route", v.FullPath()),
			slog.String("oorzaak", e.Cause.Error()), slog.String("spoor", v.trace.ID()))
	}
	if v.Writer.Written() { // too late for an answer: the client must see a broken one
		panic(http.ErrAbortHandler)
	}
	if a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests {
		v.Header("Retry-After", "1")
	}
	body, err := json.Marshal(problem{"about:blank", a.title, a.status, a.detail, a.kind, v.trace, findings})
	if err != nil { // every field can be marshalled
		panic(http.ErrAbortHandler)
	}
	v.Header("Content-Digest", "")
	writeExchangeError(v, a.status, findings)
	send(v.Context, a.status, "application/problem+json", body)
}
