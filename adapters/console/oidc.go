// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// OIDCConfig is the identity provider that vouches for officers (OpenID Connect
// Core 1.0, authorization code flow with PKCE).
type OIDCConfig struct {
	Issuer       string   // exactly as the provider writes it
	ClientID     string   // that the provider gave this console
	Secret       string   // of the client
	RolesClaim   string   // claim of the ID token with roles of package oversight
	PartiesClaim string   // claim with the OINs that the officer serves
	ACR          []string // values of acr that mean a second factor; one of them is required
	Client       *http.Client
}

const (
	loginCookie = "__Host-aanmelding"
	loginTime   = 10 * time.Minute
	// maxAnswer bounds an answer of the provider, in bytes.
	maxAnswer = 1 << 20
)

// algorithms that an ID token may be signed with; never none, never HMAC.
func algorithms() []string { return []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.EdDSA} }

// provider asks the identity provider who somebody is. What it says of itself is
// read at the first sign-in and kept.
type provider struct {
	config   OIDCConfig
	redirect string
	client   *http.Client
	clock    gateway.Clock
	sealer   cipher.AEAD // of what a browser carries between leaving and coming back
	mu       sync.Mutex
	known    *oidc.Provider
}

func newProvider(c OIDCConfig, address *url.URL, clock gateway.Clock) (*provider, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("console: the issuer must be https://…; http is for loopback only")
	}
	if c.ClientID == "" || c.Secret == "" || c.RolesClaim == "" || c.PartiesClaim == "" {
		return nil, errors.New("console: the identity provider needs a client id, a secret, and the names of two claims")
	}
	if len(c.ACR) == 0 || slices.Contains(c.ACR, "") {
		return nil, errors.New("console: name the values of acr that mean a second factor: without one nobody signs in")
	}
	var key [32]byte
	_, _ = rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	sealer, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	client := http.Client{}
	if c.Client != nil {
		client = *c.Client
	}
	client.Timeout, client.Transport = 10*time.Second, boundedAnswers{client.Transport}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &provider{config: c, redirect: address.String() + "/aanmelden/terug", client: &client, clock: clock, sealer: sealer}, nil
}

// boundedAnswers cuts off answers that are too long.
type boundedAnswers struct{ next http.RoundTripper }

func (b boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// metadata is what the provider says of itself. Its issuer must be ours, to the
// letter (OpenID Connect Discovery 1.0, 4.3); go-oidc checks that.
func (p *provider) metadata(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	// Its keys are fetched later, so what it keeps may not end with this request.
	known, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.config.Issuer)
	if err != nil {
		return nil, err
	}
	p.known = known
	return known, nil
}

func (p *provider) exchange(known *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.config.Secret, Endpoint: known.Endpoint(),
		RedirectURL: p.redirect, Scopes: []string{oidc.ScopeOpenID}}
}

// leaving is what a browser carries to the provider and back, sealed in a
// cookie: the answer must belong to this browser, and to this try.
type leaving struct {
	State, Nonce, Verifier, To string
	Lang                       language
	Until                      time.Time
}

// toProvider sends the browser away.
func (k *Console) toProvider(w http.ResponseWriter, r *http.Request, now time.Time) {
	p := k.provider
	known, err := p.metadata(r.Context())
	if err != nil {
		k.config.Logger.Error("console", "pagina", "signin", "fout", "the identity provider does not answer as it should")
		k.showSignIn(w, r, http.StatusServiceUnavailable, codeNoProvider)
		return
	}
	l := leaving{State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), To: landing(r.PostForm.Get("naar")),
		Lang: parseLanguage(r.PostForm.Get("taal")), Until: now.Add(loginTime)}
	data, err := json.Marshal(l)
	if err != nil {
		k.bare(w, r, http.StatusInternalServerError)
		return
	}
	// Lax, for the way back begins at the provider's site.
	http.SetCookie(w, cookie(loginCookie, base64.RawURLEncoding.EncodeToString(p.sealer.Seal(nil, nil, data, []byte(loginCookie))), http.SameSiteLaxMode, loginTime))
	// A page that goes on by itself, not a redirect: browsers hold redirects of a
	// form to form-action, and a provider may hand over to another host still.
	k.renderIn(w, r, "leaving", http.StatusOK, l.Lang, p.exchange(known).AuthCodeURL(l.State, oidc.Nonce(l.Nonce), oauth2.S256ChallengeOption(l.Verifier),
		oauth2.SetAuthURLParam("acr_values", strings.Join(p.config.ACR, " ")), oauth2.SetAuthURLParam("ui_locales", string(l.Lang))))
}

// callback takes the browser back.
func (k *Console) callback(w http.ResponseWriter, r *http.Request) {
	if k.provider == nil {
		k.nowhere(w, r)
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		k.bare(w, r, http.StatusMethodNotAllowed)
		return
	}
	now := k.config.Clock()
	http.SetCookie(w, dropped(loginCookie)) // whatever comes of it, it was for one try
	if !k.attempts.may(r, now) {
		k.showSignIn(w, r, http.StatusTooManyRequests, codeTooOften)
		return
	}
	l, ok := k.provider.left(r, now)
	if !ok { // it brings nothing of ours: no guess, and nothing to ask the provider
		k.turnedAway(w, r, codeNoAnswer, now, k.attempts.stray(now))
		return
	}
	claims, why := k.provider.vouched(r, l)
	if why != "" {
		k.turnAway(w, r, why, now)
		return
	}
	k.letIn(w, r, claims, oversight.WayProvider, l.Lang, l.To, now)
}

// left opens what the browser carries.
func (p *provider) left(r *http.Request, now time.Time) (leaving, bool) {
	c, err := r.Cookie(loginCookie)
	if err != nil {
		return leaving{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return leaving{}, false
	}
	data, err := p.sealer.Open(nil, nil, sealed, []byte(loginCookie))
	if err != nil {
		return leaving{}, false
	}
	var l leaving
	if err := json.Unmarshal(data, &l); err != nil || !now.Before(l.Until) {
		return leaving{}, false
	}
	return l, true
}

// vouched asks the provider for the ID token of a code, and reads it. why is
// empty only when all holds: state, issuer, signature, audience, time, nonce, and
// the second factor.
func (p *provider) vouched(r *http.Request, l leaving) (claims oversight.Claims, why gateway.Code) {
	q := r.URL.Query()
	if !same(q.Get("state"), l.State) || q.Get("error") != "" || q.Get("code") == "" {
		return claims, codeNoAnswer
	}
	known, err := p.metadata(r.Context())
	if err != nil {
		return claims, codeNoProvider
	}
	if !p.answers(known, q) {
		return claims, codeNoAnswer
	}
	ctx := oidc.ClientContext(r.Context(), p.client)
	token, err := p.exchange(known).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(l.Verifier))
	if err != nil {
		return claims, codeNoAnswer
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := known.Verifier(&oidc.Config{ClientID: p.config.ClientID, SupportedSigningAlgs: algorithms(), Now: p.clock}).Verify(ctx, raw)
	if err != nil || !same(id.Nonce, l.Nonce) || id.Subject == "" {
		return claims, codeNoAnswer
	}
	return p.read(id)
}

// answers holds the issuer in an answer to ours (RFC 9207): another provider's
// answer is not taken for this one's.
func (p *provider) answers(known *oidc.Provider, q url.Values) bool {
	var about struct {
		Names bool `json:"authorization_response_iss_parameter_supported"`
	}
	if known.Claims(&about) != nil {
		return false
	}
	return q.Get("iss") == p.config.Issuer || !about.Names && !q.Has("iss")
}

// read takes account, roles and parties out of an ID token that holds.
func (p *provider) read(id *oidc.IDToken) (oversight.Claims, gateway.Code) {
	var all map[string]json.RawMessage
	if err := id.Claims(&all); err != nil {
		return oversight.Claims{}, codeNoAnswer
	}
	// With more than one audience, azp must name us (OpenID Connect Core 1.0, 3.1.3.7).
	if azp := textsOf(all["azp"]); len(id.Audience) > 1 && len(azp) == 0 || len(azp) > 0 && azp[0] != p.config.ClientID {
		return oversight.Claims{}, codeNoAnswer
	}
	if acr := textsOf(all["acr"]); len(acr) != 1 || !slices.Contains(p.config.ACR, acr[0]) {
		return oversight.Claims{}, codeNoFactor
	}
	claims := oversight.Claims{Account: AccountOf(id.Issuer, id.Subject)}
	for _, role := range textsOf(all[p.config.RolesClaim]) {
		claims.Roles = append(claims.Roles, oversight.Role(role))
	}
	for _, party := range textsOf(all[p.config.PartiesClaim]) {
		claims.Parties = append(claims.Parties, gateway.OIN(party))
	}
	return claims, ""
}

// textsOf reads a claim that is a text or a list of texts; else nothing.
func textsOf(raw json.RawMessage) []string {
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var one string
	if json.Unmarshal(raw, &one) == nil && one != "" {
		return []string{one}
	}
	return nil
}

func same(a, b string) bool {
	return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
