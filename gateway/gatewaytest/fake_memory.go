// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/adoption"
	"github.com/seinhuis/seinhuis/gateway/announce"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/match"
	"github.com/seinhuis/seinhuis/gateway/objection"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/reorganisation"
	"github.com/seinhuis/seinhuis/gateway/request"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/policies"
)

// Truth is one truth store through each of its ports. The suites take it
// whole, because what goes in through one port comes out through another.
type Truth struct {
	Ledger   journey.Ledger
	Mailbox  mailbox.Store
	Feedback feedback.Store
	Register register.Store
	Batches  batch.Store
	Pauses   pause.Store
	Clocks   clocks.Store
	Webhooks announce.Store
	Rows     audit.Rows
	Heads    audit.Heads
	Journal  oversight.Journal
	Logbook  LogbookStore

	Reorganisations reorganisation.Store
	Objections      Objections
	Rights          rights.Store
	Requests        request.Store
	Sights          oversight.Sights
	Cosignatures    audit.Cosignatures
	Adoptions       adoption.Store
	Facts           adoption.Facts
	Retention       retention.Store
	Holds           retention.HoldStore
	Shelf           retention.ShelfStore
	Overview        retention.Overview
	Standing        oversight.Standing
	Breaches        oversight.BreachStore
	Extent          oversight.Extent
}

// Fault is what goes wrong with one write.
type Fault int

const (
	// Sound: nothing.
	Sound Fault = iota
	// Failed: nothing was written, and the caller is told.
	Failed
	// FailedButDone: all was written, and the caller is told that it failed,
	// as when the answer of a store gets lost.
	FailedButDone
)

// ErrFault is the cause of errors that a test asked for.
var ErrFault = errors.New("a fault that the test asked for")

// Memory is a truth store in memory that passes the suites, with faults on
// request. Safe for concurrent use. It copies itself for each write, so keep it
// to some thousands of reports.
type Memory struct {
	Truth
	turn   sync.Mutex // one write at a time
	mu     sync.Mutex // guards the rest
	now    *state
	faults []Fault
	dark   bool
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	m := &Memory{now: newState()}
	m.Truth = Truth{
		Ledger:          memoryLedger{m},
		Mailbox:         memoryMailbox{m},
		Feedback:        memoryFeedback{m},
		Register:        memoryRegister{m},
		Batches:         memoryBatches{m},
		Pauses:          memoryPauses{m},
		Clocks:          memoryClocks{m},
		Webhooks:        memoryWebhooks{m},
		Reorganisations: memoryReorganisations{m},
		Objections:      memoryObjections{m},
		Rights:          memoryRights{m},
		Requests:        memoryRequests{m},
		Sights:          memorySights{m},
		Cosignatures:    memoryCosignatures{m},
		Adoptions:       memoryAdoptions{m},
		Facts:           memoryAdoptions{m},
		Retention:       memoryRetention{m},
		Holds:           memoryHolds{m},
		Shelf:           memoryRetention{m},
		Overview:        memoryRetention{m},
		Standing:        memoryOversight{m},
		Breaches:        memoryOversight{m},
		Extent:          memoryOversight{m},
		Rows:            memoryRows{m},
		Journal:         memoryJournal{m},
		Logbook:         memoryLogbook{m},
		Heads:           new(audit.MemoryHeads),
	}
	return m
}

// FailWrites sets what happens to the next writes, one fault each; later ones
// are sound.
func (m *Memory) FailWrites(faults ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = faults
}

// FailReads makes everything that looks outside a transaction fail, or not.
func (m *Memory) FailReads(fail bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dark = fail
}

// Entries gives every leaf of the audit log.
func (m *Memory) Entries() [][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.now.leaves)
}

// Bodies counts the sealed bodies at rest.
func (m *Memory) Bodies() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.now.bodies)
}

func (m *Memory) write(ctx context.Context, fn func(*memoryTx) error) error {
	m.turn.Lock()
	defer m.turn.Unlock()
	if err := ctx.Err(); err != nil {
		return gateway.Fail(gateway.KindUnavailable, err)
	}
	m.mu.Lock()
	fault := Sound
	if len(m.faults) > 0 {
		fault, m.faults = m.faults[0], m.faults[1:]
	}
	next := m.now.clone()
	m.mu.Unlock()
	if err := fn(&memoryTx{next}); err != nil {
		return err
	}
	if err := next.index(); err != nil {
		return err
	}
	if fault != Failed {
		m.mu.Lock()
		m.now = next
		m.mu.Unlock()
	}
	if fault != Sound {
		return gateway.Fail(gateway.KindUnavailable, ErrFault)
	}
	return nil
}

// read gives the state of the last commit, which nobody changes any more.
func (m *Memory) read() (*state, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dark {
		return nil, gateway.Fail(gateway.KindUnavailable, ErrFault)
	}
	return m.now, nil
}

// state is all that the store holds. A committed state is never changed.
type state struct {
	parties    map[gateway.OIN]gateway.Party
	agreements map[string]gateway.Agreement
	version    int64
	reports    map[journey.Key]journey.Record
	signals    []memorySignal // in order of deposit
	places     map[gateway.SignalID]int
	sequences  map[gateway.Municipality]int64
	bodies     map[gateway.SignalID]mailbox.Rest
	trails     map[gateway.Municipality][]match.Trail
	feedback   map[feedback.Key]feedback.Record
	notices    []memoryNotice
	posted     map[gateway.OIN]int64
	pauses     []memoryPause
	changes    map[pause.Key]pause.Record
	alarms     []memoryAlarm
	leaves     [][]byte
	journal    []memoryHit // one per leaf
	traces     []gateway.Trace
	also       [][]gateway.SignalID // beside each leaf
	cursors    map[string]int64     // of logbooks elsewhere
	batches    map[batch.Key]batch.Record
	arrived    []batch.Key // in order of arrival
	outcomes   map[batch.Key][]batch.Outcome
	webhooks   map[gateway.OIN]announce.Subscription
	announced  []announce.Event // in order of making

	reorganised gateway.Reorganisations
	holders     map[gateway.Municipality]gateway.Municipality // of codes that have passed
	objections  []objection.Objection                         // in order of placing
	objecting   int64                                         // how often they changed
	requests    []request.Request                             // in order of entry
	cosigned    []audit.Cosigned                              // by name of witness
	sights      map[gateway.UUID]oversight.Sight              // nil until the first
	policies    []memoryPolicy                                // in order of proposal
	facts       map[string]memoryFact                         // by month and text
	breaches    []oversight.Breach                            // in order of opening
	terms       map[string]memoryTerm                         // by name of the object
	holds       []retention.Hold
	deletions   []retention.Filed
	shelved     map[retention.Controller]int64 // last sequence
}

type memorySignal struct {
	gateway.Signal
	creditor gateway.OIN
	report   gateway.ReportID
	on       gateway.Date

	limits      gateway.PauseLimits
	holder      gateway.OIN // when the claim was sold
	paused      bool
	answered    time.Time
	keep        policies.Retention
	withdrawnAt time.Time
	keepDays    int          // term of its body, inherited by what follows from it
	expires     gateway.Date // its own last day
	reached     [5]time.Time // by rank of state
}

type memoryNotice struct {
	feedback.Waiting
	reached [3]time.Time // by rank of progress
	told    []gateway.Agent
}

func newState() *state {
	return &state{
		parties:    map[gateway.OIN]gateway.Party{},
		agreements: map[string]gateway.Agreement{},
		reports:    map[journey.Key]journey.Record{},
		places:     map[gateway.SignalID]int{},
		sequences:  map[gateway.Municipality]int64{},
		bodies:     map[gateway.SignalID]mailbox.Rest{},
		trails:     map[gateway.Municipality][]match.Trail{},
		feedback:   map[feedback.Key]feedback.Record{},
		posted:     map[gateway.OIN]int64{},
		changes:    map[pause.Key]pause.Record{},
		batches:    map[batch.Key]batch.Record{},
		outcomes:   map[batch.Key][]batch.Outcome{},
		holders:    map[gateway.Municipality]gateway.Municipality{},
		terms:      map[string]memoryTerm{},
		shelved:    map[retention.Controller]int64{},
		facts:      map[string]memoryFact{},
		webhooks:   map[gateway.OIN]announce.Subscription{},
		cursors:    map[string]int64{},
	}
}

func (s *state) clone() *state {
	next := *s
	next.parties, next.agreements, next.reports = maps.Clone(s.parties), maps.Clone(s.agreements), maps.Clone(s.reports)
	next.places, next.sequences, next.bodies = maps.Clone(s.places), maps.Clone(s.sequences), maps.Clone(s.bodies)
	next.feedback, next.posted = maps.Clone(s.feedback), maps.Clone(s.posted)
	next.signals, next.notices = slices.Clone(s.signals), slices.Clone(s.notices)
	next.pauses, next.changes, next.alarms = slices.Clone(s.pauses), maps.Clone(s.changes), slices.Clone(s.alarms)
	next.batches, next.arrived, next.outcomes = maps.Clone(s.batches), slices.Clip(s.arrived), maps.Clone(s.outcomes)
	next.webhooks, next.announced = maps.Clone(s.webhooks), slices.Clone(s.announced)
	next.policies, next.facts = slices.Clone(s.policies), maps.Clone(s.facts)
	next.terms, next.shelved = maps.Clone(s.terms), maps.Clone(s.shelved)
	next.holds, next.deletions = slices.Clone(s.holds), slices.Clone(s.deletions)
	next.leaves = slices.Clip(s.leaves) // only ever appended to
	next.journal, next.traces, next.cursors = slices.Clip(s.journal), slices.Clip(s.traces), maps.Clone(s.cursors)
	next.also = slices.Clip(s.also)
	next.reorganised, next.holders = slices.Clone(s.reorganised), maps.Clone(s.holders)
	next.trails = maps.Clone(s.trails)
	for m := range next.trails {
		next.trails[m] = slices.Clip(next.trails[m])
	}
	return &next
}

// memoryTx is the Tx of every port.
type memoryTx struct{ s *state }

// Append is in every Tx.
func (t *memoryTx) Append(entries []audit.Entry) (first int64, err error) {
	first = int64(len(t.s.leaves)) + 1
	for _, e := range entries {
		t.s.leaves, t.s.traces, t.s.also = append(t.s.leaves, e.Leaf()), append(t.s.traces, e.Trace()), append(t.s.also, e.Signals())
	}
	return first, nil
}

type memoryRows struct{ m *Memory }

// Leaves fills audit.Rows.
func (r memoryRows) Leaves(_ context.Context, after int64, limit int) ([][]byte, error) {
	s, err := r.m.read()
	if err != nil || after >= int64(len(s.leaves)) {
		return nil, err
	}
	rest := s.leaves[after:]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func fault(text string) error { return gateway.Fail(gateway.KindInternal, errors.New("memory: "+text)) }

func millis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
