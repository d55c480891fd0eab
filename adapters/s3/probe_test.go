// SPDX-License-Identifier: EUPL-1.2

package s3_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/s3"
	"github.com/seinhuis/seinhuis/adapters/s3/s3test"
	"github.com/seinhuis/seinhuis/gateway"
)

type pass = func(*http.Request) *http.Response

func findings(all []s3.Finding, v s3.Verdict) (found []string) {
	for _, f := range all {
		if f.Verdict == v {
			found = append(found, f.Check)
		}
	}
	return found
}

func TestProbeTakesAStoreThatDoesWhatItSays(t *testing.T) {
	server := s3test.Start(t)
	store, c := server.Store(t)
	for range 2 { // and again, with what the first one left
		all, err := store.Probe(t.Context())
		if err != nil || len(findings(all, s3.Refused)) > 0 || len(findings(all, s3.Noted)) > 0 || len(all) < 27 {
			t.Fatalf("%v\n%v", err, all)
		}
	}
	for _, bucket := range []string{c.Bodies, c.Log, c.Spool} {
		for _, v := range server.Raw(t).Versions(bucket) {
			if !strings.HasSuffix(v.Name, "-slot") {
				t.Errorf("%s is left in %s", v.Name, bucket)
			}
		}
	}
	for o, err := range store.Bodies().Before(t.Context(), time.Now().Add(time.Hour)) {
		t.Errorf("a trial shows among the bodies: %s, %v", o.Name, err)
	}
}

// lies are what a store may do wrong without saying so, and the trial that finds it.
var lies = map[string]struct {
	play    s3test.Play
	verdict s3.Verdict
	check   string
	must    string // who must act
}{
	"overwrites whatever the condition": {func(r *http.Request, pass pass) *http.Response {
		r.Header.Del("If-None-Match")
		return pass(r)
	}, s3.Refused, "voorwaarden", "store's operator"},
	"replaces another version than was read": {func(r *http.Request, pass pass) *http.Response {
		r.Header.Del("If-Match")
		return pass(r)
	}, s3.Refused, "voorwaarden", "store's operator"},
	"has not yet what was stored": {func(r *http.Request, pass pass) *http.Response {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "proef/") {
			return s3test.Answer(http.StatusNotFound, "NoSuchKey")
		}
		return pass(r)
	}, s3.Refused, "teruglezen", "store's operator"},
	"checks no checksum": {func(r *http.Request, pass pass) *http.Response {
		r.Header.Del("X-Amz-Checksum-Sha256")
		return pass(r)
	}, s3.Refused, "controlesom", "store's operator"},
	"gives the whole for a part": {func(r *http.Request, pass pass) *http.Response {
		r.Header.Del("Range")
		return pass(r)
	}, s3.Refused, "delen lezen", "store's operator"},
	"says that it erased": {func(r *http.Request, pass pass) *http.Response {
		switch {
		case r.Method == http.MethodDelete:
			return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}
		case r.Method == http.MethodPost && r.URL.Query().Has("delete"):
			return s3test.Say(s3test.Answer(http.StatusOK, ""), `<DeleteResult></DeleteResult>`)
		}
		return pass(r)
	}, s3.Refused, "wissen", "store's operator"},
	"locks nothing": {func(r *http.Request, pass pass) *http.Response {
		r.Header.Del("X-Amz-Object-Lock-Mode")
		r.Header.Del("X-Amz-Object-Lock-Retain-Until-Date")
		return pass(r)
	}, s3.Refused, "slot", "store's operator"},
	"shows all to all": {func(r *http.Request, pass pass) *http.Response {
		if r.Header.Get("Authorization") == "" {
			r.Header.Set("Authorization", "the store signs for whoever asks")
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		}
		return pass(r)
	}, s3.Refused, "afscherming", "at once"},
	"lives six minutes ago": {func(r *http.Request, pass pass) *http.Response {
		answer := pass(r)
		answer.Header.Set("Date", time.Now().Add(-6*time.Minute).UTC().Format(http.TimeFormat))
		return answer
	}, s3.Refused, "klok", "whoever runs"},
	"encrypts nothing": {func(r *http.Request, pass pass) *http.Response {
		for _, name := range []string{"Algorithm", "Key", "Key-Md5"} {
			r.Header.Del("X-Amz-Server-Side-Encryption-Customer-" + name)
		}
		return pass(r)
	}, s3.Noted, "versleuteling", "does not use it"},
}

func TestProbeRefusesAStoreThatLies(t *testing.T) {
	server := s3test.Start(t)
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			between := server.Between(t)
			store, _ := between.Store(t)
			between.Play(lie.play)
			all, err := store.Probe(t.Context())
			if (err != nil) != (lie.verdict == s3.Refused) || err != nil && gateway.AsError(err).Kind != gateway.KindUnavailable {
				t.Errorf("error %v", err)
			}
			found := false
			for _, f := range all {
				if f.Verdict == lie.verdict && f.Check == lie.check {
					found = strings.Contains(f.Text, lie.must) && (err == nil || strings.Contains(err.Error(), f.Text))
				} else if f.Verdict != s3.Sound && f.Check != lie.check {
					t.Errorf("also %v", f)
				}
			}
			if !found {
				t.Errorf("%s is not %s: %v\n%v", lie.check, lie.verdict, all, err)
			}
		})
	}
}

// What is wrong with the buckets themselves.
func TestProbeRefusesBuckets(t *testing.T) {
	server := s3test.Start(t)
	raw := server.Raw(t)
	open := func(c s3.Config) *s3.Store {
		store, err := s3.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	c := server.Config(t)
	if _, err := open(c).Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Errorf("no buckets: %v", err)
	}
	for name, lock := range map[string]bool{c.Bodies: false, c.Log: false, c.Spool: false} {
		raw.MakeBucket(name, lock)
	}
	if all, err := open(c).Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "no object lock") || len(findings(all, s3.Noted)) != 2 {
		t.Errorf("no object lock, no rules: %v, %v", err, all)
	}
	if err := open(c).Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "no object lock") {
		t.Errorf("prepared a log bucket without lock: %v", err)
	}
	store, c := server.Store(t)
	raw.LockAll(c.Log)
	if _, err := store.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "locks everything") {
		t.Errorf("default retention: %v", err)
	}
	store, c = server.Store(t)
	raw.Publish(c.Bodies)
	if _, err := store.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "anyone can read") {
		t.Errorf("a public bucket: %v", err)
	}
}
