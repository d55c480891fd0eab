// SPDX-License-Identifier: EUPL-1.2

package announce_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/register"
)

var errFault = errors.New("a fault of ours")

// world is a store, an announcer and a receiver that answers as told.
type world struct {
	*gatewaytest.Steps
	t     *testing.T
	store *gatewaytest.Memory
	desk  *announce.Desk
	crier *announce.Announcer
	to    announce.Address

	mu     sync.Mutex
	now    time.Time
	answer announce.Answer
	fault  error
	sent   []announce.Event
	during func(ctx context.Context) // what happens during an attempt
	denied error
	n      int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Steps: gatewaytest.NewSteps(t), t: t, store: gatewaytest.NewMemory(), now: gatewaytest.Now(), answer: announce.Answer{Delivered: true}}
	w.to = gatewaytest.Webhook(t, "").Address
	if err := w.store.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties(w.Parties()) }); err != nil {
		t.Fatal(err)
	}
	w.desk = announce.NewDesk(w.store.Webhooks, w, w.clock)
	w.crier = w.announcer(w.store.Webhooks)
	return w
}

func (w *world) announcer(store announce.Store) *announce.Announcer {
	return announce.New(announce.Ports{Store: store, Sender: w, Directory: register.NewDirectory(w.store.Register, w.clock), Clock: w.clock,
		Jitter: func() float64 { return 0.5 }})
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Allows fills announce.Allowlist.
func (w *world) Allows(announce.Address) error { return w.denied }

// Send fills announce.Sender.
func (w *world) Send(ctx context.Context, _ announce.Address, e announce.Event, _ time.Time) (announce.Answer, error) {
	w.mu.Lock()
	w.sent = append(w.sent, e)
	answer, fault, during := w.answer, w.fault, w.during
	w.mu.Unlock()
	if during != nil {
		during(ctx)
	}
	return answer, fault
}

func (w *world) set(p gateway.Party, subjects ...announce.Subject) {
	w.t.Helper()
	if _, err := w.desk.Set(w.t.Context(), p, w.to, subjects); err != nil {
		w.t.Fatal(err)
	}
}

// arrive puts signals into the mailbox of Nijmegen.
func (w *world) arrive(n int) {
	w.t.Helper()
	for range n {
		w.n++
		gatewaytest.File(w.t, w.store.Truth, w.Deposits(w.t, w.Submission(w.Energy, w.Paper(w.Energy, w.Nijmegen, w.n)))...)
	}
}

// round lets time pass, looks once, and gives what was sent.
func (w *world) round(after time.Duration) []announce.Event {
	w.t.Helper()
	w.mu.Lock()
	w.now, w.sent = w.now.Add(after), nil
	w.mu.Unlock()
	if err := w.crier.Round(w.t.Context()); err != nil && !errors.Is(err, gatewaytest.ErrFault) {
		w.t.Fatal(err)
	}
	return slices.Clone(w.sent)
}

func (w *world) account() announce.Account {
	w.t.Helper()
	all, err := w.store.Webhooks.Accounts(w.t.Context())
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d accounts, %v", len(all), err)
	}
	return all[0]
}

// events lists the log entries about webhooks, as event and codes.
func (w *world) events() (names []string) {
	w.t.Helper()
	for _, leaf := range w.store.Entries() {
		e, err := proof.Decode(leaf)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(e.Event) > 7 && e.Event[:7] == "webhook" {
			text := e.Event
			for _, c := range e.Codes {
				text += " " + c
			}
			names = append(names, text)
		}
	}
	return names
}
