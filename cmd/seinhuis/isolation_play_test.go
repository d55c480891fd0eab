// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

// play is one performance of a script on a gateway of its own.
type play struct {
	t      *testing.T
	mould  *mould
	house  *house
	script map[int]step

	mu    sync.Mutex
	views map[role]*view
	taken map[int][]message // what a municipality got a receipt for, by step
	polls sync.WaitGroup
}

// perform plays a script to its end and gives what every creditor saw. The
// clock is that of a bubble: a step comes at its own moment, whatever was left
// out before it, and only when the gateway has come to rest. end is the moment
// of the last look at everything.
func (m *mould) perform(t *testing.T, script []step, end time.Duration) map[role]*view {
	p := &play{mould: m, script: map[int]step{}, views: map[role]*view{}, taken: map[int][]message{}}
	for _, c := range creditors() {
		p.views[c] = &view{}
	}
	for _, s := range script {
		p.script[s.n] = s
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		p.t = t
		var close func()
		p.house, close = m.openHouse(t)
		defer close()
		for i := 0; i < len(script); {
			n := together(script[i:])
			p.scene(script[i : i+n])
			i += n
		}
		p.polls.Wait()
		time.Sleep(time.Until(start.Add(end)))
		p.epilogue()
	})
	return p.views
}

// together counts the steps that happen at the same moment, side by side: one
// per creditor.
func together(script []step) int {
	seen := map[role]bool{}
	for i, s := range script {
		if s.at != script[0].at || seen[s.by] || i > 0 && (roleParties[s.by].Kind != gateway.KindCreditor || roleParties[script[0].by].Kind != gateway.KindCreditor) {
			return i
		}
		seen[s.by] = true
	}
	return len(script)
}

// scene plays steps of one moment. Files are worked on in its time and not
// between scenes, because a worker that looks every 30 seconds would do so
// through all the days that a script skips.
func (p *play) scene(steps []step) {
	time.Sleep(time.Until(start.Add(steps[0].at)))
	synctest.Wait()
	ctx, stop := context.WithCancel(p.t.Context())
	var work, all sync.WaitGroup
	work.Go(func() { _ = p.house.gateway.batches.Work(ctx) })
	for _, s := range steps {
		all.Go(func() { actNamed(s.act).play(p, s) })
	}
	all.Wait()
	synctest.Wait()
	stop()
	work.Wait()
}

// epilogue lets every creditor look at all that it could have looked at.
func (p *play) epilogue() {
	for i, c := range creditors() {
		s := step{n: 9000 + i, by: c, act: "epilogue"}
		p.ask(s, http.MethodGet, "/berichten?na=0&maximum=500", "", nil)
		for slot := range batchSlots {
			p.ask(s, http.MethodGet, "/aanleveringen/"+idOf(batchIDs, slot), "", nil)
			p.ask(s, http.MethodGet, "/aanleveringen/"+idOf(batchIDs, slot)+"/uitkomsten", "", nil)
		}
		synctest.Wait()
	}
}

// message is one request.
type message struct {
	method, path, media string
	body                []byte
}

// ask sends a request as the actor of a step and notes what a creditor gets to
// see of it. It gives the status.
func (p *play) ask(s step, method, path, media string, body []byte) int {
	return p.send(s, p.sight(s, method, path), message{method, path, media, body})
}

// sight is a new place in the view of a creditor, in the order of its acts.
func (p *play) sight(s step, method, path string) *sight {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := &sight{step: s, asked: method + " " + path}
	if v := p.views[s.by]; v != nil {
		g.number = len(v.sights)
		v.sights = append(v.sights, g)
	}
	return g
}

func (p *play) send(s step, g *sight, q message) int {
	began := time.Now()
	r, err := http.NewRequestWithContext(p.t.Context(), q.method, "https://localhost/v1"+q.path, bytes.NewReader(q.body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Traceparent", traceAt(s, g.number))
	if q.media != "" {
		r.Header.Set("Content-Type", q.media)
	}
	response, err := p.house.clients[s.by].Do(r)
	if err != nil {
		p.t.Errorf("%s: %v", s, err)
		return 0
	}
	defer response.Body.Close()
	g.body, err = io.ReadAll(response.Body)
	if err != nil {
		p.t.Errorf("%s: %v", s, err)
	}
	g.status, g.header, g.took = response.StatusCode, response.Header, time.Since(began)
	return g.status
}

// traceAt is a trace that the client chooses, so that it is the same in both
// plays. The gateway takes only one that looks drawn at random.
func traceAt(s step, number int) string {
	for try := 0; ; try++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %d", s.by, s.n, number, try))
		trace := "00-" + hex.EncodeToString(sum[:16]) + "-1122334455667788-01"
		if !gateway.ParseTraceparent(trace).IsZero() {
			return trace
		}
	}
}

// The ids that participants choose. They are the same for every creditor.
const (
	reportIDs   = 1
	batchIDs    = 2
	feedbackIDs = 3
	unknownIDs  = 9

	reportSlots = 8
	batchSlots  = 2
)

func idOf(sort, n int) string { return fmt.Sprintf("%d%07d-0000-4000-8000-%012d", sort, n, n) }

// signal finds the id of a claim's signal, as the municipality read it in its
// mailbox; without one, an id of nothing.
func (p *play) signal(c claim) string {
	records, err := p.house.gateway.truth.Ledger.Records(p.t.Context(), []journey.Key{{Creditor: roleParties[c.by].OIN, ReportID: gateway.ReportID(idOf(reportIDs, c.slot))}})
	if err != nil {
		p.t.Fatal(err)
	}
	if !records[0].Exists() {
		return idOf(unknownIDs, c.slot)
	}
	return string(records[0].Signal)
}

// notices are a creditor's, as it knows them from its list.
func (p *play) notices(c role) []feedback.Waiting {
	all, err := p.house.gateway.truth.Feedback.Notices(p.t.Context(), roleParties[c].OIN, 0, 500)
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

func (s step) day() gateway.Date { return gateway.Today(start.Add(s.at)) }
