// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/seinhuis/seinhuis/gateway"
)

// config is seinhuis.yaml in the installation directory. Paths are relative to
// that directory unless absolute. An unknown field stops the start.
type config struct {
	Profile profile `yaml:"profiel,omitempty"` // standalone (also when empty) or cluster
	OIN     string  `yaml:"oin"`               // the gateway's own
	Listen  string  `yaml:"luister"`           // address:port of the door
	SFTP    string  `yaml:"sftp"`              // address:port of the SFTP door; empty for none
	Metrics string  `yaml:"metrics"`           // address:port for /metrics on loopback; empty for none
	Origin  string  `yaml:"logboek"`           // first line of every checkpoint; never changes
	TLS     struct {
		Certificate string `yaml:"certificaat"`
		Key         string `yaml:"sleutel"`
		ClientCAs   string `yaml:"client-ca"`
		CRL         string `yaml:"crl"` // PEM or DER; empty only for tests: nothing is then ever revoked
		Allow12     bool   `yaml:"sta-tls12-toe"`
	} `yaml:"tls"`
	Webhooks struct {
		Hosts    []string `yaml:"hosts"`            // that may be called: exact names, or *.suffix; none: no webhooks
		Ports    []int    `yaml:"poorten"`          // empty for 443
		CA       string   `yaml:"ca"`               // authorities (PEM) of receivers beside the system's; empty for none
		Loopback bool     `yaml:"sta-loopback-toe"` // trials only: the gateway itself must be on loopback
	} `yaml:"webhooks"`
	Unlock   string `yaml:"ontgrendeling,omitempty"` // file with the keyring's unlock secret; standalone only
	Routing  string `yaml:"routering"`               // compiled table
	Policies string `yaml:"beleid"`                  // folder with documents; empty for the built-in ones
	FSC      bool   `yaml:"fsc-verplicht"`           // refuse what comes without Fsc-Transaction-Id
	Address  string `yaml:"adres"`                   // https://host[:port] of the door for outsiders, in URIs; empty for the certificate's name

	Logbooks  []logbookTarget `yaml:"verwerkingenlogboek"` // of controllers, elsewhere; none: they read theirs here
	Console   *consoleConfig  `yaml:"console,omitempty"`   // the officers' console; none without it
	Witnesses []witnessConfig `yaml:"getuigen,omitempty"`  // parties that may cosign the log
	Processor processorConfig `yaml:"verwerker,omitempty"` // as the register of processing activities names us

	Observation *observationConfig `yaml:"waarneming,omitempty"` // probes, and metrics for other machines; none without it
	Telemetry   *telemetryConfig   `yaml:"telemetrie,omitempty"` // a collector of spans; none without it

	Postgres *postgresConfig `yaml:"postgres,omitempty"`  // these of profiel: cluster only
	S3       *s3Config       `yaml:"s3,omitempty"`        //
	Vault    *vaultConfig    `yaml:"vault,omitempty"`     //
	Node     string          `yaml:"knooppunt,omitempty"` // name of this node; empty for that of the machine
	Drain    time.Duration   `yaml:"uitloop,omitempty"`   // how long a node that stops says so first; 5s when empty
}

const configFile = "seinhuis.yaml"

// readConfig reads and checks the configuration of an installation.
func readConfig(dir string) (config, error) {
	var c config
	data, err := os.ReadFile(filepath.Join(dir, configFile))
	if errors.Is(err, os.ErrNotExist) {
		return c, notReady(fmt.Errorf("there is no installation in %s; make one with: seinhuis init --dir %s", dir, dir))
	}
	if err != nil {
		return c, notReady(err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&c); err != nil {
		return c, notReady(fmt.Errorf("%s: %w", configFile, err))
	}
	return c, c.check()
}

func (c config) check() error {
	var wrong []error
	if _, err := gateway.ParseOIN(c.OIN); err != nil {
		wrong = append(wrong, fmt.Errorf("oin: %w", err))
	}
	for name, value := range map[string]string{"luister": c.Listen, "logboek": c.Origin, "tls.certificaat": c.TLS.Certificate,
		"tls.sleutel": c.TLS.Key, "tls.client-ca": c.TLS.ClientCAs, "routering": c.Routing} {
		if value == "" {
			wrong = append(wrong, fmt.Errorf("%s is missing", name))
		}
	}
	wrong = append(wrong, c.checkProfile()...)
	wrong = append(wrong, c.checkWebhooks()...)
	wrong = append(wrong, c.checkLogbooks()...)
	if _, err := c.witnessKeys(); err != nil {
		wrong = append(wrong, err)
	}
	wrong = append(wrong, c.Console.check()...)
	wrong = append(wrong, c.Observation.check(c.TLS.ClientCAs)...)
	wrong = append(wrong, c.Telemetry.check()...)
	if len(wrong) > 0 {
		return notReady(fmt.Errorf("%s: %w", configFile, errors.Join(wrong...)))
	}
	return nil
}

func writeConfig(dir string, c config) error {
	data, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	return writeNew(filepath.Join(dir, configFile), data, 0o600)
}

// in resolves a path of the configuration.
func in(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// writeNew writes a file that must not exist yet.
func writeNew(path string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
