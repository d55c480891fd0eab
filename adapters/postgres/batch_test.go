// SPDX-License-Identifier: EUPL-1.2

package postgres

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/register"
)

func TestKeysThatAreNotJOSE(t *testing.T) {
	db := openTest(t)
	p := gatewaytest.NewActors(t).Energy
	p.Keys = append(p.Keys,
		gateway.PartyKey{ID: "0a", Use: gateway.KeySign, Algorithm: gateway.AlgOpenPGP, Public: gateway.OpenPGPKey{1, 2}, From: gatewaytest.Now()},
		gateway.PartyKey{ID: "0b", Use: gateway.KeyLogin, Algorithm: gateway.AlgSSH, Public: gateway.SSHKey{3}, From: gatewaytest.Now()})
	put := func(p gateway.Party) error {
		return db.Register().Write(t.Context(), func(tx register.Tx) error { return tx.PutParties([]gateway.Party{p}) })
	}
	must(t, put(p))
	got, err := db.Register().Parties(t.Context())
	must(t, err)
	if !reflect.DeepEqual(got[0].Keys[1:], p.Keys[1:]) {
		t.Errorf("got %+v", got[0].Keys[1:])
	}
	p.Keys[1].Algorithm = "ES256" // could not be read back as what it is
	if put(p) == nil {
		t.Error("an OpenPGP key was stored under another algorithm")
	}
}

// A sentence is stored once, however many lines it was said of; and a batch
// that is done has a day on which it goes, with its outcomes.
func TestOutcomesAreSmall(t *testing.T) {
	db := openTest(t)
	r := gatewaytest.BatchRecord("00000099000000110001")
	r.State, r.DoneAt = batch.Done, gatewaytest.Now()
	f := []gateway.Finding{{Code: "a", Pointer: "/b", Rule: "r", Text: strings.Repeat("x", 200)}, {Code: "c"}}
	outcomes := make([]batch.Outcome, 1000)
	for i := range outcomes {
		outcomes[i] = batch.Outcome{Line: int64(i + 1), Kind: batch.LineRefused, Findings: f}
	}
	must(t, db.Batches().Write(t.Context(), func(tx batch.Tx) error { return errors.Join(tx.Put(r), tx.Add(r.Key, outcomes)) }))
	number := func(query string) (n int64) {
		t.Helper()
		must(t, each(db.read.with(t.Context()), func(scan func(...any) error) error { return scan(&n) }, query))
		return n
	}
	if n, size := number(`SELECT count(*) FROM finding`), number(`SELECT sum(length(findings))::bigint FROM outcome`); n != 2 || size > 20_000 {
		t.Errorf("%d findings, %d bytes at the lines", n, size)
	}
	if got, want := number(`SELECT expires_on FROM batch`), day(gateway.Today(r.DoneAt).AddDays(90)); any(got) != want {
		t.Errorf("expires on %d, want %v", got, want)
	}
	got, err := db.Batches().Outcomes(t.Context(), r.Key, 998, 10)
	if err != nil || !reflect.DeepEqual(got, outcomes[998:]) {
		t.Errorf("%v, %+v", err, got)
	}
}
