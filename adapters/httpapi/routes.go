// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"

	"github.com/seinhuis/seinhuis/gateway"
)

// base stands before every path; docs/openapi.yaml has it in its server.
const base = "/v1"

// route is one row of the door: what it answers to, and to whom. An empty kind
// means everyone, without a certificate; there is no other way to be public.
type route struct {
	method, path string
	kind         gateway.PartyKind
	also         gateway.PartyKind // a second kind that may come in, or empty
	waits        bool              // may hold a connection until something happens
	streams      bool              // carries a large body either way, for as long as it flows
	query        []string          // the parameters that it knows; any other is refused
	serve        func(d *door, v *visit) *gateway.Error
}

// routes is the whole door. The contract test compares it with the document,
// and the test of party kinds is generated from it.
var routes = []route{
	{method: http.MethodGet, path: "/openapi.json", serve: (*door).contract},
	{method: http.MethodGet, path: "/sleutels", serve: (*door).keys},
	{method: http.MethodGet, path: "/sleutels/openpgp", serve: (*door).openPGP},
	{method: http.MethodGet, path: "/gezondheid", serve: (*door).health},

	{method: http.MethodPut, path: "/meldingen/:meldingId", kind: gateway.KindCreditor, serve: (*door).report},
	{method: http.MethodPost, path: "/meldingen/_controleren", kind: gateway.KindCreditor, serve: (*door).check},
	{method: http.MethodGet, path: "/meldingen/:meldingId/bewijs", kind: gateway.KindCreditor, serve: (*door).evidence},
	{method: http.MethodPut, path: "/meldingen/:meldingId/intrekking", kind: gateway.KindCreditor, serve: (*door).withdraw},
	{method: http.MethodGet, path: "/meldingen/:meldingId/intrekking/bewijs", kind: gateway.KindCreditor, serve: (*door).withdrawalEvidence},
	{method: http.MethodPut, path: "/aanleveringen/:aanleveringId", kind: gateway.KindCreditor, streams: true, query: []string{"indeling", "controle"}, serve: (*door).deliver},
	{method: http.MethodGet, path: "/aanleveringen/:aanleveringId", kind: gateway.KindCreditor, serve: (*door).batchStatus},
	{method: http.MethodGet, path: "/aanleveringen/:aanleveringId/uitkomsten", kind: gateway.KindCreditor, streams: true, serve: (*door).outcomes},
	{method: http.MethodGet, path: "/berichten", kind: gateway.KindCreditor, waits: true, query: []string{"na", "maximum", "wacht"}, serve: (*door).notices},
	{method: http.MethodPut, path: "/berichten/:berichtId/bevestiging", kind: gateway.KindCreditor, serve: (*door).confirmNotice},

	{method: http.MethodGet, path: "/signalen", kind: gateway.KindMunicipality, query: []string{"na", "maximum"}, serve: (*door).signals},
	{method: http.MethodGet, path: "/signalen/:signaalId", kind: gateway.KindMunicipality, serve: (*door).signal},
	{method: http.MethodPut, path: "/signalen/:signaalId/ontvangst", kind: gateway.KindMunicipality, serve: (*door).confirmSignal},
	{method: http.MethodPut, path: "/signalen/:signaalId/terugkoppelingen/:terugkoppelingId", kind: gateway.KindMunicipality, serve: (*door).feedback},

	{method: http.MethodGet, path: "/verwijderingen", kind: gateway.KindCreditor, also: gateway.KindMunicipality, query: []string{"na", "maximum"}, serve: (*door).deletions},
	{method: http.MethodGet, path: "/verwijderingen/:verwijderingId", kind: gateway.KindCreditor, also: gateway.KindMunicipality, serve: (*door).deletion},
}

// admits reports whether a peer is of a kind that may use the route.
func (r *route) admits(p gateway.Peer) bool { return p.Is(r.kind) || r.also != "" && p.Is(r.also) }
