// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

const (
	sessionCookie = "__Host-sessie"
	// idleLimit ends a session that nobody uses; wholeLimit ends every one.
	idleLimit  = 15 * time.Minute
	wholeLimit = 8 * time.Hour
	// maxSessions bounds those of all officers, maxOwn those of one account: the
	// oldest of an account ends when one more begins.
	maxSessions = 500
	maxOwn      = 5
)

// session is one officer at one browser, kept in memory: a restart ends all.
type session struct {
	origin  string // how the log names it: SHA-256 of its id
	officer oversight.Officer
	lang    language
	token   string // stands in each form
	began   time.Time
	used    time.Time
}

var errFull = errors.New("console: too many sessions")

// sessions are those that go on, by the hash of their id: what memory shows is
// no cookie.
type sessions struct {
	mu   sync.Mutex
	open map[string]*session
}

func newSessions() *sessions { return &sessions{open: map[string]*session{}} }

// newSecret is 256 random bits as text.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// originOf is how the log names a session: nobody gets back from it to the id.
func originOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// begin starts a session under a new id, whatever id the browser had before.
func (s *sessions) begin(id string, o oversight.Officer, l language, now time.Time) (session, error) {
	made := &session{origin: originOf(id), officer: o, lang: l, token: newSecret(), began: now, used: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(now)
	own, oldest := 0, (*session)(nil)
	for _, other := range s.open {
		if other.officer.Account() != o.Account() {
			continue
		}
		own++
		if oldest == nil || other.began.Before(oldest.began) {
			oldest = other
		}
	}
	if own >= maxOwn {
		delete(s.open, oldest.origin)
	}
	if len(s.open) >= maxSessions {
		return session{}, errFull
	}
	s.open[made.origin] = made
	return *made, nil
}

// sweep drops what is over; with the lock held.
func (s *sessions) sweep(now time.Time) {
	for origin, one := range s.open {
		if one.over(now) {
			delete(s.open, origin)
		}
	}
}

func (one *session) over(now time.Time) bool {
	return now.Sub(one.used) >= idleLimit || now.Sub(one.began) >= wholeLimit || now.Before(one.began.Add(-time.Minute))
}

// of gives the session of a request and marks it as used.
func (s *sessions) of(r *http.Request, now time.Time) (session, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || len(cookie.Value) > 100 {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.open[originOf(cookie.Value)]
	if !ok {
		return session{}, false
	}
	if one.over(now) {
		delete(s.open, one.origin)
		return session{}, false
	}
	one.used = now
	return *one, true
}

// end forgets a session.
func (s *sessions) end(origin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, origin)
}

// speak changes the language of a session.
func (s *sessions) speak(origin string, l language) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.open[origin]; ok {
		one.lang = l
	}
}

// holds reports whether a form came out of this session.
func (one session) holds(token string) bool {
	return one.token != "" && subtle.ConstantTimeCompare([]byte(one.token), []byte(token)) == 1
}

// cookie carries a secret to the browser. No Domain, so that the prefix __Host-
// binds it to this host alone.
func cookie(name, value string, mode http.SameSite, age time.Duration) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: mode, MaxAge: int(age / time.Second)}
}

// dropped takes a cookie away.
func dropped(name string) *http.Cookie {
	c := cookie(name, "", http.SameSiteStrictMode, 0)
	c.MaxAge = -1
	return c
}

// AccountOf is the number of an officer's account: a UUID in the form of version
// 4 (RFC 9562), made of SHA-256 over who vouches for him and how that one names
// him. The same officer has the same number always, and no name goes further.
func AccountOf(issuer, subject string) gateway.UUID {
	sum := sha256.Sum256([]byte("seinhuis/functionaris\x00" + issuer + "\x00" + subject))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return gateway.UUID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}
