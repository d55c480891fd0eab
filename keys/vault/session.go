// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/seinhuis/seinhuis/keys"
)

// session keeps us logged in. The token lives in the client, which is reached through a closure so that no print path finds
// it.
type session struct {
	client func() *api.Client
	config Config

	mu     sync.Mutex // of what follows, never held during a call
	number uint64     // of the login, to know whether another already did it
	whole  time.Duration
	no     refusedLogin
	flight *flight[struct{}]
}

// refusedLogin is what Vault said no to. The same is not offered again for a minute: a Vault that counts failures would lock
// the role, for all nodes. Another secret is offered at once.
type refusedLogin struct {
	offer [sha256.Size]byte
	until time.Time
	err   error
}

const refusedPause = time.Minute

// lease is the part of an answer that tells how long a token lives.
type lease struct {
	Auth struct {
		Token     string `json:"client_token"`
		Seconds   int64  `json:"lease_duration"`
		Renewable bool   `json:"renewable"`
	} `json:"auth"`
}

func (l lease) life() time.Duration { return time.Duration(l.Auth.Seconds) * time.Second }

func (s *session) seen() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.number
}

// holds reports whether Vault still knows the token of that login: then a denial is about the role and not about us.
func (s *session) holds(ctx context.Context, seen uint64) bool {
	if s.seen() != seen {
		return false
	}
	err := do(ctx, s.client(), s.config.role(), "read", "auth/token/lookup-self", nil, nil)
	return !errors.Is(err, ErrDenied)
}

// login gets a new token, unless another caller just did or is about to. A login that is refused is keys.ErrUnavailable: an
// operator can mend it while we run.
func (s *session) login(ctx context.Context, seen uint64) error {
	s.mu.Lock()
	if s.number != seen {
		s.mu.Unlock()
		return nil
	}
	f := s.flight
	if f == nil {
		f = begin(ctx, s.enter, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.flight = nil
		})
		s.flight = f
	}
	s.mu.Unlock()
	_, err := f.wait(ctx)
	return err
}

// enter does one login; only one is under way.
func (s *session) enter(ctx context.Context) (struct{}, error) {
	path, body, err := s.credentials()
	if err != nil {
		return struct{}{}, err
	}
	defer clear(body)
	offer, now := sha256.Sum256(body), s.config.Clock()
	s.mu.Lock()
	no := s.no
	s.mu.Unlock()
	if offer == no.offer && now.Before(no.until) {
		return struct{}{}, no.err
	}
	var l lease
	err = do(ctx, s.client(), s.config.role(), "write", path, body, &l)
	if err == nil && l.Auth.Token == "" {
		err = errors.New("no token in the answer")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, said := refused(err); said || errors.Is(err, ErrDenied) {
		err = fmt.Errorf("vault refuses the login of %q, its secret or certificate must be replaced: %w", s.config.role(), keys.ErrUnavailable)
		s.no = refusedLogin{offer, now.Add(refusedPause), err}
		return struct{}{}, err
	}
	if err != nil {
		return struct{}{}, fmt.Errorf("log in to Vault as %q: %w: %w", s.config.role(), keys.ErrUnavailable, err)
	}
	s.client().SetToken(l.Auth.Token)
	s.number++
	s.whole = l.life()
	return struct{}{}, nil
}

func (s *session) credentials() (path string, body []byte, err error) {
	if own := s.config.Certificate; own != nil {
		body, err = json.Marshal(map[string]string{"name": own.Role})
		return "auth/" + own.Mount + "/login", body, err
	}
	own := s.config.AppRole
	raw, err := os.ReadFile(own.SecretIDFile)
	if err != nil {
		return "", nil, fmt.Errorf("secret id of %q: %w: %w", own.Role, keys.ErrUnavailable, err)
	}
	defer clear(raw)
	body, err = json.Marshal(map[string]string{"role_id": own.RoleID, "secret_id": strings.TrimSpace(string(raw))})
	return "auth/" + own.Mount + "/login", body, err
}

// refresh renews the token, or logs in when it cannot be renewed long enough, and says when to come back. It is one step of
// keep, without the waiting.
func (s *session) refresh(ctx context.Context) time.Duration {
	s.mu.Lock()
	seen, whole := s.number, s.whole
	s.mu.Unlock()
	if whole == 0 { // a token without an end
		return time.Hour
	}
	var l lease
	err := do(ctx, s.client(), s.config.role(), "write", "auth/token/renew-self", []byte("{}"), &l)
	// A token near its last moment is given less at each renewal; half is when we take a new one.
	if err == nil && l.life() >= whole/2 {
		return l.life() / 2
	}
	if err = s.login(ctx, seen); err != nil {
		return max(whole/10, time.Second)
	}
	return max(whole/2, time.Second)
}

// keep renews in the background until the store is closed. While Vault cannot be reached it goes on trying, a tenth of the
// token's life apart; calls fail meanwhile.
func (s *session) keep(ctx context.Context) {
	s.mu.Lock()
	wait := s.whole / 2
	s.mu.Unlock()
	for {
		if wait <= 0 {
			wait = time.Hour
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			wait = s.refresh(ctx)
		}
	}
}
