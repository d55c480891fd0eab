// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/gateway"
)

// load is reports on their way to several nodes: each is sent at its moment,
// and again to the next node until one gives a receipt.
type load struct {
	client   *http.Client
	nodes    []string // of the doors
	messages []client.Message
	letters  [][]byte
	receipts [][]byte // by place, the first that came
	took     []time.Duration
	tries    atomic.Int64
}

// newLoad signs and encrypts n reports beforehand: the sender is not what is
// measured.
func newLoad(t testing.TB, s *story, nodes []string, n int) *load {
	t.Helper()
	w := s.world
	f := &forge{story: s, roots: poolOf(w), persons: newPeople(6, gateway.Today(w.now))}
	signer, err := signerIn(w.folder(demoCreditors[energy]))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.fetchRecipient(context.Background()); err != nil {
		t.Fatal(err)
	}
	pair, err := pairIn(w.folder(demoCreditors[energy]))
	if err != nil {
		t.Fatal(err)
	}
	l := &load{nodes: nodes, messages: make([]client.Message, n), letters: make([][]byte, n), receipts: make([][]byte, n), took: make([]time.Duration, n)}
	for i := range n {
		l.messages[i], err = client.Prepare(f.persons.report(gateway.ReportEnergy, i%len(demoMunicipalities)))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := inParallel(4, n, func(i int) (err error) {
		l.letters[i], err = jose.Wrap(l.messages[i].Payload(), signer, f.recipient)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	l.client = &http.Client{Timeout: 8 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64, // the door bounds connections of one address
		DialContext:     (&net.Dialer{Timeout: time.Second}).DialContext,
		TLSClientConfig: &tls.Config{RootCAs: f.roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}}}
	return l
}

// run sends at a rate, whatever the answers do, and waits for every receipt.
// during hears how many were sent, in its own time.
func (l *load) run(ctx context.Context, perSecond int, during func(sent int)) error {
	begin := time.Now()
	var sending sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for i := range l.letters {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		during(i)
		sending.Go(func() {
			if err := l.send(ctx, i, due); err != nil {
				mu.Lock()
				failed = errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	sending.Wait()
	return failed
}

// send tries node after node. A report has a hang guard of ten minutes.
func (l *load) send(ctx context.Context, i int, due time.Time) error {
	var last error
	for n := 0; time.Since(due) < 10*time.Minute; n++ {
		l.tries.Add(1)
		receipt, again, err := l.once(ctx, l.nodes[(i+n)%len(l.nodes)], i)
		if err == nil {
			l.receipts[i], l.took[i] = receipt, time.Since(due)
			return nil
		}
		if !again {
			return err
		}
		last = fmt.Errorf("try %d: %w", n, err)
		time.Sleep(time.Duration(min(n, 5)) * 40 * time.Millisecond)
	}
	return fmt.Errorf("report %d got no receipt: %w", i, last)
}

// once sends one report to one node. again says that another may do better: no
// answer, or 503.
func (l *load) once(ctx context.Context, node string, i int) (receipt []byte, again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, node+"/v1/meldingen/"+string(l.messages[i].ID()), bytes.NewReader(l.letters[i]))
	if err != nil {
		return nil, false, err
	}
	request.Header.Set("Content-Type", "application/jose")
	response, err := l.client.Do(request)
	if err != nil {
		return nil, true, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, true, err
	case response.StatusCode == http.StatusCreated || response.StatusCode == http.StatusOK:
		return body, false, nil
	}
	again = response.StatusCode == http.StatusServiceUnavailable || response.StatusCode == http.StatusTooManyRequests
	return nil, again, fmt.Errorf("status %d: %s", response.StatusCode, body)
}

// repeat sends every report again to another node than before and wants the
// same bytes (invariant I3).
func (l *load) repeat(t testing.TB) {
	t.Helper()
	if err := inParallel(32, len(l.letters), func(i int) error {
		for try := range 50 {
			receipt, again, err := l.once(context.Background(), l.nodes[(i+1+try)%len(l.nodes)], i)
			if again {
				time.Sleep(100 * time.Millisecond)
				continue
			}
			if err == nil && !bytes.Equal(receipt, l.receipts[i]) {
				err = fmt.Errorf("report %d: another receipt on repetition", i)
			}
			return err
		}
		return fmt.Errorf("report %d: no answer on repetition", i)
	}); err != nil {
		t.Error(err)
	}
}

// spread gives percentiles of the time from a report's moment to its receipt,
// with every repetition in it.
func (l *load) spread() (half, most, worst time.Duration) {
	sorted := slices.Clone(l.took)
	slices.Sort(sorted)
	return sorted[len(sorted)/2], sorted[len(sorted)*99/100], sorted[len(sorted)-1]
}
