// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// BenchmarkDoor is a report from the client's socket to its durable receipt:
// gin, mutual TLS, keep-alive, 64 in flight, fsync on, with the client on the
// same cores. The letters are signed and encrypted beforehand.
func BenchmarkDoor(b *testing.B) {
	w, err := makeWorld(b.Context(), b.TempDir(), discard(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	stop := w.serve(b.Context())
	s := &story{world: w, out: io.Discard}
	if err := s.introduce(b.Context()); err != nil {
		b.Fatal(err)
	}
	f := &forge{story: s, roots: poolOf(w), persons: newPeople(5, gateway.Today(w.now))}
	signer, err := signerIn(w.folder(demoCreditors[energy]))
	if err != nil {
		b.Fatal(err)
	}
	if err := f.fetchRecipient(b.Context()); err != nil {
		b.Fatal(err)
	}
	pair, err := pairIn(w.folder(demoCreditors[energy]))
	if err != nil {
		b.Fatal(err)
	}
	paths, tokens := make([]string, b.N), make([][]byte, b.N)
	for i := range tokens {
		m, err := client.Prepare(f.persons.report(gateway.ReportEnergy, i%3))
		if err != nil {
			b.Fatal(err)
		}
		paths[i] = w.url + "/v1/meldingen/" + string(m.ID())
		if tokens[i], err = jose.Wrap(m.Payload(), signer, f.recipient); err != nil {
			b.Fatal(err)
		}
	}
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128,
		TLSClientConfig: &tls.Config{RootCAs: f.roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}}}
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := next.Add(1) - 1
			if err := put(c, paths[i], tokens[i]); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	if err := stop(); err != nil {
		b.Error(err)
	}
	if err := w.close(); err != nil {
		b.Error(err)
	}
}

func put(c *http.Client, url string, token []byte) error {
	request, err := http.NewRequest(http.MethodPut, url, bytes.NewReader(token))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/jose")
	response, err := c.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusCreated {
		err = fmt.Errorf("status %d: %s", response.StatusCode, body)
	}
	return err
}
