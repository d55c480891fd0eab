// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/keys/keyring"
)

// The gateway and the parties of the demo. Creditors have test OINs; the
// municipalities have their real codes and OINs, as public registers give
// them, and synthetic keys.
const demoOIN gateway.OIN = "00000099000000001000"

var demoCreditors = []gateway.Party{
	{OIN: "00000099000000002000", Kind: gateway.KindCreditor, Name: "Energie Noorderlicht (voorbeeld)", State: gateway.PartyActive},
	{OIN: "00000099000000003000", Kind: gateway.KindCreditor, Name: "Waterbedrijf De Wel (voorbeeld)", State: gateway.PartyActive},
}

var demoMunicipalities = []gateway.Party{
	{OIN: "00000001001479179000", Kind: gateway.KindMunicipality, Name: "Nijmegen", Municipality: "GM0268", State: gateway.PartyActive},
	{OIN: "00000001002311112000", Kind: gateway.KindMunicipality, Name: "Leiden", Municipality: "GM0546", State: gateway.PartyActive},
	{OIN: "00000001002564440000", Kind: gateway.KindMunicipality, Name: "Amsterdam", Municipality: "GM0363", State: gateway.PartyActive},
}

const (
	energy    = 0 // places in demoCreditors
	water     = 1
	nijmegen  = 0 // places in demoMunicipalities
	leiden    = 1
	amsterdam = 2
)

// demoWorld is a running gateway with its parties.
type demoWorld struct {
	dir     string
	node    string // directory of a node of a cluster; empty for an installation of our own
	ca      *testCA
	gateway *installation
	door    net.Listener
	sftp    net.Listener

	sftpAddress string
	url         string
	now         time.Time
}

// makeWorld makes an installation and its parties in dir and opens the door on
// loopback; it does not serve yet.
func makeWorld(ctx context.Context, dir string, logger *slog.Logger, now time.Time) (w *demoWorld, err error) {
	w = &demoWorld{dir: dir, now: now}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	c := demoConfig(config{OIN: string(demoOIN), Unlock: "ontgrendeling", Routing: "routering.bin"})
	if err = makeInstallation(ctx, w.home(), c, true, keyring.Options{}, now); err != nil {
		return w, err
	}
	return w, w.open(ctx, logger)
}

// demoConfig gives an installation doors of its own on loopback.
func demoConfig(c config) config {
	c.Listen, c.SFTP, c.Console = "127.0.0.1:0", "127.0.0.1:0", &consoleConfig{Listen: "127.0.0.1:0", OneTime: true}
	c.Processor = processorConfig{Name: "Seinhuis (voorbeeld)", Contact: "fg@seinhuis.example"}
	return c
}

// open opens the gateway of a world and its doors, and enrols the parties. The
// installation is a standalone one, or a node of a cluster.
func (w *demoWorld) open(ctx context.Context, logger *slog.Logger) (err error) {
	c, err := readConfig(w.home())
	if err != nil {
		return err
	}
	if w.gateway, err = openConfigured(ctx, w.home(), demoConfig(c), logger); err != nil {
		return err
	}
	if w.door, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	if w.sftp, err = w.gateway.listenSFTP(); err != nil {
		return err
	}
	if err = w.gateway.openConsole(); err != nil {
		return err
	}
	w.sftpAddress = w.sftp.Addr().String()
	w.url = "https://" + w.door.Addr().String()
	if w.ca, err = openTestCA(filepath.Join(w.home(), "test-ca")); err != nil {
		return err
	}
	return w.enrol(ctx)
}

func (w *demoWorld) home() string {
	if w.node != "" {
		return w.node
	}
	return filepath.Join(w.dir, "gateway")
}

// folder is where a party's certificate and keys are.
func (w *demoWorld) folder(p gateway.Party) string {
	return filepath.Join(w.dir, "partijen", string(p.OIN))
}

func demoParties() []gateway.Party {
	return append(append([]gateway.Party(nil), demoCreditors...), demoMunicipalities...)
}

// enrol registers the parties and their agreements. The water company has none
// with Amsterdam, which one refusal of the story shows.
func (w *demoWorld) enrol(ctx context.Context) error {
	host, err := publicHostKey(w.home())
	if err != nil {
		return err
	}
	registrar := register.NewRegistrar(w.gateway.truth.Register, time.Now)
	for _, p := range demoParties() {
		made, err := makeKit(w.ca, w.folder(p), p, kitGateway{w.url, demoOIN, []string{w.verifier()}, w.sftpAddress, host}, w.now)
		if err != nil {
			return err
		}
		p.Keys = made
		if err := registrar.Enrol(ctx, p); err != nil {
			return err
		}
	}
	for i, creditor := range demoCreditors {
		kind := []gateway.ReportKind{gateway.ReportEnergy, gateway.ReportWater}[i]
		for j, m := range demoMunicipalities {
			if i == water && j == amsterdam {
				continue
			}
			err := registrar.Conclude(ctx, gateway.Agreement{ID: string(gateway.NewUUID(w.now, nil)), Creditor: creditor.OIN,
				Municipality: m.Municipality, Prolongations: 1, Kinds: []gateway.ReportKind{kind}, Bases: []gateway.Basis{gateway.BasisWgs},
				From: gateway.Today(w.now).AddDays(-365), ThresholdInCents: 7500, BirthDateAllowed: i == energy})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// describe writes demo.json, with which any outside client can act as a party.
// It comes after the story and appears whole, so that whoever waits for it does
// not get into the story's way.
func (w *demoWorld) describe() error {
	type party struct {
		OIN          gateway.OIN          `json:"oin"`
		Name         string               `json:"naam"`
		Kind         gateway.PartyKind    `json:"soort"`
		Municipality gateway.Municipality `json:"gemeente,omitempty"`
		Folder       string               `json:"map"`
	}
	verifier, err := os.ReadFile(filepath.Join(w.home(), verifierFile))
	if err != nil {
		return err
	}
	host, err := publicHostKey(w.home())
	if err != nil {
		return err
	}
	described := struct {
		Gateway map[string]string `json:"gateway"`
		Parties []party           `json:"partijen"`
	}{Gateway: map[string]string{"url": w.url, "oin": string(demoOIN), "ca": filepath.Join(w.home(), "test-ca", "ca.pem"),
		"jwks": w.url + "/v1/sleutels", "openapi": w.url + "/v1/openapi.json",
		"verifier": string(verifier[:len(verifier)-1]), "logboek": w.log(),
		"sftp": w.sftpAddress, "sftpHostsleutel": host, "console": w.gateway.console.url}}
	for _, p := range demoParties() {
		described.Parties = append(described.Parties, party{p.OIN, p.Name, p.Kind, p.Municipality, w.folder(p)})
	}
	data, err := json.MarshalIndent(described, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(w.dir, "demo.json")
	if err := writeNew(path+".nieuw", append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".nieuw", path)
}

// log is where the files of the log are.
func (w *demoWorld) log() string {
	if w.node != "" {
		return w.gateway.config.S3.Address + "/" + w.gateway.config.S3.Buckets.Log
	}
	return filepath.Join(w.home(), logDir)
}

// serve answers in the background until the returned function is called, which
// reports how serving ended.
func (w *demoWorld) serve(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.gateway.serve(ctx, w.door, w.sftp) }()
	return func() error {
		cancel()
		return <-ended
	}
}

func (w *demoWorld) close() error {
	var errs []error
	for _, l := range []net.Listener{w.door, w.sftp} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if w.gateway != nil {
		errs = append(errs, w.gateway.Close())
	}
	return errors.Join(errs...)
}

// demoDir is the directory of a demo: the given one, which must be empty, or a
// temporary one that remove deletes.
func demoDir(wanted string) (dir string, remove func(), err error) {
	if wanted == "" {
		dir, err = os.MkdirTemp("", "seinhuis-demo-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(wanted, 0o700); err != nil {
		return "", nil, err
	}
	entries, err := os.ReadDir(wanted)
	if err != nil {
		return "", nil, err
	}
	if len(entries) > 0 {
		return "", nil, usage(fmt.Errorf("%s is not empty", wanted))
	}
	dir, err = filepath.Abs(wanted)
	return dir, func() {}, err
}
