// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Why nobody was let in: the reason codes of toegang-geweigerd, and the words
// that the sign-in page says. None tells which code or account was near.
const (
	codeWrongCode  gateway.Code = "code-onjuist"       // unknown, used or too old
	codeNoFactor   gateway.Code = "tweede-factor"      // the identity provider did not say that there was one
	codeNoAnswer   gateway.Code = "aanmelding-onjuist" // the answer of the provider does not hold
	codeNoRole     gateway.Code = "geen-rol"           // who he is, is known; he has no role here
	codeTooOften   gateway.Code = "te-vaak"
	codeNoProvider gateway.Code = "niet-beschikbaar"
)

// signView is what the sign-in page shows.
type signView struct {
	Code, Provider bool   // ways that there are
	To             string // where to go after
	Refused        string // key of a word; empty at first
	Out            bool   // he has just signed out
}

// signIn shows the ways to sign in, and takes one.
func (k *Console) signIn(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		k.showSignIn(w, r, http.StatusOK, "")
	case http.MethodPost:
		k.takeSignIn(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		k.bare(w, r, http.StatusMethodNotAllowed)
	}
}

func (k *Console) showSignIn(w http.ResponseWriter, r *http.Request, status int, refused gateway.Code) {
	view := signView{Code: k.config.Codes != nil, Provider: k.provider != nil, To: landing(r.FormValue("naar")), Out: r.URL.Query().Has("afgemeld")}
	if refused != "" {
		view.Refused = "signin." + string(refused)
	}
	k.renderBare(w, r, "signin", status, view)
}

// landing is where to go after signing in: a place of ours, or the start page.
func landing(to string) string {
	if to == "" || !localPath(to) {
		return "/"
	}
	return to
}

func (k *Console) takeSignIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		k.bare(w, r, http.StatusBadRequest)
		return
	}
	now := k.config.Clock()
	if !k.attempts.may(r, now) {
		k.showSignIn(w, r, http.StatusTooManyRequests, codeTooOften)
		return
	}
	switch {
	case r.PostForm.Get("weg") == "provider" && k.provider != nil:
		k.toProvider(w, r, now)
	case r.PostForm.Get("weg") == "code" && k.config.Codes != nil:
		claims, err := k.config.Codes.Redeem(r.Context(), bounded(r.PostForm.Get("code")), now)
		if errors.Is(err, ErrNoCode) {
			k.turnAway(w, r, codeWrongCode, now)
			return
		}
		if err != nil {
			k.config.Logger.Error("console", "pagina", "signin", "fout", err.Error())
			k.bare(w, r, http.StatusInternalServerError)
			return
		}
		k.letIn(w, r, claims, oversight.WayCode, parseLanguage(r.PostForm.Get("taal")), landing(r.PostForm.Get("naar")), now)
	default:
		k.bare(w, r, http.StatusBadRequest)
	}
}

// turnAway answers a refused try and writes it down, within bounds.
func (k *Console) turnAway(w http.ResponseWriter, r *http.Request, why gateway.Code, now time.Time) {
	k.turnedAway(w, r, why, now, k.attempts.refused(r, now))
}

func (k *Console) turnedAway(w http.ResponseWriter, r *http.Request, why gateway.Code, now time.Time, written bool) {
	if written {
		by := audit.By{Actor: audit.ActorUnknown, Role: audit.Unknown, Origin: audit.Local, Trace: gateway.NewTrace()}
		if err := k.write(r.Context(), audit.AccessRefused, by, now, audit.Refused(string(why))); err != nil {
			k.config.Logger.Error("console", "pagina", "signin", "fout", err.Error())
			k.bare(w, r, http.StatusServiceUnavailable)
			return
		}
	}
	k.showSignIn(w, r, http.StatusForbidden, why)
}

// letIn begins a session, when the claims make an officer and the log took it.
func (k *Console) letIn(w http.ResponseWriter, r *http.Request, claims oversight.Claims, way oversight.Way, l language, to string, now time.Time) {
	id := newSecret()
	claims.Origin, claims.Way, claims.Vouched = originOf(id), way, k.provider != nil
	officer, err := oversight.Admit(claims)
	if err != nil {
		k.turnAway(w, r, codeNoRole, now)
		return
	}
	codes := []string{string(way)}
	for _, role := range officer.Roles() {
		codes = append(codes, string(role))
	}
	slices.Sort(codes[1:])
	by := oversight.Visit{Officer: officer, Trace: gateway.NewTrace()}.By()
	if err := k.write(r.Context(), audit.OfficerSignedIn, by, now, audit.Codes(codes...)); err != nil {
		k.config.Logger.Error("console", "pagina", "signin", "fout", err.Error())
		k.bare(w, r, http.StatusServiceUnavailable)
		return
	}
	if old, ok := k.sessions.of(r, now); ok {
		k.sessions.end(old.origin)
	}
	if _, err := k.sessions.begin(id, officer, l, now); err != nil {
		k.bare(w, r, http.StatusServiceUnavailable)
		return
	}
	http.SetCookie(w, cookie(sessionCookie, id, http.SameSiteStrictMode, wholeLimit))
	// A redirect that began at another site would not carry the new cookie, which
	// is SameSite=Strict; a page of our own that goes on by itself does.
	k.renderIn(w, r, "signed", http.StatusOK, l, to)
}

// signOut ends a session.
func (k *Console) signOut(w http.ResponseWriter, r *http.Request) {
	v, ok := k.visitor(w, r)
	if !ok {
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		k.fail(w, v, http.StatusMethodNotAllowed)
		return
	}
	if _, ok := k.form(w, v); !ok {
		return
	}
	// The session ends whatever the log says: to stay signed in is no safer.
	k.sessions.end(v.session.origin)
	http.SetCookie(w, dropped(sessionCookie))
	if err := k.write(r.Context(), audit.OfficerSignedOut, v.By(), v.At); err != nil {
		k.config.Logger.Error("console", "pagina", "signout", "fout", err.Error())
	}
	http.Redirect(w, r, "/aanmelden?afgemeld&taal="+string(v.Lang), http.StatusSeeOther)
}

// speak changes the language of a session and goes back to the page.
func (k *Console) speak(w http.ResponseWriter, r *http.Request) {
	v, ok := k.visitor(w, r)
	if !ok {
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		k.fail(w, v, http.StatusMethodNotAllowed)
		return
	}
	f, ok := k.form(w, v)
	if !ok {
		return
	}
	k.sessions.speak(v.session.origin, parseLanguage(f.text("taal")))
	http.Redirect(w, r, landing(f.text("naar")), http.StatusSeeOther)
}

// write puts one entry about the console into the log.
func (k *Console) write(ctx context.Context, event audit.Event, by audit.By, at time.Time, o ...audit.Option) error {
	e, err := audit.New(event, by, audit.Object(audit.KindService), at, o...)
	if err != nil {
		return err
	}
	return k.config.Book.Write(ctx, []audit.Entry{e})
}
