// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Book is where signing in and out is written down. An entry that cannot be
// written stops the act (invariant I5). Filled by the truth store.
type Book interface {
	// Write appends to the log, durably.
	Write(ctx context.Context, entries []audit.Entry) error
}

// Config is what a console is made of. At least one way to sign in is needed.
type Config struct {
	Address string      // as browsers see it: https://toezicht.example.nl, or http:// on loopback
	Codes   *Codes      // one-time codes; nil for none
	OIDC    *OIDCConfig // identity provider; nil for none
	Book    Book
	Logger  *slog.Logger
	Clock   gateway.Clock
}

// Console answers the requests of officers.
type Console struct {
	config   Config
	address  *url.URL
	pages    []page
	words    *dictionary
	shown    *templates
	style    *stylesheet
	sessions *sessions
	attempts *attempts
	turns    *turns
	provider *provider
	handler  http.Handler
}

// New makes the console. It refuses a configuration that lacks a part, words or
// templates that are not whole, and an address that is neither https nor on
// loopback: cookies of a session go over nothing else.
func New(c Config, p Ports) (*Console, error) {
	if err := c.check(p); err != nil {
		return nil, err
	}
	k := &Console{config: c, pages: pages(p), sessions: newSessions(), attempts: newAttempts(), turns: newTurns()}
	var err error
	if k.address, err = parseAddress(c.Address); err != nil {
		return nil, err
	}
	tables := []words{frameWords(), signWords(), errorWords(), fieldWords()}
	for _, page := range k.pages {
		tables = append(tables, page.words)
	}
	if k.words, err = newDictionary(tables...); err != nil {
		return nil, err
	}
	if k.style, err = newStylesheet(); err != nil {
		return nil, err
	}
	if k.shown, err = newTemplates(k.words, k.pages); err != nil {
		return nil, err
	}
	if c.OIDC != nil {
		if k.provider, err = newProvider(*c.OIDC, k.address, c.Clock); err != nil {
			return nil, err
		}
	}
	k.handler = k.routes()
	return k, nil
}

func (c Config) check(p Ports) error {
	if c.Book == nil || c.Logger == nil || c.Clock == nil {
		return errors.New("console: the log, the logger and the clock are needed")
	}
	if c.Codes == nil && c.OIDC == nil {
		return errors.New("console: nobody could sign in: name an identity provider, or allow one-time codes")
	}
	ports := reflect.ValueOf(p)
	for i := range ports.NumField() {
		if ports.Field(i).IsNil() {
			return errors.New("console: the port " + ports.Type().Field(i).Name + " is not filled")
		}
	}
	return nil
}

// routes joins all that is there. Whatever is not, is answered as if it needed
// signing in first, and after that as not found.
func (k *Console) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+k.style.path, k.style.serve)
	mux.HandleFunc("GET /favicon.svg", serveIcon)
	mux.HandleFunc("/aanmelden", k.signIn)
	mux.HandleFunc("/aanmelden/terug", k.callback)
	mux.HandleFunc("/afmelden", k.signOut)
	mux.HandleFunc("/taal", k.speak)
	for _, p := range k.pages {
		mux.HandleFunc(p.path, k.place(p))
	}
	mux.HandleFunc("/", k.nowhere)
	return k.guarded(mux)
}

// ServeHTTP answers one request.
func (k *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { k.handler.ServeHTTP(w, r) }

// visitor finds who asks. When nobody is signed in it has already answered.
func (k *Console) visitor(w http.ResponseWriter, r *http.Request) (*visit, bool) {
	now := k.config.Clock()
	s, ok := k.sessions.of(r, now)
	if !ok {
		k.toSignIn(w, r)
		return nil, false
	}
	return &visit{Visit: oversight.Visit{Officer: s.officer, At: now, Trace: gateway.NewTrace()},
		Lang: s.lang, request: r, query: r.URL.Query(), words: k.words, session: s}, true
}

// toSignIn sends a browser to the sign-in page, and back to where it was after.
func (k *Console) toSignIn(w http.ResponseWriter, r *http.Request) {
	to := "/aanmelden"
	if r.Method == http.MethodGet && r.URL.Path != "/" && localPath(r.URL.RequestURI()) {
		to += "?naar=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// place answers at the path of a page.
func (k *Console) place(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := k.visitor(w, r)
		if !ok {
			return
		}
		if !p.sees(v.Officer) {
			k.fail(w, v, http.StatusNotFound)
			return
		}
		if slices.Contains(p.costly, r.Method) {
			done, ok := k.turns.take(r.Context(), v.Officer.Account())
			if !ok {
				w.Header().Set("Retry-After", "30")
				k.fail(w, v, http.StatusTooManyRequests)
				return
			}
			defer done()
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			k.show(w, v, p)
		case http.MethodPost:
			k.send(w, v, p)
		default:
			k.notAllowed(w, v, p)
		}
	}
}

func (k *Console) notAllowed(w http.ResponseWriter, v *visit, p page) {
	allow := "GET, HEAD"
	if p.post != nil {
		allow += ", POST"
	}
	w.Header().Set("Allow", allow)
	k.fail(w, v, http.StatusMethodNotAllowed)
}

// nowhere answers at every path that is not there.
func (k *Console) nowhere(w http.ResponseWriter, r *http.Request) {
	if v, ok := k.visitor(w, r); ok {
		k.fail(w, v, http.StatusNotFound)
	}
}
