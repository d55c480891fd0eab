// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// The visitors of the matrix. Nobody is not signed in.
type visitorKind struct {
	name    string
	roles   []oversight.Role
	parties []gateway.OIN
}

func visitorKinds() []visitorKind {
	return []visitorKind{
		{name: "nobody"},
		{"energy", []oversight.Role{oversight.RoleParty}, []gateway.OIN{energyOIN}},
		{"water", []oversight.Role{oversight.RoleParty}, []gateway.OIN{waterOIN}},
		{"processor", []oversight.Role{oversight.RoleProcessor}, nil},
		{"policy", []oversight.Role{oversight.RolePolicy}, nil},
	}
}

// route is one address of one page, and who gets what there. All that is not
// named gets what is not there: 404, and nobody the sign-in page. A page needs
// at least one row with who sees it; one about a record, also rows with records
// of other parties.
type route struct {
	page, path string
	sees       string     // visitors that get 200 on GET and HEAD
	form       url.Values // that is right, for pages with post
	may        string     // visitors whose form is taken: 303
	wrong      string     // visitors whose form is shown again: 422 or 409
}

// routes is the table to add a row to with each page.
func routes() []route {
	return []route{
		{page: "overview", path: "/", sees: "energy water processor policy"},
		{page: "search", path: "/logboek", sees: "energy water processor"},
		{page: "search", path: "/logboek?partij=" + string(waterOIN), sees: "energy water processor"}, // outside: nothing found
		{page: "entry", path: "/logboek/71", sees: "energy processor"},
		{page: "entry", path: "/logboek/72", sees: "water processor"},
		{page: "entry", path: "/logboek/99999", sees: ""},
		{page: "entry", path: "/logboek/0", sees: ""},
		{page: "entry", path: "/logboek/x", sees: ""},
		{page: "life", path: "/levensloop/" + string(reportID), sees: "energy processor"},
		{page: "life", path: "/levensloop/" + string(waterID), sees: "water processor"},
		{page: "life", path: "/levensloop/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1eff", sees: ""},
		{page: "life", path: "/levensloop/x", sees: ""},
		{page: "check", path: "/controle", sees: "energy water processor", form: url.Values{}, may: "energy water processor"},
		{page: "check", path: "/controle?nummer=72", sees: "energy water processor", form: url.Values{}, may: "energy water processor"}, // the same words as for a number that is not there
		{page: "verdict", path: "/controle/nu", sees: "energy water processor"},
		{page: "checkall", path: "/controle/alles", sees: "energy water processor"},
		{page: "bundle", path: "/controle/bundel", sees: "energy water processor"}, // of one's own entries: see TestHandouts
		{page: "wholelog", path: "/controle/logboek", sees: "processor"},
		{page: "entryproof", path: "/logboek/71/bewijs", sees: "energy processor"},
		{page: "entryproof", path: "/logboek/72/bewijs", sees: "water processor"},
		{page: "entryproof", path: "/logboek/99999/bewijs", sees: ""},
		{page: "entryproof", path: "/logboek/x/bewijs", sees: ""},
		{page: "logstand", path: "/controle/checkpoint", sees: "energy water processor"},
		{page: "logkey", path: "/controle/sleutel", sees: "energy water processor"},
		{page: "policy", path: "/beleid", sees: "energy water processor policy"},
		{page: "try", path: "/beleid/proefbank", sees: "energy water processor policy"},
		{page: "try", path: "/beleid/proefbank?soort=Zorg&grondslag=wgs&vandaag=2026-11-22&signaaldatum=2026-11-22&bedrag=10", sees: "energy water processor policy"},
		{page: "simulate", path: "/beleid/proefbank/simulatie", sees: "policy"},
		{page: "simulate", path: "/beleid/proefbank/simulatie?maand=2026-10&versie=" + string(proposalID), sees: "policy"},
		{page: "compare", path: "/beleid/verschil", sees: "energy water processor policy"},
		{page: "compare", path: "/beleid/verschil?van=" + string(importID) + "&naar=" + string(proposalID), sees: "energy water processor policy"},
		{page: "propose", path: "/beleid/voorstel", sees: "policy", form: proposeForm(), may: "policy"},
		{page: "version", path: "/beleid/" + string(proposalID), sees: "energy water processor policy", form: approveForm(), may: "policy"},
		{page: "version", path: "/beleid/" + string(importID), sees: "energy water processor policy", form: approveForm(), wrong: "policy"}, // waits for nothing
		{page: "version", path: "/beleid/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1eff", sees: ""},
		{page: "version", path: "/beleid/x", sees: ""},
		{page: "version-file", path: "/beleid/" + string(proposalID) + "/bestand", sees: "energy water processor policy"},
		{page: "version-file", path: "/beleid/x/bestand", sees: ""},
		{page: "standing", path: "/stand", sees: "energy water processor"},
		{page: "agreements", path: "/overeenkomsten", sees: "energy water processor"},
		{page: "agreement", path: "/overeenkomsten/" + string(agreementID), sees: "energy processor"},
		{page: "agreement", path: "/overeenkomsten/" + string(otherDealID), sees: "water processor"},
		{page: "agreement", path: "/overeenkomsten/x", sees: ""},
		{page: "credentials", path: "/sleutels", sees: "energy water processor"},
		{page: "requests", path: "/verzoeken", sees: "energy water processor", may: "energy",
			form: url.Values{"soort": {"inzage"}, "partij": {string(energyOIN)}, "opdracht": {string(instructionID)}, "ontvangen": {"2026-11-20"}}},
		{page: "requests", path: "/verzoeken?alle=ja", sees: "energy water processor", wrong: "energy water processor"},
		{page: "request", path: "/verzoeken/" + string(requestID), sees: "energy processor", may: "energy", form: url.Values{"handeling": {"sluiten"}, "uitkomst": {"voldaan"}}},
		{page: "request", path: "/verzoeken/" + string(otherAskedID), sees: "water processor", may: "water", form: url.Values{"handeling": {"overdragen"}, "naar": {"00000099000000004000"}}},
		{page: "request", path: "/verzoeken/x", sees: ""},
		{page: "breaches", path: "/datalek", sees: "energy water processor", may: "energy water processor",
			form: url.Values{"aard": {"integriteit"}, "ontdekt": {"2026-11-21"}, "uur": {"08:30"}, "van": {"2026-11-20"}}},
		{page: "breach", path: "/datalek/" + string(breachID), sees: "energy processor", may: "energy", wrong: "processor",
			form: url.Values{"partij": {string(energyOIN)}, "stap": {"toezichthouder-ingelicht"}}},
		{page: "breach", path: "/datalek/" + string(untoldID), sees: "processor", may: "processor", form: url.Values{"meten": {"ja"}}},
		{page: "breach", path: "/datalek/x", sees: ""},
		{page: "reports", path: "/rapporten", sees: "energy water processor"},
		{page: "export", path: "/rapporten/uitvoer?formaat=csv", sees: "energy water processor"},
		{page: "export", path: "/rapporten/uitvoer?formaat=ndjson&partij=" + string(waterOIN), sees: "energy water processor"}, // outside: nothing found
		{page: "month", path: "/rapporten/maand?maand=2026-11&partij=" + string(energyOIN), sees: "energy processor"},
		{page: "month", path: "/rapporten/maand?maand=2026-11&partij=" + string(waterOIN), sees: "water processor"},
		{page: "month", path: "/rapporten/maand?maand=2026-11&partij=00000099000000009000", sees: ""},
		{page: "month-file", path: "/rapporten/maand.json?maand=2026-11&partij=" + string(energyOIN), sees: "energy processor"},
		{page: "month-file", path: "/rapporten/maand.json?maand=2026-11&partij=" + string(waterOIN), sees: "water processor"},
		{page: "processing", path: "/rapporten/verwerkingen", sees: "energy water processor"},
		{page: "dpia", path: "/rapporten/dpia", sees: "energy water processor"},
	}
}

// expect gives the status of a request, from the rows above and what the page
// itself says of roles and methods.
func (r route) expect(p page, v visitorKind, o oversight.Officer, method string) int {
	named := func(list string) bool { return slices.Contains(strings.Fields(list), v.name) }
	switch {
	case v.name == "nobody":
		return http.StatusSeeOther
	case !p.sees(o):
		return http.StatusNotFound
	case method == http.MethodGet || method == http.MethodHead:
		if p.get == nil && p.file == nil {
			return http.StatusMethodNotAllowed
		}
		if named(r.sees) {
			return http.StatusOK
		}
		return http.StatusNotFound
	case method != http.MethodPost || p.post == nil:
		return http.StatusMethodNotAllowed
	case named(r.may):
		return http.StatusSeeOther
	case named(r.wrong):
		return http.StatusUnprocessableEntity
	}
	return http.StatusNotFound
}

// TestIsolation asks every address with every method as every visitor.
func TestIsolation(t *testing.T) {
	for _, v := range visitorKinds() {
		t.Run(v.name, func(t *testing.T) {
			w := newWorld(t)
			b := w.browser(t)
			var o oversight.Officer
			token := ""
			if v.name != "nobody" {
				b.signIn(v.roles, v.parties...)
				token = b.token()
				var err error
				if o, err = oversight.Admit(oversight.Claims{Account: officerID, Roles: v.roles, Parties: v.parties}); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range routes() {
				p, ok := w.console.named(r.page)
				if !ok {
					t.Fatalf("there is no page %s", r.page)
				}
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
					var form url.Values
					if method != http.MethodGet && method != http.MethodHead {
						form = url.Values{"token": {token}}
						for name, values := range r.form {
							form[name] = values
						}
					}
					if a, want := b.do(method, r.path, form), r.expect(p, v, o, method); a.status != want {
						t.Errorf("%s %s gave %d, want %d", method, r.path, a.status, want)
					}
				}
			}
		})
	}
}

// TestEveryPageIsInTheMatrix asks for a row with who sees a page, and for who does not.
func TestEveryPageIsInTheMatrix(t *testing.T) {
	w := newWorld(t)
	for _, p := range w.console.pages {
		rows := slices.DeleteFunc(routes(), func(r route) bool { return r.page != p.name })
		seen := slices.ContainsFunc(rows, func(r route) bool { return r.sees != "" || r.may != "" })
		if !seen {
			t.Errorf("the page %s has no row in routes() that says who sees it", p.name)
		}
		if p.post != nil && !slices.ContainsFunc(rows, func(r route) bool { return r.form != nil && r.may != "" }) {
			t.Errorf("the form of page %s has no row in routes() that says who may send it", p.name)
		}
		if strings.Contains(strings.TrimSuffix(p.path, "{$}"), "{") && !slices.ContainsFunc(rows, func(r route) bool { return !strings.Contains(r.sees, "energy") }) {
			t.Errorf("the page %s is about a record, and no row in routes() asks for one of another party", p.name)
		}
		if len(p.roles) == 0 {
			t.Errorf("the page %s is for nobody", p.name)
		}
	}
}

// TestOutsideLooksAbsent holds the answer about another party's record, and a
// page of another role, to the letter to that about what is not there.
func TestOutsideLooksAbsent(t *testing.T) {
	b := newWorld(t).browser(t).signIn([]oversight.Role{oversight.RoleParty}, energyOIN)
	absent := b.get("/logboek/99999")
	for _, path := range []string{"/logboek/72", "/levensloop/" + string(waterID), "/bestaat-niet", "/levensloop/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1eff"} {
		a := b.get(path)
		for _, h := range []http.Header{a.header, absent.header} {
			h.Del("Date")
		}
		if a.status != http.StatusNotFound || a.body != absent.body || !sameHeader(a.header, absent.header) {
			t.Errorf("%s differs from what is not there: %d\n%v\n%v", path, a.status, a.header, absent.header)
		}
	}
	if strings.Contains(absent.body, string(waterOIN)) {
		t.Error("the page of an error names another party")
	}
}

func sameHeader(a, b http.Header) bool {
	if len(a) != len(b) {
		return false
	}
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			return false
		}
	}
	return true
}

// TestOtherAddresses are those that are no pages.
func TestOtherAddresses(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path    string
		nobody, officer int
	}{
		{"GET", "/aanmelden", 200, 200}, {"HEAD", "/aanmelden", 200, 200}, {"PUT", "/aanmelden", 405, 405},
		{"POST", "/aanmelden", 400, 400},                                // a way that there is not
		{"GET", "/aanmelden/terug", 303, 404},                           // without an identity provider
		{"GET", "/afmelden", 303, 405}, {"POST", "/afmelden", 303, 403}, // without the token
		{"GET", "/taal", 303, 405}, {"POST", "/taal", 303, 403},
		{"GET", w.console.style.path, 200, 200}, {"GET", "/favicon.svg", 200, 200},
		{"GET", "/stijl/0.css", 303, 404}, {"GET", "/static/console.css", 303, 404}, {"GET", "/templates/layout.html", 303, 404},
		{"GET", "/bestaat-niet", 303, 404}, {"POST", "/bestaat-niet", 303, 404}, {"GET", "/logboek/1/2", 303, 404}, {"GET", "/levensloop", 303, 404},
	} {
		for _, who := range []string{"nobody", "officer"} {
			b, want := w.browser(t), c.nobody
			if who == "officer" {
				b.signIn([]oversight.Role{oversight.RoleProcessor})
				want = c.officer
			}
			var form url.Values
			if c.method == "POST" {
				form = url.Values{}
			}
			if a := b.do(c.method, c.path, form); a.status != want {
				t.Errorf("%s: %s %s gave %d, want %d", who, c.method, c.path, a.status, want)
			}
		}
	}
}
