// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/seinhuis/seinhuis/keys"
)

// Store acts with the keys in one Vault. It is safe for concurrent use. When Vault is sealed, out of reach, or does not let
// us in, all methods fail with keys.ErrUnavailable and change nothing; bodies can be wrapped and unwrapped with the data keys
// in memory, for two minutes at most.
type Store struct {
	config  Config
	client  func() *api.Client // in a closure, see session
	calls   *counted
	session *session
	gather  *gather

	register register
	data     dataKeys
	private  intakeKeys
	seenName sync.Map // scope name in Vault: keys.Scope of what can change no more

	stop func()
	done chan struct{}
}

// Options are the choices at creation. The zero value is the default set of keys.
type Options struct {
	X25519Intake bool // also an X25519 intake key
	RSAIntake    bool // also an RSA-3072 intake key, for parties whose profile asks RSA-OAEP
	PS256        bool // RSA-3072 signing keys at once, see EnsurePS256
}

// Open logs in and reads the register. Errors: ErrConfig, ErrDenied, keys.ErrUnavailable, and keys.ErrUnknown when no keys
// were made yet (see Create). Close it.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open keys in Vault: %w", err)
	}
	if _, err := s.current(ctx); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("open keys in Vault: %w", err)
	}
	return s, nil
}

// Create makes the first keys, for every use, and opens the store. Where they exist it makes nothing and opens them, so it
// may be done again after a failure halfway. The engines must exist (deploy/vault/setup). It is for the role that rotates.
func Create(ctx context.Context, c Config, o Options) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("create keys in Vault: %w", err)
	}
	if err := s.first(ctx, o); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("create keys in Vault: %w", err)
	}
	return s, nil
}

func connect(ctx context.Context, c Config) (*Store, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	calls := &counted{next: transport}
	client, err := newClient(c, calls)
	if err != nil {
		return nil, err
	}
	hidden := func() *api.Client { return client }
	s := &Store{config: c, client: hidden, calls: calls, session: &session{client: hidden, config: c}, gather: newGather(), done: make(chan struct{})}
	if err := s.session.login(ctx, 0); err != nil {
		transport.CloseIdleConnections()
		return nil, err
	}
	life, stop := context.WithCancel(context.Background())
	s.stop = func() {
		stop()
		<-s.done
		transport.CloseIdleConnections()
	}
	go func() {
		defer close(s.done)
		s.session.keep(life)
	}()
	return s, nil
}

// Close stops the renewal, gives the token back and forgets the data keys. Calls after it fail.
func (s *Store) Close() error {
	s.data.forget()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	// When Vault does not answer, the token ends by itself.
	_ = do(ctx, s.client(), s.config.role(), "write", "auth/token/revoke-self", []byte("{}"), nil)
	s.stop()
	return nil
}

// Calls counts the requests that went to Vault since the start, for benchmarks and metrics.
func (s *Store) Calls() uint64 { return s.calls.n.Load() }

// Health reports whether Vault can work for us now, for readiness: nil, or keys.ErrUnavailable with the reason (sealed, out of
// reach, not initialised, our login refused). It changes nothing and needs no permission.
func (s *Store) Health(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	h, err := s.client().Sys().HealthWithContext(limited)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("vault is out of reach: %w: %w", keys.ErrUnavailable, err)
	case !h.Initialized:
		return fmt.Errorf("vault is not initialised: %w", keys.ErrUnavailable)
	case h.Sealed:
		return fmt.Errorf("vault is sealed, its custodians must unseal it: %w", keys.ErrUnavailable)
	}
	if seen := s.session.seen(); !s.session.holds(ctx, seen) {
		return s.session.login(ctx, seen)
	}
	return nil
}

var _ http.RoundTripper = (*counted)(nil)

// parallel runs n acts, at most width at a time, and gives the first error. It does not start more after one failed.
func parallel(n, width int, act func(i int) error) error {
	if n == 1 {
		return act(0)
	}
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range min(n, width) {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := act(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
