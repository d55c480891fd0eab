// SPDX-License-Identifier: EUPL-1.2

package vaulttest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Realm is what one installation has in a Vault: its engines under one prefix, its policies and its logins.
type Realm struct {
	*Server
	Mount string // prefix of the engines, as keys/vault.Config.Mount
	Auth  string // where AppRole is, as keys/vault.AppRole.Mount
}

// Login is one AppRole: what keys/vault.AppRole asks.
type Login struct {
	Role, RoleID, SecretIDFile string
}

// Open makes a realm with engines and no policies, and removes it when the test ends. It is quicker than [Server.Setup].
func (s *Server) Open(t testing.TB) Realm {
	t.Helper()
	r := Realm{s, "t" + strings.ToLower(rand.Text()[:10]), ""}
	r.Auth = r.Mount + "-approle"
	for name, kind := range map[string]string{"keys": "transit", "scopes": "transit", "kv": "kv"} {
		body := map[string]any{"type": kind}
		if kind == "kv" {
			body["options"] = map[string]string{"version": "2"}
		}
		r.Must(t, http.MethodPost, "sys/mounts/"+r.Mount+"/"+name, body)
		t.Cleanup(func() { s.Call(s.token, http.MethodDelete, "sys/mounts/"+r.Mount+"/"+name, nil) })
	}
	r.Must(t, http.MethodPost, "sys/auth/"+r.Auth, map[string]any{"type": "approle"})
	t.Cleanup(func() { s.Call(s.token, http.MethodDelete, "sys/auth/"+r.Auth, nil) })
	r.Must(t, http.MethodPost, "sys/auth/"+r.Auth+"/tune", map[string]any{"user_lockout_config": map[string]any{"lockout_disable": true}})
	return r
}

// Setup makes a realm as an installation would: by deploy/vault/setup, with the policies and roles that are shipped. It
// needs curl.
func (s *Server) Setup(t testing.TB) Realm {
	t.Helper()
	r := Realm{s, "s" + strings.ToLower(rand.Text()[:10]), ""}
	r.Auth = r.Mount + "-approle"
	r.RunSetup(t)
	for _, name := range []string{"keys", "scopes", "kv", "pki"} {
		t.Cleanup(func() { s.Call(s.token, http.MethodDelete, "sys/mounts/"+r.Mount+"/"+name, nil) })
	}
	t.Cleanup(func() { s.Call(s.token, http.MethodDelete, "sys/auth/"+r.Auth, nil) })
	return r
}

// RunSetup runs deploy/vault/setup, which may be done again and again.
func (r Realm) RunSetup(t testing.TB) {
	t.Helper()
	cmd := exec.Command("sh", filepath.Join(root(t), "deploy", "vault", "setup"))
	cmd.Env = append(os.Environ(), "VAULT_ADDR="+r.Address, "VAULT_TOKEN="+r.token, "VAULT_CACERT="+r.CAFile(t), "SEINHUIS_MOUNT="+r.Mount)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("setup: %v\n%s", err, out)
	}
}

// Allow makes a role that may do everything in the realm, and a login for it.
func (r Realm) Allow(t testing.TB) Login {
	t.Helper()
	policy := fmt.Sprintf("path %q {\n capabilities = [\"create\", \"read\", \"update\", \"delete\", \"list\"]\n}\n", r.Mount+"/*")
	return r.Role(t, "alles", policy)
}

// Role makes a role of the test's own with one policy, and a login for it.
func (r Realm) Role(t testing.TB, name, policy string) Login {
	t.Helper()
	full := r.Mount + "-" + name
	r.Must(t, http.MethodPut, "sys/policies/acl/"+full, map[string]any{"policy": policy})
	t.Cleanup(func() { r.Call(r.token, http.MethodDelete, "sys/policies/acl/"+full, nil) })
	r.Must(t, http.MethodPost, "auth/"+r.Auth+"/role/"+name, map[string]any{"token_policies": []string{full}, "token_ttl": "1h"})
	return r.Login(t, name)
}

// Login gives a fresh secret of a role.
func (r Realm) Login(t testing.TB, name string) Login {
	t.Helper()
	at := "auth/" + r.Auth + "/role/" + name
	id := r.Must(t, http.MethodGet, at+"/role-id", nil)["role_id"].(string)
	secret := r.Must(t, http.MethodPost, at+"/secret-id", map[string]any{})["secret_id"].(string)
	return Login{Role: name, RoleID: id, SecretIDFile: write(t, "secret-id", []byte(secret+"\n"))}
}

// Token logs a role in.
func (r Realm) Token(t testing.TB, name string) string {
	t.Helper()
	l := r.Login(t, name)
	secret, err := os.ReadFile(l.SecretIDFile)
	if err != nil {
		t.Fatal(err)
	}
	_, answer := r.Call("", http.MethodPost, "auth/"+r.Auth+"/login", map[string]any{"role_id": l.RoleID, "secret_id": strings.TrimSpace(string(secret))})
	token, ok := answer["auth"].(map[string]any)["client_token"].(string)
	if !ok {
		t.Fatalf("no token for %s", name)
	}
	return token
}

// Must does a call as root and gives its data; any refusal ends the test.
func (s *Server) Must(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	status, answer := s.Call(s.token, method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: status %d, %v", method, path, status, answer["errors"])
	}
	data, _ := answer["data"].(map[string]any)
	return data
}

// Call does one call with a token and gives the status (0: no answer) and the whole answer.
func (s *Server) Call(token, method, path string, body any) (int, map[string]any) {
	raw, _ := json.Marshal(body)
	request, err := http.NewRequest(method, s.Address+"/v1/"+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("X-Vault-Token", token)
	response, err := s.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	answer := map[string]any{}
	if text, err := io.ReadAll(response.Body); err == nil {
		_ = json.Unmarshal(text, &answer)
	}
	return response.StatusCode, answer
}

// Seal seals a server of the test's own.
func (s *Server) Seal(t testing.TB) {
	t.Helper()
	s.Must(t, http.MethodPut, "sys/seal", nil)
}

// Unseal opens it again.
func (s *Server) Unseal(t testing.TB) {
	t.Helper()
	if status, _ := s.Call("", http.MethodPut, "sys/unseal", map[string]any{"key": s.unseal}); status != http.StatusOK {
		t.Fatalf("unseal: status %d", status)
	}
}

// Stop ends a server of the test's own in the middle of everything.
func (s *Server) Stop() { s.end() }

// root is the folder of the product's go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, gone := os.Stat(filepath.Join(dir, "go.mod")); gone == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod above the test")
	return ""
}
