// SPDX-License-Identifier: EUPL-1.2

package announce

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// EventID is the same at every attempt, so that a receiver can drop repeats.
type EventID gateway.UUID

// EventState is what became of an event.
type EventState string

const (
	Pending       EventState = "wachtend"     // is or will be tried
	Delivered     EventState = "bezorgd"      // the receiver answered 2xx
	Lapsed        EventState = "vervallen"    // a newer one was delivered, or there is no address any more
	Undeliverable EventState = "onbestelbaar" // every attempt failed; the operator may replay it
)

// Failure is why the last attempt failed. It names neither address nor answer.
type Failure string

const (
	NoFailure   Failure = ""
	NotAllowed  Failure = "adres-geweigerd" // by the configuration, or the name resolves to an address that is not public
	Unreachable Failure = "onbereikbaar"    // no such name, no connection, no answer in time
	Certificate Failure = "certificaat"     // of the receiver: not trusted, or of another name
	BadAnswer   Failure = "antwoord"        // anything but 2xx
)

// Event tells one party that there is something about one subject, up to a
// sequence. It covers every earlier event of that party and subject.
type Event struct {
	ID       EventID
	Party    gateway.OIN
	Subject  Subject
	UpTo     int64
	MadeAt   time.Time
	State    EventState
	Attempts int       // that failed
	Next     time.Time // while pending: not tried before
	Failure  Failure   // of the last attempt
	DoneAt   time.Time // zero while pending
}

// Trace is under which an event travels: every attempt, and what the log says of
// it. It is the event's own, because one event can stand for many acts.
func (e Event) Trace() gateway.Trace {
	trace, err := gateway.ParseTrace(strings.ReplaceAll(string(e.ID), "-", ""))
	if err != nil {
		return gateway.NewTrace() // an event without an id, which no store gives
	}
	return trace
}

func (e Event) end(as EventState, at time.Time) Event {
	e.State, e.DoneAt, e.Next = as, at, time.Time{}
	return e
}

// Type is the type of the event on the wire: nl.seinhuis.berichten.klaar or
// nl.seinhuis.signalen.klaar.
func (e Event) Type() string { return "nl.seinhuis." + string(e.Subject) + ".klaar" }

// body is the content of a request (Standard Webhooks 1.0.0: type, timestamp,
// data).
type body struct {
	Type string   `json:"type"`
	At   string   `json:"timestamp"`
	Data bodyData `json:"data"`
}

type bodyData struct {
	Party gateway.OIN `json:"partij"`
	UpTo  int64       `json:"tot"`
}

// Body is what is sent; the same bytes at every attempt.
func (e Event) Body() ([]byte, error) {
	b, err := json.Marshal(body{e.Type(), e.MadeAt.UTC().Format(time.RFC3339), bodyData{e.Party, e.UpTo}})
	if err != nil {
		return nil, fmt.Errorf("event: %T", err)
	}
	return b, nil
}

// waits are the pauses after each failed attempt but the last: the schedule
// that Standard Webhooks 1.0.0 recommends. Ten attempts take a little over three days.
func waits() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
}

// fail is the event after an attempt that failed: later, or undeliverable.
// jitter in [0,1) spreads the next attempt over a fifth of the pause; not
// before is what the receiver asked for, and counts up to a day.
func (e Event) fail(why Failure, at time.Time, jitter float64, notBefore time.Duration) Event {
	e.Failure = why
	e.Attempts++
	if e.Attempts > len(waits()) {
		return e.end(Undeliverable, at)
	}
	wait := waits()[e.Attempts-1]
	wait += time.Duration(jitter * float64(wait) / 5)
	e.Next = at.Add(max(wait, min(notBefore, 24*time.Hour)))
	return e
}
