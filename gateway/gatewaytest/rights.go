// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/register"
	"github.com/seinhuis/seinhuis/gateway/retention"
	"github.com/seinhuis/seinhuis/gateway/rights"
	"github.com/seinhuis/seinhuis/keys"
)

// Rights is the contract of [rights.Store]. open gives an empty store, a new
// one at each call.
func Rights(t *testing.T, open func(t *testing.T) Truth) {
	s := rightsSuite{feedbackSuite{ledgerSuite{NewSteps(t), open}}}
	t.Run("trails", s.trails)
	t.Run("dossier", s.dossier)
	t.Run("erase", s.erase)
	t.Run("erase fails as a whole", s.eraseFails)
}

type rightsSuite struct{ feedbackSuite }

// look runs fn in a transaction with an entry, as the desk does.
func look(t *testing.T, truth Truth, fn func(tx rights.Tx) error) error {
	t.Helper()
	return truth.Rights.WriteRights(t.Context(), func(tx rights.Tx) error {
		if _, err := tx.Append([]audit.Entry{Entry(t, 7)}); err != nil {
			return err
		}
		return fn(tx)
	})
}

func tagsOf(d mailbox.Deposit, kind pseudonym.TokenKind) (tags []keys.Tag) {
	for _, token := range d.Sealed().Tokens() {
		if token.Kind == kind {
			tags = append(tags, token.Tags...)
		}
	}
	return tags
}

func (s rightsSuite) found(t *testing.T, truth Truth, m gateway.Municipality, creditor gateway.OIN, tags []keys.Tag) (ids []gateway.SignalID, until []gateway.Date) {
	t.Helper()
	if err := look(t, truth, func(tx rights.Tx) error {
		trails, err := tx.Trails(m, creditor, tags)
		for _, trail := range trails {
			ids, until = append(ids, trail.Signal), append(until, trail.Until)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return ids, until
}

func (s rightsSuite) trails(t *testing.T) {
	truth := s.open(t)
	energy, water, other := s.deposit(t, s.Energy, s.Nijmegen, 1), s.deposit(t, s.Water, s.Nijmegen, 1), s.deposit(t, s.Energy, s.Nijmegen, 2)
	elsewhere := s.deposit(t, s.Energy, s.Leiden, 1)
	File(t, truth, energy, water, other, elsewhere)
	if _, err := s.Withdraw(t, truth, water); err != nil {
		t.Fatal(err)
	}
	m, tags := s.Nijmegen.Municipality, tagsOf(energy, pseudonym.TokenResident)
	one, two := energy.Sealed().Body().ID, water.Sealed().Body().ID
	ids, until := s.found(t, truth, m, "", tags)
	if !reflect.DeepEqual(ids, []gateway.SignalID{one, two}) {
		t.Errorf("found %d, want both reports of the person, the withdrawn one too", len(ids))
	}
	want := gateway.Today(Now()).AddDays(energy.Sealed().Decision().Retain.Tokens)
	for _, day := range until {
		if day != want {
			t.Errorf("tokens until %s, want %s", day, want)
		}
	}
	if ids, _ := s.found(t, truth, m, s.Water.OIN, tags); !reflect.DeepEqual(ids, []gateway.SignalID{two}) {
		t.Errorf("a creditor finds %d", len(ids))
	}
	for what, c := range map[string]struct {
		m    gateway.Municipality
		tags []keys.Tag
	}{"another municipality": {s.Leiden.Municipality, tags}, "no tags": {m, nil}, "another version": {m, []keys.Tag{{Version: 9, Sum: tags[0].Sum}}}} {
		if ids, _ := s.found(t, truth, c.m, "", c.tags); len(ids) != 0 {
			t.Errorf("%s: found %d", what, len(ids))
		}
	}
}

// full files a report that everything happened to, and a related one.
func (s rightsSuite) full(t *testing.T, truth Truth) (d, related mailbox.Deposit, withdrawal gateway.SignalID, r feedback.Record, n gateway.PostedNotice) {
	t.Helper()
	if err := truth.Register.Write(t.Context(), func(tx register.Tx) error { return tx.PutParties(s.Parties()) }); err != nil {
		t.Fatal(err)
	}
	d, related = s.deposit(t, s.Energy, s.Nijmegen, 1), s.deposit(t, s.Water, s.Nijmegen, 1)
	File(t, truth, d, related)
	var err error
	if withdrawal, err = s.Withdraw(t, truth, d); err != nil {
		t.Fatal(err)
	}
	r, n = s.record(d), Notice(s.Energy.OIN, d, gateway.NoticeHelpAccepted)
	if err := s.post(t, truth, []feedback.Record{r}, []gateway.PostedNotice{n}); err != nil {
		t.Fatal(err)
	}
	if err := truth.Mailbox.Write(t.Context(), func(tx mailbox.Tx) error {
		_, err := tx.Advance([]mailbox.Move{{ID: d.Sealed().Body().ID, To: gateway.SignalRead, At: Now()}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return d, related, withdrawal, r, n
}

func (s rightsSuite) dossier(t *testing.T) {
	truth := s.open(t)
	d, related, withdrawal, r, n := s.full(t, truth)
	absent := gateway.SignalID(gateway.NewUUID(Now(), nil))
	var found []rights.Dossier
	if err := look(t, truth, func(tx rights.Tx) (err error) {
		found, err = tx.Dossiers([]gateway.SignalID{absent, d.Sealed().Body().ID})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if found[0].Signal.ID != "" {
		t.Error("a dossier of nothing")
	}
	got, terms, today := found[1], d.Sealed().Decision().Retain, gateway.Today(Now())
	last := today.AddDays(max(terms.Body, terms.Tokens, terms.Receipt))
	if got.Creditor != s.Energy.OIN || got.CreditorName != s.Energy.Name || got.ReportID != d.Slip().ReportID || string(got.Receipt) != string(d.Receipt()) ||
		got.Signal.State != gateway.SignalRead || !got.Signal.Withdrawn || got.BodyUntil != today.AddDays(terms.Body) ||
		got.ReceiptUntil != today.AddDays(terms.Receipt) || got.SignalUntil != last {
		t.Errorf("%+v", got)
	}
	if got.Moments != (rights.Moments{Deposited: Now(), Read: Now(), Withdrawn: Now()}) {
		t.Errorf("moments %+v", got.Moments)
	}
	if len(got.Signal.Relations) != 1 || got.Signal.Relations[0].Other != related.Sealed().Body().ID {
		t.Errorf("relations %+v", got.Signal.Relations)
	}
	if len(got.Messages) != 1 || got.Messages[0].Signal.ID != withdrawal || got.Messages[0].Moments.Deposited != Now() || got.Messages[0].BodyUntil != today.AddDays(terms.Body) {
		t.Errorf("messages %+v", got.Messages)
	}
	if !reflect.DeepEqual(got.Feedback, []rights.FeedbackMark{{ID: r.ID, At: Now(), Until: last}}) {
		t.Errorf("feedback %+v", got.Feedback)
	}
	if !reflect.DeepEqual(got.Notices, []rights.NoticeMark{{ID: n.ID, Controller: retention.Controller(n.To), Kind: n.Kind, Pause: n.Pause,
		Posted: Now(), Until: n.Pause.Until.AddDays(90)}}) {
		t.Errorf("notices %+v", got.Notices)
	}
}

func (s rightsSuite) erase(t *testing.T) {
	truth := s.open(t)
	d, related, withdrawal, _, _ := s.full(t, truth)
	id, keep := d.Sealed().Body().ID, d.Sealed().Decision().Retain.Tokens
	var erased rights.Erased
	if err := look(t, truth, func(tx rights.Tx) (err error) {
		erased, err = tx.EraseDossiers(rights.Erasure{Targets: []rights.Target{{Signal: id, TokensUntil: gateway.Today(Now()).AddDays(keep)}}, At: Now()})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := (rights.Erased{Signals: 2, Bodies: 2, Tokens: len(d.Sealed().Tokens()), Relations: 2, Notices: 1}); erased != want {
		t.Errorf("erased %+v, want %+v", erased, want)
	}
	signals, err := truth.Mailbox.Signals(t.Context(), []gateway.SignalID{id, withdrawal, related.Sealed().Body().ID})
	if err != nil || signals[0].State != gateway.SignalErased || signals[1].State != gateway.SignalErased || signals[2].State != gateway.SignalWaiting {
		t.Errorf("states %s %s %s, %v", signals[0].State, signals[1].State, signals[2].State, err)
	}
	if len(signals[0].Relations)+len(signals[2].Relations) != 0 {
		t.Error("relations are left")
	}
	rest, err := truth.Mailbox.Bodies(t.Context(), []gateway.SignalID{id, withdrawal, related.Sealed().Body().ID})
	if err != nil || rest[0].Wrapped != nil || rest[1].Wrapped != nil || rest[2].Wrapped == nil {
		t.Errorf("bodies: %v", err)
	}
	for _, kind := range []pseudonym.TokenKind{pseudonym.TokenResident, pseudonym.TokenAddress, pseudonym.TokenClaim} {
		for _, signal := range func() []gateway.SignalID {
			ids, _ := s.found(t, truth, s.Nijmegen.Municipality, "", tagsOf(d, kind))
			return ids
		}() {
			if signal == id {
				t.Errorf("a token %s is left", kind)
			}
		}
	}
	if ids, _ := s.found(t, truth, s.Nijmegen.Municipality, "", tagsOf(related, pseudonym.TokenResident)); len(ids) != 1 {
		t.Errorf("%d trails of the other report are left", len(ids))
	}
	if notices, err := truth.Feedback.Notices(t.Context(), s.Energy.OIN, 0, 10); err != nil || len(notices) != 0 {
		t.Errorf("%d notices are left, %v", len(notices), err)
	}
	// The evidence stays: the same question still gets the same answer (I3).
	records, err := truth.Ledger.Records(t.Context(), []journey.Key{keyOf(d)})
	if err != nil || string(records[0].Receipt) != string(d.Receipt()) || records[0].Digest != d.Slip().Digest {
		t.Errorf("the receipt is gone: %v", err)
	}
}

func (s rightsSuite) eraseFails(t *testing.T) {
	truth := s.open(t)
	d := s.deposit(t, s.Energy, s.Nijmegen, 1)
	File(t, truth, d)
	known := rights.Target{Signal: d.Sealed().Body().ID, TokensUntil: gateway.Today(Now()).AddDays(d.Sealed().Decision().Retain.Tokens)}
	for what, fn := range map[string]func(tx rights.Tx) error{
		"an unknown target": func(tx rights.Tx) error {
			_, err := tx.EraseDossiers(rights.Erasure{Targets: []rights.Target{known, {Signal: gateway.SignalID(gateway.NewUUID(Now(), nil)), TokensUntil: known.TokensUntil}}, At: Now()})
			return err
		},
		"the caller": func(tx rights.Tx) error {
			_, err := tx.EraseDossiers(rights.Erasure{Targets: []rights.Target{known}, At: Now()})
			return errors.Join(err, ErrFault)
		},
	} {
		before, err := truth.Rows.Leaves(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := look(t, truth, fn); err == nil {
			t.Errorf("%s did not fail it", what)
		}
		rest, err := truth.Mailbox.Bodies(t.Context(), []gateway.SignalID{known.Signal})
		rows, err2 := truth.Rows.Leaves(t.Context(), 0, 100)
		if err != nil || err2 != nil || rest[0].Wrapped == nil || len(rows) != len(before) {
			t.Errorf("%s: something was erased or logged: %v %v", what, err, err2)
		}
	}
}
