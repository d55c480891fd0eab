// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// officerBrowser signs in to the console of a running gateway as a browser does.
type officerBrowser struct {
	t      *testing.T
	base   string
	cookie *http.Cookie
}

func (b *officerBrowser) do(method, path string, form url.Values) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		b.cookie = c
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// enter gives a code as the command does, and uses it.
func (b *officerBrowser) enter(home string, args ...string) {
	b.t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetArgs(append([]string{"officer", "login", "--dir", home}, args...))
	if err := root.ExecuteContext(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	code := regexp.MustCompile(`code\s+(\S+)`).FindStringSubmatch(out.String())
	if code == nil {
		b.t.Fatalf("no code in %s", out.String())
	}
	if status, body := b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {code[1]}}); status != http.StatusOK || b.cookie == nil {
		b.t.Fatalf("signing in gave %d\n%s", status, body)
	}
}

// TestConsole: officers look into the log of a running gateway, each into what
// concerns his party, and every look is in the log.
func TestConsole(t *testing.T) {
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stop := w.serve(t.Context())
	s := &story{world: w, out: io.Discard, reports: 12}
	for _, step := range []func() error{func() error { return s.introduce(t.Context()) }, func() error { return s.report(t.Context()) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	own, other := demoCreditors[energy].OIN, demoCreditors[water].OIN
	for name, c := range map[string]struct {
		args           []string
		sees, seesOnly []gateway.OIN
	}{
		"energy":    {[]string{"--role", "toezicht", "--party", string(own)}, []gateway.OIN{own}, []gateway.OIN{other}},
		"water":     {[]string{"--role", "toezicht", "--party", string(other)}, []gateway.OIN{other}, []gateway.OIN{own}},
		"processor": {[]string{"--role", "toezicht-verwerker"}, []gateway.OIN{own, other}, nil},
	} {
		b := &officerBrowser{t: t, base: w.gateway.console.url}
		b.enter(w.home(), c.args...)
		status, body := b.do(http.MethodGet, "/logboek?gebeurtenis=melding-ontvangen", nil)
		if status != http.StatusOK {
			t.Fatalf("%s: the log gave %d", name, status)
		}
		for _, oin := range c.sees {
			if !strings.Contains(body, "melding/"+string(oin)) {
				t.Errorf("%s does not see reports of %s", name, oin)
			}
		}
		for _, oin := range c.seesOnly {
			if strings.Contains(body, string(oin)) {
				t.Errorf("%s sees reports of %s", name, oin)
			}
		}
		if status, body := b.do(http.MethodGet, "/", nil); status != http.StatusOK || !strings.Contains(body, "Meldingen ontvangen") {
			t.Errorf("%s: the start page gave %d", name, status)
		}
		life := regexp.MustCompile(`href="(/logboek/[0-9]+)"`).FindStringSubmatch(body)
		if status, body := b.do(http.MethodGet, life[1], nil); status != http.StatusOK || !strings.Contains(body, "/levensloop/") {
			t.Errorf("%s: an entry gave %d", name, status)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	hits, err := w.gateway.truth.Journal.Search(t.Context(), oversight.Query{Scope: everything(t), Limit: oversight.MaxHits})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, h := range hits {
		counts[h.Entry.Event]++
	}
	for event, least := range map[string]int{"aanmeldcode-gegeven": 3, "functionaris-aangemeld": 3, "logboek-gelezen": 9} {
		if counts[event] < least {
			t.Errorf("%d entries %s, want %d", counts[event], event, least)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
}

// everything is the scope of the processor's officer.
func everything(t *testing.T) oversight.Scope {
	t.Helper()
	o, err := oversight.Admit(oversight.Claims{Account: demoOfficer, Roles: []oversight.Role{oversight.RoleProcessor}})
	if err != nil {
		t.Fatal(err)
	}
	return o.Scope()
}

// TestConsoleConfiguration: what is half, unknown or unsafe does not start.
func TestConsoleConfiguration(t *testing.T) {
	const oidc = "\n  oidc: {issuer: https://idp.example, client-id: a, geheim: geheim.txt, rollen-claim: rollen, partijen-claim: partijen, acr: [\"2\"]}"
	for text, want := range map[string]string{
		"luister: 127.0.0.1:0\n  eenmalig: true":                                                  "",
		"luister: 127.0.0.1:0\n  adres: http://127.0.0.1:1" + oidc:                                "",
		"luister: 0.0.0.0:444\n  certificaat: c\n  sleutel: k\n  adres: https://x.example" + oidc: "",
		"luister: 127.0.0.1:0":                                                                         "nobody could sign in",
		"luister: 127.0.0.1:0\n  eenmalig: true\n  ldap: x":                                            "unknown field",
		"luister: 0.0.0.0:444\n  eenmalig: true":                                                       "plain HTTP is for loopback only",
		"luister: localhost:444\n  eenmalig: true":                                                     "plain HTTP is for loopback only", // a name may come to mean another machine
		"luister: 127.0.0.1\n  eenmalig: true":                                                         "address:port",
		"luister: 127.0.0.1:0\n  eenmalig: true\n  certificaat: x":                                     "go together",
		"luister: 127.0.0.1:0" + oidc:                                                                  "adres is missing",
		"luister: 127.0.0.1:0\n  adres: http://127.0.0.1:1\n  oidc: {issuer: https://x}":               "client-id is missing",
		"luister: 127.0.0.1:0\n  adres: http://127.0.0.1:1" + strings.Replace(oidc, `["2"]`, "[]", 1):  "acr is missing",
		"luister: 127.0.0.1:0\n  adres: http://127.0.0.1:1" + strings.Replace(oidc, "acr:", "amr:", 1): "unknown field",
	} {
		dir := t.TempDir()
		base := "oin: \"00000099000000001000\"\nluister: 127.0.0.1:0\nlogboek: a/b\ntls: {certificaat: c, sleutel: k, client-ca: a, crl: r}\nontgrendeling: o\nroutering: r\nconsole:\n  "
		if err := os.WriteFile(filepath.Join(dir, configFile), []byte(base+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readConfig(dir)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("console: %s\ngave %v, want %q", text, err, want)
		}
	}
}

// TestConsoleAmongOthers: a trial's console stays on loopback, as its door does.
func TestConsoleAmongOthers(t *testing.T) {
	w, err := makeWorld(t.Context(), t.TempDir(), discard(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := w.gateway.fitForOthers(); err != nil {
		t.Error(err)
	}
	w.gateway.config.Console.Listen = "0.0.0.0:444"
	if err := w.gateway.fitForOthers(); err == nil {
		t.Error("a trial opened its console to others")
	}
	w.gateway.config.Console = nil
	if err := w.gateway.fitForOthers(); err != nil {
		t.Error(err)
	}
}
