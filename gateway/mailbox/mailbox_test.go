// SPDX-License-Identifier: EUPL-1.2

package mailbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/keys"
)

// post is a mailbox over a store in memory with three signals for Nijmegen.
type post struct {
	*gatewaytest.Steps
	memory *gatewaytest.Memory
	box    *mailbox.Mailbox
	ids    []gateway.SignalID
	at     time.Time
}

func newPost(t *testing.T) *post {
	t.Helper()
	p := &post{Steps: gatewaytest.NewSteps(t), memory: gatewaytest.NewMemory(), at: gatewaytest.Now().Add(time.Hour)}
	for n := range 3 {
		filed := gatewaytest.File(t, p.memory.Truth, p.Deposits(t, p.Submission(p.Energy, p.Paper(p.Energy, p.Nijmegen, n)))...)
		p.ids = append(p.ids, filed[0].Candidate.Signal)
	}
	p.box = mailbox.New(p.memory.Mailbox, p.Wraps)
	return p
}

func (p *post) visit(party gateway.Party) gateway.Visit {
	p.at = p.at.Add(time.Minute)
	return gateway.Visit{Peer: gateway.Authenticated(party, strings.Repeat("ab", 32)), At: p.at, Trace: gateway.NewTrace()}
}

func (p *post) stateOf(t *testing.T, id gateway.SignalID) gateway.SignalState {
	t.Helper()
	s, err := p.memory.Mailbox.Signals(t.Context(), []gateway.SignalID{id})
	if err != nil {
		t.Fatal(err)
	}
	return s[0].State
}

func events(leaves [][]byte) string {
	var all []string
	for _, l := range leaves {
		for _, e := range []string{"signalen-opgevraagd", "signaal-aangeboden", "signaal-verstrekt", "signaal-gelezen", "signaal-ontvangst-bevestigd"} {
			if strings.Contains(string(l), `"`+e+`"`) {
				all = append(all, e)
			}
		}
	}
	return strings.Join(all, " ")
}

func TestFromOfferedToConfirmed(t *testing.T) {
	p := newPost(t)
	id := p.ids[0]
	before := len(p.memory.Entries())
	list, err := p.box.List(t.Context(), p.visit(p.Nijmegen), 0, 2)
	if err != nil || len(list) != 2 || list[0].ID != id || list[0].State != gateway.SignalOffered || p.stateOf(t, p.ids[2]) != gateway.SignalWaiting {
		t.Fatal(len(list), err)
	}
	s, body, err := p.box.Fetch(t.Context(), p.visit(p.Nijmegen), id)
	if err != nil || gateway.DigestOf(body) != s.Digest || len(body) != s.Size || p.stateOf(t, id) != gateway.SignalOffered {
		t.Fatalf("fetched %d bytes, %v", len(body), err)
	}
	if _, keyID, err := gatewaytest.Unseal(body); err != nil || keyID != p.Nijmegen.Keys[0].ID {
		t.Errorf("sealed to %s: %v", keyID, err)
	}
	if err := p.box.Delivered(t.Context(), p.visit(p.Nijmegen), id); err != nil || p.stateOf(t, id) != gateway.SignalRead {
		t.Errorf("delivered: %s, %v", p.stateOf(t, id), err)
	}
	first, err := p.box.Confirm(t.Context(), p.visit(p.Nijmegen), id)
	if err != nil || p.stateOf(t, id) != gateway.SignalConfirmed {
		t.Errorf("confirmed: %v", err)
	}
	again, err := p.box.Confirm(t.Context(), p.visit(p.Nijmegen), id)
	if err != nil || !again.Equal(first) {
		t.Errorf("confirmed again at %v, first %v: %v", again, first, err)
	}
	want := "signalen-opgevraagd signaal-aangeboden signaal-aangeboden signaal-verstrekt signaal-gelezen signaal-ontvangst-bevestigd signaal-ontvangst-bevestigd"
	if got := events(p.memory.Entries()[before:]); got != want {
		t.Errorf("log: %s", got)
	}
	list, err = p.box.List(t.Context(), p.visit(p.Nijmegen), 0, 0)
	if err != nil || len(list) != 2 || list[0].ID == id {
		t.Errorf("a confirmed signal is listed: %d, %v", len(list), err)
	}
}

func TestOthersSeeNothing(t *testing.T) {
	p := newPost(t)
	nobody := p.Nijmegen
	nobody.Municipality = ""
	unknown := gateway.SignalID(gateway.NewUUID(p.at, nil))
	for name, c := range map[string]struct {
		who gateway.Party
		id  gateway.SignalID
	}{"another municipality": {p.Leiden, p.ids[0]}, "no municipality": {nobody, p.ids[0]}, "unknown": {p.Nijmegen, unknown}} {
		for act, do := range map[string]func() error{
			"fetch":     func() error { _, _, err := p.box.Fetch(t.Context(), p.visit(c.who), c.id); return err },
			"confirm":   func() error { _, err := p.box.Confirm(t.Context(), p.visit(c.who), c.id); return err },
			"delivered": func() error { return p.box.Delivered(t.Context(), p.visit(c.who), c.id) },
		} {
			if err := do(); gateway.AsError(err) == nil || gateway.AsError(err).Error() != "niet-gevonden signaal-onbekend" {
				t.Errorf("%s by %s: %v", act, name, err)
			}
		}
	}
	if list, err := p.box.List(t.Context(), p.visit(p.Leiden), 0, 0); err != nil || len(list) != 0 {
		t.Errorf("another municipality lists %d, %v", len(list), err)
	}
	if got := p.stateOf(t, p.ids[0]); got != gateway.SignalWaiting {
		t.Errorf("strangers moved a signal to %s", got)
	}
}

// Invariant I5: what could not be logged was not shown and did not happen.
func TestNoLogNoAct(t *testing.T) {
	p := newPost(t)
	for act, do := range map[string]func() (any, error){
		"list": func() (any, error) {
			l, err := p.box.List(t.Context(), p.visit(p.Nijmegen), 0, 0)
			return len(l) > 0, err
		},
		"fetch": func() (any, error) {
			_, b, err := p.box.Fetch(t.Context(), p.visit(p.Nijmegen), p.ids[0])
			return b != nil, err
		},
		"delivered": func() (any, error) {
			return false, p.box.Delivered(t.Context(), p.visit(p.Nijmegen), p.ids[0])
		},
		"confirm": func() (any, error) {
			at, err := p.box.Confirm(t.Context(), p.visit(p.Nijmegen), p.ids[0])
			return !at.IsZero(), err
		},
	} {
		p.memory.FailWrites(gatewaytest.Failed)
		if shown, err := do(); err == nil || shown == true || p.stateOf(t, p.ids[0]) != gateway.SignalWaiting {
			t.Errorf("%s: shown %v, state %s, %v", act, shown, p.stateOf(t, p.ids[0]), err)
		}
	}
}

// plainly answers as a key store does, which knows no kinds of this module.
type plainly struct{}

func (plainly) Unwrap(context.Context, []keys.WrapItem) ([][]byte, error) {
	return nil, keys.ErrDestroyed
}

func TestErasedByItsKey(t *testing.T) {
	p := newPost(t)
	if err := p.Wraps.Destroy(t.Context(), "GM0268/2026-11"); err != nil {
		t.Fatal(err)
	}
	for name, box := range map[string]*mailbox.Mailbox{"wrapped": p.box, "plain": mailbox.New(p.memory.Mailbox, plainly{})} {
		_, body, err := box.Fetch(t.Context(), p.visit(p.Nijmegen), p.ids[0])
		e := gateway.AsError(err)
		if body != nil || e == nil || e.Kind != gateway.KindGone || len(e.Codes()) != 1 || e.Codes()[0] != gateway.CodeErased {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e *gateway.Error
	if _, _, err := p.box.Fetch(t.Context(), p.visit(p.Leiden), p.ids[0]); !errors.As(err, &e) || e.Kind != gateway.KindNotFound {
		t.Errorf("a stranger learns that it was erased: %v", err)
	}
}
