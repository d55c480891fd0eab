// SPDX-License-Identifier: EUPL-1.2

package retention_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// place is a store in memory with reports, and a sweeper over it.
type place struct {
	*gatewaytest.Steps
	t      *testing.T
	memory *gatewaytest.Memory
	now    time.Time
	ports  retention.Ports
	filed  []mailbox.Deposit
}

func newPlace(t *testing.T, reports int) *place {
	t.Helper()
	p := &place{Steps: gatewaytest.NewSteps(t), t: t, memory: gatewaytest.NewMemory(), now: gatewaytest.Now()}
	p.Wraps.Clock = p.clock
	for i := range reports {
		p.filed = append(p.filed, p.Deposits(t, p.Submission(p.Energy, p.Paper(p.Energy, p.Municipalities()[i%2], i)))...)
	}
	gatewaytest.File(t, p.memory.Truth, p.filed...)
	must(t, p.memory.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties(p.Parties()) }))
	p.ports = retention.Ports{Issuer: gatewaytest.Issuer, Store: p.memory.Retention, Directory: p.memory.Register, Signer: gatewaytest.Signer{},
		Keys: p.Wraps, Wrapper: p.Wraps, Clock: p.clock}
	return p
}

func (p *place) clock() time.Time { return p.now }

func (p *place) days(n int) { p.now = p.now.AddDate(0, 0, n) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *place) sweep() retention.Swept {
	p.t.Helper()
	done, err := retention.NewSweeper(p.ports).Sweep(p.t.Context())
	must(p.t, err)
	return done
}

func (p *place) destroy() int {
	p.t.Helper()
	n, err := retention.NewSweeper(p.ports).Destroy(p.t.Context())
	must(p.t, err)
	return n
}

func (p *place) shelf(of retention.Controller) []retention.Filed {
	p.t.Helper()
	found, err := p.memory.Shelf.Deletions(p.t.Context(), of, 0, 100)
	must(p.t, err)
	return found
}

// events gives the entries from row n on, as event and object.
func (p *place) events(from int) (all []string) {
	for _, leaf := range p.memory.Entries()[from:] {
		e, err := proof.Decode(leaf)
		must(p.t, err)
		all = append(all, e.Event+" "+e.Object)
	}
	return all
}

func TestReceiptSaysWhatWent(t *testing.T) {
	p := newPlace(t, 5)
	p.days(31)
	if done := p.sweep(); done.Erased[retention.KindBody] != 5 || done.Total() != 5 {
		t.Fatalf("%+v", done)
	}
	for of, want := range map[retention.Controller]int{"GM0268": 3, "GM0546": 2} {
		shelf := p.shelf(of)
		if len(shelf) != 1 || shelf[0].Count != want || shelf[0].Reason != retention.ReasonTerm || shelf[0].Sequence != 1 {
			t.Fatalf("%+v", shelf)
		}
		payload, err := gatewaytest.Unsign(shelf[0].Receipt)
		must(t, err)
		if strings.Contains(string(payload), "signaal/") {
			t.Fatal("a name stands in the receipt")
		}
		for _, d := range p.filed {
			own := retention.Controller(d.Sealed().Municipality()) == of
			sum := gateway.DigestOf([]byte("signaal/" + string(d.Sealed().Body().ID) + "/inhoud")).String()
			if strings.Contains(string(payload), sum) != own {
				t.Errorf("%s: the receipt names the wrong objects", of)
			}
		}
	}
	if again := p.sweep(); again.Total() != 0 {
		t.Errorf("a second sweep erased %+v", again)
	}
}

// between is a store in which something happens between looking and writing.
type between struct {
	retention.Store
	happens func()
}

func (b *between) Write(ctx context.Context, fn func(retention.Tx) error) error {
	if h := b.happens; h != nil {
		b.happens = nil
		h()
	}
	return b.Store.Write(ctx, fn)
}

// TestReceiptClaimsOnlyWhatWent: a hold that comes after the receipt was signed
// keeps its claim, and no receipt says otherwise.
func TestReceiptClaimsOnlyWhatWent(t *testing.T) {
	p := newPlace(t, 4)
	p.days(31)
	kept := p.filed[0]
	holds := retention.NewHolds(p.memory.Holds, p.clock)
	p.ports.Store = &between{p.memory.Retention, func() { p.hold(holds, kept, 10) }}
	if done := p.sweep(); done.Erased[retention.KindBody] != 3 {
		t.Errorf("%+v", done)
	}
	sum := gateway.DigestOf([]byte("signaal/" + string(kept.Sealed().Body().ID) + "/inhoud")).String()
	for _, f := range p.shelf("GM0268") {
		payload, err := gatewaytest.Unsign(f.Receipt)
		must(t, err)
		if strings.Contains(string(payload), sum) {
			t.Error("a receipt claims what a hold keeps")
		}
	}
	if p.memory.Bodies() != 1 {
		t.Errorf("%d bodies are left", p.memory.Bodies())
	}
	p.days(11)
	if done := p.sweep(); done.Erased[retention.KindBody] != 1 || p.memory.Bodies() != 0 {
		t.Errorf("after the hold: %+v", done)
	}
}

// hold places one by two officers.
func (p *place) hold(holds *retention.Holds, d mailbox.Deposit, days int) retention.Hold {
	p.t.Helper()
	c := retention.Claim{Creditor: d.Slip().Peer.OIN(), ReportID: d.Slip().ReportID}
	h, err := holds.Propose(p.t.Context(), gateway.NewUUID(p.now, nil), c, retention.HoldLegalClaim, gateway.Today(p.now).AddDays(days))
	must(p.t, err)
	h, err = holds.Confirm(p.t.Context(), gateway.NewUUID(p.now, nil), h.ID)
	must(p.t, err)
	return h
}

type brokenSigner struct{}

func (brokenSigner) Sign(context.Context, []gateway.Statement) ([]gateway.Compact, error) {
	return nil, errors.New("no key")
}

// TestNoReceiptNoErasure: what cannot be proven is not erased.
func TestNoReceiptNoErasure(t *testing.T) {
	p := newPlace(t, 2)
	p.days(31)
	rows := len(p.memory.Entries())
	p.ports.Signer = brokenSigner{}
	if _, err := retention.NewSweeper(p.ports).Sweep(t.Context()); err == nil || p.memory.Bodies() != 2 || len(p.memory.Entries()) != rows {
		t.Errorf("%v, %d bodies", err, p.memory.Bodies())
	}
}

func TestKeyGoesWithItsMonth(t *testing.T) {
	p := newPlace(t, 2)
	p.days(29) // 1 December, within the leeway; the bodies are still there
	p.sweep()
	if n := p.destroy(); n != 0 {
		t.Fatalf("%d keys destroyed with what they wrap", n)
	}
	p.days(2)
	p.sweep()
	rows := len(p.memory.Entries())
	if n := p.destroy(); n != 2 {
		t.Fatalf("%d keys destroyed, want those of two municipalities", n)
	}
	if events := p.events(rows); len(events) != 2 || events[0] != "sleutel-vernietigd sleutel/GM0268/2026-11" {
		t.Errorf("%v", events)
	}
	shelf := p.shelf("GM0268")
	if last := shelf[len(shelf)-1]; last.Kind != retention.KindKey || last.Reason != retention.ReasonKey || last.Count != 1 {
		t.Errorf("%+v", last)
	}
	if n := p.destroy(); n != 0 {
		t.Errorf("%d keys destroyed again", n)
	}
}

// TestSuccessorGetsReceipts: the keys of a municipality that went into another
// keep its code, and the successor gets the receipt of their end, for its shelf
// is the only one that still opens.
func TestSuccessorGetsReceipts(t *testing.T) {
	p := newPlace(t, 2)
	gatewaytest.Pass(t, p.memory.Truth, p.Nijmegen.Municipality, p.Leiden.Municipality)
	p.Leiden.State = gateway.PartyEnded
	must(t, p.memory.Reorganisations.Write(t.Context(), func(tx reorganisation.Tx) error {
		return errors.Join(tx.PutParties(p.Parties()), tx.PutReorganisation(gateway.Reorganisation{ID: gateway.NewUUID(p.now, nil),
			From: []gateway.Municipality{p.Leiden.Municipality}, Into: p.Nijmegen.Municipality, On: gateway.Today(p.now), State: gateway.ReorganisationDone, EndedAt: p.now}))
	}))
	p.days(31)
	p.sweep()
	if n := p.destroy(); n != 2 {
		t.Fatalf("%d keys destroyed, want those of both codes", n)
	}
	for _, f := range p.shelf(retention.ControllerOf(p.Nijmegen)) {
		payload, err := gatewaytest.Unsign(f.Receipt)
		if must(t, err); !strings.Contains(string(payload), `"aud":"`+string(p.Nijmegen.OIN)+`"`) || strings.Contains(string(payload), string(p.Leiden.Municipality)) {
			t.Errorf("%s", payload)
		}
	}
	if own, former := p.shelf("GM0268"), p.shelf("GM0546"); len(own) != 3 || len(former) != 0 {
		t.Errorf("%d receipts for the successor, %d for who is no more", len(own), len(former))
	}
}

// TestKeyOfTheLastSecond: what was wrapped just before midnight may be committed
// just after it, so a month's key outlives its month by two days.
func TestKeyOfTheLastSecond(t *testing.T) {
	p := newPlace(t, 0)
	p.now = time.Date(2026, 11, 30, 22, 59, 59, 0, time.UTC)
	submission := p.Submission(p.Energy, p.Paper(p.Energy, p.Nijmegen, 1))
	d := p.Deposits(t, submission) // wrapped, not committed
	for _, moment := range []time.Time{p.now.Add(time.Second), p.now.Add(47 * time.Hour)} {
		p.now = moment
		if n := p.destroy(); n != 0 {
			t.Fatalf("the key went at %s", moment)
		}
	}
	gatewaytest.File(t, p.memory.Truth, d...)
	p.days(3)
	if n := p.destroy(); n != 0 {
		t.Fatal("the key went with a body under it")
	}
}

// TestKeyCrash: the keyring and the store are two. Whichever fails, the log never
// tells of a key that lives, and in the end it tells of each that is gone.
func TestKeyCrash(t *testing.T) {
	for name, broken := range map[string]func(*place){
		"the keyring fails":                func(p *place) { p.Wraps.FailDestroy() },
		"the commit fails":                 func(p *place) { p.memory.FailWrites(gatewaytest.Failed) },
		"the commit's answer is lost":      func(p *place) { p.memory.FailWrites(gatewaytest.FailedButDone) },
		"the commit fails, later the keys": func(p *place) { p.memory.FailWrites(gatewaytest.Sound, gatewaytest.Failed); p.Wraps.FailDestroy() },
		"both commits fail":                func(p *place) { p.memory.FailWrites(gatewaytest.Failed, gatewaytest.Failed) },
	} {
		p := newPlace(t, 2)
		p.days(31)
		p.sweep()
		rows := len(p.memory.Entries())
		broken(p)
		destroyed := 0
		for range 5 {
			n, _ := retention.NewSweeper(p.ports).Destroy(t.Context())
			destroyed += n
			scopes, err := p.Wraps.Scopes(t.Context())
			must(t, err)
			gone := map[string]bool{}
			for _, s := range scopes {
				gone["sleutel-vernietigd sleutel/"+s.Name] = !s.Destroyed.IsZero()
			}
			for _, e := range p.events(rows) {
				if !gone[e] {
					t.Errorf("%s: the log tells of a key that lives", name)
				}
			}
		}
		if events := p.events(rows); len(events) != 2 || events[0] == events[1] {
			t.Errorf("%s: %v", name, events)
		}
	}
}

// TestHeldUnderItsOwnKey: a hold keeps one body, not the key of its month.
func TestHeldUnderItsOwnKey(t *testing.T) {
	p := newPlace(t, 4)
	holds := retention.NewHolds(p.memory.Holds, p.clock)
	kept := p.filed[0]
	h := p.hold(holds, kept, 300)
	if done := p.sweep(); done.Rewrapped != 1 {
		t.Fatalf("%+v", done)
	}
	p.days(40)
	p.sweep()
	if n := p.destroy(); n != 2 || p.memory.Bodies() != 1 {
		t.Fatalf("%d keys destroyed, %d bodies left", n, p.memory.Bodies())
	}
	box := mailbox.New(p.memory.Mailbox, p.Wraps)
	visit := gateway.Visit{Peer: gateway.Authenticated(p.Nijmegen, ""), At: p.now, Trace: gateway.NewTrace()}
	if _, _, err := box.Fetch(t.Context(), visit, kept.Sealed().Body().ID); err != nil {
		t.Errorf("what is held does not open: %v", err)
	}
	if _, _, err := box.Fetch(t.Context(), visit, p.filed[2].Sealed().Body().ID); err == nil || gateway.AsError(err).Kind != gateway.KindGone {
		t.Errorf("what was erased: %v", err)
	}
	if _, err := holds.Lift(t.Context(), gateway.NewUUID(p.now, nil), h.ID); err != nil {
		t.Fatal(err)
	}
	p.sweep()
	if n := p.destroy(); n != 0 || p.memory.Bodies() != 0 {
		t.Errorf("%d keys at once, %d bodies", n, p.memory.Bodies())
	}
	p.days(4)
	if n := p.destroy(); n != 1 {
		t.Errorf("%d keys after the hold, want its own", n)
	}
	rows := p.events(0)
	if last := rows[len(rows)-1]; last != "sleutel-vernietigd sleutel/GM0268/"+string(h.ID) {
		t.Error(last)
	}
}

func TestCutoffIsDutchMidnight(t *testing.T) {
	for _, c := range []struct{ now, today string }{
		{"2026-11-02T22:59:59Z", "2026-11-02"}, // the grace began in winter time
		{"2026-11-01T12:00:00Z", "2026-11-01"}, // on the day on which summer time ended
		{"2026-04-05T12:00:00Z", "2026-04-05"}, // on the day on which it began
		{"2026-07-01T22:00:00Z", "2026-07-02"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		must(t, err)
		got := retention.CutoffAt(now)
		if got.Today.String() != c.today || gateway.Today(got.Confirmed) != got.Today.AddDays(-retention.Grace) ||
			gateway.Today(got.Confirmed.Add(-time.Millisecond)) != got.Today.AddDays(-retention.Grace-1) {
			t.Errorf("%s: %s, %s", c.now, got.Today, got.Confirmed)
		}
	}
}

// TestErasedReceiptsAreLogged: receipts go after seven years, without a receipt
// and not without an entry.
func TestErasedReceiptsAreLogged(t *testing.T) {
	p := newPlace(t, 1)
	p.days(31)
	p.sweep()
	p.days(retention.KeepReceipts + 1)
	rows := len(p.memory.Entries())
	done := p.sweep()
	if done.Erased[retention.KindDeletion] != 1 {
		t.Fatalf("%+v", done)
	}
	events := p.events(rows)
	if last := events[len(events)-1]; last != string(audit.DataErased)+" verwijdering/"+string(p.Nijmegen.OIN) {
		t.Errorf("%v", events)
	}
}

// TestTwoSweepers: the chore and a sweep by hand may meet. Everything goes once.
func TestTwoSweepers(t *testing.T) {
	p := newPlace(t, 300)
	p.days(31)
	var both sync.WaitGroup
	total := make([]int, 2)
	for i := range total {
		both.Go(func() {
			for range 10 { // one that lost its batch too often leaves the rest to the next
				done, err := retention.NewSweeper(p.ports).Sweep(t.Context())
				total[i] += done.Total()
				if err == nil {
					return
				}
			}
		})
	}
	both.Wait()
	counted := 0
	for _, of := range []retention.Controller{"GM0268", "GM0546"} {
		for _, f := range p.shelf(of) {
			counted += f.Count
		}
	}
	if total[0]+total[1] != 300 || counted != 300 || p.memory.Bodies() != 0 {
		t.Errorf("%v erased, %d in receipts, %d left", total, counted, p.memory.Bodies())
	}
}
