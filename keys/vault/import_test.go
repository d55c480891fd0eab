// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/keyring"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// A keyring moves in, with no more rights than deploy/vault/verhuizing.hcl: key ids, tags and what opens stay, and from then
// on Vault rotates them as its own.
func TestImport(t *testing.T) {
	clock := &ticking{}
	ring, err := keyring.Create(filepath.Join(t.TempDir(), "ring"), keyring.NewUnlock(), clock.now(), keyring.Options{X25519Intake: true, PS256: true, Clock: clock.now})
	must(t, err)
	defer ring.Close()
	must(t, ring.EnsureOpenPGP(t.Context(), func() ([]byte, []byte, error) { return []byte("geheim"), []byte("openbaar"), nil }))
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.SubjectBlinding, keys.SubjectBlinding, keys.IntakeDecryption} {
		must(t, ring.Rotate(t.Context(), use))
		clock.advance(time.Hour)
	}
	realm := vaulttest.Start(t).Open(t)
	policy, err := os.ReadFile("../../deploy/vault/verhuizing.hcl")
	must(t, err)
	mover := realm.Role(t, "verhuizing", strings.ReplaceAll(string(policy), "\"seinhuis/", "\""+realm.Mount+"/"))
	c := configFor(t, realm, mover, clock)
	s, err := Import(t.Context(), c, ring)
	must(t, err)
	must(t, s.Close())
	if _, err := Import(t.Context(), c, ring); !errors.Is(err, ErrTaken) {
		t.Errorf("a second move gives %v", err)
	}

	node, err := Open(t.Context(), configFor(t, realm, realm.Allow(t), clock))
	must(t, err)
	defer node.Close()
	was, err := ring.Publics(t.Context())
	must(t, err)
	is, err := node.Publics(t.Context())
	must(t, err)
	kids := func(list []keys.Public) (all []string) {
		for _, p := range list {
			all = append(all, string(p.Use)+" "+p.KID+" "+p.Algorithm+" "+p.From.String()+" "+p.Until.String())
		}
		slices.Sort(all)
		return all
	}
	if !reflect.DeepEqual(kids(was), kids(is)) {
		t.Errorf("published were\n%v\nand are\n%v", kids(was), kids(is))
	}
	in := [][]byte{[]byte("v1|GM0268|een"), []byte("v1|GM0268|twee")}
	tags, err := ring.MAC(t.Context(), in)
	must(t, err)
	again, err := node.MAC(t.Context(), in)
	must(t, err)
	if !reflect.DeepEqual(tags, again) || len(tags[0]) != 2 || tags[0][0].Version != 3 {
		t.Errorf("tags were of versions %d, %d", tags[0][0].Version, again[0][0].Version)
	}
	for _, alg := range []string{keys.ES256, keys.PS256} {
		oldKID, _, err := ring.Signer(t.Context(), keys.ReceiptSigning, alg)
		must(t, err)
		kid, signer, err := node.Signer(t.Context(), keys.ReceiptSigning, alg)
		must(t, err)
		if kid != oldKID {
			t.Errorf("%s is signed by another key", alg)
		}
		if alg != keys.ES256 {
			continue
		}
		sum := sha256.Sum256([]byte("bewijs"))
		signature, err := signer.Sign(nil, sum[:], crypto.SHA256)
		must(t, err)
		if !ecdsa.VerifyASN1(signer.Public().(*ecdsa.PublicKey), sum[:], signature) {
			t.Error("what Vault signs is not by the key that moved")
		}
	}
	oldIntake, err := ring.IntakeKeys(t.Context())
	must(t, err)
	intake, err := node.IntakeKeys(t.Context())
	must(t, err)
	if len(intake) != len(oldIntake) || intake[0].KID != oldIntake[0].KID || !reflect.DeepEqual(intake[0].Key, oldIntake[0].Key) {
		t.Errorf("%d intake keys became %d", len(oldIntake), len(intake))
	}
	pgp, err := node.OpenPGPKeys(t.Context())
	must(t, err)
	if len(pgp) != 1 || !bytes.Equal(pgp[0], []byte("geheim")) {
		t.Error("the OpenPGP key did not move")
	}
	for _, use := range []keys.Use{keys.ReceiptSigning, keys.SubjectBlinding} {
		must(t, node.Rotate(t.Context(), use))
	}
	fresh, err := node.MAC(t.Context(), in)
	must(t, err)
	if fresh[0][0].Version != 4 || fresh[0][1] != tags[0][0] {
		t.Error("after a rotation the tags of before are not found")
	}
}
