// SPDX-License-Identifier: EUPL-1.2

package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/seinhuis/seinhuis/gateway"
)

// Verdict is what a trial of the store came to.
type Verdict string

const (
	// Sound: it does what the gateway needs.
	Sound Verdict = "in-orde"
	// Noted: it lacks something that the gateway can do without.
	Noted Verdict = "opgemerkt"
	// Refused: the gateway does not start with such a store.
	Refused Verdict = "geweigerd"
)

// Finding is what one trial found.
type Finding struct {
	Check   string // name of the trial
	Bucket  string
	Verdict Verdict
	Text    string // one sentence: what the store does, and who must do something about it
}

const (
	// probePrefix is where trials put their objects.
	probePrefix = "proef/"
	// maxSkew is the difference of clocks at which retention and orphans would be judged wrong.
	maxSkew = 5 * time.Minute
	// probeLock is how long the object of the lock's trial cannot be deleted. It exceeds maxSkew, so that it lies ahead for
	// the store too.
	probeLock = 2 * maxSkew
	// probeRest is how old the object of an earlier trial is when it is surely nobody's any more.
	probeRest = time.Hour
)

func isProbe(name string) bool { return strings.HasPrefix(name, probePrefix) }

// trial tries one bucket out.
type trial struct {
	*Store
	bucket string
	name   string // the object that it works on
	found  []Finding
	over   bool // further trials would judge wrong
}

// Probe tries out whether the store does what it says: every trial writes, reads and erases objects of its own. The error
// is KindUnavailable when the store does not answer or a trial refused it, and joins the sentences of all refusals. Called
// at the start of a node, before it serves, and by seinhuis doctor.
func (s *Store) Probe(ctx context.Context) ([]Finding, error) {
	var all []Finding
	var refusals []error
	for _, bucket := range []string{s.c.Bodies, s.c.Log, s.c.Spool} {
		t := &trial{Store: s, bucket: bucket, name: probePrefix + string(gateway.NewUUID(time.Now(), nil))}
		err := t.run(ctx)
		t.clear(ctx)
		all = append(all, t.found...)
		for _, f := range t.found {
			if f.Verdict == Refused {
				refusals = append(refusals, &refusal{f.Text, nil})
			}
		}
		if err != nil { // the next bucket would fail as this one did
			refusals = append(refusals, gateway.AsError(err).Cause)
			break
		}
	}
	if len(refusals) > 0 {
		return all, gateway.Fail(gateway.KindUnavailable, errors.Join(refusals...))
	}
	return all, nil
}

// run does the trials in order; after one that says that the others would judge wrong it stops. An error is a call that the
// store does not answer, or refuses to the gateway.
func (t *trial) run(ctx context.Context) error {
	trials := []func(context.Context) error{t.readsBack, t.checksClock, t.keepsConditions, t.checksSums, t.givesRanges, t.joinsParts, t.shutsOut, t.erases, t.encrypts, t.clears}
	if t.bucket == t.c.Log {
		trials = append([]func(context.Context) error{t.mayLock}, append(trials, t.locks)...)
	}
	for _, try := range trials {
		ctx, cancel := context.WithTimeout(ctx, t.c.Wait)
		err := try(ctx)
		cancel()
		if err != nil || t.over {
			return err
		}
	}
	return nil
}

func (t *trial) say(check string, v Verdict, text string, args ...any) {
	if v == Sound {
		text = "does what it says"
	}
	t.found = append(t.found, Finding{check, t.bucket, v, fmt.Sprintf(text, args...)})
}

// judge says that a trial went well or why the store is refused.
func (t *trial) judge(check string, ok bool, text string, args ...any) {
	if ok {
		t.say(check, Sound, "")
		return
	}
	t.say(check, Refused, text, args...)
}

// clear removes what this trial made, and what earlier ones left. What is locked goes at a later start.
func (t *trial) clear(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.c.Wait)
	defer cancel()
	var old []minio.ObjectInfo
	for o := range t.client.ListObjectsIter(ctx, t.bucket, minio.ListObjectsOptions{Prefix: probePrefix, Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			return
		}
		if strings.HasPrefix(o.Key, t.name) && !strings.HasSuffix(o.Key, "-slot") || time.Since(o.LastModified) > probeRest {
			old = append(old, minio.ObjectInfo{Key: o.Key, VersionID: o.VersionID})
		}
	}
	if len(old) > 0 {
		_ = t.remove(ctx, t.bucket, old)
	}
}
