// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
)

// TestAcrossNodes: what happens at one node counts at another.
func TestAcrossNodes(t *testing.T) {
	if testing.Short() {
		t.Skip("two nodes over real engines")
	}
	s := newSite(t, newEngines(t), 2)
	t.Run("a notice wakes a poll", s.poll)
	t.Run("an objection", s.objection)
	t.Run("a file by API", s.file)
	t.Run("a file by SFTP", s.upload)
	t.Run("two sequencers", s.sequencers)
	t.Run("the watch passes", s.watch)
	t.Run("a party is suspended", s.suspend) // last: it has no creditor any more
	for _, n := range s.nodes {
		if err := n.stop(); err != nil {
			t.Error(err)
		}
	}
}

// reported sends a report of a person at one node.
func (s *site) reported(t *testing.T, at *siteNode, seed uint64) (client.Report, gateway.SignalID) {
	t.Helper()
	s.story.at(t, at.url)
	r := newPeople(seed, gateway.Today(s.story.world.now)).report(gateway.ReportEnergy, nijmegen)
	receipt, err := s.story.creditors[energy].Report(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	opened, _, err := empty(t.Context(), s.story.municipalities[nijmegen])
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range opened {
		if c.ReportID == receipt.ReportID {
			return r, id
		}
	}
	t.Fatal("the signal is not in the mailbox")
	return r, ""
}

// poll waits at one node for what is committed at the other, longer than the
// test would ever wait for the end of the poll itself.
func (s *site) poll(t *testing.T) {
	const wait = time.Minute
	after := int64(0)
	for round := range 4 {
		here, there := s.nodes[round%2], s.nodes[1-round%2]
		_, signal := s.reported(t, there, uint64(100+round))
		answering := slices.Clone(s.story.municipalities)
		s.story.at(t, here.url)
		creditor, begin := s.story.creditors[energy], time.Now()
		page, err := creditor.Notices(t.Context(), after, 0)
		if err != nil || len(page.Notices) != 0 {
			t.Fatalf("%d notices before: %v", len(page.Notices), err)
		}
		heard := make(chan error, 1)
		go func() {
			page, err := creditor.Notices(t.Context(), after, wait)
			if err == nil && len(page.Notices) == 0 {
				err = errors.New("the poll ended without a notice")
			}
			after = page.Next
			heard <- err
		}()
		if _, err := answering[nijmegen].Feedback(t.Context(), gateway.Feedback{ID: gateway.FeedbackID(gateway.NewUUID(time.Now(), nil)),
			SignalID: signal, Result: gateway.ResultQuickFix, Date: gateway.Today(time.Now())}); err != nil {
			t.Fatal(err)
		}
		committed := time.Now()
		if err := <-heard; err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took >= wait/2 {
			t.Errorf("the poll took %v: nothing woke it", took)
		}
		t.Logf("heard %v after the answer to the feedback", time.Since(committed).Round(time.Millisecond))
	}
}

// objection is registered by the operator at one node; the other refuses.
func (s *site) objection(t *testing.T) {
	r, _ := s.reported(t, s.nodes[1], 200)
	text, err := json.Marshal(map[string]any{"persoon": r.Person, "adres": r.Address})
	if err != nil {
		t.Fatal(err)
	}
	root, out := newRoot(), new(bytes.Buffer)
	root.SetArgs([]string{"person", "object", "--dir", s.nodes[0].dir, "--until", gateway.Today(time.Now()).AddDays(100).String(), "--municipality", "GM0268",
		"--for", string(demoMunicipalities[nijmegen].OIN), "--instruction=01981e2c-7a10-7000-8000-000000000001", "--officer=01981e2c-7a10-7000-8000-0000000000aa"})
	root.SetIn(bytes.NewReader(text))
	root.SetOut(out)
	root.SetErr(out)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, n := range s.nodes {
		s.story.at(t, n.url)
		until(t, "the objection counts at "+n.url, func() bool {
			_, err := s.story.creditors[energy].Report(t.Context(), r)
			return err != nil && strings.Contains(err.Error(), "bezwaar-inwoner")
		})
	}
}

// suspend is done by the operator at one node; the other turns the party away.
func (s *site) suspend(t *testing.T) {
	_, _ = s.reported(t, s.nodes[1], 300)
	creditor := s.story.creditors[energy]
	s.engines.run(t, "party", "suspend", string(demoCreditors[energy].OIN), "--dir", s.nodes[0].dir)
	until(t, "the other node knows that the party is suspended", func() bool {
		_, err := creditor.Notices(t.Context(), 0, 0)
		var p *client.Problem
		return errors.As(err, &p) && (p.Status == http.StatusForbidden || p.Status == http.StatusUnauthorized)
	})
}

// file is delivered at the node without the watch and read at both.
func (s *site) file(t *testing.T) {
	const lines = 24
	if s.nodes[1].onWatch.Load() || !s.nodes[0].onWatch.Load() {
		t.Fatal("the watch is not where this test wants it")
	}
	s.story.at(t, s.nodes[1].url)
	id := gateway.BatchID(gateway.NewUUID(time.Now(), nil))
	if _, err := s.story.creditors[energy].SendFile(t.Context(), client.File{ID: id, Layout: batch.LayoutCSV,
		Source: bytes.NewReader(s.story.spreadsheet(lines))}, nil); err != nil {
		t.Fatal(err)
	}
	for _, n := range s.nodes {
		s.story.at(t, n.url)
		done, err := s.story.creditors[energy].WaitBatch(t.Context(), id, func(client.BatchStatus) {})
		if err != nil || done.State != batch.Done || done.Accepted != lines-2 || done.Refused != 1 || done.Duplicate != 1 {
			t.Errorf("at %s: %+v %v", n.url, done, err)
		}
		outcomes := 0
		if err := s.story.creditors[energy].Outcomes(t.Context(), id, func(client.Outcome) error { outcomes++; return nil }); err != nil || outcomes != lines {
			t.Errorf("at %s: %d outcomes: %v", n.url, outcomes, err)
		}
	}
}

// upload drops a file at one node; the outcome is seen in a session at the
// other, which shows the same host key.
func (s *site) upload(t *testing.T) {
	sealed, err := s.story.sealedFile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := string(gateway.NewUUID(time.Now(), nil))
	session := func(n *siteNode) *demoWorld {
		w := *s.story.world
		w.sftpAddress = n.sftp // and the host key of the first
		return &w
	}
	there := reopened(t, session(s.nodes[1]))
	if err := drop(reopened(t, session(s.nodes[0])), "/aanleveringen/"+id+".csv.pgp", sealed); err != nil {
		t.Fatal(err)
	}
	done, err := awaitOutcome(t.Context(), there, id)
	if err != nil || done.State != batch.Done || done.Accepted != demoLines-2 {
		t.Errorf("%+v %v", done, err)
	}
	everyLineOnce(t, there, id, demoLines)
}
