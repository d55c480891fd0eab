// SPDX-License-Identifier: EUPL-1.2

package gatewaytest_test

import (
	"errors"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

func memory(*testing.T) gatewaytest.Truth { return gatewaytest.NewMemory().Truth }

func TestMemoryLedger(t *testing.T)   { gatewaytest.Ledger(t, memory) }
func TestMemoryMailbox(t *testing.T)  { gatewaytest.Mailbox(t, memory) }
func TestMemoryFeedback(t *testing.T) { gatewaytest.Feedback(t, memory) }
func TestMemoryRegister(t *testing.T) { gatewaytest.Register(t, memory) }

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
