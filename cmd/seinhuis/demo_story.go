// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/gateway"
)

// story acts as every party through the door, as an outside client would, and
// tells what happens. It stops at the first step that goes otherwise.
type story struct {
	world   *demoWorld
	out     io.Writer
	reports int

	creditors      []*client.Client
	municipalities []*client.Client
	opened         []map[gateway.SignalID]client.Content // per municipality

	accepted, refused, collected, pauses int
	receipt                              client.Receipt // one, to prove later
	shown                                gateway.Notice // one pause of the first creditor
	logSize                              int64
}

// lastLine sums the story up, for machines.
func (s *story) lastLine() string {
	return fmt.Sprintf("demo: %d sent, %d accepted, %d refused, %d collected, %d pauses, log size %d verified",
		s.accepted+s.refused, s.accepted, s.refused, s.collected, s.pauses, s.logSize)
}

func (s *story) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *story) tell(ctx context.Context) error {
	chapters := []struct {
		title string
		tell  func(context.Context) error
	}{
		{"A gateway and its parties", s.introduce},
		{"Creditors report arrears", s.report},
		{"What is refused, and why", s.refuse},
		{"Municipalities collect and open", s.collect},
		{"A creditor takes a report back", s.withdraw},
		{"Residents accept help: feedback", s.feedback},
		{"The pause reaches the creditors", s.pause},
		{"One pause is contested, upheld and proven", s.life},
		{"A month in one file, by SFTP", s.file},
		{"An officer verifies the log", s.verify},
		{"Somebody changes one byte", s.tamper},
	}
	for i, c := range chapters {
		s.say("\n%d. %s", i+1, c.title)
		if err := c.tell(ctx); err != nil {
			return fmt.Errorf("demo step %d (%s): %w", i+1, c.title, err)
		}
	}
	return nil
}

// introduce opens a client for every party.
func (s *story) introduce(context.Context) error {
	w := s.world
	for _, p := range demoCreditors {
		c, err := client.Open(w.folder(p))
		if err != nil {
			return err
		}
		s.creditors = append(s.creditors, c)
		s.say("   creditor      %s  %s", p.OIN, p.Name)
	}
	for _, p := range demoMunicipalities {
		c, err := client.Open(w.folder(p))
		if err != nil {
			return err
		}
		s.municipalities = append(s.municipalities, c)
		s.say("   municipality  %s  %s (%s)", p.OIN, p.Name, p.Municipality)
	}
	s.say("   gateway       %s  %s, TLS 1.3, client certificates", demoOIN, w.url)
	return nil
}

// report sends the good reports, several at a time.
func (s *story) report(ctx context.Context) error {
	persons := newPeople(1, gateway.Today(s.world.now))
	type errand struct {
		creditor int
		report   client.Report
	}
	var errands []errand
	for i := range s.reports {
		creditor, municipality := i%2, i%3
		if creditor == water && municipality == amsterdam {
			creditor = energy
		}
		kind := []gateway.ReportKind{gateway.ReportEnergy, gateway.ReportWater}[creditor]
		r := persons.report(kind, municipality)
		if i > 0 && i%10 == 1 { // another creditor reports about the same home
			previous := errands[i-1].report
			r.Person, r.Address, creditor = previous.Person, previous.Address, water
			r.Kind = gateway.ReportWater
			if (i-1)%3 == amsterdam {
				creditor, r.Kind = energy, gateway.ReportEnergy
			}
		}
		errands = append(errands, errand{creditor, r})
	}
	receipts := make([]client.Receipt, len(errands))
	err := inParallel(16, len(errands), func(i int) (err error) {
		receipts[i], err = s.creditors[errands[i].creditor].Report(ctx, errands[i].report)
		return err
	})
	if err != nil {
		return err
	}
	s.accepted, s.receipt = len(receipts), receipts[0]
	r := receipts[0]
	s.say("   %d reports sent: signed by the creditor, then encrypted to the gateway.", len(receipts))
	s.say("   Each got a signed receipt after the commit was on disk. The first:")
	s.say("     meldingId %s", r.ReportID)
	s.say("     gemeente  %s   sha256 %s…", r.Municipality, r.Digest[:16])
	s.say("     beleid    %s %s   typ ontvangstbewijs+jwt, %d bytes", r.Policy.Name, r.Policy.Version, len(r.Compact))
	return nil
}

// collect empties the three mailboxes: fetch, open, confirm.
func (s *story) collect(ctx context.Context) error {
	for i, m := range s.municipalities {
		opened, multiple, err := empty(ctx, m)
		if err != nil {
			return err
		}
		s.opened = append(s.opened, opened)
		s.collected += len(opened)
		s.say("   %-10s collected %3d signals, opened with its own key; %d concern a home that another kind of creditor reported too",
			demoMunicipalities[i].Name, len(opened), multiple)
	}
	if s.collected != s.accepted {
		return fmt.Errorf("%d reports were accepted and %d signals collected", s.accepted, s.collected)
	}
	return nil
}

// empty collects everything in one mailbox and confirms it.
func empty(ctx context.Context, m *client.Client) (map[gateway.SignalID]client.Content, int, error) {
	opened, multiple := map[gateway.SignalID]client.Content{}, 0
	for after := int64(0); ; {
		page, err := m.Signals(ctx, after)
		if err != nil || len(page.Signals) == 0 {
			return opened, multiple, err
		}
		var mu sync.Mutex
		err = inParallel(8, len(page.Signals), func(i int) error {
			signal := page.Signals[i]
			o, err := m.Fetch(ctx, signal)
			if err != nil {
				return err
			}
			mu.Lock()
			opened[signal.ID] = o.Content
			for _, how := range signal.Coincidence {
				if how == gateway.Multiple {
					multiple++
				}
			}
			mu.Unlock()
			_, err = m.Confirm(ctx, signal.ID)
			return err
		})
		if err != nil {
			return opened, multiple, err
		}
		after = page.Next
	}
}

// withdraw takes one of Nijmegen's reports back and shows that it hears of it.
func (s *story) withdraw(ctx context.Context) error {
	for id, content := range s.opened[nijmegen] {
		creditor := s.creditorOf(content)
		_, err := creditor.Withdraw(ctx, client.Withdrawal{ReportID: content.ReportID, Reason: "betaald",
			Date: gateway.Today(s.world.now)})
		if err != nil {
			return err
		}
		messages, _, err := empty(ctx, s.municipalities[nijmegen])
		if err != nil {
			return err
		}
		for _, m := range messages {
			if m.Withdrawal != nil && m.Withdrawal.Concerns == id {
				s.say("   Paid meanwhile: Nijmegen finds a withdrawal of signal\n   %s in its mailbox, before the visit.", id)
				delete(s.opened[nijmegen], id)
				return nil
			}
		}
		return errors.New("the withdrawal did not reach the mailbox")
	}
	return errors.New("no signal to withdraw")
}

func (s *story) creditorOf(c client.Content) *client.Client {
	for i, p := range demoCreditors {
		if p.OIN == c.Creditor.OIN {
			return s.creditors[i]
		}
	}
	return nil
}

// inParallel does n errands, width at a time, and returns the first errors.
func inParallel(width, n int, do func(i int) error) error {
	places := make(chan int)
	errs := make(chan error, width)
	for range width {
		go func() {
			var failed error
			for i := range places {
				if failed == nil {
					failed = do(i)
				}
			}
			errs <- failed
		}()
	}
	for i := range n {
		places <- i
	}
	close(places)
	var all []error
	for range width {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// codes names the findings of a refusal.
func codes(p *client.Problem) string {
	names := make([]string, len(p.Findings))
	for i, f := range p.Findings {
		names[i] = string(f.Code)
	}
	return strings.Join(names, ", ")
}
