// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"github.com/seinhuis/seinhuis/adapters/webhook"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// checkWebhooks says what is wrong with the webhooks part of the configuration.
func (c config) checkWebhooks() (wrong []error) {
	if _, err := c.allowlist(); err != nil {
		wrong = append(wrong, fmt.Errorf("webhooks: %w", err))
	}
	if c.Webhooks.Loopback && !onLoopback(c.Listen) {
		wrong = append(wrong, errors.New("webhooks.sta-loopback-toe is for trials: the gateway itself must listen on a loopback address"))
	}
	return wrong
}

func (c config) allowlist() (webhook.Allowlist, error) {
	return webhook.NewAllowlist(c.Webhooks.Hosts, c.Webhooks.Ports, c.Webhooks.Loopback)
}

func onLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && net.ParseIP(host).IsLoopback()
}

// receiverRoots are the authorities of receivers: the system's and those of
// the configuration; nil for the system's alone.
func receiverRoots(dir string, c config) (*x509.CertPool, error) {
	if c.Webhooks.CA == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(in(dir, c.Webhooks.CA))
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without any
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("webhooks.ca holds no certificate")
	}
	return pool, nil
}

func (s *installation) newAnnouncer(directory *register.Directory, store announce.Store) (*announce.Announcer, error) {
	list, err := s.config.allowlist()
	if err != nil {
		return nil, notReady(err)
	}
	roots, err := receiverRoots(s.dir, s.config)
	if err != nil {
		return nil, notReady(err)
	}
	return announce.New(announce.Ports{
		Store: store, Sender: webhook.NewSender(s.ring, webhook.Options{Allow: list, Roots: roots}),
		Directory: directory, Clock: time.Now, Jitter: rand.Float64,
		Trouble: func(err error) { s.logger.Error("webhook wacht", "fout", err.Error()) },
	}), nil
}

// countWebhooks keeps the metrics of webhooks up to date, until ctx ends.
func (w *watch) countWebhooks(ctx context.Context) {
	ticker := time.NewTicker(15 * time.Second)
	defer ticker.Stop()
	for {
		if accounts, err := w.on.Webhooks.Accounts(ctx); err == nil {
			var pending, undeliverable, off int64
			for _, a := range accounts {
				pending, undeliverable = pending+int64(a.Pending), undeliverable+int64(a.Undeliverable)
				if a.Subscription.State == announce.SwitchedOff {
					off++
				}
			}
			m := w.metrics
			m.Gauge("seinhuis_webhook_pending", pending)
			m.Gauge("seinhuis_webhook_undeliverable", undeliverable)
			m.Gauge("seinhuis_webhook_switched_off", off)
			m.Counter("seinhuis_webhook_delivered_total", w.announcer.Delivered())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
