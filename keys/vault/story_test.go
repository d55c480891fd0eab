// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/keys"
	"github.com/seinhuis/seinhuis/keys/vault/vaulttest"
)

// What an operator does is seen by every node within a second; a node that has not looked yet signs on with the old key,
// which Vault allows until its end and then refuses itself.
func TestOtherNodesFollow(t *testing.T) {
	node := newBench(t)
	operator := node.second(t)
	kid, handle, err := node.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, err)
	must(t, operator.Rotate(t.Context(), keys.ReceiptSigning))
	if now, _, _ := node.Signer(t.Context(), keys.ReceiptSigning, keys.ES256); now != kid {
		t.Error("the clock stood still, yet the register was looked at")
	}
	if _, err := handle.Sign(nil, make([]byte, 32), crypto.SHA256); err != nil {
		t.Errorf("within the overlap: %v", err)
	}
	must(t, operator.Retire(t.Context(), kid))
	if _, err := handle.Sign(nil, make([]byte, 32), crypto.SHA256); !errors.Is(err, keys.ErrRetired) {
		t.Errorf("a node that has not seen the retirement: %v, want ErrRetired from Vault itself", err)
	}
	if now, _, _ := node.Signer(t.Context(), keys.ReceiptSigning, keys.ES256); now == kid {
		t.Error("what Vault refused did not make the node look")
	}
	before, _, err := node.Signer(t.Context(), keys.NoticeSigning, keys.ES256)
	must(t, err)
	must(t, operator.Rotate(t.Context(), keys.NoticeSigning))
	node.clock.advance(recheck)
	if now, _, _ := node.Signer(t.Context(), keys.NoticeSigning, keys.ES256); now == before {
		t.Error("after a second the rotation is not seen")
	}
	// Pseudonyms: two rotations within the second erase the version this node would ask for.
	must(t, operator.Rotate(t.Context(), keys.SubjectBlinding))
	must(t, operator.Rotate(t.Context(), keys.SubjectBlinding))
	if tags, err := node.MAC(t.Context(), [][]byte{{1}}); err != nil || len(tags[0]) != 2 || tags[0][0].Version != 3 {
		t.Errorf("a node that had not looked: %v, %v", tags, err)
	}
	node.clock.advance(-time.Hour)
	must(t, operator.Rotate(t.Context(), keys.NoticeSigning))
	if entries, err := node.Inventory(t.Context()); err != nil || len(entries) != 10 {
		t.Errorf("a clock that went back keeps the old view: %d entries, %v", len(entries), err)
	}
}

func TestRotatedKeySignsForAMinute(t *testing.T) {
	b := newBench(t)
	kid, h, err := b.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, err)
	must(t, b.Rotate(t.Context(), keys.ReceiptSigning))
	b.clock.advance(signingOverlap - time.Second)
	if _, err := h.Sign(nil, make([]byte, 32), crypto.SHA256); err != nil {
		t.Errorf("within the overlap: %v", err)
	}
	b.clock.advance(time.Second)
	if _, err := h.Sign(nil, make([]byte, 32), crypto.SHA256); !errors.Is(err, keys.ErrRetired) {
		t.Errorf("after the published end: %v, want ErrRetired", err)
	}
	must(t, b.Rotate(t.Context(), keys.NoticeSigning)) // any change
	if v, err := b.transit(t.Context(), "receipt-signing-es256"); err != nil || v.Available != 2 || v.MinUse != 2 {
		t.Errorf("the private half outlives its time in Vault: %+v, %v", v, err)
	}
	entries, err := b.Inventory(t.Context())
	must(t, err)
	if i := slices.IndexFunc(entries, func(e keys.Entry) bool { return e.KID == kid }); i < 0 || entries[i].Acts || !entries[i].Until.Equal(start.Add(signingOverlap)) {
		t.Errorf("an operator sees %+v", entries)
	}
}

func TestWebhookOverlap(t *testing.T) {
	b := newBench(t)
	must(t, b.Rotate(t.Context(), keys.WebhookSigning))
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{webhookOverlap - time.Second, 2}, {time.Second, 1}} {
		b.clock.advance(c.after)
		if all, err := b.Signers(t.Context(), keys.WebhookSigning, keys.EdDSA); err != nil || len(all) != c.want {
			t.Errorf("%d keys sign, want %d (%v)", len(all), c.want, err)
		}
	}
}

// Version n of a tag is version n in Vault, and a version that was retired is gone there too.
func TestBlindingVersions(t *testing.T) {
	b := newBench(t)
	in := [][]byte{[]byte("x")}
	first, err := b.MAC(t.Context(), in)
	must(t, err)
	must(t, b.Rotate(t.Context(), keys.SubjectBlinding))
	if err := b.Retire(t.Context(), "subject-blinding.2"); !errors.Is(err, keys.ErrCurrent) {
		t.Errorf("current version: %v, want ErrCurrent", err)
	}
	both, err := b.MAC(t.Context(), in)
	must(t, err)
	if len(both[0]) != 2 || both[0][0].Version != 2 || both[0][1] != first[0][0] {
		t.Fatalf("tags %v", both)
	}
	must(t, b.Retire(t.Context(), "subject-blinding.1"))
	out, err := b.MAC(t.Context(), in)
	if err != nil || len(out[0]) != 1 || out[0][0] != both[0][0] {
		t.Errorf("tags %v, %v; want version 2 only", out, err)
	}
	if err := b.Retire(t.Context(), "subject-blinding.1"); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("a version that is gone: %v, want ErrUnknown", err)
	}
	if v, err := b.transit(t.Context(), blindingName); err != nil || v.Available != 2 {
		t.Errorf("version 1 is still in Vault: %+v, %v", v, err)
	}
	if _, err := b.tag(t.Context(), 1, in); err == nil {
		t.Error("Vault still tags with version 1")
	}
	// A version that Vault made on its own is not used before the register names it.
	b.realm.Must(t, http.MethodPost, b.realm.Mount+"/keys/keys/subject-blinding/rotate", nil)
	if out, err := b.second(t).MAC(t.Context(), in); err != nil || len(out[0]) != 1 || out[0][0].Version != 2 {
		t.Errorf("tags %v, %v", out, err)
	}
}

func TestOpenPGPKeys(t *testing.T) {
	b, calls := newBench(t), 0
	if got, err := b.OpenPGPKeys(t.Context()); err != nil || len(got) != 0 {
		t.Fatalf("before the first: %d, %v", len(got), err)
	}
	must(t, b.EnsureOpenPGP(t.Context(), maker(&calls)))
	must(t, b.EnsureOpenPGP(t.Context(), maker(&calls)))
	must(t, b.second(t).EnsureOpenPGP(t.Context(), maker(&calls)))
	b.clock.advance(time.Hour)
	must(t, b.RotateOpenPGP(t.Context(), maker(&calls)))
	other := b.second(t)
	for list, want := range map[string][]string{"private": {"private-2", "private-1"}, "public": {"public-2", "public-1"}} {
		get := other.OpenPGPKeys
		if list == "public" {
			get = other.OpenPGPPublics
		}
		raws, err := get(t.Context())
		must(t, err)
		if got := []string{string(raws[0]), string(raws[1])}; len(raws) != 2 || !slices.Equal(got, want) || calls != 2 {
			t.Errorf("%s: %q after %d made", list, got, calls)
		}
	}
	old := openpgpKID([]byte("public-1"))
	if err := b.Retire(t.Context(), openpgpKID([]byte("public-2"))); !errors.Is(err, keys.ErrCurrent) {
		t.Errorf("retire the current one: %v", err)
	}
	must(t, b.Retire(t.Context(), old))
	if got, err := b.second(t).OpenPGPKeys(t.Context()); err != nil || len(got) != 1 || string(got[0]) != "private-2" {
		t.Errorf("after retirement: %d keys, %v", len(got), err)
	}
	if status, _ := b.realm.Call(b.client().Token(), http.MethodGet, b.realm.Mount+"/kv/metadata/openpgp/"+old, nil); status != http.StatusNotFound {
		t.Errorf("the retired key is still in Vault: status %d", status)
	}
	broken := errors.New("broken")
	if err := b.RotateOpenPGP(t.Context(), func() ([]byte, []byte, error) { return nil, nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// Two operators at the same time: both rotations stand, and neither undoes the other.
func TestTwoOperators(t *testing.T) {
	b := newBench(t)
	stores := []*Store{b.Store, b.second(t)}
	var wg sync.WaitGroup
	for _, s := range stores {
		for _, use := range []keys.Use{keys.ReceiptSigning, keys.NoticeSigning} {
			wg.Go(func() {
				if err := s.Rotate(t.Context(), use); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	entries, err := b.second(t).Inventory(t.Context())
	must(t, err)
	count, current := map[keys.Use]int{}, map[keys.Use]int{}
	for _, e := range entries {
		count[e.Use]++
		if e.Until.IsZero() {
			current[e.Use]++
		}
	}
	if count[keys.ReceiptSigning] != 3 || count[keys.NoticeSigning] != 3 || current[keys.ReceiptSigning] != 1 || current[keys.NoticeSigning] != 1 {
		t.Errorf("%v keys, %v current", count, current)
	}
	if again, err := Create(t.Context(), b.config, Options{}); err != nil {
		t.Error(err)
	} else {
		defer again.Close()
		if after, err := again.Inventory(t.Context()); err != nil || len(after) != len(entries) {
			t.Errorf("creating again changed the keys: %d, %v", len(after), err)
		}
	}
}

func TestOptions(t *testing.T) {
	realm := vaulttest.Start(t).Open(t)
	clock := &ticking{}
	c := configFor(t, realm, realm.Allow(t), clock)
	if _, err := Open(t.Context(), c); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("before there are keys: %v, want ErrUnknown", err)
	}
	s, err := Create(t.Context(), c, Options{X25519Intake: true, RSAIntake: true})
	must(t, err)
	defer s.Close()
	must(t, s.Rotate(t.Context(), keys.IntakeDecryption))
	in, err := s.IntakeKeys(t.Context())
	must(t, err)
	var got []string
	for _, k := range in {
		got = append(got, fmt.Sprintf("%T", k.Key))
	}
	if len(got) != 6 || slices.Index(got[:3], "*rsa.PrivateKey") < 0 || slices.Index(got[3:], "*rsa.PrivateKey") < 0 {
		t.Errorf("intake keys %v, want three current ones first, one of them RSA", got)
	}
}

// A login with a client certificate does the same.
func TestLoginWithCertificate(t *testing.T) {
	realm := vaulttest.Start(t).Open(t)
	realm.Allow(t)
	authority, err := vaulttest.NewAuthority()
	must(t, err)
	mount := realm.Mount + "-cert"
	realm.Must(t, http.MethodPost, "sys/auth/"+mount, map[string]any{"type": "cert"})
	realm.Must(t, http.MethodPost, "auth/"+mount+"/certs/poort", map[string]any{"certificate": string(authority.PEM),
		"allowed_common_names": []string{"poort.seinhuis"}, "token_policies": []string{realm.Mount + "-alles"}})
	c := Config{Address: realm.Address, CAFile: realm.CAFile(t), Mount: realm.Mount, Certificate: &Certificate{Role: "poort"}}
	c.Certificate.CertFile, c.Certificate.KeyFile = authority.Client(t, "poort.seinhuis")
	s, err := Create(t.Context(), c, Options{})
	must(t, err)
	if _, err := signOne(t, s, keys.ReceiptSigning, keys.ES256); err != nil {
		t.Error(err)
	}
	must(t, s.Close())
	c.Certificate.CertFile, c.Certificate.KeyFile = authority.Client(t, "ander.seinhuis")
	if _, err := Open(t.Context(), c); !errors.Is(err, keys.ErrUnavailable) {
		t.Errorf("a certificate with another name: %v", err)
	}
}
