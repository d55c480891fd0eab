// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// A standalone installation moves: its tokens keep their meaning and their numbers, what was encrypted to it opens, and what it
// signed can be verified; then everything rotates on.
func TestMove(t *testing.T) {
	realm := vaulttest.Start(t).Setup(t)
	clock, calls := &ticking{}, 0
	ring, err := keyring.Create(filepath.Join(t.TempDir(), "ring"), keyring.NewUnlock(), start, keyring.Options{X25519Intake: true, RSAIntake: true, PS256: true, Clock: clock.now})
	must(t, err)
	defer ring.Close()
	must(t, ring.EnsureOpenPGP(t.Context(), maker(&calls)))
	clock.advance(time.Hour)
	must(t, ring.RotateOpenPGP(t.Context(), maker(&calls)))
	for _, use := range []keys.Use{keys.SubjectBlinding, keys.SubjectBlinding, keys.SubjectBlinding, keys.IntakeDecryption, keys.ReceiptSigning} {
		must(t, ring.Rotate(t.Context(), use))
	}
	clock.advance(time.Hour)
	config := configFor(t, realm, realm.Login(t, "verhuizing"), clock)
	s, err := Move(t.Context(), config, ring)
	must(t, err)
	defer s.Close()

	want, err := ring.MAC(t.Context(), values(5))
	must(t, err)
	poort, err := Open(t.Context(), configFor(t, realm, realm.Login(t, "poort"), clock))
	must(t, err)
	defer poort.Close()
	if got, err := poort.MAC(t.Context(), values(5)); err != nil || !reflect.DeepEqual(got, want) || got[0][0].Version != 4 {
		t.Errorf("tags %v, want %v (%v)", got, want, err)
	}
	old, err := ring.IntakeKeys(t.Context())
	must(t, err)
	if got, err := poort.IntakeKeys(t.Context()); err != nil || !reflect.DeepEqual(ids(got), ids(old)) {
		t.Errorf("intake keys %v, want %v (%v)", got, old, err)
	}
	pgp, err := ring.OpenPGPKeys(t.Context())
	must(t, err)
	if got, err := poort.OpenPGPKeys(t.Context()); err != nil || !reflect.DeepEqual(got, pgp) {
		t.Errorf("OpenPGP keys differ: %v", err)
	}
	before, err := ring.Publics(t.Context())
	must(t, err)
	after, err := poort.Publics(t.Context())
	must(t, err)
	for _, p := range before {
		i := slices.IndexFunc(after, func(q keys.Public) bool { return q.KID == p.KID && q.Use == p.Use && q.From.Equal(p.From) })
		if i < 0 || p.Use.Signs() && after[i].Until.IsZero() || !p.Use.Signs() && !after[i].Until.Equal(p.Until) {
			t.Errorf("%s %s is not published as it should be", p.Use, p.KID)
		}
	}
	for _, alg := range []string{keys.ES256, keys.PS256} {
		if _, err := signOne(t, poort, keys.NoticeSigning, alg); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
	if again, err := Move(t.Context(), config, ring); !errors.Is(err, ErrMoved) || again != nil {
		t.Errorf("a second move: %v, want ErrMoved", err)
	}
	for _, use := range []keys.Use{keys.SubjectBlinding, keys.ReceiptSigning, keys.IntakeDecryption} {
		must(t, s.Rotate(t.Context(), use))
	}
	clock.advance(recheck)
	if got, err := poort.MAC(t.Context(), values(1)); err != nil || got[0][0].Version != 5 || got[0][1] != want[0][0] {
		t.Errorf("after a rotation %v (%v)", got, err)
	}
}

// A Vault that holds the blinding key of another installation is not taken for ours, and a move that stopped can go on.
func TestMoveComparesTags(t *testing.T) {
	realm := vaulttest.Start(t).Setup(t)
	clock := &ticking{}
	config := configFor(t, realm, realm.Login(t, "verhuizing"), clock)
	rings := make([]*keyring.Keyring, 2)
	for n := range rings {
		ring, err := keyring.Create(filepath.Join(t.TempDir(), "ring"), keyring.NewUnlock(), start, keyring.Options{})
		must(t, err)
		defer ring.Close()
		rings[n] = ring
	}
	s, err := connect(t.Context(), config)
	must(t, err)
	must(t, s.moveBlinding(t.Context(), rings[0], &document{}, start)) // and then it stopped
	must(t, s.Close())
	if _, err := Move(t.Context(), config, rings[1]); !errors.Is(err, ErrMoved) {
		t.Errorf("another installation: %v, want ErrMoved", err)
	}
	s, err = Move(t.Context(), config, rings[0])
	must(t, err)
	must(t, s.Close())
}

func ids(in []keys.Intake) (out []string) {
	for _, k := range in {
		out = append(out, k.KID+k.Algorithm)
	}
	slices.Sort(out)
	return out
}
