// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/register"
)

// A store of the first release opens, keeps its keys and takes the new kinds.
func TestSchemaTwoKeepsKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	must(t, prepare(path))
	first, err := schemas.ReadFile("schema/0001.sql")
	must(t, err)
	execAt(t, path, string(first)+`PRAGMA application_id = 0x5345494e; PRAGMA user_version = 1;
		INSERT INTO party VALUES ('00000099000000110001', 'meldende-partij', 'Voorbeeld', 'actief', NULL, '', '', 0);
		INSERT INTO party_key VALUES ('00000099000000110001', 0, 'kid', 'sig', 'ES256', x'00', NULL, NULL)`)
	db := openAt(t, path)
	n := 0
	must(t, each(db.read.with(t.Context()), func(scan func(...any) error) error { return scan(&n) }, `SELECT count(*) FROM party_key`))
	if n != 1 {
		t.Errorf("%d keys are left of 1", n)
	}
}

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
