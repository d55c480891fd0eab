// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bufio"
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// idpUser is somebody at the identity provider.
type idpUser struct {
	ACR    string         `json:"acr,omitempty"`
	Claims map[string]any `json:"claims"`
}

func idpUsers() map[string]idpUser {
	claims := func(roles, parties any) map[string]any { return map[string]any{"rollen": roles, "partijen": parties} }
	return map[string]idpUser{
		"jansen":   {"tweede-factor", claims([]string{"toezicht", "iets-anders"}, []string{string(energyOIN)})},
		"verwerk":  {"tweede-factor", claims("toezicht-verwerker", nil)},
		"zonder":   {"", claims([]string{"toezicht"}, []string{string(energyOIN)})},
		"zwak":     {"wachtwoord", claims([]string{"toezicht"}, []string{string(energyOIN)})},
		"rolloos":  {"tweede-factor", claims([]string{}, []string{string(energyOIN)})},
		"leeg":     {"tweede-factor", claims([]string{"toezicht"}, []string{})},
		"vreemd":   {"tweede-factor", claims([]string{"beheer"}, []string{string(energyOIN)})},
		"verkeerd": {"tweede-factor", claims([]string{"toezicht"}, []string{"12345"})},
	}
}

// withProvider starts a real OpenID provider and a console that trusts it. twist
// may change what stands between them.
func withProvider(t *testing.T, twist func(http.RoundTripper) http.RoundTripper, change ...func(*Config)) *world {
	t.Helper()
	npmModule(t, "oidc-provider")
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node is not installed")
	}
	w := newWorld(t)
	settings, err := json.Marshal(map[string]any{"client": "seinhuis", "secret": "0123456789abcdef0123456789abcdef", "redirect": w.server.URL + "/aanmelden/terug", "users": idpUsers()})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "testdata/npm/provider.mjs", string(settings))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the provider does not start: %v\n%s", err, errs.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if twist == nil {
		twist = func(next http.RoundTripper) http.RoundTripper { return next }
	}
	w.now = time.Now() // tokens tell the time of the provider
	c := w.console.config
	c.OIDC = &OIDCConfig{Issuer: "http://127.0.0.1:" + strings.TrimSpace(port), ClientID: "seinhuis", Secret: "0123456789abcdef0123456789abcdef",
		RolesClaim: "rollen", PartiesClaim: "partijen", ACR: []string{"tweede-factor"}, Client: &http.Client{Transport: twist(http.DefaultTransport)}}
	for _, f := range change {
		f(&c)
	}
	if w.console, err = New(c, samplePorts(w)); err != nil {
		t.Fatal(err)
	}
	return w
}

var goesOn = regexp.MustCompile(`http-equiv="refresh" content="0; url=([^"]+)"`)

// goesOn is where a page goes by itself.
func (a answer) goesOn(t *testing.T) string {
	t.Helper()
	m := goesOn.FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("the page goes nowhere: %d\n%s", a.status, a.body)
	}
	return html.UnescapeString(m[1])
}

// away sends the browser to the provider and signs in there, and gives the
// address that it is sent back to.
func (b *browser) away(user string) string {
	b.t.Helper()
	a := b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"provider"}, "naar": {"/logboek"}})
	if a.status != http.StatusOK {
		b.t.Fatalf("leaving gave %d\n%s", a.status, a.body)
	}
	jar := must(cookiejar.New(nil))
	client := http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), b.w.server.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res := must(client.Get(a.goesOn(b.t)))
	res.Body.Close()
	if strings.Contains(res.Request.URL.Path, "/inloggen/") {
		res = must(client.PostForm(res.Request.URL.String(), url.Values{"sub": {user}}))
		res.Body.Close()
	}
	back := res.Header.Get("Location")
	if !strings.HasPrefix(back, b.w.server.URL) {
		b.t.Fatalf("the provider sends to %q (%s)", back, res.Status)
	}
	return strings.TrimPrefix(back, b.w.server.URL)
}

// TestProvider signs in with a real OpenID provider: who is let in, and who is
// not, and why.
func TestProvider(t *testing.T) {
	w := withProvider(t, nil)
	for user, want := range map[string]struct {
		status int
		why    string
	}{
		"jansen": {http.StatusOK, ""}, "verwerk": {http.StatusOK, ""},
		"zonder": {http.StatusForbidden, "tweede-factor"}, "zwak": {http.StatusForbidden, "tweede-factor"},
		"rolloos": {http.StatusForbidden, "geen-rol"}, "leeg": {http.StatusForbidden, "geen-rol"},
		"vreemd": {http.StatusForbidden, "geen-rol"}, "verkeerd": {http.StatusForbidden, "geen-rol"},
	} {
		t.Run(user, func(t *testing.T) {
			b := w.browser(t)
			a := b.get(b.away(user))
			if a.status != want.status {
				t.Fatalf("%s got %d\n%s", user, a.status, a.body)
			}
			if _, left := b.cookies[loginCookie]; left {
				t.Error("what the browser carried was left behind")
			}
			last := w.book.entries[len(w.book.entries)-1]
			if want.why != "" {
				if last.Event != "toegang-geweigerd" || !slices.Equal(last.Codes, []string{want.why}) || b.cookies[sessionCookie] != "" {
					t.Errorf("the log says %+v", last)
				}
				return
			}
			if to := a.goesOn(t); to != "/logboek" {
				t.Errorf("it goes on to %s", to)
			}
			account := AccountOf(w.console.config.OIDC.Issuer, user)
			if last.Event != "functionaris-aangemeld" || last.Actor != "functionaris/"+string(account) || last.Codes[0] != "oidc" {
				t.Errorf("the log says %+v", last)
			}
			if user == "jansen" && (b.get("/logboek/71").status != http.StatusOK || b.get("/logboek/72").status != http.StatusNotFound) {
				t.Error("the officer does not see what his claims give")
			}
		})
	}
}

// TestAnswersThatDoNotHold: every part of the way back is held to what left.
func TestAnswersThatDoNotHold(t *testing.T) {
	w := withProvider(t, nil)
	change := func(name, value string) func(*browser, string) string {
		return func(_ *browser, back string) string {
			u := must(url.Parse(back))
			q := u.Query()
			if q.Set(name, value); value == "" {
				q.Del(name)
			}
			return u.Path + "?" + q.Encode()
		}
	}
	for name, spoil := range map[string]func(b *browser, back string) string{
		"another state":       change("state", "x"),
		"no state":            change("state", ""),
		"another code":        change("code", "x"),
		"no code":             change("code", ""),
		"another issuer":      change("iss", "https://kwaad.example"),
		"no issuer":           change("iss", ""), // the provider says that it names itself (RFC 9207)
		"an error":            change("error", "access_denied"),
		"another browser":     func(b *browser, back string) string { delete(b.cookies, loginCookie); return back },
		"a cookie of its own": func(b *browser, back string) string { b.cookies[loginCookie] = strings.Repeat("A", 300); return back },
		"the cookie of before": func(b *browser, back string) string {
			old := b.cookies[loginCookie]
			b.away("jansen")
			b.cookies[loginCookie] = old
			return change("state", "x")(b, back)
		},
		"a code for the second time": func(b *browser, back string) string {
			old := b.cookies[loginCookie]
			b.get(back)
			delete(b.cookies, sessionCookie)
			b.cookies[loginCookie] = old
			return back
		},
		"too late": func(_ *browser, back string) string { w.wait(loginTime); return back },
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser(t)
			a := b.get(spoil(b, b.away("jansen")))
			if a.status != http.StatusForbidden || b.cookies[sessionCookie] != "" {
				t.Errorf("it was taken: %d %v", a.status, b.cookies)
			}
			if !strings.Contains(a.body, "klopt niet") {
				t.Errorf("the page does not say so:\n%s", a.body)
			}
		})
	}
}

// swapped is a network that puts one answer of the token endpoint in place of
// another.
type swapped struct {
	next http.RoundTripper
	body func([]byte) []byte
}

func (s swapped) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/token") {
		return res, err
	}
	data, err := io.ReadAll(res.Body)
	res.Body.Close()
	changed := s.body(data)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(changed)), int64(len(changed))
	res.Header.Del("Content-Length")
	return res, err
}

// TestTokensThatDoNotHold: an ID token of another try (nonce), with another
// signature, none at all, or late.
func TestTokensThatDoNotHold(t *testing.T) {
	var kept []byte
	edit := func(f func(map[string]any)) func([]byte) []byte {
		return func(data []byte) []byte {
			var all map[string]any
			if err := json.Unmarshal(data, &all); err != nil {
				t.Error(err)
			}
			f(all)
			return must(json.Marshal(all))
		}
	}
	token := func(f func(parts []string)) func([]byte) []byte {
		return edit(func(all map[string]any) {
			parts := strings.Split(all["id_token"].(string), ".")
			f(parts)
			all["id_token"] = strings.Join(parts, ".")
		})
	}
	for name, body := range map[string]func([]byte) []byte{
		"nonce of another try": func(data []byte) []byte {
			if kept == nil {
				kept = data
			}
			return kept
		},
		"another signature": token(func(p []string) { p[2] = strings.Repeat("A", len(p[2])) }),
		"no signature":      token(func(p []string) { p[0], p[2] = "eyJhbGciOiJub25lIn0", "" }),
		"no ID token":       edit(func(all map[string]any) { delete(all, "id_token") }),
		"a number":          edit(func(all map[string]any) { all["id_token"] = 1 }),
		"too large":         func([]byte) []byte { return bytes.Repeat([]byte(" "), 2*maxAnswer) },
	} {
		t.Run(name, func(t *testing.T) {
			w := withProvider(t, func(next http.RoundTripper) http.RoundTripper { return swapped{next, body} })
			if name == "nonce of another try" {
				if b := w.browser(t); b.get(b.away("jansen")).status != http.StatusOK {
					t.Fatal("the first try failed")
				}
			}
			b := w.browser(t)
			if a := b.get(b.away("jansen")); a.status != http.StatusForbidden || b.cookies[sessionCookie] != "" {
				t.Errorf("it was taken: %d", a.status)
			}
		})
	}
	t.Run("a clock far ahead", func(t *testing.T) {
		w := withProvider(t, nil)
		w.wait(time.Hour)
		b := w.browser(t)
		if a := b.get(b.away("jansen")); a.status != http.StatusForbidden {
			t.Errorf("an old token was taken: %d", a.status)
		}
	})
	t.Run("for another client", func(t *testing.T) {
		w := withProvider(t, nil)
		b := w.browser(t)
		back := b.away("jansen")
		w.console.provider.config.ClientID = "ander" // what the token must name
		if a := b.get(back); a.status != http.StatusForbidden {
			t.Errorf("a token for another was taken: %d", a.status)
		}
	})
}

// TestExactIssuer: a provider that names itself otherwise is not the one that
// the operator named.
func TestExactIssuer(t *testing.T) {
	w := withProvider(t, nil, func(c *Config) { c.OIDC.Issuer += "/" })
	if a := w.browser(t).do(http.MethodPost, "/aanmelden", url.Values{"weg": {"provider"}}); a.status != http.StatusServiceUnavailable {
		t.Errorf("leaving gave %d", a.status)
	}
}

// TestProviderIsAway: an identity provider that does not answer is said so, and
// asked again at the next try.
func TestProviderIsAway(t *testing.T) {
	away := httptest.NewServer(http.NotFoundHandler())
	defer away.Close()
	w := newWorld(t, func(c *Config) {
		c.OIDC = &OIDCConfig{away.URL, "id", "secret", "roles", "parties", []string{"2"}, nil}
	})
	a := w.browser(t).do(http.MethodPost, "/aanmelden", url.Values{"weg": {"provider"}})
	if a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "antwoordt niet") {
		t.Errorf("leaving gave %d", a.status)
	}
}

// TestCodesDecideNoPolicy: where an identity provider vouches for officers, a
// code of the operator gives no say in policy.
func TestCodesDecideNoPolicy(t *testing.T) {
	roles := []oversight.Role{oversight.RoleProcessor, oversight.RolePolicy}
	vouched := func(c *Config) {
		c.OIDC = &OIDCConfig{"https://idp.example", "id", "secret", "roles", "parties", []string{"2"}, nil}
	}
	for want, w := range map[int]*world{http.StatusOK: newWorld(t), http.StatusNotFound: newWorld(t, vouched)} {
		b := w.browser(t).signIn(roles)
		if a := b.get("/beleid/voorstel"); a.status != want {
			t.Errorf("proposing gave %d, not %d", a.status, want)
		}
		if a := b.get("/logboek"); a.status != http.StatusOK {
			t.Errorf("the other role gave %d", a.status)
		}
	}
}

// TestAsksForSecondFactor: PKCE, state, nonce and the values of acr go along.
func TestAsksForSecondFactor(t *testing.T) {
	w := withProvider(t, nil)
	a := w.browser(t).do(http.MethodPost, "/aanmelden", url.Values{"weg": {"provider"}, "taal": {"en"}})
	q := must(url.Parse(a.goesOn(t))).Query()
	for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "acr_values": "tweede-factor", "scope": "openid",
		"redirect_uri": w.server.URL + "/aanmelden/terug", "ui_locales": "en", "client_id": "seinhuis"} {
		if q.Get(name) != want {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if len(q.Get("state")) != 43 || len(q.Get("nonce")) != 43 || len(q.Get("code_challenge")) != 43 {
		t.Errorf("state, nonce or challenge is short: %v", q)
	}
	set := a.header.Get("Set-Cookie")
	if !strings.HasPrefix(set, loginCookie+"=") || !strings.HasSuffix(set, "; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax") || strings.Contains(set, q.Get("nonce")) {
		t.Errorf("the cookie is %q", set)
	}
}

// TestProviderInABrowser signs in through the provider as a person does.
func TestProviderInABrowser(t *testing.T) {
	b, w := newTab(t), withProvider(t, nil)
	b.do(chromedp.Navigate(w.server.URL + "/logboek?uitkomst=geweigerd"))
	b.shown("aanmelden-organisatie")
	b.goes(chromedp.Click(chromedp.CSS(`main form button`)))
	b.do(chromedp.WaitVisible(chromedp.ID("sub")), chromedp.SendKeys(chromedp.ID("sub"), "jansen"))
	b.goes(chromedp.Submit(chromedp.ID("sub")))
	b.do(chromedp.WaitVisible(chromedp.CSS(".console-session")))
	b.says("Logboek", string(energyOIN), "geweigerd")
	if got := js[string](b, "location.pathname + location.search"); got != "/logboek?uitkomst=geweigerd" {
		t.Errorf("it landed at %s", got)
	}
	b.goes(chromedp.Click(chromedp.CSS(`form[action="/afmelden"] button`)))
	b.says("U bent afgemeld")
	// The second factor is missing: back with a plain page.
	zwak := newTab(t)
	zwak.do(chromedp.Navigate(w.server.URL + "/aanmelden"))
	zwak.goes(chromedp.Click(chromedp.CSS(`main form button`)))
	zwak.do(chromedp.WaitVisible(chromedp.ID("sub")), chromedp.SendKeys(chromedp.ID("sub"), "zonder"))
	zwak.goes(chromedp.Submit(chromedp.ID("sub")))
	zwak.do(chromedp.WaitVisible(chromedp.CSS(".utrecht-alert")))
	zwak.says("tweede factor")
	zwak.shown("aanmelden-geen-factor")
}
