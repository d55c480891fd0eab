// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// TestTasksInABrowser does what an officer comes for: search, open an entry,
// follow its life, change the language, sign out.
func TestTasksInABrowser(t *testing.T) {
	b, w := newTab(t), newWorld(t)
	b.signIn(w, oversight.RoleParty)
	b.goes(chromedp.Click(chromedp.CSS(`a[href="/logboek"]`)))
	b.do(chromedp.SetValue(chromedp.ID("uitkomst"), "geweigerd"), chromedp.SetValue(chromedp.ID("van"), "2026-11-15"))
	b.goes(chromedp.Submit(chromedp.ID("van")))
	b.says("drempel")
	if text := js[string](b, `document.querySelector("main table").innerText`); strings.Contains(text, "Melding ontvangen") || strings.Contains(text, string(waterOIN)) {
		t.Errorf("the search shows more than was asked:\n%s", text)
	}
	if got := js[string](b, `document.getElementById("uitkomst").value + document.getElementById("van").value`); got != "geweigerd2026-11-15" {
		t.Errorf("the form forgot what was asked: %s", got)
	}
	b.goes(chromedp.Click(chromedp.CSS("main form .utrecht-link"))) // clear
	b.goes(chromedp.Click(chromedp.CSS(`a[rel=next]`)))
	b.says("Terug naar de nieuwste")
	b.goes(chromedp.Click(chromedp.CSS(`nav[aria-label=Bladeren] a`)))
	b.do(chromedp.SetValue(chromedp.ID("object"), string(reportID)))
	b.goes(chromedp.Submit(chromedp.ID("object")))
	b.goes(chromedp.Click(chromedp.CSS(`th[scope=row] a`)))
	b.says("Gebeurtenis 73", "Melding ingetrokken", "Bladhash")
	b.goes(chromedp.Click(chromedp.CSS(`a[href^="/levensloop/"]`)))
	b.says("Levensloop", "Melding ontvangen", "Melding ingetrokken")
	b.goes(chromedp.Click(chromedp.CSS(`form[action="/taal"] button`)))
	b.says("Life", "Report received", "Report withdrawn", "Sign out")
	if got := js[string](b, "location.pathname + document.documentElement.lang"); got != "/levensloop/"+string(reportID)+"en" {
		t.Errorf("changing the language leads to %s", got)
	}
	b.shown("life-en")
	b.goes(chromedp.Click(chromedp.CSS(`form[action="/afmelden"] button`)))
	b.says("You are signed out")
	b.do(chromedp.Navigate(w.server.URL + "/logboek"))
	b.says("Aanmelden")
}

// TestKeyboardAlone: without a mouse one skips to the content, reaches every
// part, sees where one is, and sends a form.
func TestKeyboardAlone(t *testing.T) {
	b, w := newTab(t), newWorld(t)
	code := must(w.codes.Give(oversight.Claims{Account: officerID, Roles: []oversight.Role{oversight.RoleProcessor}}, w.clock()))
	b.do(chromedp.Navigate(w.server.URL + "/aanmelden"))
	b.tabTo(`document.activeElement.id === "code"`)
	b.do(chromedp.KeyEvent(code))
	b.goes(chromedp.KeyEvent(kb.Enter))
	b.do(chromedp.WaitVisible(chromedp.CSS(".console-session")))
	b.do(chromedp.Navigate(w.server.URL + "/logboek"))
	b.do(chromedp.KeyEvent(kb.Tab))
	if got := js[string](b, "document.activeElement.innerText"); got != "Naar de inhoud" || !js[bool](b, "document.activeElement.getBoundingClientRect().top >= 0") {
		t.Errorf("the first stop is %q, or is not seen", got)
	}
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	if !js[bool](b, `document.activeElement.closest("main") !== null`) {
		t.Error("the skip link does not lead into the content")
	}
	b.do(chromedp.Navigate(w.server.URL + "/logboek"))
	stops := b.stops()
	for _, want := range []string{"Overzicht", "Logboek", "Afmelden", "English", "#partij", "#van", "#gebeurtenis", "#spoor", "Zoeken", "73"} {
		if !strings.Contains(strings.Join(stops, "|")+"|", want+"|") {
			t.Errorf("the keyboard does not reach %s: %v", want, stops)
		}
	}
	b.tabTo(`document.activeElement.id === "object"`)
	b.do(chromedp.KeyEvent("Jansen"))
	b.goes(chromedp.KeyEvent(kb.Enter))
	b.says("geen soort")
	b.tabTo(`document.activeElement.getAttribute("href") === "#object"`) // the summary leads to the field
	// A made-up Enter brings one key press too many, which would land in the
	// field; a click is what the browser makes of a real one.
	js[chromedp.Void](b, "document.activeElement.click()")
	b.do(chromedp.WaitVisible(chromedp.CSS("#object:focus")))
	b.tabTo(`document.activeElement.closest("form[action='/afmelden']") !== null`)
	b.goes(chromedp.KeyEvent(kb.Enter))
	b.says("U bent afgemeld")
}

// tabTo presses Tab until a condition holds.
func (b *tab) tabTo(condition string) {
	b.t.Helper()
	for range 200 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if js[bool](b, condition) {
			return
		}
	}
	b.t.Fatalf("the keyboard does not reach %s", condition)
}

// stops presses Tab through the whole page, and holds every stop to be seen.
func (b *tab) stops() (out []string) {
	b.t.Helper()
	for range 60 {
		b.do(chromedp.KeyEvent(kb.Tab))
		at := js[string](b, `(() => { const e = document.activeElement; return e.id && e.matches("input, select") ? "#" + e.id : e.innerText || e.getAttribute("aria-label") || "" })()`)
		if at == "" || len(out) > 0 && at == out[0] {
			break
		}
		out = append(out, strings.TrimSpace(at))
		if !js[bool](b, `(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 || s.boxShadow !== "none" })()`) {
			b.t.Errorf("where the keyboard is, %q, is not seen", at)
		}
	}
	return out
}

// TestNothingFromElsewhere: pages ask this host alone, no script runs, and the
// browser finds nothing in them to refuse.
func TestNothingFromElsewhere(t *testing.T) {
	b, w := newTab(t), newWorld(t)
	b.signIn(w, oversight.RoleProcessor)
	here := must(url.Parse(w.server.URL)).Host
	for _, path := range []string{"/", "/logboek", "/logboek/71", "/levensloop/" + string(reportID)} {
		b.do(chromedp.Navigate(w.server.URL + path))
		for _, asked := range js[[]string](b, `performance.getEntriesByType("resource").map(e => e.name)`) {
			if must(url.Parse(asked)).Host != here {
				t.Errorf("%s asks %s", path, asked)
			}
		}
		if n := js[int](b, `document.scripts.length + document.querySelectorAll("[style], style, iframe, object, embed, [onclick], [onload]").length`); n != 0 {
			t.Errorf("%s has %d things that the policy of content refuses", path, n)
		}
		if !js[bool](b, `[...document.styleSheets].length === 1 && document.styleSheets[0].cssRules.length > 100`) {
			t.Errorf("%s has no style", path)
		}
	}
}
