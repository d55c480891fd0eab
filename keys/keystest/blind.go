// SPDX-License-Identifier: EUPL-1.2

package keystest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

func tagsStable(t *testing.T, s Store) {
	in := [][]byte{[]byte("v1|GM0268|signaal|person|a"), []byte("v1|GM0268|signaal|person|b"), []byte("v1|GM0268|signaal|person|a"), {}}
	one := tags(t, s, in)
	for i := range in {
		if len(one[i]) != 1 || one[i][0].Version == 0 || one[i][0].Sum == [32]byte{} {
			t.Fatalf("input %d: %d tags, want one of a first version", i, len(one[i]))
		}
	}
	if one[0][0] != one[2][0] {
		t.Error("equal inputs in one batch differ")
	}
	if one[0][0] == one[1][0] || one[0][0] == one[3][0] {
		t.Error("different inputs are equal")
	}
	if again := tags(t, s, in[:1]); again[0][0] != one[0][0] {
		t.Error("a second call differs")
	}
	if none := tags(t, s, nil); len(none) != 0 {
		t.Error("no inputs, yet tags")
	}
}

func blindingRotates(t *testing.T, s Store) {
	in := [][]byte{[]byte("v1|GM0268|signaal|address|1012AB|1"), []byte("other")}
	first := tags(t, s, in)
	must(t, s.Rotate(t.Context(), keys.SubjectBlinding))
	second := tags(t, s, in)
	for i := range in {
		if len(second[i]) != 2 || second[i][1] != first[i][0] || second[i][0].Version <= second[i][1].Version {
			t.Fatalf("input %d: after rotation %v, want the new version, then the old %v", i, second[i], first[i])
		}
		if second[i][0].Sum == second[i][1].Sum {
			t.Error("both versions make the same tag")
		}
	}
	must(t, s.Rotate(t.Context(), keys.SubjectBlinding))
	third := tags(t, s, in)
	if len(third[0]) != 2 || third[0][1] != second[0][0] {
		t.Errorf("after the second rotation %v, want the newest two of %v", third[0], second[0])
	}
}

func intakeRotates(t *testing.T, s Store) {
	old := intake(t, s)
	if len(old) == 0 {
		t.Fatal("no intake key")
	}
	must(t, s.Rotate(t.Context(), keys.IntakeDecryption))
	both := intake(t, s)
	if len(both) != 2*len(old) || both[0].KID == old[0].KID {
		t.Fatalf("after rotation %v, want a new key before each of %v", both, old)
	}
	var kept bool
	for _, k := range both[len(old):] {
		kept = kept || k.KID == old[0].KID
	}
	if !kept {
		t.Fatal("the old intake key is gone before it was retired")
	}
	agree(t, s, both)
	must(t, s.Retire(t.Context(), old[0].KID))
	for _, k := range intake(t, s) {
		if k.KID == old[0].KID {
			t.Error("a retired intake key still opens")
		}
	}
	for _, p := range publics(t, s) {
		if p.KID == old[0].KID {
			t.Error("a retired intake key is still published")
		}
	}
}

// agree runs the key agreement between every intake key and its published half.
func agree(t *testing.T, s Store, in []keys.Intake) {
	t.Helper()
	for _, k := range in {
		private, ok := k.Key.(*ecdh.PrivateKey)
		if !ok {
			continue
		}
		sender, err := private.Curve().GenerateKey(rand.Reader)
		must(t, err)
		here, err := private.ECDH(sender.PublicKey())
		must(t, err)
		there, err := sender.ECDH(public(t, s, k.KID).Key.(*ecdh.PublicKey))
		must(t, err)
		if !bytes.Equal(here, there) {
			t.Errorf("intake key %s does not fit its published half", k.KID)
		}
	}
}

func intakeRedacts(t *testing.T, s Store) {
	for _, k := range intake(t, s) {
		shortText(t, "intake key", k)
		shortText(t, "intake key", &k)
	}
	shortText(t, "store", s)
}

// shortText prints v in every way and fails when anything longer than a name comes out: a private key does not fit in
// what is allowed.
func shortText(t *testing.T, name string, v any) {
	t.Helper()
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		log.Reset()
		slog.New(h).Info("", "v", v)
		if log.Len() > 200 {
			t.Errorf("%s in slog: %d bytes", name, log.Len())
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if out := fmt.Sprintf(verb, v); len(out) > 80 {
			t.Errorf("%s with %s: %d bytes", name, verb, len(out))
		}
	}
	if out, err := json.Marshal(v); err == nil && len(out) > 80 {
		t.Errorf("%s as JSON: %d bytes", name, len(out))
	}
}

func tags(t *testing.T, s Store, in [][]byte) [][]keys.Tag {
	t.Helper()
	out, err := s.MAC(t.Context(), in)
	must(t, err)
	if len(out) != len(in) {
		t.Fatalf("%d results for %d inputs", len(out), len(in))
	}
	return out
}

func intake(t *testing.T, s Store) []keys.Intake {
	t.Helper()
	ks, err := s.IntakeKeys(t.Context())
	must(t, err)
	return ks
}
