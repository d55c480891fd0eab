// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// bench is a store that is reached through something that a test can make fail.
type bench struct {
	*s3test.Between
	*s3test.Raw
	c      s3.Config
	bodies *s3.Bodies
	tiles  *s3.Tiles
	spool  *s3.Spool
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server := s3test.Start(t)
	between := server.Between(t)
	store, c := between.Store(t)
	return &bench{between, server.Raw(t), c, store.Bodies(), store.Tiles(), store.Spool()}
}

func (b *bench) count(method string) (n int) {
	for _, r := range b.Seen() {
		if strings.HasPrefix(r, method+" ") {
			n++
		}
	}
	return n
}

func two() []seal.Body {
	return []seal.Body{gatewaytest.SealedBody("GM0268/2026-11", 1, 3000), gatewaytest.SealedBody("GM0268/2026-11", 2, 3000)}
}

func (b *bench) put(t *testing.T) []mailbox.Place {
	t.Helper()
	places, err := b.bodies.Put(t.Context(), two())
	if err != nil {
		t.Fatal(err)
	}
	return places
}

func (b *bench) wantTwo(t *testing.T, places []mailbox.Place) {
	t.Helper()
	got, err := b.bodies.Get(t.Context(), places)
	if err != nil || !bytes.Equal(got[0], two()[0].Wrapped) || !bytes.Equal(got[1], two()[1].Wrapped) {
		t.Errorf("%d bodies, %v", len(got), err)
	}
}

func wantUnavailable(t *testing.T, err error, texts ...string) {
	t.Helper()
	if e := gateway.AsError(err); e == nil || e.Kind != gateway.KindUnavailable || errors.Is(err, mailbox.ErrBody) {
		t.Errorf("error %v", err)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}

// The store did it and the answer got lost: the retry finds its own object and is content.
func TestPutAnsweredTwice(t *testing.T) {
	for name, play := range map[string]s3test.Play{
		"the answer is lost": func(r *http.Request, pass pass) *http.Response { pass(r); return nil },
		"the answer is 503": func(r *http.Request, pass pass) *http.Response {
			pass(r)
			return s3test.Answer(http.StatusServiceUnavailable, "SlowDown")
		},
		"the request came twice": func(r *http.Request, pass pass) *http.Response { pass(r); return pass(r) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.First(http.MethodPut, "GM0268", play)
			places := b.put(t)
			if all := b.Versions(b.c.Bodies); len(all) != 1 || all[0].Name != places[0].Object {
				t.Errorf("in the bucket: %v", all)
			}
			b.wantTwo(t, places)
		})
	}
}

// Another object has the name: it stays as it is, and the bodies get another name.
func TestPutNameTaken(t *testing.T) {
	b := newBench(t)
	var taken string
	b.First(http.MethodPut, "GM0268", func(r *http.Request, pass pass) *http.Response {
		taken = strings.TrimPrefix(r.URL.Path, "/"+b.c.Bodies+"/")
		b.Put(b.c.Bodies, taken, []byte("somebody else's"))
		return pass(r)
	})
	places := b.put(t)
	if places[0].Object == taken || string(b.Bytes(b.c.Bodies, taken)) != "somebody else's" {
		t.Errorf("%s was taken and holds %q", taken, b.Bytes(b.c.Bodies, taken))
	}
	b.wantTwo(t, places)
}

// One of three objects fails: the whole fails, and what came in is listed as orphans and can be erased.
func TestPutHalf(t *testing.T) {
	b := newBench(t)
	b.Play(func(r *http.Request, pass pass) *http.Response {
		if strings.Contains(r.URL.Path, "GM0546") {
			return s3test.Answer(http.StatusForbidden, "AccessDenied")
		}
		return pass(r)
	})
	all := []seal.Body{gatewaytest.SealedBody("GM0268/2026-11", 1, 9), gatewaytest.SealedBody("GM0546/2026-11", 2, 9), gatewaytest.SealedBody("GM0034/2026-11", 3, 9)}
	places, err := b.bodies.Put(t.Context(), all)
	wantUnavailable(t, err, "refuses s3:PutObject", b.c.Bodies, "policy.json", "store's operator")
	if places != nil {
		t.Error("there are places after an error")
	}
	b.Play(nil)
	for o, err := range b.bodies.Before(t.Context(), time.Now().Add(time.Hour)) {
		if err = errors.Join(err, b.bodies.Erase(t.Context(), []string{o.Name})); err != nil {
			t.Error(err)
		}
	}
	if left := b.Versions(b.c.Bodies); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// The store says that it stored other bytes.
func TestPutOtherChecksum(t *testing.T) {
	b := newBench(t)
	b.Play(func(r *http.Request, pass pass) *http.Response {
		answer := pass(r)
		if sum := sha256.Sum256([]byte("x")); r.Method == http.MethodPut {
			answer.Header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
		}
		return answer
	})
	_, err := b.bodies.Put(t.Context(), two())
	wantUnavailable(t, err, "other bytes")
}

// Busy for a moment is nobody's concern; busy for long is an error after a bounded number of tries.
func TestStoreBusy(t *testing.T) {
	b := newBench(t)
	busy := func(*http.Request, pass) *http.Response {
		return s3test.Answer(http.StatusServiceUnavailable, "SlowDown")
	}
	b.First(http.MethodPut, "GM0268", busy)
	places := b.put(t)
	b.First(http.MethodGet, "GM0268", busy)
	b.wantTwo(t, places)
	b.Play(busy)
	_, err := b.bodies.Put(t.Context(), two())
	wantUnavailable(t, err, "503 SlowDown", "busy or ill")
	if n := b.count(http.MethodPut); n != 3 {
		t.Errorf("%d tries", n)
	}
	var done sync.WaitGroup // each waits between its tries
	for name, call := range map[string]func() error{
		"get":   func() error { _, err := b.bodies.Get(t.Context(), places); return err },
		"erase": func() error { return b.bodies.Erase(t.Context(), []string{places[0].Object}) },
		"read":  func() error { _, err := b.tiles.Read(t.Context(), "checkpoint"); return err },
		"write": func() error { return b.tiles.Write(t.Context(), files("tile/0/000", "x")) },
		"spool": func() error { _, _, err := b.spool.Put(t.Context(), "x", strings.NewReader("x")); return err },
		"names": func() error { _, err := b.spool.Names(t.Context()); return err },
		"open":  func() error { _, err := b.spool.Open(t.Context(), "x"); return err },
	} {
		done.Go(func() {
			if err := call(); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindUnavailable || !strings.Contains(err.Error(), "503") {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	done.Wait()
}

// A body of which the answer breaks off is asked again; one that always does is not taken for an altered one.
func TestGetHalf(t *testing.T) {
	b := newBench(t)
	places := b.put(t)
	half := func(r *http.Request, pass pass) *http.Response { return s3test.Half(pass(r)) }
	b.First(http.MethodGet, "GM0268", half)
	b.wantTwo(t, places)
	if n := b.count(http.MethodGet); n != 2 {
		t.Errorf("%d requests for two bodies beside each other, of which one was cut", n)
	}
	b.Play(half)
	got, err := b.bodies.Get(t.Context(), places)
	wantUnavailable(t, err)
	if n := b.count(http.MethodGet); got != nil || n != 3 {
		t.Errorf("%d bodies after %d tries", len(got), n)
	}
}

// Somebody changed what is in the bucket.
func TestGetAltered(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"one bit":   func(data []byte) []byte { data[100] ^= 4; return data },
		"the tag":   func(data []byte) []byte { data[3000+15] ^= 1; return data },
		"shortened": func(data []byte) []byte { return data[:3000] },
		"a byte":    func(data []byte) []byte { return data[:len(data)-1] },
		"empty":     func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			places := b.put(t)
			b.Put(b.c.Bodies, places[0].Object, change(b.Bytes(b.c.Bodies, places[0].Object)))
			_, err := b.bodies.Get(t.Context(), places)
			if !errors.Is(err, mailbox.ErrBody) || gateway.AsError(err).Kind == gateway.KindUnavailable || !strings.Contains(err.Error(), places[0].Object) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A store that gives the whole where a part was asked is not believed.
func TestGetWithoutRanges(t *testing.T) {
	b := newBench(t)
	places := b.put(t)
	b.Play(func(r *http.Request, pass pass) *http.Response { r.Header.Del("Range"); return pass(r) })
	_, err := b.bodies.Get(t.Context(), places[1:])
	wantUnavailable(t, err, "whole object")
}

// Nobody answers: the caller gives up, or the store's time is over.
func TestLate(t *testing.T) {
	b := newBench(t)
	places := b.put(t)
	ctx, cancel := context.WithCancel(t.Context())
	b.Play(func(r *http.Request, _ pass) *http.Response {
		cancel() // the caller gives up once the store has the request
		<-r.Context().Done()
		return nil
	})
	_, err := b.bodies.Put(ctx, two())
	wantUnavailable(t, err, "gave up")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the cause is lost: %v", err)
	}
	b.c.Wait = 50 * time.Millisecond
	store, err := s3.Open(b.c)
	if err != nil {
		t.Fatal(err)
	}
	b.Play(func(r *http.Request, _ pass) *http.Response { <-r.Context().Done(); return nil })
	_, err = store.Bodies().Get(t.Context(), places)
	wantUnavailable(t, err, "in time")
	_, err = store.Tiles().Read(t.Context(), "checkpoint")
	wantUnavailable(t, err, "in time")
}

// Each cause has a sentence that says who must act.
func TestSentences(t *testing.T) {
	b := newBench(t)
	for code, says := range map[string]string{
		"AccessDenied":          "refuses s3:GetObject",
		"SignatureDoesNotMatch": "does not take key id",
		"InvalidAccessKeyId":    "gateway's operator must put the right one",
		"RequestTimeTooSkewed":  "clocks",
		"NoSuchBucket":          "is not there",
		"SomethingElse":         "403 SomethingElse",
	} {
		b.Play(func(*http.Request, pass) *http.Response { return s3test.Answer(http.StatusForbidden, code) })
		_, err := b.tiles.Read(t.Context(), "checkpoint")
		wantUnavailable(t, err, says)
		if strings.Contains(err.Error(), "proef") && !strings.Contains(err.Error(), "key id proef") {
			t.Errorf("the store's own text shows: %v", err)
		}
	}
	other := filepath.Join(t.TempDir(), "geheim")
	if err := os.WriteFile(other, []byte("wrong secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	elsewhere := mtlstest.NewRoot(t, time.Now())
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pemOf(elsewhere.Certificate.Raw), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(c *s3.Config){
		"does not take key id":     func(c *s3.Config) { c.SecretFile, c.Endpoint = other, s3test.Start(t).Endpoint },
		"is not trusted":           func(c *s3.Config) { c.CAFile = ca },
		"does not answer as one":   func(c *s3.Config) { c.Endpoint = "https://127.0.0.1:1" },
		"bucket nobody is not the": func(c *s3.Config) { c.Bodies, c.Endpoint = "nobody", s3test.Start(t).Endpoint },
	} {
		b.Play(nil)
		c := b.c
		change(&c)
		store, err := s3.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.Bodies().Put(t.Context(), two())
		wantUnavailable(t, err, says)
		_, err = store.Probe(t.Context())
		wantUnavailable(t, err, says)
	}
}

// A checkpoint whose answer was lost is there once, and one that another writer replaced meanwhile is judged anew.
func TestCheckpointFaults(t *testing.T) {
	b := newBench(t)
	write(t, b.tiles, "checkpoint", checkpoint(5, "five"))
	b.First(http.MethodPut, "/checkpoint", func(r *http.Request, pass pass) *http.Response {
		if strings.Contains(r.URL.Path, "/checkpoints/") {
			return pass(r)
		}
		pass(r)
		return nil
	})
	write(t, b.tiles, "checkpoint", checkpoint(6, "six"))
	if got, err := b.tiles.Read(t.Context(), "checkpoint"); err != nil || !strings.Contains(string(got), "six") {
		t.Errorf("%q, %v", got, err)
	}
	for _, other := range []int{7, 90} { // in this order: a log only grows
		want := other < 20
		var raced atomic.Bool
		b.Play(func(r *http.Request, pass pass) *http.Response {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/checkpoint") && !raced.Swap(true) {
				b.Put(b.c.Log, "checkpoint", []byte(checkpoint(other, "another writer's")))
			}
			return pass(r)
		})
		err := b.tiles.Write(t.Context(), files("checkpoint", checkpoint(20+other/10, "ours")))
		if (err == nil) != want || !raced.Load() {
			t.Errorf("raced by %d: %v", other, err)
		}
	}
}

// What happens to a file under way.
func TestSpoolFaults(t *testing.T) {
	b := newBench(t)
	large := bytes.Repeat([]byte("synthetic "), 4<<20)
	sum := sha256.Sum256(large)
	b.First(http.MethodPost, "uploadId", func(r *http.Request, pass pass) *http.Response { pass(r); return nil })
	if size, got, err := b.spool.Put(t.Context(), "large", bytes.NewReader(large)); err != nil || size != int64(len(large)) || got != sum {
		t.Errorf("the answer to the last step was lost: %d bytes, %v", size, err)
	}
	b.Play(func(r *http.Request, pass pass) *http.Response {
		if r.Method == http.MethodPut && strings.Contains(r.URL.RawQuery, "partNumber=2") {
			return s3test.Answer(http.StatusServiceUnavailable, "SlowDown")
		}
		return pass(r)
	})
	_, _, err := b.spool.Put(t.Context(), "other", bytes.NewReader(large))
	wantUnavailable(t, err, "503")
	if all := b.Versions(b.c.Spool); len(all) != 1 || all[0].Name != "large" || b.Uploads(b.c.Spool) != 0 {
		t.Errorf("versions %v, %d uploads", all, b.Uploads(b.c.Spool))
	}
	// Reading is taken up where it broke off.
	b.First(http.MethodGet, "/large", func(r *http.Request, pass pass) *http.Response { return s3test.Half(pass(r)) })
	if got, err := readSpooled(t, b, "large"); err != nil || !bytes.Equal(got, large) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	// A file that was replaced meanwhile is not read on as if it were one.
	b.First(http.MethodGet, "/large", func(r *http.Request, pass pass) *http.Response {
		answer := s3test.Half(pass(r))
		b.Put(b.c.Spool, "large", bytes.Repeat([]byte("another one "), 4<<20)[:len(large)])
		return answer
	})
	_, err = readSpooled(t, b, "large")
	wantUnavailable(t, err)
	b.Play(func(r *http.Request, pass pass) *http.Response {
		if r.Method == http.MethodHead {
			return s3test.Answer(http.StatusNotFound, "NoSuchKey")
		}
		return pass(r)
	})
	_, _, err = b.spool.Put(t.Context(), "gone", strings.NewReader("x"))
	wantUnavailable(t, err, "does not have what it was just given")
	b.Play(func(r *http.Request, pass pass) *http.Response {
		answer := pass(r)
		if r.Method == http.MethodHead {
			answer.ContentLength = 5
		}
		return answer
	})
	_, _, err = b.spool.Put(t.Context(), "shorter", strings.NewReader("longer than five"))
	wantUnavailable(t, err, "another size")
	for _, v := range b.Versions(b.c.Spool) {
		if v.Name == "shorter" {
			t.Error("a file of which the store says another size is left")
		}
	}
}
