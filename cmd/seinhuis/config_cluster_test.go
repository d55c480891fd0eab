// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const clusterYAML = `profiel: cluster
oin: "00000099000000001000"
luister: 127.0.0.1:8443
logboek: seinhuis/proef
tls: {certificaat: c.pem, sleutel: c.key, client-ca: ca.pem, crl: crl.pem}
routering: routering.bin
postgres:
  adres: db1.example:5432, db2.example:5432
  database: seinhuis
  ca: db-ca.pem
  rollen: {poort: geheimen/poort, deur: geheimen/deur, console: geheimen/console, bewaring: geheimen/bewaring}
s3:
  adres: https://s3.example
  regio: nl
  sleutel-id: seinhuis
  geheim: geheimen/s3
  emmers: {inhoud: a, logboek: b, bestanden: c}
  logboek-jaren: 10
vault:
  adres: https://vault.example:8200
  inloggen: approle
  rollen:
    poort: {rol-id: 6a1f, geheim-id: geheimen/vault-poort}
    bewaring: {rol-id: 6a20, geheim-id: geheimen/vault-bewaring}
uitloop: 10s
knooppunt: poort-1
`

func readYAML(t *testing.T, text string) (config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return readConfig(dir)
}

func TestClusterConfig(t *testing.T) {
	c, err := readYAML(t, clusterYAML)
	if err != nil {
		t.Fatal(err)
	}
	if !c.cluster() || c.node() != "poort-1" || c.drain().Seconds() != 10 {
		t.Errorf("%+v", c)
	}
	if a := c.Postgres.addresses(); len(a) != 2 || a[1] != "db2.example:5432" {
		t.Errorf("addresses %q", a)
	}
	if c.agrees("cluster") != nil || c.agrees("") != nil || c.agrees("standalone") == nil || c.agrees("wolk") == nil {
		t.Error("the profile of a command is not held to the file")
	}
	again := t.TempDir()
	if err := writeConfig(again, c); err != nil {
		t.Fatal(err)
	}
	if back, err := readConfig(again); err != nil || *back.S3 != *c.S3 || *back.Vault.Roles.Gateway != *c.Vault.Roles.Gateway || *back.Postgres != *c.Postgres || back.Drain != c.Drain {
		t.Errorf("written and read again it differs: %v", err)
	}
}

// TestClusterConfigFaults: each fault is found, all of them at once.
func TestClusterConfigFaults(t *testing.T) {
	text := clusterYAML
	for _, change := range [][2]string{
		{"db-ca.pem", `""`}, {"  database: seinhuis\n", "  database: \"\"\n"}, {"deur: geheimen/deur", `deur: ""`},
		{"https://s3.example", "http://s3.example"}, {"logboek: b", "logboek: a"},
		{"inloggen: approle", "inloggen: wachtwoord"}, {"https://vault.example:8200", "https://u:p@vault.example:8200"},
		{"rol-id: 6a20, ", ""}, {"jaren: 10", "jaren: 0"}, {"uitloop: 10s", "uitloop: 10m"}, {"routering:", "ontgrendeling: x\nroutering:"},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("%q is not in the example", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	_, err := readYAML(t, text)
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"postgres.ca", "postgres.database", "rollen.deur", "s3.adres", "s3.emmers", "vault.inloggen", "vault.adres", "bewaring.rol-id", "logboek-jaren", "uitloop", "no keyring"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in: %v", want, err)
		}
	}
	for name, text := range map[string]string{
		"unknown field":     clusterYAML + "postgress: {}\n",
		"unknown deeper":    strings.Replace(clusterYAML, "  regio: nl", "  regio: nl\n  region: nl", 1),
		"no sections":       clusterYAML[:strings.Index(clusterYAML, "postgres:")],
		"unknown profile":   strings.Replace(clusterYAML, "profiel: cluster", "profiel: wolk", 1),
		"in the wrong file": strings.Replace(clusterYAML, "profiel: cluster", "ontgrendeling: x", 1),
	} {
		if _, err := readYAML(t, text); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestReadSecret(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"plain", "geheim\n", 0o600, "geheim"}, {"without an end", "geheim", 0o400, "geheim"}, {"with spaces", " ge heim \r\n", 0o600, " ge heim "},
		{"group reads", "geheim", 0o640, ""}, {"all read", "geheim", 0o444, ""}, {"two lines", "a\nb\n", 0o600, ""},
		{"empty", "\n", 0o600, ""}, {"long", strings.Repeat("a", maxSecret+1), 0o600, ""},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		got, err := readSecret(path)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error tells the secret", c.name)
		}
	}
	if _, err := readSecret(dir); !errors.Is(err, errSecretMode) {
		t.Errorf("a folder: %v", err)
	}
}

func TestPrivateFile(t *testing.T) {
	for _, c := range []struct {
		mode             os.FileMode
		owner, group, us int
		want             bool
	}{
		{0o600, 7, 7, 7, true}, {0o400, 0, 0, 0, true},
		{0o440, 0, 0, 7, true},   // systemd: an access list names the service
		{0o440, 0, 70, 7, true},  // Kubernetes: the group of the pod
		{0o440, 0, 71, 7, false}, // somebody else's group
		{0o440, 7, 70, 7, false}, {0o640, 0, 70, 7, false}, {0o444, 0, 0, 7, false}, {0o440, 0, 0, 0, false},
	} {
		if got := privateFile(c.mode, c.owner, c.group, c.us, []int{70}); got != c.want {
			t.Errorf("mode %04o of %d:%d for %d: %t", c.mode, c.owner, c.group, c.us, got)
		}
	}
}

// TestClusterConfigOfTheDocs: the example on the page is a configuration.
func TestClusterConfigOfTheDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(page), "```yaml\n")
	text, _, end := strings.Cut(text, "```")
	if !ok || !end {
		t.Fatal("there is no example")
	}
	if c, err := readYAML(t, text); err != nil || c.drain().Seconds() != 10 || c.Vault.Roles.Retention == nil {
		t.Errorf("%+v: %v", c, err)
	}
}
