// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// missing skips a test that lacks a real peer, or fails it when SEINHUIS_REAL
// asks for the real thing.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("SEINHUIS_REAL") == "require" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// npmModule is the folder of an npm package.
func npmModule(t *testing.T, name string) string {
	t.Helper()
	for _, modules := range []string{os.Getenv("SEINHUIS_NPM"), "testdata/npm/node_modules"} {
		if modules == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(modules, name, "package.json")); err == nil {
			path, err := filepath.Abs(filepath.Join(modules, name))
			if err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	missing(t, "npm package "+name+" is not found: run npm ci in adapters/console/testdata/npm, or name the directory of node_modules in SEINHUIS_NPM")
	return ""
}

// tab is a real browser with one tab and a fresh profile.
type tab struct {
	t   *testing.T
	ctx context.Context
	axe string
}

// newTab starts headless Chromium.
func newTab(t *testing.T) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "chromium is not installed")
	}
	axe, err := os.ReadFile(filepath.Join(npmModule(t, "axe-core"), "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &tab{t, ctx, string(axe)}
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// goes does steps that lead to another page, and waits for it.
func (b *tab) goes(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// js asks the page.
func js[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func (b *tab) text() string { return js[string](b, "document.body.innerText") }

// says fails when the page does not show a text.
func (b *tab) says(want ...string) {
	b.t.Helper()
	for _, text := range want {
		if !strings.Contains(b.text(), text) {
			b.t.Errorf("%s does not say %q:\n%s", js[string](b, "location.href"), text, b.text())
		}
	}
}

// signIn gives an officer a code and types it in.
func (b *tab) signIn(w *world, roles ...oversight.Role) {
	b.t.Helper()
	claims := oversight.Claims{Account: officerID, Roles: roles}
	for _, r := range roles {
		if r == oversight.RoleParty {
			claims.Parties = append(claims.Parties, energyOIN)
		}
	}
	code, err := w.codes.Give(claims, w.clock())
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Navigate(w.server.URL+"/aanmelden"), chromedp.SendKeys(chromedp.ID("code"), code))
	b.goes(chromedp.Submit(chromedp.ID("code")))
	b.do(chromedp.WaitVisible(chromedp.CSS(".console-session")))
}

// violation is what axe-core finds.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML string `json:"html"`
		Why  string `json:"failureSummary"`
	} `json:"nodes"`
}

// fair holds the page to WCAG 2.2 A and AA and to good practice, as far as a
// machine can (axe-core), and to reflow: nothing sticks out sideways at 320
// pixels, which is also 400 % zoom at 1280 (WCAG 1.4.10).
func (b *tab) fair(name string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](b.axe + ";0"))
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](
		`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify({violations: r.violations, passes: r.passes.length}))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	var result struct {
		Violations []violation `json:"violations"`
		Passes     int         `json:"passes"`
	}
	if err := json.Unmarshal([]byte(found), &result); err != nil {
		b.t.Fatal(err)
	}
	if result.Passes < 10 {
		b.t.Errorf("%s: axe-core passed %d rules only: did it run?", name, result.Passes)
	}
	for _, v := range result.Violations {
		b.t.Errorf("%s: axe-core: %s (%s)", name, v.Help, v.ID)
		for _, n := range v.Nodes {
			b.t.Logf("  %s\n  %s", n.HTML, n.Why)
		}
	}
}

// shown looks at the page wide and narrow: judged, and kept as pictures when
// SEINHUIS_SCREENSHOTS names a folder.
func (b *tab) shown(name string) {
	b.t.Helper()
	for _, width := range []int64{1280, 390, 320} {
		b.do(chromedp.EmulateViewport(width, 900))
		if wide := js[int64](b, "document.documentElement.scrollWidth"); wide > width {
			b.t.Errorf("%s: %d pixels wide in a window of %d: %s", name, wide, width,
				js[string](b, `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".utrecht-table-container")).slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join("\n")`))
		}
		b.fair(name)
		folder := os.Getenv("SEINHUIS_SCREENSHOTS")
		if folder == "" || width == 390 {
			continue
		}
		picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			b.t.Fatal(err)
		}
		kind := map[int64]string{1280: "breed", 320: "smal"}[width]
		if err := os.WriteFile(filepath.Join(folder, name+"-"+kind+".png"), picture, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.do(chromedp.EmulateViewport(1280, 900))
}

// TestPagesInABrowser looks at every page of the matrix as somebody who sees it.
func TestPagesInABrowser(t *testing.T) {
	b, w := newTab(t), newWorld(t)
	b.do(chromedp.Navigate(w.server.URL + "/logboek"))
	b.says("Aanmelden")
	b.shown("aanmelden")
	b.signIn(w, oversight.RoleParty, oversight.RoleProcessor, oversight.RolePolicy)
	b.says("Overzicht", "alle partijen")
	seen := map[string]bool{}
	for _, r := range routes() {
		p, _ := w.console.named(r.page)
		if seen[r.page] || p.get == nil || !strings.Contains(r.sees, "processor") && !strings.Contains(r.sees, "policy") {
			continue
		}
		seen[r.page] = true
		b.do(chromedp.Navigate(w.server.URL + r.path))
		b.shown(r.page)
	}
	b.do(chromedp.Navigate(w.server.URL + "/logboek/99999"))
	b.says("Niet gevonden")
	b.shown("niet-gevonden")
	b.do(chromedp.Navigate(w.server.URL + "/logboek?van=gisteren&object=Jansen"))
	b.says("Vul een datum in", "geen soort")
	b.shown("logboek-fout")
	b.do(chromedp.Navigate(w.server.URL + "/logboek?object=0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1eff"))
	b.says("Er is niets gevonden")
	b.shown("logboek-leeg")
}
