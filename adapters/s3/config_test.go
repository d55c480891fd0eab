// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/adapters/s3"
)

// What is missing or unsafe is refused when the store is opened, and no secret shows.
func TestOpenRefuses(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "geheim")
	empty := filepath.Join(t.TempDir(), "leeg")
	for path, text := range map[string]string{secret: "synthetisch-geheim\n", empty: "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := s3.Config{Endpoint: "https://s3.example", KeyID: "k", SecretFile: secret, Bodies: "a", Log: "b", Spool: "c", LogYears: 7}
	if _, err := s3.Open(good); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(c *s3.Config){
		"without TLS":            func(c *s3.Config) { c.Endpoint = "http://s3.example" },
		"https://host":           func(c *s3.Config) { c.Endpoint = "https://s3.example/path" },
		"must be https":          func(c *s3.Config) { c.Endpoint = "https://user:pw@s3.example" },
		"key id":                 func(c *s3.Config) { c.KeyID = "" },
		"three buckets":          func(c *s3.Config) { c.Spool = "" },
		"bucket of their own":    func(c *s3.Config) { c.Spool = c.Log },
		"how many years":         func(c *s3.Config) { c.LogYears = 0 },
		"negative":               func(c *s3.Config) { c.Wait = -1 },
		"read the secret":        func(c *s3.Config) { c.SecretFile += "-absent" },
		"secret is empty":        func(c *s3.Config) { c.SecretFile = empty },
		"authority of the store": func(c *s3.Config) { c.CAFile = secret + "-absent" },
		"holds no certificate":   func(c *s3.Config) { c.CAFile = secret },
	} {
		c := good
		change(&c)
		if _, err := s3.Open(c); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "synthetisch") {
			t.Errorf("%s: %v", says, err)
		}
	}
}
