// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
)

// base stands before every path; docs/openapi.yaml has it in its server.
const base = "/v1"

// route is one row of the door: what it answers to, and to whom. No kinds
// means everyone, without a certificate; there is no other way to be public.
type route struct {
	method, path string
	kinds        []gateway.PartyKind
	waits        bool     // may hold a connection until something happens
	streams      bool     // carries a large body either way, for as long as it flows
	query        []string // the parameters that it knows; any other is refused
	serve        func(d *door, v *visit) *gateway.Error
}

var (
	creditor     = []gateway.PartyKind{gateway.KindCreditor}
	municipality = []gateway.PartyKind{gateway.KindMunicipality}
	either       = []gateway.PartyKind{gateway.KindCreditor, gateway.KindMunicipality}
)

// public reports whether the route answers everyone.
func (r *route) public() bool { return len(r.kinds) == 0 }

// serves reports whether the route is for parties of the peer's kind.
func (r *route) serves(p gateway.Peer) bool { return slices.ContainsFunc(r.kinds, p.Is) }

// routes is the whole door. The contract test compares it with the document,
// and the test of party kinds is generated from it.
var routes = []route{
	{method: http.MethodGet, path: "/openapi.json", serve: (*door).contract},
	{method: http.MethodGet, path: "/sleutels", serve: (*door).keys},
	{method: http.MethodGet, path: "/sleutels/openpgp", serve: (*door).openPGP},
	{method: http.MethodGet, path: "/gezondheid", serve: (*door).health},
	{method: http.MethodGet, path: "/verwerkingsactiviteiten/:activiteit", serve: (*door).activity},

	{method: http.MethodPut, path: "/meldingen/:meldingId", kinds: creditor, serve: (*door).report},
	{method: http.MethodPost, path: "/meldingen/_controleren", kinds: creditor, serve: (*door).check},
	{method: http.MethodGet, path: "/meldingen/:meldingId/bewijs", kinds: creditor, serve: (*door).evidence},
	{method: http.MethodPut, path: "/meldingen/:meldingId/intrekking", kinds: creditor, serve: (*door).withdraw},
	{method: http.MethodGet, path: "/meldingen/:meldingId/intrekking/bewijs", kinds: creditor, serve: (*door).withdrawalEvidence},
	{method: http.MethodPut, path: "/meldingen/:meldingId/correcties/:correctieId", kinds: creditor, serve: (*door).correct},
	{method: http.MethodPut, path: "/aanleveringen/:aanleveringId", kinds: creditor, streams: true, query: []string{"indeling", "controle"}, serve: (*door).deliver},
	{method: http.MethodGet, path: "/aanleveringen/:aanleveringId", kinds: creditor, serve: (*door).batchStatus},
	{method: http.MethodGet, path: "/aanleveringen/:aanleveringId/uitkomsten", kinds: creditor, streams: true, serve: (*door).outcomes},
	{method: http.MethodGet, path: "/berichten", kinds: either, waits: true, query: []string{"na", "maximum", "wacht"}, serve: (*door).notices},
	{method: http.MethodPut, path: "/berichten/:berichtId/bevestiging", kinds: either, serve: (*door).confirmNotice},

	{method: http.MethodGet, path: "/pauzes", kinds: either, query: []string{"na", "maximum"}, serve: (*door).pauses},
	{method: http.MethodGet, path: "/pauzes/:pauzeId", kinds: either, serve: (*door).pauseState},
	{method: http.MethodPut, path: "/pauzes/:pauzeId/wijzigingen/:wijzigingId", kinds: either, serve: (*door).changePause},

	{method: http.MethodGet, path: "/signalen", kinds: municipality, query: []string{"na", "maximum"}, serve: (*door).signals},
	{method: http.MethodGet, path: "/signalen/_ouderdom", kinds: municipality, serve: (*door).ageing},
	{method: http.MethodGet, path: "/signalen/:signaalId", kinds: municipality, serve: (*door).signal},
	{method: http.MethodPut, path: "/signalen/:signaalId/ontvangst", kinds: municipality, serve: (*door).confirmSignal},
	{method: http.MethodPut, path: "/signalen/:signaalId/terugkoppelingen/:terugkoppelingId", kinds: municipality, serve: (*door).feedback},

	{method: http.MethodGet, path: "/verwijderingen", kinds: either, query: []string{"na", "maximum"}, serve: (*door).deletions},
	{method: http.MethodGet, path: "/verwijderingen/:verwijderingId", kinds: either, serve: (*door).deletion},

	{method: http.MethodPost, path: "/logboek/processing-activities", kinds: either, serve: (*door).processing},
}
