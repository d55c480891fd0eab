// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/feedback"
)

const jsonType = "application/json"

// good holds a request per route that must be answered well.
func good() map[string]ask {
	creditor, municipality := "partij", "gemeente"
	return map[string]ask{
		"GET /openapi.json":                                           get("/v1/openapi.json", ""),
		"GET /sleutels":                                               get("/v1/sleutels", ""),
		"GET /sleutels/openpgp":                                       get("/v1/sleutels/openpgp", ""),
		"PUT /aanleveringen/:aanleveringId":                           put("/v1/aanleveringen/"+idA+"?indeling=csv&controle=true", "application/jose", jwe, creditor),
		"GET /aanleveringen/:aanleveringId":                           get("/v1/aanleveringen/"+idA, creditor),
		"GET /aanleveringen/:aanleveringId/uitkomsten":                get("/v1/aanleveringen/"+idA+"/uitkomsten", creditor),
		"GET /gezondheid":                                             get("/v1/gezondheid", ""),
		"PUT /meldingen/:meldingId":                                   put("/v1/meldingen/"+idA, "application/jose", jwe, creditor),
		"POST /meldingen/_controleren":                                {"POST", "/v1/meldingen/_controleren", jwe, creditor, [][2]string{{"Content-Type", "application/jose+json"}}},
		"GET /meldingen/:meldingId/bewijs":                            get("/v1/meldingen/"+idA+"/bewijs", creditor),
		"PUT /meldingen/:meldingId/intrekking":                        put("/v1/meldingen/"+idA+"/intrekking", "application/jose", jwe, creditor),
		"PUT /meldingen/:meldingId/correcties/:correctieId":           put("/v1/meldingen/"+idA+"/correcties/"+idB, "application/jose", jwe, creditor),
		"GET /meldingen/:meldingId/intrekking/bewijs":                 get("/v1/meldingen/"+idA+"/intrekking/bewijs", creditor),
		"GET /berichten":                                              get("/v1/berichten?na=3&maximum=7&wacht=2", creditor),
		"PUT /berichten/:berichtId/bevestiging":                       put("/v1/berichten/"+idA+"/bevestiging", "application/json; charset=UTF-8", `{"stand":"toegepast"}`, creditor),
		"GET /pauzes":                                                 get("/v1/pauzes?na="+idA+"&maximum=7", municipality),
		"GET /pauzes/:pauzeId":                                        get("/v1/pauzes/"+idA, municipality),
		"PUT /pauzes/:pauzeId/wijzigingen/:wijzigingId":               put("/v1/pauzes/"+idA+"/wijzigingen/"+idB, "application/jose", jws, creditor),
		"GET /signalen":                                               get("/v1/signalen?na=3", municipality),
		"GET /signalen/_ouderdom":                                     get("/v1/signalen/_ouderdom", municipality),
		"GET /signalen/:signaalId":                                    get("/v1/signalen/"+idA, municipality),
		"PUT /signalen/:signaalId/ontvangst":                          {method: "PUT", path: "/v1/signalen/" + idA + "/ontvangst", as: municipality},
		"PUT /signalen/:signaalId/terugkoppelingen/:terugkoppelingId": put("/v1/signalen/"+idA+"/terugkoppelingen/"+idB, "application/jose", jws, municipality),
		"GET /verwerkingsactiviteiten/:activiteit":                    get("/v1/verwerkingsactiviteiten/incassopauze", ""),
		"POST /logboek/processing-activities":                         {"POST", "/v1/logboek/processing-activities", `{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}`, creditor, [][2]string{{"Content-Type", "application/json"}}},
		"GET /verwijderingen":                                         get("/v1/verwijderingen?na=3", municipality),
		"GET /verwijderingen/:verwijderingId":                         get("/v1/verwijderingen/"+idA, creditor),
	}
}

func TestEveryRouteAnswers(t *testing.T) {
	received := `{"aanleveringId":"` + idA + `","toestand":"ontvangen","indeling":"csv","verpakking":"jose","controle":false,"omvang":24,"regels":0,` +
		`"verwerkt":0,"geaccepteerd":0,"geweigerd":0,"dubbel":0,"ontvangenOp":"2026-11-02T12:00:00Z"}`
	want := map[string]struct {
		status int
		body   string
		calls  string
	}{
		"GET /openapi.json":     {200, "", ""},
		"GET /sleutels":         {200, `{"keys":[{"kty":"EC","kid":"x","use":"sig"}]}`, ""},
		"GET /gezondheid":       {200, `{"status":"gezond","versie":"1.2.3"}`, ""},
		"GET /sleutels/openpgp": {200, "openpgp", ""},
		"GET /pauzes/:pauzeId":  {200, jws, "pause " + idA + " gemeente"},
		"GET /pauzes": {200, `{"pauzes":[{"pauzeId":"` + idB + `","volgnummer":3,"signaalId":"` + idA + `","gemeente":"GM0268","stand":"loopt","ingangsdatum":"2026-11-02",` +
			`"einddatum":"2026-11-11","toetsdatum":"2026-11-04","betwist":true,"antwoordVoor":"2026-11-09",` +
			`"alarmen":[{"soort":"pauze-niet-toegepast","termijn":"3-werkdagen","sinds":"2026-11-02T12:00:00Z"}]}],"volgende":"` + idB + `"}`, "pauses " + idA + " 7 gemeente"},
		"PUT /pauzes/:pauzeId/wijzigingen/:wijzigingId": {201, jws, "change " + idA + " " + idB},
		"PUT /aanleveringen/:aanleveringId":             {202, received, "receive " + idA + " csv jose true"},
		"GET /aanleveringen/:aanleveringId":             {200, received, "status " + idA + " " + string(energy)},
		"GET /aanleveringen/:aanleveringId/uitkomsten": {200, `{"regel":1,"uitkomst":"geaccepteerd"}` + "\n" + `{"regel":2,"uitkomst":"dubbel"}` + "\n",
			"outcomes " + idA + " " + string(energy)},
		"PUT /meldingen/:meldingId": {201, jws, "report"},
		"POST /meldingen/_controleren": {200, `{"uitkomst":"zou-worden-geaccepteerd"}`,
			"check"},
		"GET /meldingen/:meldingId/bewijs": {200, `{"ontvangstbewijs":"` + jws + `","status":"gepubliceerd","vermelding":"bGVhZg==","bewijs":"c2sp.org/tlog-proof@v1\n"}`,
			"evidence " + idA + " " + string(energy)},
		"PUT /meldingen/:meldingId/intrekking":              {201, jws, "withdraw"},
		"PUT /meldingen/:meldingId/correcties/:correctieId": {201, jws, "correct " + idB},
		"GET /meldingen/:meldingId/intrekking/bewijs": {200, `{"ontvangstbewijs":"` + jws + `","status":"gepubliceerd","vermelding":"bGVhZg==","bewijs":"c2sp.org/tlog-proof@v1\n"}`,
			"evidence of withdrawal " + idA + " " + string(energy)},
		"GET /berichten": {200, `{"berichten":[{"volgnummer":5,"berichtId":"` + idB + `","soort":"hulp-geaccepteerd","stand":"klaar","bericht":"` + jws + `"}],"volgende":5}`,
			"await 3 2s,notices 3 7 0s"},
		"PUT /berichten/:berichtId/bevestiging": {200, `{"berichtId":"` + idA + `","stand":"toegepast","op":"2026-11-02T12:00:00Z"}`,
			"confirm " + idA + " toegepast"},
		"GET /signalen": {200, `{"signalen":[{"volgnummer":4,"signaalId":"` + idA + `","aard":"melding","soort":"Water","urgentie":"regulier","toestand":"aangeboden",` +
			`"geplaatstOp":"2026-11-02T12:00:00Z","ingetrokken":false,"gecorrigeerd":true,"formaat":"jose","sleutelId":"k","omvang":9,"sha256":"` + strings.Repeat("0", 64) + `",` +
			`"samenloop":["meervoudig","opeenvolgend"],"verwant":[{"signaalId":"` + idB + `","samenloop":"opeenvolgend"},{"signaalId":"` + idB + `","samenloop":"meervoudig"}]},` +
			`{"volgnummer":6,"signaalId":"` + idB + `","aard":"intrekking","betreft":"` + idA + `","soort":"Water","urgentie":"crisis","toestand":"klaar",` +
			`"geplaatstOp":"2026-11-02T12:00:00Z","ingetrokken":true,"gecorrigeerd":false,"formaat":"jose","sleutelId":"k","omvang":9,"sha256":"` + strings.Repeat("0", 64) + `",` +
			`"samenloop":["enkelvoudig"],"verwant":[]}],"volgende":6}`, "signals 3 100"},
		"GET /signalen/_ouderdom": {200, `{"op":"2026-11-02T12:00:00Z","aantallen":[{"klasse":"ouder","soort":"Water","aantal":3,"nietBevestigd":1}],` +
			`"oudste":[{"signaalId":"` + idA + `","klasse":"ouder","soort":"Water","dag":"2026-11-02"}]}`, "ageing GM0268"},
		"GET /signalen/:signaalId":                                    {200, jwe, "fetch " + idA + ",delivered " + idA},
		"PUT /signalen/:signaalId/ontvangst":                          {200, `{"signaalId":"` + idA + `","toestand":"bevestigd","op":"2026-11-02T12:00:00Z"}`, "confirm " + idA},
		"PUT /signalen/:signaalId/terugkoppelingen/:terugkoppelingId": {201, jws, "feedback"},
		"GET /verwerkingsactiviteiten/:activiteit":                    {200, `{"id":"incassopauze","uri":"https://seinhuis.example/v1/verwerkingsactiviteiten/incassopauze","naam":"n","grondslag":"g","soortenGegevens":["s"]}`, ""},
		"POST /logboek/processing-activities": {200, `{"processingActivities":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","status":"Ok","name":"Iets.",` +
			`"startTime":1793620800000,"endTime":1793620801000,"parentSpanId":"1122334455667788","resource":{"attributes":{"service.name":"seinhuis","service.version":"1"}},` +
			`"attributes":{"dpl.core.processing_activity_id":"https://seinhuis.example/v1/verwerkingsactiviteiten/incassopauze","seinhuis.codes":["a","b"],"seinhuis.regel":7}}]}`,
			"processing 4bf92f3577b34da6a3ce929d0e0e4736 " + string(energy)},
		"GET /verwijderingen": {200, `{"verwijderingen":[{"volgnummer":6,"verwijderingId":"` + idB + `","soort":"inhoud","reden":"termijn","aantal":3,` +
			`"verwijderingsbewijs":"` + jws + `"}],"volgende":6}`, "deletions 3 100 " + string(nijmegen)},
		"GET /verwijderingen/:verwijderingId": {200, `{"ontvangstbewijs":"` + jws + `","status":"gepubliceerd","vermelding":"bGVhZg==","bewijs":"c2sp.org/tlog-proof@v1\n"}`,
			"deletion " + idA + " " + string(energy)},
	}
	asks := good()
	for _, r := range routes {
		name := r.method + " " + r.path
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Options{Version: "1.2.3"})
			h.notices = []feedback.Delivered{{Sequence: 5, ID: idB, Kind: gateway.NoticeHelpAccepted, Progress: gateway.NoticeReady, Compact: gateway.Compact(jws)}}
			s := gateway.Signal{ID: idA, Sequence: 4, Nature: gateway.NatureReport, Kind: gateway.ReportWater, Urgency: gateway.UrgencyRegular,
				State: gateway.SignalOffered, DepositedAt: noon, Format: "jose", KeyID: "k", Size: 9,
				Relations: []gateway.Relation{{Signal: idA, Other: idB, Coincidence: gateway.Consecutive}, {Signal: idB, Other: idA, Coincidence: gateway.Multiple}}}
			w2 := s
			s.Corrected = true
			w2.ID, w2.Sequence, w2.Nature, w2.Concerns, w2.Urgency, w2.State, w2.Withdrawn, w2.Relations = idB, 6, gateway.NatureWithdrawal, idA, gateway.UrgencyCrisis, gateway.SignalWaiting, true, nil
			h.signals = []gateway.Signal{s, w2}
			x, ok := want[name]
			if !ok {
				t.Fatal("this route has no expected answer")
			}
			w := h.do(asks[name])
			if w.Code != x.status || x.body != "" && w.Body.String() != x.body {
				t.Fatalf("answer %d\n%s\nwant %d\n%s", w.Code, w.Body, x.status, x.body)
			}
			if got := strings.Join(h.calls, ","); got != x.calls {
				t.Fatalf("calls %q, want %q", got, x.calls)
			}
		})
	}
}

// Each side knows a pause by its own id, and a list may begin at its begin.
func TestPausesOfACreditor(t *testing.T) {
	h := newHouse(t, Options{})
	w := h.do(get("/v1/pauzes", "partij"))
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `"meldingId":"`+idB+`"`) || strings.Contains(body, "signaalId") {
		t.Errorf("%d %s", w.Code, body)
	}
	if got := strings.Join(h.calls, ","); got != "pauses  100 meldende-partij" {
		t.Error(got)
	}
	for _, query := range []string{"na=1", "na=", "na=" + strings.ToUpper(idA), "maximum=501", "na=" + idA + "&na=" + idB} {
		h.calls = nil
		if w := h.do(get("/v1/pauzes?"+query, "partij")); w.Code != 400 || len(h.calls) != 0 {
			t.Errorf("%s: %d, %v", query, w.Code, h.calls)
		}
	}
}

func TestSubmissionSaysWhoWhatWhen(t *testing.T) {
	h := newHouse(t, Options{})
	a := put("/v1/meldingen/"+idA, "application/jose", jwe, "partij")
	a.header = append(a.header, [2]string{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"})
	w := h.do(a)
	s := h.reports[0]
	if s.Peer.OIN() != energy || s.ID != idA || string(s.Token) != jwe || !s.At.Equal(noon) || s.Trace.ID() != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Fatalf("submission of %s, id %s, at %s, trace %s", s.Peer.OIN(), s.ID, s.At, s.Trace)
	}
	if !strings.HasPrefix(w.Header().Get("traceparent"), "00-4bf92f3577b34da6a3ce929d0e0e4736-") {
		t.Fatalf("traceparent %q", w.Header().Get("traceparent"))
	}
	h.do(good()["POST /meldingen/_controleren"])
	if h.reports[1].ID != "" {
		t.Fatal("the dry run made up an id")
	}
	h.do(good()["PUT /signalen/:signaalId/terugkoppelingen/:terugkoppelingId"])
	if f := h.said[0]; f.Signal != idA || f.ID != idB || f.Peer.OIN() != nijmegen || string(f.Token) != jws {
		t.Fatalf("feedback %s about %s", f.ID, f.Signal)
	}
}

func TestReplayIs200(t *testing.T) {
	h := newHouse(t, Options{})
	h.answer.Replayed = true
	for _, name := range []string{"PUT /meldingen/:meldingId", "PUT /meldingen/:meldingId/intrekking", "PUT /signalen/:signaalId/terugkoppelingen/:terugkoppelingId"} {
		if w := h.do(good()[name]); w.Code != 200 || w.Body.String() != jws {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestEvidenceBeforePublication(t *testing.T) {
	h := newHouse(t, Options{})
	h.proveErr = audit.ErrNotYetPublished
	w := h.do(good()["GET /meldingen/:meldingId/bewijs"])
	if want := `{"ontvangstbewijs":"` + jws + `","status":"in-afwachting"}`; w.Body.String() != want {
		t.Fatalf("%s", w.Body)
	}
	h.proveErr = audit.ErrFork
	if w = h.do(good()["GET /meldingen/:meldingId/bewijs"]); w.Code != 500 {
		t.Fatalf("a fork of the log is answered with %d", w.Code)
	}
}

func TestWhoMayComeIn(t *testing.T) {
	for _, r := range routes {
		for _, as := range []string{"", "geschorst", "partij", "gemeente", "functionaris"} {
			h := newHouse(t, Options{})
			a := good()[r.method+" "+r.path]
			a.as = as
			want, code := 0, gateway.Code("")
			switch {
			case r.public(), as == "partij" && slices.Contains(r.kinds, gateway.KindCreditor), as == "gemeente" && slices.Contains(r.kinds, gateway.KindMunicipality):
			case as == "":
				want, code = 401, gateway.CodeNoCertificate
			case as == "geschorst":
				want, code = 403, gateway.CodePartyInactive
			default:
				want, code = 403, gateway.CodePartyKind
			}
			w := h.do(a)
			if want == 0 && w.Code >= 300 || want != 0 && w.Code != want {
				t.Errorf("%s %s as %q: %d, want %d", r.method, r.path, as, w.Code, want)
			}
			if want != 0 && (len(h.calls) > 0 || !slices.Equal(h.refused, []gateway.Code{code})) {
				t.Errorf("%s %s as %q: calls %v, log %v", r.method, r.path, as, h.calls, h.refused)
			}
			if want == 0 && len(h.refused) > 0 {
				t.Errorf("%s %s as %q: log %v", r.method, r.path, as, h.refused)
			}
		}
	}
}

// shown is a problem as a client reads it.
func shown(t testing.TB, w *httptest.ResponseRecorder) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code {
		t.Fatalf("not a problem: %d %s", w.Code, w.Body)
	}
	return p
}

func TestErrorsAreMappedOnce(t *testing.T) {
	kinds := map[gateway.ErrorKind]int{
		gateway.KindInvalid: 400, gateway.KindRefused: 400, gateway.KindUnauthenticated: 401, gateway.KindForbidden: 403, gateway.KindConflict: 409,
		gateway.KindTooLarge: 413, gateway.KindUnavailable: 503, gateway.KindInternal: 500, gateway.KindNotFound: 404, gateway.KindGone: 410,
	}
	for _, c := range constantsOf(t, "ErrorKind") {
		if kinds[gateway.ErrorKind(c)] == 0 {
			t.Errorf("kind %s has no status in this test", c)
		}
	}
	found := []gateway.Finding{{Code: gateway.CodeBSN, Pointer: "/kenmerk", Rule: "Wabb", Text: "Zin."}, {Code: gateway.CodeFutureDate, Pointer: "/signaaldatum"}}
	for kind, status := range kinds {
		h := newHouse(t, Options{})
		h.answer.Err = gateway.Refuse(kind, found...)
		h.answer.Err.Cause = errors.New("geheim van binnen")
		name := "PUT /meldingen/:meldingId/intrekking" // the contract lets it answer with each status but 410
		if kind == gateway.KindGone {
			name = "PUT /signalen/:signaalId/terugkoppelingen/:terugkoppelingId"
		}
		w := h.do(good()[name])
		p := shown(t, w)
		if p.Status != status || p.Kind != kind || len(p.Findings) != 2 || p.Findings[0] != found[0] || p.Trace.IsZero() {
			t.Errorf("%s: %+v", kind, p)
		}
		if strings.Contains(w.Body.String(), "geheim") {
			t.Errorf("%s: the cause went out", kind)
		}
		if retry := w.Header().Get("Retry-After"); (retry != "") != (status == 503) {
			t.Errorf("%s: Retry-After %q", kind, retry)
		}
	}
	h := newHouse(t, Options{})
	h.answer.Err = gateway.Refuse("nieuw-soort")
	if p := shown(t, h.do(good()["PUT /meldingen/:meldingId"])); p.Status != 500 || p.Findings[0].Code != gateway.CodeInternal {
		t.Errorf("a kind that the door does not know: %+v", p)
	}
}
