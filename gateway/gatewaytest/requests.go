// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"errors"
	"reflect"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/request"
)

// Requests is the contract of [request.Store]. open gives an empty store, a new
// one at each call.
func Requests(t *testing.T, open func(t *testing.T) Truth) {
	truth, today := open(t), gateway.Today(Now())
	id := func() gateway.UUID { return gateway.NewUUID(Now(), nil) }
	first := request.Request{ID: id(), Kind: request.Access, Controller: Issuer, Instruction: id(), Received: today}
	second := request.Request{ID: id(), Kind: request.Objection, Controller: Issuer, Instruction: id(), Received: today.AddDays(-40),
		Extended: request.Complex, HandedFrom: "00000099000000220001", HandedOn: today}
	write := func(fn func(tx request.Tx) error) error {
		return truth.Requests.WriteRequests(t.Context(), func(tx request.Tx) error {
			_, err := tx.Append([]audit.Entry{Entry(t, 3)})
			return errors.Join(err, fn(tx))
		})
	}
	list := func(closedToo bool, want ...request.Request) {
		t.Helper()
		got, err := truth.Requests.Requests(t.Context(), closedToo)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d requests, want %d, %v", len(got), len(want), err)
		}
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("got %+v, want %+v", got[i], want[i])
			}
		}
	}
	if err := write(func(tx request.Tx) error { return errors.Join(tx.PutRequest(first), tx.PutRequest(second)) }); err != nil {
		t.Fatal(err)
	}
	list(false, first, second)
	first.Outcome, first.Closed = request.Granted, today
	if err := write(func(tx request.Tx) error {
		none, err := tx.Request(id())
		known, err2 := tx.Request(second.ID)
		if none.Exists() || !reflect.DeepEqual(known, second) {
			t.Errorf("found %+v and %+v", none, known)
		}
		return errors.Join(err, err2, tx.PutRequest(first))
	}); err != nil {
		t.Fatal(err)
	}
	list(false, second)
	list(true, first, second)
	if err := write(func(tx request.Tx) error {
		return errors.Join(tx.PutRequest(request.Request{ID: id(), Kind: request.Erasure, Controller: Issuer, Instruction: id(), Received: today}), ErrFault)
	}); err == nil {
		t.Error("the fault was lost")
	}
	list(true, first, second)
}
