// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// TestTwoOfficersApproveInABrowser: one reads and approves, and may not twice;
// another adopts; the history says who.
func TestTwoOfficersApproveInABrowser(t *testing.T) {
	b, w := newTab(t), newWorld(t)
	const second gateway.UUID = "5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e77"
	enter := func(account gateway.UUID) {
		t.Helper()
		code, err := w.codes.Give(oversight.Claims{Account: account, Roles: []oversight.Role{oversight.RolePolicy}}, w.clock())
		if err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(w.server.URL+"/aanmelden"), chromedp.SendKeys(chromedp.ID("code"), code))
		b.goes(chromedp.Submit(chromedp.ID("code")))
		b.do(chromedp.WaitVisible(chromedp.CSS(".console-session")))
	}
	approve := `input[value=goedkeuren] ~ button`
	enter(officerID)
	b.do(chromedp.Navigate(w.server.URL + "/beleid"))
	b.says("landelijk 2026.1", "0 van 2 goedkeuringen", "waarmee de dienst is ingericht")
	b.goes(chromedp.Click(chromedp.CSS(`a[href="/beleid/` + string(proposalID) + `"]`)))
	b.says("Nog niemand keurde dit goed", "De achterstand is ouder dan 100 dagen.", "De achterstand bestaat langer dan 100 dagen.", "water/bedrag-te-klein", "Zorg zonder overeenkomst blijft geweigerd.")
	b.shown("beleid-voorstel")
	b.goes(chromedp.Click(chromedp.CSS(approve)))
	b.says("U keurde dit voorstel al goed", string(officerID), "aangemeld met een eenmalige code", "een eenmalige code geeft de beheerder", "Twee verschillende functionarissen")
	if js[bool](b, `document.querySelector("input[value=goedkeuren]") !== null`) {
		t.Error("the same officer can approve twice")
	}
	b.goes(chromedp.Click(chromedp.CSS(`form[action="/afmelden"] button`)))
	enter(second)
	b.do(chromedp.Navigate(w.server.URL + "/beleid/" + string(proposalID)))
	b.goes(chromedp.Click(chromedp.CSS(approve)))
	b.says("vastgesteld", string(second), string(officerID), "Vastgesteld op")
	b.shown("beleid-vastgesteld")
	b.do(chromedp.Navigate(w.server.URL + "/beleid"))
	b.says("Vastgesteld, gaat in op 1 januari 2027", "Er wacht geen voorstel")
	b.shown("beleid-wacht-op-dag")
}

// TestPolicyBenchInABrowser tries a report and simulates a proposal, in both
// languages, and hands in a wrong file.
func TestPolicyBenchInABrowser(t *testing.T) {
	b, w := newTab(t), newWorld(t)
	b.signIn(w, oversight.RolePolicy)
	b.do(chromedp.Navigate(w.server.URL + "/beleid/proefbank"))
	b.goes(chromedp.Submit(chromedp.ID("bedrag")))
	b.says("De melding zou worden geweigerd", "Volgens landelijk 2026.1", "van toepassing")
	b.shown("proefbank-uitkomst")
	b.do(chromedp.Navigate(w.server.URL + "/beleid/proefbank?soort=Gas&vandaag=ooit&bedrag=veel&aantal=-1&gemeente=Leiden"))
	b.says("Kies een waarde uit de lijst", "Vul een datum in", "Vul een bedrag in", "Vul een aantal", "GM en vier cijfers")
	b.shown("proefbank-fout")
	b.do(chromedp.Navigate(w.server.URL + "/beleid/proefbank/simulatie?versie=" + string(proposalID)))
	b.goes(chromedp.Submit(chromedp.ID("dag")))
	b.says("43\nToegelaten meldingen", "Van geweigerde meldingen wordt niets bewaard", "water/bedrag-te-klein onder-drempel", "onzeker: water/bedrag-te-klein", "3 van 3")
	b.shown("simulatie")
	b.goes(chromedp.Click(chromedp.CSS(`form[action="/taal"] button`)))
	b.says("Permitted reports", "Nothing is kept of refused reports")
	b.shown("simulatie-engels")
	b.do(chromedp.Navigate(w.server.URL+"/beleid/voorstel"), chromedp.SendKeys(chromedp.ID("kenmerk"), "Jansen"))
	b.goes(chromedp.Submit(chromedp.ID("kenmerk")))
	b.says("Choose a file", "Capitals, digits", "Fill in a date")
	b.shown("voorstel-fout")
}
