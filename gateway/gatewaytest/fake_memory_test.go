// SPDX-License-Identifier: EUPL-1.2

package gatewaytest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

func memory(*testing.T) gatewaytest.Truth { return gatewaytest.NewMemory().Truth }

func TestMemoryLedger(t *testing.T)   { gatewaytest.Ledger(t, memory) }
func TestMemoryMailbox(t *testing.T)  { gatewaytest.Mailbox(t, memory) }
func TestMemoryFeedback(t *testing.T) { gatewaytest.Feedback(t, memory) }
func TestMemoryRegister(t *testing.T) { gatewaytest.Register(t, memory) }
func TestMemoryBatch(t *testing.T)    { gatewaytest.Batch(t, memory) }
func TestMemoryPauses(t *testing.T)   { gatewaytest.Pauses(t, memory) }
func TestMemoryClocks(t *testing.T)   { gatewaytest.Clocks(t, memory) }
func TestMemoryAnnounce(t *testing.T) { gatewaytest.Announce(t, memory) }

func TestMemoryReorganisation(t *testing.T) { gatewaytest.Reorganisation(t, memory) }

func TestMemoryObjections(t *testing.T) { gatewaytest.ObjectionStores(t, memory) }
func TestMemoryRights(t *testing.T)     { gatewaytest.Rights(t, memory) }
func TestMemoryRequests(t *testing.T)   { gatewaytest.Requests(t, memory) }
func TestMemorySights(t *testing.T)     { gatewaytest.Sights(t, memory) }
func TestMemoryCosigned(t *testing.T)   { gatewaytest.Cosignatures(t, memory) }
func TestMemoryAdoptions(t *testing.T)  { gatewaytest.Adoptions(t, memory) }

func TestMemoryStanding(t *testing.T) { gatewaytest.Standing(t, memory) }
func TestMemoryExtent(t *testing.T)   { gatewaytest.Extent(t, memory) }
func TestMemoryBreaches(t *testing.T) { gatewaytest.Breaches(t, memory) }
func TestMemoryJournal(t *testing.T)  { gatewaytest.Journal(t, memory) }
func TestMemoryLogbook(t *testing.T)  { gatewaytest.Logbook(t, memory) }

func TestMemoryRetention(t *testing.T) { gatewaytest.Retention(t, memory) }

// A year over a store that fails, or says that it failed, at many sweeps.
func TestMemoryRetentionYear(t *testing.T) {
	m := gatewaytest.NewMemory()
	gatewaytest.RetentionYear(t, m.Truth, func(day int) {
		if day < 0 {
			m.FailWrites()
			return
		}
		faults := []gatewaytest.Fault{gatewaytest.Sound, gatewaytest.Failed, gatewaytest.FailedButDone}
		m.FailWrites(faults[day%3], faults[day/3%3], faults[day/9%3])
	})
}

// A fault comes out as unavailable; whether the write was done is what the
// test asked for.
func TestFaults(t *testing.T) {
	s := gatewaytest.NewSteps(t)
	for fault, done := range map[gatewaytest.Fault]bool{gatewaytest.Failed: false, gatewaytest.FailedButDone: true} {
		m := gatewaytest.NewMemory()
		d := s.Deposits(t, s.Submission(s.Energy, s.Paper(s.Energy, s.Nijmegen, 1)))[0]
		m.FailWrites(fault)
		err := m.Ledger.Write(t.Context(), nil, func(tx journey.Tx) error {
			return tx.File([]journey.Filed{{Deposit: d, Candidate: gatewaytest.CandidateOf(d), Entry: 1}})
		})
		if !errors.Is(err, gatewaytest.ErrFault) || gateway.AsError(err).Kind != gateway.KindUnavailable {
			t.Errorf("%v", err)
		}
		if (m.Bodies() == 1) != done {
			t.Errorf("fault %d left %d bodies", fault, m.Bodies())
		}
		m.FailReads(true)
		if _, err := m.Mailbox.List(t.Context(), s.Nijmegen.Municipality, 0, 1); !errors.Is(err, gatewaytest.ErrFault) {
			t.Errorf("read: %v", err)
		}
	}
}

// The real journey and the real feedback desk run on the fakes.
func TestJourneyOnFakes(t *testing.T) {
	s, m := gatewaytest.NewSteps(t), gatewaytest.NewMemory()
	ports := s.Ports(m.Truth)
	j := journey.New(ports)
	first, again, bad := s.Paper(s.Energy, s.Nijmegen, 5), s.Paper(s.Energy, s.Nijmegen, 5), s.Paper(s.Water, s.Nijmegen, 6)
	bad.Efforts.Objection = true
	answers, err := j.Report(t.Context(), []intake.Submission{s.Submission(s.Energy, first), s.Submission(s.Water, bad), s.Submission(s.Energy, again)})
	if err != nil {
		t.Fatal(err)
	}
	if answers[0].Receipt == nil || answers[1].Err == nil || answers[2].Receipt == nil {
		t.Fatalf("%+v", answers)
	}
	box := mailbox.New(m.Mailbox, s.Wraps)
	visit := gateway.Visit{Peer: gateway.Authenticated(s.Nijmegen, ""), At: gatewaytest.Now(), Trace: gateway.NewTrace()}
	signals, err := box.List(t.Context(), visit, 0, 0)
	if err != nil || len(signals) != 2 {
		t.Fatalf("%d signals, %v", len(signals), err)
	}
	_, body, err := box.Fetch(t.Context(), visit, signals[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	content, key, err := gatewaytest.Unseal(body)
	if err != nil || key != s.Nijmegen.Keys[0].ID || !strings.Contains(string(content), first.Resident.Surname) {
		t.Errorf("sealed to %s: %v", key, err)
	}
	desk := feedback.NewDesk(feedback.Ports{Issuer: gatewaytest.Issuer, Verifier: gatewaytest.Opener{}, Receipts: gatewaytest.Signer{},
		Notices: feedback.NewNotices(m.Feedback, gatewaytest.Signer{}, s.Wraps, s.Bell), Store: m.Feedback, Bell: s.Bell})
	id := gateway.FeedbackID(gateway.NewUUID(gatewaytest.Now(), nil))
	payload := fmt.Sprintf(`{"terugkoppelingId":%q,"signaalId":%q,"resultaat":%q,"datum":"2026-11-02"}`, id, signals[0].ID, gateway.ResultFollowUp)
	told, err := desk.Accept(t.Context(), []feedback.Submission{{Peer: visit.Peer, Signal: signals[0].ID, ID: id,
		Token: gatewaytest.Letter(s.Nijmegen.OIN, []byte(payload)), At: gatewaytest.Now(), Trace: gateway.NewTrace()}})
	if err != nil || told[0].Receipt == nil {
		t.Fatalf("%+v, %v", told, err)
	}
	notices, err := m.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 10)
	if err != nil || len(notices) != 2 || notices[0].Notice.Kind != gateway.NoticeOwnDuplicate || notices[1].Notice.Pause == nil {
		t.Errorf("%+v, %v", notices, err)
	}
}
