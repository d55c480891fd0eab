// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// acts are the operations that need Vault at that moment.
func acts(t *testing.T, s *Store) map[string]func() error {
	one := func(scope string) []keys.WrapItem { return []keys.WrapItem{{Scope: scope, ID: "a", Data: []byte("x")}} }
	return map[string]func() error{
		"sign":     func() error { _, err := signOne(t, s, keys.ReceiptSigning, keys.ES256); return err },
		"blind":    func() error { _, err := s.MAC(t.Context(), [][]byte{{1}}); return err },
		"wrap new": func() error { _, err := s.Wrap(t.Context(), one("GM0268/2031-01")); return err },
		"rotate":   func() error { return s.Rotate(t.Context(), keys.ReceiptSigning) },
		"destroy":  func() error { return s.Destroy(t.Context(), "GM0268/2031-02") },
		"publish":  func() error { _, err := s.Publics(t.Context()); return err },
		"scopes":   func() error { _, err := s.Scopes(t.Context()); return err },
		"intake":   func() error { _, err := s.OpenPGPPublics(t.Context()); return err },
		"PS256":    func() error { return s.EnsurePS256(t.Context()) },
	}
}

func wantUnavailable(t *testing.T, s *Store, when string) {
	t.Helper()
	for name, act := range acts(t, s) {
		if err := act(); !errors.Is(err, keys.ErrUnavailable) {
			t.Errorf("%s, %s: %v, want ErrUnavailable", when, name, err)
		}
	}
	if err := s.Health(t.Context()); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("%s, health: %v, want ErrUnavailable", when, err)
	}
}

func wantWorking(t *testing.T, s *Store, when string) {
	t.Helper()
	for name, act := range acts(t, s) {
		if err := act(); err != nil && !(name == "wrap new" && errors.Is(err, keys.ErrDestroyed)) {
			t.Errorf("%s, %s: %v", when, name, err)
		}
	}
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("%s, health: %v", when, err)
	}
}

// Sealed in the middle, and opened again: calls fail while it lasts, what was wrapped stays readable, and nothing has to be
// restarted.
func TestSealedInTheMiddle(t *testing.T) {
	server := vaulttest.StartOwn(t)
	b := benchIn(t, server.Open(t))
	w := wrapOne(t, b.Store, "GM0268/2026-11", "a", "blijft")
	kid, _, err := b.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, err)
	server.Seal(t)
	b.clock.advance(recheck)
	wantUnavailable(t, b.Store, "sealed")
	if err := b.Health(t.Context()); !strings.Contains(err.Error(), "sealed") {
		t.Errorf("health does not say why: %v", err)
	}
	if got, err := unwrapOne(t, b.Store, "GM0268/2026-11", "a", w); err != nil || got != "blijft" {
		t.Errorf("with the data key in memory: %v", err)
	}
	b.clock.advance(dataKeyLife)
	if _, err := unwrapOne(t, b.Store, "GM0268/2026-11", "a", w); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("after the data key's life: %v, want ErrUnavailable", err)
	}
	if _, err := Open(t.Context(), b.config); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("a start while sealed: %v", err)
	}
	server.Unseal(t)
	if got, err := unwrapOne(t, b.Store, "GM0268/2026-11", "a", w); err != nil || got != "blijft" {
		t.Errorf("opened again: %v", err)
	}
	if again, _, err := b.Signer(t.Context(), keys.ReceiptSigning, keys.ES256); err != nil || again != kid {
		t.Errorf("a rotation that failed left something: %v", err)
	}
	wantWorking(t, b.Store, "opened again")
}

func TestStoppedInTheMiddle(t *testing.T) {
	server := vaulttest.StartOwn(t)
	b := benchIn(t, server.Open(t))
	server.Stop()
	b.clock.advance(recheck)
	wantUnavailable(t, b.Store, "stopped")
	must(t, b.Close())
}

func TestDeadPort(t *testing.T) {
	b := newBench(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	c := b.config
	c.Address = "https://" + listener.Addr().String()
	must(t, listener.Close())
	if _, err := Open(t.Context(), c); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("nobody there: %v, want ErrUnavailable", err)
	}
}

// A token that ended or was revoked is replaced at the next call, without hands and without a failure to see.
func TestTokenLost(t *testing.T) {
	b := newBench(t)
	for range 2 {
		b.realm.Must(t, http.MethodPut, "auth/token/revoke", map[string]any{"token": b.client().Token()})
		b.clock.advance(recheck)
		wantWorking(t, b.Store, "revoked")
	}
	// And when we cannot log in again: unavailable, until somebody mends it.
	whole, err := os.ReadFile(b.config.AppRole.SecretIDFile)
	must(t, err)
	for name, spoil := range map[string]func() error{
		"refused secret": func() error { return os.WriteFile(b.config.AppRole.SecretIDFile, []byte("anders"), 0o600) },
		"no secret":      func() error { return os.Remove(b.config.AppRole.SecretIDFile) },
	} {
		must(t, spoil())
		b.realm.Must(t, http.MethodPut, "auth/token/revoke", map[string]any{"token": b.client().Token()})
		b.clock.advance(dataKeyLife)
		wantUnavailable(t, b.Store, name)
		must(t, os.WriteFile(b.config.AppRole.SecretIDFile, whole, 0o600)) // another offer, so at once
		wantWorking(t, b.Store, "mended")
	}
}

// The step that runs in the background renews while it can, and takes a new token when a renewal gives too little.
func TestRenewal(t *testing.T) {
	b := newBench(t)
	before := b.client().Token()
	if wait := b.session.refresh(t.Context()); b.client().Token() != before || wait != 30*time.Minute {
		t.Errorf("a token of an hour: back in %v, same token %v", wait, b.client().Token() == before)
	}
	role := "auth/" + b.realm.Auth + "/role/alles"
	b.realm.Must(t, http.MethodPost, role, map[string]any{"token_policies": []string{b.realm.Mount + "-alles"}, "token_ttl": "1h", "token_max_ttl": "1h"})
	must(t, b.session.login(t.Context(), b.session.seen()))
	before = b.client().Token()
	b.session.whole = 3 * time.Hour // as if it once lived that long: what a renewal gives is less than half
	if wait := b.session.refresh(t.Context()); b.client().Token() == before || wait != 90*time.Minute {
		t.Errorf("a token near its end: back in %v, same token %v", wait, b.client().Token() == before)
	}
	wantWorking(t, b.Store, "renewed")
}

// A denial names the role and the call, and nothing that anyone could use.
func TestDenied(t *testing.T) {
	realm := vaulttest.Start(t).Setup(t)
	clock := &ticking{}
	beheer, err := Create(t.Context(), configFor(t, realm, realm.Login(t, "beheer"), clock), Options{})
	must(t, err)
	defer beheer.Close()
	_, err = signOne(t, beheer, keys.ReceiptSigning, keys.ES256)
	if want := `"beheer" may not write ` + realm.Mount + `/keys/sign/receipt-signing-es256/sha2-256`; !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), want) || errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("%v, want ErrDenied: %s", err, want)
	}
	poort, err := Open(t.Context(), configFor(t, realm, realm.Login(t, "poort"), clock))
	must(t, err)
	defer poort.Close()
	before, err := beheer.Publics(t.Context())
	must(t, err)
	for name, act := range map[string]func() error{
		"rotate":  func() error { return poort.Rotate(t.Context(), keys.SubjectBlinding) },
		"destroy": func() error { return poort.Destroy(t.Context(), "GM0268/2026-11") },
		"scopes":  func() error { _, err := poort.Scopes(t.Context()); return err },
	} {
		if err := act(); !errors.Is(err, ErrDenied) || strings.Contains(err.Error(), poort.client().Token()) {
			t.Errorf("%s as poort: %v", name, err)
		}
	}
	clock.advance(recheck)
	after, err := poort.Publics(t.Context())
	if must(t, err); len(after) != len(before) {
		t.Error("a denied rotation changed the register")
	}
}

// slow is a Vault that answers when it is let.
func slow(t *testing.T, status int, body string) (Config, chan struct{}) {
	t.Helper()
	gate := make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login") {
			_, _ = w.Write([]byte(`{"auth":{"client_token":"x","lease_duration":3600}}`))
			return
		}
		select {
		case <-gate:
		case <-r.Context().Done():
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	ca := pemOf(server.Certificate().Raw)
	must(t, os.WriteFile(dir+"/ca", ca, 0o600))
	must(t, os.WriteFile(dir+"/secret", []byte("geheim"), 0o600))
	return Config{Address: server.URL, CAFile: dir + "/ca", AppRole: &AppRole{Role: "poort", RoleID: "id", SecretIDFile: dir + "/secret"}}, gate
}

// While Vault is silent nobody waits longer than his own context, nobody waits behind another, and all who want the same
// share one call.
func TestSlowAnswer(t *testing.T) {
	c, gate := slow(t, http.StatusServiceUnavailable, `{}`)
	s, err := connect(t.Context(), c)
	must(t, err)
	before := s.Calls()
	patient := make(chan error)
	for range 5 {
		go func() { _, err := s.MAC(t.Context(), [][]byte{{1}}); patient <- err }()
	}
	ctx, cancel := context.WithCancel(t.Context())
	hasty := make(chan error)
	for range 5 {
		go func() { _, err := s.MAC(ctx, [][]byte{{1}}); hasty <- err }()
	}
	cancel()
	for range 5 {
		if err := <-hasty; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled while Vault is silent: %v", err)
		}
	}
	close(gate)
	for range 5 {
		if err := <-patient; !errors.Is(err, keys.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
	}
	if n := s.Calls() - before; n > 5 {
		t.Errorf("%d calls for ten who want one view", n)
	}
	must(t, s.Close())
}

// Answers that are no answer: what each counts as.
func TestOddAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   error
	}{
		{http.StatusTooManyRequests, `{"errors":["quota"]}`, keys.ErrUnavailable},
		{http.StatusInternalServerError, `{"errors":["geheim"]}`, keys.ErrUnavailable},
		{http.StatusBadGateway, `<html>`, keys.ErrUnavailable},
		{http.StatusServiceUnavailable, `{"errors":["Vault is sealed"]}`, keys.ErrUnavailable},
		{http.StatusPreconditionFailed, `{}`, keys.ErrUnavailable},
		{http.StatusTemporaryRedirect, ``, keys.ErrUnavailable},
		{http.StatusOK, `{`, keys.ErrUnavailable},
		{http.StatusOK, `{"data":{"data":{"keys":[]}}}`, keys.ErrUnavailable},
		{http.StatusNotFound, `{"errors":[]}`, keys.ErrUnknown},
		{http.StatusForbidden, `{"errors":["permission denied"]}`, ErrDenied}, // a new token did not help either
	} {
		conf, gate := slow(t, c.status, c.body)
		close(gate)
		s, err := Open(t.Context(), conf)
		if s != nil {
			_ = s.Close()
		}
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%d %s: %v, want %v", c.status, c.body, err, c.want)
		}
	}
}

func TestConfig(t *testing.T) {
	role := &AppRole{RoleID: "a", SecretIDFile: "b"}
	for name, c := range map[string]Config{
		"no address":   {AppRole: role},
		"plain http":   {Address: "http://127.0.0.1:1", AppRole: role},
		"user in it":   {Address: "https://a:b@127.0.0.1:1", AppRole: role},
		"no login":     {Address: "https://127.0.0.1:1"},
		"two logins":   {Address: "https://127.0.0.1:1", AppRole: role, Certificate: &Certificate{CertFile: "a", KeyFile: "b"}},
		"no secret":    {Address: "https://127.0.0.1:1", AppRole: &AppRole{RoleID: "a"}},
		"no key":       {Address: "https://127.0.0.1:1", Certificate: &Certificate{CertFile: "a"}},
		"no such CA":   {Address: "https://127.0.0.1:1", AppRole: role, CAFile: "bestaat-niet"},
		"no such pair": {Address: "https://127.0.0.1:1", Certificate: &Certificate{CertFile: "a", KeyFile: "b"}},
	} {
		if s, err := Open(t.Context(), c); !errors.Is(err, ErrConfig) || s != nil {
			t.Errorf("%s: %v, want ErrConfig", name, err)
		}
	}
}

// What a shell carries changes nothing: not who we are, not whom we trust.
func TestEnvironmentIsIgnored(t *testing.T) {
	b := newBench(t)
	for k, v := range map[string]string{"VAULT_TOKEN": "ander", "VAULT_NAMESPACE": "elders", "VAULT_SKIP_VERIFY": "true", "VAULT_ADDR": "https://127.0.0.1:1", "VAULT_WRAP_TTL": "60s"} {
		t.Setenv(k, v)
	}
	wantWorking(t, b.second(t), "with variables")
	c := b.config
	c.CAFile = ""
	if _, err := Open(t.Context(), c); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("an authority that is not ours: %v", err)
	}
}
