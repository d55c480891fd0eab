// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	otlp "github.com/seinhuis/seinhuis/adapters/logbook"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/logbook"
)

// logbookTarget is the processing logbook of one controller, elsewhere
// (Logboek Dataverwerkingen). All that concerns the controller goes there.
type logbookTarget struct {
	Controller  string `yaml:"controller"`  // OIN
	Address     string `yaml:"adres"`       // https://host[:port][/path], to which OTLP's /v1/traces and /v1/logs are added
	CA          string `yaml:"ca"`          // authorities (PEM) of the logbook; empty for the system's
	Certificate string `yaml:"certificaat"` // ours, when the logbook asks one
	Key         string `yaml:"sleutel"`
}

// name is that of the cursor: another address is another logbook, and gets all.
func (t logbookTarget) name() string { return t.Controller + " " + t.Address }

// checkLogbooks says what is wrong with the parts of the configuration that the
// processing log needs.
func (c config) checkLogbooks() (wrong []error) {
	if u, err := url.Parse(c.Address); c.Address != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "") {
		wrong = append(wrong, errors.New("adres must be https://host[:port]"))
	}
	var names []string
	for i, t := range c.Logbooks {
		if _, err := gateway.ParseOIN(t.Controller); err != nil {
			wrong = append(wrong, fmt.Errorf("verwerkingenlogboek %d: controller: %w", i+1, err))
		}
		if _, err := otlp.NewSender(otlp.Config{Address: t.Address}); err != nil {
			wrong = append(wrong, fmt.Errorf("verwerkingenlogboek %d: %w", i+1, err))
		}
		if (t.Certificate == "") != (t.Key == "") {
			wrong = append(wrong, fmt.Errorf("verwerkingenlogboek %d: certificaat and sleutel go together", i+1))
		}
		if slices.Contains(names, t.name()) {
			wrong = append(wrong, fmt.Errorf("verwerkingenlogboek %d: named twice", i+1))
		}
		names = append(names, t.name())
	}
	return wrong
}

// profile is what every row of the processing log says of this installation.
// Without an address in the configuration the certificate's name stands in its
// URIs.
func (c config) profile(dir string) (logbook.Profile, error) {
	p := logbook.Profile{Base: strings.TrimRight(c.Address, "/") + "/v1", Gateway: gateway.OIN(c.OIN), Version: version()}
	if c.Address != "" {
		return p, nil
	}
	pair, err := tls.LoadX509KeyPair(in(dir, c.TLS.Certificate), in(dir, c.TLS.Key))
	if err != nil {
		return p, fmt.Errorf("server certificate: %w", err)
	}
	switch {
	case len(pair.Leaf.DNSNames) > 0:
		p.Base = "https://" + pair.Leaf.DNSNames[0] + "/v1"
	case len(pair.Leaf.IPAddresses) > 0:
		p.Base = "https://" + net.JoinHostPort(pair.Leaf.IPAddresses[0].String(), "443") + "/v1"
	default:
		return p, errors.New("the server certificate names no host; put adres: https://host[:port] into " + configFile)
	}
	return p, nil
}

// sender reads the files of a target.
func (t logbookTarget) sender(dir string) (*otlp.Sender, error) {
	c := otlp.Config{Address: t.Address}
	if t.CA != "" {
		pem, err := os.ReadFile(in(dir, t.CA))
		if err != nil {
			return nil, err
		}
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(pem) {
			return nil, errors.New("verwerkingenlogboek: ca holds no certificate")
		}
	}
	if t.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(in(dir, t.Certificate), in(dir, t.Key))
		if err != nil {
			return nil, fmt.Errorf("verwerkingenlogboek: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return otlp.NewSender(c)
}

// newForwarders makes what keeps the logbooks of controllers up to date.
func newForwarders(dir string, c config, store logbookStore, p logbook.Profile) ([]*logbook.Forwarder, error) {
	var all []*logbook.Forwarder
	for _, t := range c.Logbooks {
		to, err := t.sender(dir)
		if err != nil {
			return nil, notReady(err)
		}
		all = append(all, logbook.NewForwarder(logbook.Target{Name: t.name(), Controller: gateway.OIN(t.Controller)}, store, store, to, p))
	}
	return all, nil
}

// keepLogbooks sends what the logbooks of controllers do not have yet, until ctx
// ends. One that is away holds up no other.
func (w *watch) keepLogbooks(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for _, f := range w.forwarders {
		all.Go(func() {
			ticker := time.NewTicker(time.Second)
			defer ticker.Stop()
			for {
				if _, err := f.Round(ctx, time.Now()); err != nil && ctx.Err() == nil {
					w.logger.Error("verwerkingenlogboek wacht", "oin", string(f.Target().Controller), "fout", err.Error())
				}
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
				}
			}
		})
	}
}

// logbookRowsWaiting is for the metrics: entries that a controller's logbook has
// not confirmed.
func (s *installation) logbookRowsWaiting(ctx context.Context) (map[string]int, error) {
	waiting := map[string]int{}
	for _, f := range s.forwarders {
		n, err := f.Waiting(ctx)
		if err != nil {
			return nil, err
		}
		waiting[string(f.Target().Controller)] += int(n)
	}
	return waiting, nil
}
