// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

func watcher() []oversight.Role { return []oversight.Role{oversight.RoleParty} }

// TestSignInAndOut: the log tells both, by account and session, and a session
// that ended is nobody's.
func TestSignInAndOut(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn(watcher(), energyOIN)
	id := b.cookies[sessionCookie]
	if a := b.do(http.MethodPost, "/afmelden", url.Values{"token": {b.token()}}); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/aanmelden?afgemeld") {
		t.Errorf("signing out gave %d to %s", a.status, a.header.Get("Location"))
	}
	if got := w.book.events(); !slices.Equal(got, []string{"functionaris-aangemeld", "functionaris-afgemeld"}) {
		t.Fatalf("the log has %v", got)
	}
	for _, e := range w.book.entries {
		if e.Actor != "functionaris/"+string(officerID) || e.Origin != originOf(id) || strings.Contains(e.Origin, id) {
			t.Errorf("the entry does not name account and session: %+v", e)
		}
	}
	if in := w.book.entries[0]; !slices.Equal(in.Codes, []string{"eenmalig", "toezicht"}) {
		t.Errorf("the entry has the codes %v", in.Codes)
	}
	if _, still := b.cookies[sessionCookie]; still {
		t.Error("the cookie was left behind")
	}
	b.cookies[sessionCookie] = id
	if a := b.get("/logboek"); a.status != http.StatusSeeOther {
		t.Errorf("a session that ended gave %d", a.status)
	}
}

// TestCookies: only this host gets them, no script reads them, and no other
// site sends them.
func TestCookies(t *testing.T) {
	w := newWorld(t)
	code := must(w.codes.Give(oversight.Claims{Account: officerID, Roles: watcher(), Parties: []gateway.OIN{energyOIN}}, w.clock()))
	a := w.browser(t).do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {code}})
	set := a.header.Get("Set-Cookie")
	if !regexp.MustCompile(`^__Host-sessie=[A-Za-z0-9_-]{43}; Path=/; Max-Age=28800; HttpOnly; Secure; SameSite=Strict$`).MatchString(set) {
		t.Errorf("the cookie is %q", set)
	}
}

// TestSessionsEnd: after 15 idle minutes, after 8 hours whatever happens, and
// not before.
func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn(watcher(), energyOIN)
	w.wait(idleLimit - time.Second)
	if a := b.get("/"); a.status != http.StatusOK {
		t.Fatalf("a session in use gave %d", a.status)
	}
	w.wait(idleLimit)
	if a := b.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("an idle session gave %d", a.status)
	}
	b.signIn(watcher(), energyOIN)
	for end := w.clock().Add(wholeLimit); w.clock().Add(10 * time.Minute).Before(end); w.wait(10 * time.Minute) {
		if a := b.get("/"); a.status != http.StatusOK {
			t.Fatalf("a session in use gave %d", a.status)
		}
	}
	w.wait(10 * time.Minute)
	if a := b.get("/"); a.status != http.StatusSeeOther {
		t.Errorf("a session of eight hours gave %d", a.status)
	}
}

// TestSessionIsNew: signing in gives a new id and ends the old session, so that
// nobody can lay an id ready.
func TestSessionIsNew(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	b.cookies[sessionCookie] = "laid-ready"
	b.signIn(watcher(), energyOIN)
	first := b.cookies[sessionCookie]
	if first == "laid-ready" {
		t.Fatal("the id that was laid ready became a session")
	}
	b.signIn(watcher(), energyOIN)
	thief := w.browser(t)
	thief.cookies[sessionCookie] = first
	if a := thief.get("/"); b.cookies[sessionCookie] == first || a.status != http.StatusSeeOther {
		t.Errorf("the first session goes on after the second began: %d", a.status)
	}
}

// TestSessionsAreBounded: of one account the oldest ends, of all together no
// more begins.
func TestSessionsAreBounded(t *testing.T) {
	s := newSessions()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	begin := func(account gateway.UUID) error {
		o := must(oversight.Admit(oversight.Claims{Account: account, Roles: []oversight.Role{oversight.RoleProcessor}}))
		now = now.Add(time.Millisecond)
		_, err := s.begin(newSecret(), o, dutch, now)
		return err
	}
	for range maxOwn + 3 {
		if err := begin(officerID); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.open) != maxOwn {
		t.Errorf("one account has %d sessions", len(s.open))
	}
	for len(s.open) < maxSessions {
		if err := begin(AccountOf("test", newSecret())); err != nil {
			t.Fatal(err)
		}
	}
	if err := begin(AccountOf("test", "one more")); !errors.Is(err, errFull) {
		t.Errorf("one session too many gave %v", err)
	}
	if now = now.Add(idleLimit); begin(AccountOf("test", "later")) != nil || len(s.open) != 1 {
		t.Errorf("sessions that are over still count: %d", len(s.open))
	}
}

// TestNoLogNoSession: when the log cannot be written, nobody is let in.
func TestNoLogNoSession(t *testing.T) {
	w := newWorld(t)
	w.book.fails = errors.New("disk full")
	code := must(w.codes.Give(oversight.Claims{Account: officerID, Roles: watcher(), Parties: []gateway.OIN{energyOIN}}, w.clock()))
	b := w.browser(t)
	if a := b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {code}}); a.status != http.StatusServiceUnavailable || len(b.cookies) > 0 {
		t.Errorf("signing in without a log gave %d and %v", a.status, b.cookies)
	}
	if a := b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {"no"}}); a.status != http.StatusServiceUnavailable {
		t.Errorf("a refusal without a log gave %d", a.status)
	}
}

// TestCodeWorksOnce: the second use, a late one and a made-up one are refused
// alike, and written down.
func TestCodeWorksOnce(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	claims := oversight.Claims{Account: officerID, Roles: watcher(), Parties: []gateway.OIN{energyOIN}}
	used, late := must(w.codes.Give(claims, w.clock())), must(w.codes.Give(claims, w.clock()))
	use := func(code string) answer {
		return b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {code}})
	}
	if a := use("  " + strings.ToUpper(strings.ReplaceAll(used, "-", " "))); a.status != http.StatusOK { // as people type
		t.Fatalf("a good code gave %d", a.status)
	}
	again := use(used)
	w.wait(codeLife)
	tooLate, madeUp := use(late), use("abcd-efgh-ijkl-mnop-qrst-uvwx-yz23-4567")
	for _, a := range []answer{again, tooLate, madeUp} {
		if a.status != http.StatusForbidden || a.body != madeUp.body {
			t.Errorf("a code that does not count gave %d", a.status)
		}
	}
	refused := 0
	for _, e := range w.book.entries {
		if e.Event == "toegang-geweigerd" && e.Actor == proof.ActorUnknown && slices.Equal(e.Codes, []string{"code-onjuist"}) {
			refused++
		}
	}
	if refused != 3 {
		t.Errorf("%d refusals are in the log", refused)
	}
}

// TestCodeOfManyAtOnce: of many who use one code at the same moment, one gets in.
func TestCodeOfManyAtOnce(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	c := NewCodes(t.TempDir())
	code := must(c.Give(oversight.Claims{Account: officerID, Roles: []oversight.Role{oversight.RoleProcessor}}, now))
	var in atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := c.Redeem(t.Context(), code, now); err == nil {
				in.Add(1)
			} else if !errors.Is(err, ErrNoCode) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d got in", in.Load())
	}
}

// TestCodeRestsAsHash: the folder shows neither code nor way back to it, to the
// owner alone; claims that nobody would admit get none.
func TestCodeRestsAsHash(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	dir := filepath.Join(t.TempDir(), "codes")
	c := NewCodes(dir)
	code := must(c.Give(oversight.Claims{Account: officerID, Roles: []oversight.Role{oversight.RoleProcessor}}, now))
	if len(plain(code)) != 32 { // 160 bits
		t.Errorf("the code is %q", code)
	}
	for _, f := range must(os.ReadDir(dir)) {
		data := must(os.ReadFile(filepath.Join(dir, f.Name())))
		if strings.Contains(f.Name()+string(data), plain(code)) || len(f.Name()) != 2*sha256.Size {
			t.Errorf("the folder shows the code: %s %s", f.Name(), data)
		}
		if mode := must(f.Info()).Mode().Perm(); mode != 0o600 {
			t.Errorf("the file is open to others: %v", mode)
		}
	}
	if mode := must(os.Stat(dir)).Mode().Perm(); mode != 0o700 {
		t.Errorf("the folder is open to others: %v", mode)
	}
	for _, claims := range []oversight.Claims{{}, {Account: officerID}, {Account: officerID, Roles: watcher()}, {Account: "x", Roles: []oversight.Role{oversight.RoleProcessor}}} {
		if code, err := c.Give(claims, now); err == nil {
			t.Errorf("%+v got the code %s", claims, code)
		}
	}
}

// TestTooManyTries: who keeps guessing waits, and the log is not filled; others
// and later tries are heard.
func TestTooManyTries(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t)
	guess := func() int {
		return b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}, "code": {"no"}}).status
	}
	for range attemptsOfOne {
		if got := guess(); got != http.StatusForbidden {
			t.Fatalf("a guess gave %d", got)
		}
	}
	if got := guess(); got != http.StatusTooManyRequests {
		t.Errorf("one guess too many gave %d", got)
	}
	if n := len(w.book.events()); n != attemptsOfOne {
		t.Errorf("%d entries about %d guesses", n, attemptsOfOne)
	}
	w.wait(attemptsSpan)
	if got := guess(); got != http.StatusForbidden {
		t.Errorf("a guess after the span gave %d", got)
	}
}

// TestForgedForms: a form without the token, with that of another session, or
// sent from another site, changes nothing.
func TestForgedForms(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn(watcher(), energyOIN)
	other := w.browser(t).signIn(watcher(), energyOIN)
	token := b.token()
	for name, c := range map[string]struct {
		values url.Values
		header []string
	}{
		"no token":                 {url.Values{}, nil},
		"empty token":              {url.Values{"token": {""}}, nil},
		"token of another session": {url.Values{"token": {other.token()}}, nil},
		"another site":             {url.Values{"token": {token}}, []string{"Sec-Fetch-Site", "cross-site"}},
		"another host of the site": {url.Values{"token": {token}}, []string{"Sec-Fetch-Site", "same-site"}},
		"an old browser elsewhere": {url.Values{"token": {token}}, []string{"Sec-Fetch-Site", "", "Origin", "https://kwaad.example"}},
		"nobody says whence":       {url.Values{"token": {token}}, []string{"Sec-Fetch-Site", ""}},
		"an origin that is hidden": {url.Values{"token": {token}}, []string{"Sec-Fetch-Site", "", "Origin", "null"}},
	} {
		for _, path := range []string{"/afmelden", "/taal"} {
			if a := b.do(http.MethodPost, path, c.values, c.header...); a.status != http.StatusForbidden {
				t.Errorf("%s at %s gave %d", name, path, a.status)
			}
		}
		if name == "no token" || name == "empty token" || name == "token of another session" {
			continue // signing in has no session yet
		}
		if a := b.do(http.MethodPost, "/aanmelden", url.Values{"weg": {"code"}}, c.header...); a.status != http.StatusForbidden {
			t.Errorf("%s at signing in gave %d", name, a.status)
		}
	}
	if a := b.do(http.MethodPost, "/taal", url.Values{"token": {token}, "taal": {"en"}}, "Sec-Fetch-Site", "", "Origin", w.server.URL); a.status != http.StatusSeeOther {
		t.Errorf("an old browser of our own gave %d", a.status)
	}
}

// TestLandsHere: no form and no link leads a browser away after signing in.
func TestLandsHere(t *testing.T) {
	for to, want := range map[string]string{"": "/", "/logboek?van=2026-11-01": "/logboek?van=2026-11-01", "//kwaad.example": "/", "https://kwaad.example": "/",
		`/\kwaad.example`: "/", "javascript:alert(1)": "/", "/\t/kwaad.example": "/", "/" + strings.Repeat("a", maxValue): "/"} {
		if got := landing(to); got != want {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	w := newWorld(t)
	if a := w.browser(t).get("/logboek?van=2026-11-01"); a.header.Get("Location") != "/aanmelden?naar=%2Flogboek%3Fvan%3D2026-11-01" {
		t.Errorf("nobody is led to %s", a.header.Get("Location"))
	}
}

// TestHeaders: every answer keeps the browser from doing more than it must.
func TestHeaders(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn(watcher(), energyOIN)
	for _, path := range []string{"/", "/logboek", "/bestaat-niet", "/aanmelden", w.console.style.path} {
		h := b.get(path).header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if keep := h.Get("Cache-Control"); path != w.console.style.path && keep != "no-store" {
			t.Errorf("%s may be kept: %q", path, keep)
		}
		if h.Get("Strict-Transport-Security") != "" || h.Get("Server") != "" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	secure := w.console.config
	secure.Address = "https://toezicht.example"
	recorder := httptest.NewRecorder()
	must(New(secure, samplePorts(w))).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "https://toezicht.example/aanmelden", nil))
	if got := recorder.Header().Get("Strict-Transport-Security"); recorder.Code != http.StatusOK || got != "max-age=63072000" {
		t.Errorf("over TLS: %d, HSTS %q", recorder.Code, got)
	}
}

// TestOtherHost: a name that somebody made point here gets nothing.
func TestOtherHost(t *testing.T) {
	w := newWorld(t)
	r := must(http.NewRequest(http.MethodGet, w.server.URL+"/aanmelden", nil))
	r.Host = "kwaad.example"
	res := must(http.DefaultClient.Do(r))
	defer res.Body.Close()
	if res.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("another host gave %d", res.StatusCode)
	}
}

// TestBounds: what is too large is refused.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	b := w.browser(t).signIn(watcher(), energyOIN)
	if a := b.do(http.MethodPost, "/taal", url.Values{"token": {b.token()}, "x": {strings.Repeat("a", maxBody)}}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large form gave %d", a.status)
	}
	if a := b.get("/logboek?object=" + strings.Repeat("a", maxValue+1)); a.status != http.StatusBadRequest {
		t.Errorf("a long value gave %d", a.status)
	}
}

// TestNewRefuses: a console that would be unsafe, or useless, is not made.
func TestNewRefuses(t *testing.T) {
	w := newWorld(t)
	good := func() Config { return w.console.config }
	for name, spoil := range map[string]func(*Config, *Ports){
		"http to others": func(c *Config, _ *Ports) { c.Address = "http://toezicht.example" },
		"no address":     func(c *Config, _ *Ports) { c.Address = "" },
		"a path":         func(c *Config, _ *Ports) { c.Address = "https://toezicht.example/console" },
		"no way in":      func(c *Config, _ *Ports) { c.Codes = nil },
		"no log":         func(c *Config, _ *Ports) { c.Book = nil },
		"an empty port":  func(_ *Config, p *Ports) { p.Journal = nil },
		"no second factor": func(c *Config, _ *Ports) {
			c.OIDC = &OIDCConfig{"https://idp.example", "id", "secret", "roles", "parties", nil, nil}
		},
		"an empty second factor": func(c *Config, _ *Ports) {
			c.OIDC = &OIDCConfig{"https://idp.example", "id", "secret", "roles", "parties", []string{""}, nil}
		},
		"an issuer in the clear": func(c *Config, _ *Ports) {
			c.OIDC = &OIDCConfig{"http://idp.example", "id", "secret", "roles", "parties", []string{"2"}, nil}
		},
	} {
		c, p := good(), samplePorts(w)
		spoil(&c, &p)
		if _, err := New(c, p); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	secure := good()
	secure.Address = "https://toezicht.example"
	if _, err := New(secure, samplePorts(w)); err != nil {
		t.Error(err)
	}
}

// TestAccountOf: one officer, one number; another issuer or subject, another.
func TestAccountOf(t *testing.T) {
	a := AccountOf("https://idp.example", "jansen")
	if _, err := gateway.ParseUUID(string(a)); err != nil || a[14] != '4' || !strings.ContainsRune("89ab", rune(a[19])) {
		t.Errorf("%s is no UUID of version 4: %v", a, err)
	}
	if a != AccountOf("https://idp.example", "jansen") || a == AccountOf("https://idp.example", "pietersen") ||
		a == AccountOf("https://ander.example", "jansen") {
		t.Error("numbers are not one to one")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestNobodyIsLockedOutByOthers: who has many addresses, or another site in an
// officer's browser, does not keep officers from signing in.
func TestNobodyIsLockedOutByOthers(t *testing.T) {
	now, a := time.Now(), newAttempts()
	from := func(address string) *http.Request { return &http.Request{RemoteAddr: address} }
	for i := range attemptsOfOne {
		a.refused(from(fmt.Sprintf("[2001:db8:0:1::%x]:443", i+1)), now)
	}
	if a.may(from("[2001:db8:0:1::ffff]:443"), now) || !a.may(from("[2001:db8:0:2::1]:443"), now) || !a.may(from("192.0.2.1:443"), now) {
		t.Error("tries are not counted by network")
	}
	for i := range maxAddresses + 1 {
		a.refused(from(fmt.Sprintf("10.%d.%d.%d:443", i>>16, i>>8&255, i&255)), now)
	}
	if len(a.each) > maxAddresses || !a.may(from("192.0.2.1:443"), now) {
		t.Errorf("%d addresses keep another out", len(a.each))
	}
	w := withProvider(t, nil)
	b := w.browser(t)
	for range attemptsOfOne + 1 {
		if got := b.get("/aanmelden/terug?code=x&state=y"); got.status != http.StatusForbidden {
			t.Fatalf("a stray answer gave %d", got.status)
		}
	}
	if a := b.get(b.away("jansen")); a.status != http.StatusOK {
		t.Errorf("an officer was locked out by stray answers: %d", a.status)
	}
}
