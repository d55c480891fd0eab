// SPDX-License-Identifier: EUPL-1.2

package vaulttest

import (
	"net/http"
	"testing"
)

// The server can be sealed and opened again, and keeps what it had.
func TestSealAndUnseal(t *testing.T) {
	s := StartOwn(t)
	r := s.Open(t)
	r.Must(t, http.MethodPost, r.Mount+"/kv/data/x", map[string]any{"data": map[string]string{"a": "b"}})
	token := r.Token(t, r.Allow(t).Role)
	s.Seal(t)
	if status, _ := s.Call(token, http.MethodGet, r.Mount+"/kv/data/x", nil); status != http.StatusServiceUnavailable {
		t.Errorf("sealed: status %d", status)
	}
	s.Unseal(t)
	if status, answer := s.Call(token, http.MethodGet, r.Mount+"/kv/data/x", nil); status != http.StatusOK || answer["data"] == nil {
		t.Errorf("opened: status %d", status)
	}
	s.Stop()
	if status, _ := s.Call(token, http.MethodGet, "sys/health", nil); status != 0 {
		t.Errorf("stopped: status %d", status)
	}
}
