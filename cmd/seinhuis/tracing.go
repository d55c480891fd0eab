// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/adapters/telemetry"
	"github.com/seinhuis/seinhuis/gateway"
)

// telemetryConfig is the section telemetrie of seinhuis.yaml: the collector
// that hears how long requests and their steps took. Without it nobody does.
type telemetryConfig struct {
	Address     string  `yaml:"adres"`                 // https://host[:port][/path]; /v1/traces is added
	CA          string  `yaml:"ca,omitempty"`          // its authorities (PEM); empty for the system's
	Certificate string  `yaml:"certificaat,omitempty"` // ours, when it asks one
	Key         string  `yaml:"sleutel,omitempty"`
	Share       float64 `yaml:"aandeel,omitempty"` // of the traces, above 0 and at most 1; empty for all
}

// check gives all that is wrong with the section.
func (c *telemetryConfig) check() (wrong []error) {
	if c == nil {
		return nil
	}
	if _, err := telemetry.New(telemetry.Config{Address: c.Address, Share: c.Share, Clock: time.Now}); err != nil {
		wrong = append(wrong, fmt.Errorf("telemetrie: %w", err))
	}
	if (c.Certificate == "") != (c.Key == "") {
		wrong = append(wrong, errors.New("telemetrie: certificaat and sleutel go together"))
	}
	return wrong
}

// open makes the exporter of the section; nil without one.
func (c *telemetryConfig) open(dir string) (*telemetry.Exporter, error) {
	if c == nil {
		return nil, nil
	}
	t := telemetry.Config{Address: c.Address, Share: c.Share, Service: "seinhuis", Version: version(),
		Instance: string(gateway.NewUUID(time.Now(), nil)), Clock: time.Now}
	if c.CA != "" {
		pem, err := os.ReadFile(in(dir, c.CA))
		if err != nil {
			return nil, notReady(err)
		}
		t.Roots = x509.NewCertPool()
		if !t.Roots.AppendCertsFromPEM(pem) {
			return nil, notReady(errors.New("telemetrie.ca holds no certificate"))
		}
	}
	if c.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(in(dir, c.Certificate), in(dir, c.Key))
		if err != nil {
			return nil, notReady(fmt.Errorf("telemetrie.certificaat: %w", err))
		}
		t.Certificates = []tls.Certificate{pair}
	}
	e, err := telemetry.New(t)
	if err != nil {
		return nil, notReady(err)
	}
	return e, nil
}

// tracing puts spans around the ports of the journey. The zero tracing puts
// none.
type tracing struct{ spans *telemetry.Exporter }

// door is the port of the HTTP door; nil when nothing is followed.
func (t tracing) door() httpapi.Spans {
	if t.spans == nil {
		return nil
	}
	return t.spans
}

// work posts spans until ctx ends.
func (t tracing) work(ctx context.Context) {
	if t.spans != nil {
		t.spans.Work(ctx)
	}
}
