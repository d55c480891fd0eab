// SPDX-License-Identifier: EUPL-1.2

package batch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

func TestWholeFile(t *testing.T) {
	w := newWorld(t)
	s, content := w.submission(), w.papers(1500)
	twin := content[:bytes.IndexByte(content, '\n')+1]
	content = append(append(content, twin...), "not a report\n{\"meldingId\":\"x\"}"...)
	r := w.receive(t, s, content)
	if r.State != batch.Received || r.Sealed == (gateway.Digest{}) || r.Next != 1 {
		t.Errorf("received: %+v", r)
	}
	r = w.work(t, w.desk, s)
	if r.State != batch.Done || r.Lines != 1503 || r.Accepted != 1500 || r.Duplicate != 1 || r.Refused != 2 || r.Payload != gateway.DigestOf(content) {
		t.Fatalf("done: %+v", r)
	}
	all, raw := w.outcomes(t, s)
	for i, o := range all {
		if o.Line != int64(i+1) {
			t.Fatalf("line %d stands at %d", o.Line, i+1)
		}
	}
	if all[1500].Kind != "dubbel" || all[1500].Receipt != all[0].Receipt || all[0].Receipt == "" || all[1501].Kind != "geweigerd" ||
		all[1501].Findings[0].Code != gateway.CodeNotJSON || len(all[1502].Findings) < 5 {
		t.Errorf("outcomes: %+v", all[1500:])
	}
	payload, err := gatewaytest.Unsign(r.Summary)
	if err != nil || !bytes.Contains(payload, []byte(gateway.DigestOf(raw).String())) || !bytes.Contains(payload, []byte(r.Payload.String())) {
		t.Errorf("summary %s, error %v", payload, err)
	}
	if e := w.events(); e["aanlevering-ontvangen"] != 1 || e["aanlevering-gereed"] != 1 || e["melding-ontvangen"] != 1500 ||
		e["melding-geweigerd"] != 2 || e["melding-herhaald"] != 1 || e["bewijs-gegeven"] != 1 {
		t.Errorf("log: %v", e)
	}
	if w.memory.Bodies() != 1500 {
		t.Errorf("%d bodies", w.memory.Bodies())
	}
}

// TestResume: whatever fails between the commit of the journey and that of the
// outcomes, and whoever goes on, every line has one outcome and the first stays
// the first.
func TestResume(t *testing.T) {
	for name, fail := range map[string]func(w *world){
		"answers lost":        func(w *world) { w.lines.fault = gateway.Fail(gateway.KindUnavailable, errors.New("lost")) },
		"a bug once":          func(w *world) { w.lines.fault = errors.New("bug") },
		"fourth write failed": func(w *world) { w.memory.FailWrites(0, 0, 0, gatewaytest.Failed) },
		"every write done, told": func(w *world) {
			w.memory.FailWrites(slices.Repeat([]gatewaytest.Fault{gatewaytest.FailedButDone}, 12)...)
		},
		"writes fail for long": func(w *world) {
			w.memory.FailWrites(slices.Repeat([]gatewaytest.Fault{gatewaytest.Sound, gatewaytest.Failed}, 12)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.submission()
			content := w.papers(2200)
			w.receive(t, s, append(content, content[:bytes.IndexByte(content, '\n')]...))
			fail(w)
			r := w.work(t, batch.New(w.ports), s) // another process
			if r.Accepted != 2200 || r.Duplicate != 1 || r.Refused != 0 || w.memory.Bodies() != 2200 {
				t.Errorf("%d accepted, %d duplicate, %d refused, %d bodies", r.Accepted, r.Duplicate, r.Refused, w.memory.Bodies())
			}
			if all, _ := w.outcomes(t, s); len(all) != 2201 || all[0].Kind != "geaccepteerd" || all[2200].Kind != "dubbel" {
				t.Errorf("%d outcomes", len(all))
			}
		})
	}
}

// TestKilled stops the worker at many moments; another goes on.
func TestKilled(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	w.receive(t, s, w.papers(4500))
	for i := range 20 {
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(i)*7*time.Millisecond)
		_ = batch.New(w.ports).Work(ctx)
		stop()
	}
	if r := w.work(t, batch.New(w.ports), s); r.Accepted != 4500 || r.Duplicate+r.Refused != 0 || w.memory.Bodies() != 4500 {
		t.Errorf("%d accepted, %d duplicate, %d refused, %d bodies", r.Accepted, r.Duplicate, r.Refused, w.memory.Bodies())
	}
}

// TestRejectedWhole: what is wrong with a file as a whole changes nothing at
// all.
func TestRejectedWhole(t *testing.T) {
	w := newWorld(t)
	good := w.papers(3)
	long := append(bytes.Clone(good), `{"x":"`+strings.Repeat("a", 1<<20)+`"}`+"\n"...)
	for name, c := range map[string]struct {
		parcel []byte
		layout batch.Layout
		want   []gateway.Code
	}{
		"tampered at the end": {tampered(gatewaytest.Parcel(w.Energy.OIN, good, "")), batch.LayoutNDJSON, []gateway.Code{gateway.CodeSignature}},
		"of another party":    {gatewaytest.Parcel(w.Water.OIN, good, ""), batch.LayoutNDJSON, []gateway.Code{gateway.CodeSignature}},
		"no parcel":           {[]byte("plain"), batch.LayoutNDJSON, []gateway.Code{gateway.CodeUndecryptable}},
		"empty":               {gatewaytest.Parcel(w.Energy.OIN, nil, ""), batch.LayoutNDJSON, []gateway.Code{batch.CodeEmptyFile}},
		"a line of 1 MB":      {gatewaytest.Parcel(w.Energy.OIN, long, ""), batch.LayoutNDJSON, []gateway.Code{batch.CodeLineTooLong}},
		"blank lines": {gatewaytest.Parcel(w.Energy.OIN, slices.Concat([]byte("\n"), good, []byte(" \n")), ""), batch.LayoutNDJSON,
			[]gateway.Code{batch.CodeEmptyLine, batch.CodeEmptyLine}},
		"UTF-16":       {gatewaytest.Parcel(w.Energy.OIN, []byte("\xff\xfe{\x00"), ""), batch.LayoutNDJSON, []gateway.Code{gateway.CodeEncoding}},
		"no such rows": {gatewaytest.Parcel(w.Energy.OIN, good, ""), batch.LayoutCSV, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := w.submission()
			s.Layout = c.layout
			if _, _, err := w.desk.Receive(t.Context(), s, bytes.NewReader(c.parcel)); err != nil {
				t.Fatal(err)
			}
			r := w.work(t, w.desk, s)
			var codes []gateway.Code
			for _, f := range r.Findings {
				codes = append(codes, f.Code)
			}
			if r.State != batch.Rejected || r.Accepted+r.Refused+r.Duplicate != 0 || r.Summary == nil || c.want != nil && !slices.Equal(codes, c.want) || len(codes) == 0 {
				t.Errorf("%s: %v", r.State, codes)
			}
			if all, _ := w.outcomes(t, s); len(all) != 0 || w.memory.Bodies() != 0 || w.lines.calls != 0 {
				t.Errorf("%d outcomes, %d bodies, %d calls of the journey", len(all), w.memory.Bodies(), w.lines.calls)
			}
		})
	}
}

func tampered(b []byte) []byte {
	b[len(b)-1] ^= 1
	return b
}

func TestReplayAndConflict(t *testing.T) {
	for _, when := range []string{"received", "done"} {
		w := newWorld(t)
		s, content := w.submission(), w.papers(3)
		w.receive(t, s, content)
		if when == "done" {
			w.work(t, w.desk, s)
		}
		before, _ := w.spool.Names(t.Context())
		csv, check := s, s
		csv.Layout, check.Check = batch.LayoutCSV, true
		for i, c := range []struct {
			s      batch.Submission
			parcel []byte
			replay bool
		}{
			{s, gatewaytest.Parcel(w.Energy.OIN, content, "1"), true},
			{s, gatewaytest.Parcel(w.Energy.OIN, content, "another envelope"), true},
			{s, gatewaytest.Parcel(w.Energy.OIN, w.papers(3), "1"), false},
			{s, tampered(gatewaytest.Parcel(w.Energy.OIN, content, "1")), false},
			{csv, gatewaytest.Parcel(w.Energy.OIN, content, "1"), false},
			{check, gatewaytest.Parcel(w.Energy.OIN, content, "1"), false},
		} {
			r, replayed, err := w.desk.Receive(t.Context(), c.s, bytes.NewReader(c.parcel))
			if c.replay != replayed || c.replay != (err == nil) || c.replay && r.ID != s.ID || !c.replay && gateway.AsError(err).Kind != gateway.KindConflict {
				t.Errorf("%s, case %d: replayed %t, error %v", when, i, replayed, err)
			}
		}
		if after, _ := w.spool.Names(t.Context()); !slices.Equal(before, after) {
			t.Errorf("%s: spool before %v, after %v", when, before, after)
		}
		other := s
		other.Visit = visit(w.Water) // the id of another creditor is free
		if _, replayed, err := w.desk.Receive(t.Context(), other, bytes.NewReader(nil)); err != nil || replayed {
			t.Errorf("another creditor: %t, %v", replayed, err)
		}
	}
}

func TestReceivedAtOnce(t *testing.T) {
	w := newWorld(t)
	s, content := w.submission(), w.papers(2)
	var mu sync.Mutex
	var all sync.WaitGroup
	first := 0
	for i := range 16 {
		all.Go(func() {
			_, replayed, err := w.desk.Receive(t.Context(), s, bytes.NewReader(gatewaytest.Parcel(w.Energy.OIN, content, fmt.Sprint(i))))
			for err != nil && gateway.AsError(err).Kind == gateway.KindUnavailable { // another is compared just now
				time.Sleep(time.Millisecond)
				_, replayed, err = w.desk.Receive(t.Context(), s, bytes.NewReader(gatewaytest.Parcel(w.Energy.OIN, content, fmt.Sprint(i))))
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if !replayed {
				first++
			}
		})
	}
	all.Wait()
	if names, _ := w.spool.Names(t.Context()); first != 1 || len(names) != 1 {
		t.Errorf("%d were first, %d files", first, len(names))
	}
	if r := w.work(t, w.desk, s); r.Accepted != 2 {
		t.Errorf("%+v", r)
	}
}

func TestReceiveFails(t *testing.T) {
	w := newWorld(t)
	jose := w.submission()
	jose.Envelope = batch.EnvelopeJOSE
	unknown, layout, town := w.submission(), w.submission(), w.submission()
	unknown.Envelope, layout.Layout, town.Visit = "zip", "xml", visit(w.Nijmegen)
	for name, c := range map[string]struct {
		s    batch.Submission
		body io.Reader
		kind gateway.ErrorKind
	}{
		"too large":      {jose, bytes.NewReader(make([]byte, batch.MaxJOSE+1)), gateway.KindTooLarge},
		"envelope":       {unknown, strings.NewReader("x"), gateway.KindInvalid},
		"layout":         {layout, strings.NewReader("x"), gateway.KindInvalid},
		"a municipality": {town, strings.NewReader("x"), gateway.KindForbidden},
		"cut off":        {w.submission(), io.MultiReader(strings.NewReader("x"), &io.LimitedReader{R: brokenReader{}, N: 1}), gateway.KindInternal},
	} {
		if _, _, err := w.desk.Receive(t.Context(), c.s, c.body); gateway.AsError(err) == nil || gateway.AsError(err).Kind != c.kind {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.desk.Status(t.Context(), c.s.Visit, c.s.ID); gateway.AsError(err).Kind != gateway.KindNotFound {
			t.Errorf("%s: something is known of it: %v", name, err)
		}
	}
	if names, _ := w.spool.Names(t.Context()); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
	r, _, err := w.desk.Receive(t.Context(), jose, bytes.NewReader(make([]byte, batch.MaxJOSE)))
	if err != nil || r.Size != batch.MaxJOSE {
		t.Errorf("exactly the limit: %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestStoreFailsOnReceive: an error means that it may be sent again, also when
// the store had written it after all.
func TestStoreFailsOnReceive(t *testing.T) {
	for _, fault := range []gatewaytest.Fault{gatewaytest.Failed, gatewaytest.FailedButDone} {
		w := newWorld(t)
		s, parcel := w.submission(), gatewaytest.Parcel(w.Energy.OIN, w.papers(2), "")
		w.memory.FailWrites(fault)
		if _, _, err := w.desk.Receive(t.Context(), s, bytes.NewReader(parcel)); gateway.AsError(err) == nil {
			t.Error("a failed write was answered as received")
		}
		if _, replayed, err := w.desk.Receive(t.Context(), s, bytes.NewReader(parcel)); err != nil || replayed != (fault == gatewaytest.FailedButDone) {
			t.Errorf("again: %t, %v", replayed, err)
		}
		if r := w.work(t, w.desk, s); r.Accepted != 2 {
			t.Errorf("%+v", r)
		}
	}
}

func TestDryRun(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	s.Check = true
	w.receive(t, s, append(w.papers(300), "[]"...))
	r := w.work(t, w.desk, s)
	all, _ := w.outcomes(t, s)
	if r.State != batch.Done || r.Accepted != 300 || r.Refused != 1 || w.memory.Bodies() != 0 || all[0].Receipt != "" || all[0].Kind != "geaccepteerd" {
		t.Errorf("%+v, %d bodies, %+v", r, w.memory.Bodies(), all[0])
	}
	if e := w.events(); e["melding-gecontroleerd"] != 1 || e["melding-ontvangen"] != 0 {
		t.Errorf("log: %v", e)
	}
}

func TestOthersSeeNothing(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	w.receive(t, s, w.papers(2))
	w.work(t, w.desk, s)
	v := visit(w.Water)
	_, err := w.desk.Status(t.Context(), v, s.ID)
	var b bytes.Buffer
	err2 := w.desk.Outcomes(t.Context(), v, s.ID, &b)
	if gateway.AsError(err).Kind != gateway.KindNotFound || gateway.AsError(err2).Kind != gateway.KindNotFound || b.Len() != 0 {
		t.Errorf("%v, %v, %d bytes", err, err2, b.Len())
	}
	r, err := w.desk.Status(t.Context(), s.Visit, s.ID)
	if err != nil || r.Summary == nil || w.events()["bewijs-gegeven"] != 1 {
		t.Errorf("own: %v, log %v", err, w.events())
	}
}

// TestSuspended: a party that is out stays out, at every moment.
func TestSuspended(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	w.receive(t, s, w.papers(2))
	w.state = gateway.PartySuspended
	if r := w.work(t, w.desk, s); r.State != batch.Rejected || r.Findings[0].Code != gateway.CodePartyInactive || w.memory.Bodies() != 0 {
		t.Errorf("%+v", r)
	}
}

// TestFileLostHalfway: what was answered stays, the rest is refused with a
// reason.
func TestFileLostHalfway(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	r := w.receive(t, s, w.papers(5))
	r.State, r.Lines, r.Next, r.Accepted, r.Payload = batch.Processing, 5, 3, 2, gateway.DigestOf([]byte("other"))
	err := w.memory.Batches.Write(t.Context(), func(tx batch.Tx) error {
		return errors.Join(tx.Put(r), tx.Add(r.Key, []batch.Outcome{{Line: 1, Kind: batch.LineAccepted}, {Line: 2, Kind: batch.LineAccepted}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	r = w.work(t, w.desk, s)
	all, _ := w.outcomes(t, s)
	if r.State != batch.Done || r.Accepted != 2 || r.Refused != 3 || len(all) != 5 || all[4].Findings[0].Code != gateway.CodeInternal || w.memory.Bodies() != 0 {
		t.Errorf("%+v %+v", r, all)
	}
}

// TestSweep: files that no batch names go, at the start of a worker.
func TestSweep(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.spool.Put(t.Context(), "orphan", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	s := w.submission()
	w.receive(t, s, w.papers(1))
	if r := w.work(t, w.desk, s); r.Accepted != 1 { // work waits for an empty spool
		t.Errorf("%+v", r)
	}
}

// TestSweepLeavesWhatIsOnItsWay: where others receive too, a file that no record
// names stays until it is older than receiving takes.
func TestSweepLeavesWhatIsOnItsWay(t *testing.T) {
	w := newWorld(t)
	w.ports.Leave, w.ports.Poll = time.Hour, time.Millisecond
	now := w.ports.Clock()
	young, old := "ab-"+string(gateway.NewUUID(now.Add(-30*time.Minute), nil)), "ab-"+string(gateway.NewUUID(now.Add(-2*time.Hour), nil))
	for _, name := range []string{young, old, "orphan", "ab-" + string(gateway.NewUUID(now, nil))[:35]} {
		if _, _, err := w.spool.Put(t.Context(), name, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- batch.New(w.ports).Work(ctx) }()
	for {
		names, err := w.spool.Names(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(names) == 1 {
			if names[0] != young {
				t.Errorf("%s is left", names[0])
			}
			break
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestNoPlaintextAtRest: nothing of a person shows in what is kept.
func TestNoPlaintextAtRest(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	w.receive(t, s, append(w.papers(6), `{"meldingId":"Voorbeelda","persoon":{"achternaam":"Voorbeelda 1"}}`...))
	r := w.work(t, w.desk, s)
	_, raw := w.outcomes(t, s)
	for _, kept := range append(w.memory.Entries(), raw, r.Summary, fmt.Append(nil, r)) {
		if bytes.Contains(kept, []byte("Voorbeelda")) {
			t.Errorf("a name shows in %s", kept)
		}
	}
}
