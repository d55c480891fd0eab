// SPDX-License-Identifier: EUPL-1.2

package register_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/permit"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// watched counts what is read of a store, and fails on request.
type watched struct {
	register.Store
	mu              sync.Mutex
	versions, reads int
	failVersion     error
	failParties     error
}

func (w *watched) Version(ctx context.Context) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.versions++
	if w.failVersion != nil {
		return 0, w.failVersion
	}
	return w.Store.Version(ctx)
}

func (w *watched) Parties(ctx context.Context) ([]gateway.Party, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	if w.failParties != nil {
		return nil, w.failParties
	}
	return w.Store.Parties(ctx)
}

// town is a register with the actors, a directory over it and a clock.
type town struct {
	gatewaytest.Actors
	memory    *gatewaytest.Memory
	store     *watched
	registrar *register.Registrar
	directory *register.Directory
	now       time.Time
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{Actors: gatewaytest.NewActors(t), memory: gatewaytest.NewMemory(), now: gatewaytest.Now()}
	w.store = &watched{Store: w.memory.Register}
	clock := func() time.Time { return w.now }
	w.registrar, w.directory = register.NewRegistrar(w.store, clock), register.NewDirectory(w.store, clock)
	for _, p := range w.Parties() {
		w.enrol(t, p)
	}
	for _, a := range w.Agreements {
		if err := w.registrar.Conclude(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	w.store.reads = 0
	return w
}

func (w *town) enrol(t *testing.T, p gateway.Party) {
	t.Helper()
	if err := w.registrar.Enrol(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func (w *town) stateOf(t *testing.T, p gateway.Party) gateway.PartyState {
	t.Helper()
	got, _, err := w.directory.Party(t.Context(), p.OIN)
	if err != nil {
		t.Fatal(err)
	}
	return got.State
}

func (w *town) standing(t *testing.T, c, m gateway.Party) permit.Standing {
	t.Helper()
	s, err := w.directory.Standings(t.Context(), []permit.Pair{{Creditor: "x", Municipality: "GM0000"}, {Creditor: c.OIN, Municipality: m.Municipality}})
	if err != nil || len(s) != 2 || s[0].Municipality.OIN != "" || s[0].Agreements != nil {
		t.Fatal(s, err)
	}
	return s[1]
}

func TestRevokedPartyIsOutWithinASecond(t *testing.T) {
	w := newTown(t)
	if w.stateOf(t, w.Energy) != gateway.PartyActive {
		t.Fatal("not active")
	}
	w.Energy.State = gateway.PartyEnded
	w.enrol(t, w.Energy)
	w.now = w.now.Add(time.Second - 1)
	_ = w.stateOf(t, w.Energy) // may still be the old answer
	w.now = w.now.Add(1)
	if got := w.stateOf(t, w.Energy); got != gateway.PartyEnded {
		t.Errorf("a second after its end the party is %s", got)
	}
}

func TestSuspendedMunicipalityGetsNothing(t *testing.T) {
	w := newTown(t)
	if s := w.standing(t, w.Energy, w.Nijmegen); s.Municipality.OIN != w.Nijmegen.OIN || len(s.Agreements) != 1 || s.Agreements[0].Creditor != w.Energy.OIN {
		t.Fatal(s)
	}
	w.Nijmegen.State = gateway.PartySuspended
	w.enrol(t, w.Nijmegen)
	w.now = w.now.Add(register.Refresh)
	if s := w.standing(t, w.Energy, w.Nijmegen); s.Municipality.OIN != "" {
		t.Error("a suspended municipality stands as joined")
	}
	if s := w.standing(t, w.Energy, w.Leiden); s.Municipality.OIN != w.Leiden.OIN {
		t.Error("another municipality went with it")
	}
}

func TestAnswersComeFromMemory(t *testing.T) {
	w := newTown(t)
	for range 1000 {
		_ = w.stateOf(t, w.Energy)
	}
	if w.store.versions != 1 || w.store.reads != 1 {
		t.Errorf("%d looks at the version, %d reads for 1000 questions", w.store.versions, w.store.reads)
	}
	w.now = w.now.Add(register.Refresh)
	_ = w.stateOf(t, w.Energy)
	if w.store.versions != 2 || w.store.reads != 1 {
		t.Errorf("%d looks, %d reads after a second without change", w.store.versions, w.store.reads)
	}
}

// What cannot be looked up is denied, also when an older answer lies ready
// (invariant I6).
func TestStoreFailureDenies(t *testing.T) {
	broken := errors.New("store does not answer")
	w := newTown(t)
	_ = w.stateOf(t, w.Energy)
	for name, fail := range map[string]func(error){
		"version": func(err error) { w.store.failVersion = err },
		"parties": func(err error) { w.store.failParties = err },
	} {
		w.enrol(t, w.Water) // raises the version
		w.now = w.now.Add(register.Refresh)
		fail(broken)
		var e *gateway.Error
		if p, ok, err := w.directory.Party(t.Context(), w.Energy.OIN); ok || p.OIN != "" || !errors.Is(err, broken) || !errors.As(err, &e) || e.Kind != gateway.KindUnavailable {
			t.Errorf("%s: %s, %t, %v", name, p.OIN, ok, err)
		}
		if s, err := w.directory.Standings(t.Context(), []permit.Pair{{Creditor: w.Energy.OIN, Municipality: "GM0268"}}); s != nil || err == nil {
			t.Errorf("%s: standings %v, %v", name, s, err)
		}
		fail(nil)
		if w.stateOf(t, w.Energy) != gateway.PartyActive {
			t.Errorf("%s: no answer after the store is back", name)
		}
	}
}

// A clock that is set back may not keep an old answer alive.
func TestClockSetBack(t *testing.T) {
	w := newTown(t)
	_ = w.stateOf(t, w.Energy)
	w.Energy.State = gateway.PartyEnded
	w.enrol(t, w.Energy)
	w.now = w.now.Add(-time.Hour)
	if got := w.stateOf(t, w.Energy); got != gateway.PartyEnded {
		t.Errorf("with the clock an hour back the party is still %s", got)
	}
}

func TestManyAskAtOnce(t *testing.T) {
	w := newTown(t)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if _, ok, err := w.directory.Party(t.Context(), w.Water.OIN); !ok || err != nil {
				t.Error(ok, err)
			}
		})
	}
	wait.Wait()
	if w.store.reads != 1 {
		t.Errorf("%d reads of the whole register", w.store.reads)
	}
}

func BenchmarkParty(b *testing.B) {
	store := gatewaytest.NewMemory().Register
	d := register.NewDirectory(store, gatewaytest.Now)
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = d.Party(b.Context(), "00000099000000110001")
	}
}
