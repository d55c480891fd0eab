// SPDX-License-Identifier: EUPL-1.2

// Package s3 keeps bulk in a store that speaks S3: sealed bodies, the files of the audit log and files of reports as they
// were received.
//
// It is the one place that knows S3. It decides nothing about terms or parties, keeps no truth (what no row names is an
// orphan), and trusts the store with nothing but keeping: bodies are encrypted here under keys that stand in truth only,
// what comes back is checked, and Probe refuses a store that does not do what it says. It uses no encryption of the store
// (SSE), because a store can accept that and not do it.
//
// Called by: cmd/seinhuis, for the cluster profile.
package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Config says which store, as whom, and what goes where. All but Region, CAFile, PathStyle, BodyDays and Wait must be there.
type Config struct {
	Endpoint   string // https://host[:port], nothing behind it
	Region     string // us-east-1 when empty, which stores that have no regions take
	CAFile     string // PEM of the authority of the store's certificate; the system's authorities when empty
	KeyID      string
	SecretFile string // file with the secret of KeyID; space around it is cut off
	PathStyle  bool   // https://host/bucket instead of https://bucket.host

	Bodies string // bucket of sealed bodies
	Log    string // bucket of the audit log, with object lock
	Spool  string // bucket of files as received

	LogYears int           // how long nobody can change or delete what is published of the log; from 1
	BodyDays int           // after how many days the store itself deletes bodies that retention has left; 62 when 0
	Wait     time.Duration // longest wait for one call, its retries included; 30 s when 0
}

const (
	tries       = 3  // of one request
	atOnce      = 32 // requests of one store that are under way at the same time
	defaultWait = 30 * time.Second
	defaultDays = 62 // the content of a signal lives 30 days
)

// Store is one S3 store. Safe for concurrent use.
type Store struct {
	c      Config
	client *minio.Core
	turns  chan struct{} // one place per request that is under way
	plain  http.RoundTripper
}

// Open checks the configuration and reads the secret; it asks the store nothing.
func Open(c Config) (*Store, error) {
	secret, err := c.check()
	if err != nil {
		return nil, err
	}
	return open(c, credentials.NewStaticV4(c.KeyID, secret, ""))
}

func open(c Config, as *credentials.Credentials) (*Store, error) {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Wait == 0 {
		c.Wait = defaultWait
	}
	if c.BodyDays == 0 {
		c.BodyDays = defaultDays
	}
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, errors.New("s3: the endpoint is no address")
	}
	lookup := minio.BucketLookupDNS
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(u.Host, &minio.Options{Creds: as, Secure: true, Transport: transport, Region: c.Region,
		BucketLookup: lookup, TrailingHeaders: true, MaxRetries: tries})
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	return &Store{c: c, client: core, turns: make(chan struct{}, atOnce), plain: transport}, nil
}

// check refuses what is missing, and gives the secret.
func (c Config) check() (secret string, err error) {
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil || u.RawQuery != "":
		return "", errors.New("s3: the endpoint must be https://host or https://host:port; without TLS nothing is sent")
	case c.KeyID == "":
		return "", errors.New("s3: the key id is missing")
	case c.Bodies == "" || c.Log == "" || c.Spool == "":
		return "", errors.New("s3: name three buckets: of bodies, of the log and of the spool")
	case c.Bodies == c.Log || c.Log == c.Spool || c.Spool == c.Bodies:
		return "", errors.New("s3: bodies, log and spool each need a bucket of their own: only the log may be locked")
	case c.LogYears < 1 || c.LogYears > 100:
		return "", errors.New("s3: say for how many years (1 to 100) the log is locked")
	case c.BodyDays < 0 || c.Wait < 0:
		return "", errors.New("s3: a term is negative")
	}
	text, err := os.ReadFile(c.SecretFile)
	if err != nil {
		return "", fmt.Errorf("s3: read the secret: %w", err)
	}
	if secret = strings.TrimSpace(string(text)); secret == "" {
		return "", errors.New("s3: the file of the secret is empty")
	}
	return secret, nil
}

// transport takes no proxy from the environment and no certificate outside the authority.
func (c Config) transport() (*http.Transport, error) {
	var pool *x509.CertPool
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("s3: read the authority of the store: %w", err)
		}
		if pool = x509.NewCertPool(); !pool.AppendCertsFromPEM(pem) {
			return nil, errors.New("s3: the file of the authority holds no certificate")
		}
	}
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: c.Wait,
		IdleConnTimeout:       time.Minute,
		MaxIdleConns:          2 * atOnce,
		MaxIdleConnsPerHost:   2 * atOnce,
		DisableCompression:    true, // what is stored is what is read
	}, nil
}

// each does n things at the same time, within the turns of the store, and gives the first error; that one ends the others.
func (s *Store) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	if err := ctx.Err(); err != nil {
		return s.fail("", "", err)
	}
	if n == 1 {
		return s.turn(ctx, func(ctx context.Context) error { return do(ctx, 0) })
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		done  sync.WaitGroup
		once  sync.Once
		first error
	)
	for i := range n {
		done.Go(func() {
			if err := s.turn(ctx, func(ctx context.Context) error { return do(ctx, i) }); err != nil {
				once.Do(func() { first = err; cancel(err) })
			}
		})
	}
	done.Wait()
	return first
}

// turn waits for a place and bounds the time of what is done in it.
func (s *Store) turn(ctx context.Context, do func(ctx context.Context) error) error {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return s.fail("", "", ctx.Err())
	}
	ctx, cancel := context.WithTimeout(ctx, s.c.Wait)
	defer cancel()
	return do(ctx)
}

// turnForLong waits for a place; what is done in it takes as long as whoever sends takes.
func (s *Store) turnForLong(ctx context.Context, do func() error) error {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
		return do()
	case <-ctx.Done():
		return s.fail("", "", ctx.Err())
	}
}
