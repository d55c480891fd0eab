// SPDX-License-Identifier: EUPL-1.2

package pseudonym_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/keys"
)

// watched notes what is hashed.
type watched struct {
	gatewaytest.Keyer
	inputs []string
	calls  int
	err    error
}

func (k *watched) MAC(ctx context.Context, inputs [][]byte) ([][]keys.Tag, error) {
	k.calls++
	for _, in := range inputs {
		k.inputs = append(k.inputs, string(in))
	}
	if k.err != nil {
		return nil, k.err
	}
	return k.Keyer.MAC(ctx, inputs)
}

func tagOf(t *testing.T, b pseudonym.Blinded, kind pseudonym.TokenKind) keys.Tag {
	t.Helper()
	for _, token := range b.Tokens() {
		if token.Kind == kind {
			return token.Tags[0]
		}
	}
	t.Fatalf("no token %s", kind)
	return keys.Tag{}
}

func TestWhichTokensAgree(t *testing.T) {
	w := newWorld(t)
	base := facts{"achternaam": "van der Müller", "voorletters": "J.P.", "geboortedatum": "1980-02-03", "huisletter": "a", "kenmerk": "K-01"}
	all := []pseudonym.TokenKind{pseudonym.TokenAddress, pseudonym.TokenResident, pseudonym.TokenPerson, pseudonym.TokenClaim}
	for name, c := range map[string]struct {
		change facts
		differ []pseudonym.TokenKind
	}{
		"written otherwise": {facts{"achternaam": "MULLER", "voorletters": "j", "huisletter": "A", "kenmerk": "k01"}, nil},
		"other surname":     {facts{"achternaam": "Mulder"}, []pseudonym.TokenKind{pseudonym.TokenResident, pseudonym.TokenPerson}},
		"other initial":     {facts{"voorletters": "K."}, []pseudonym.TokenKind{pseudonym.TokenResident, pseudonym.TokenPerson}},
		"other birth date":  {facts{"geboortedatum": "1980-02-04"}, []pseudonym.TokenKind{pseudonym.TokenPerson}},
		"other letter":      {facts{"huisletter": "b"}, []pseudonym.TokenKind{pseudonym.TokenAddress}},
		"other addition":    {facts{"huisnummertoevoeging": "2"}, []pseudonym.TokenKind{pseudonym.TokenAddress}},
		"other number":      {facts{"huisnummer": 90002}, []pseudonym.TokenKind{pseudonym.TokenAddress, pseudonym.TokenResident}},
		"other claim":       {facts{"kenmerk": "K-02"}, []pseudonym.TokenKind{pseudonym.TokenClaim}},
		"other amount":      {facts{"bedragInCenten": 99_00}, nil},
	} {
		changed := facts{}
		for _, f := range []facts{base, c.change} {
			for k, v := range f {
				changed[k] = v
			}
		}
		b := w.blinded(t, gatewaytest.Keyer{}, w.Energy, w.Nijmegen, base, changed)
		for _, kind := range all {
			if same := tagOf(t, b[0], kind) == tagOf(t, b[1], kind); same == slices.Contains(c.differ, kind) {
				t.Errorf("%s: token %s equal is %t", name, kind, same)
			}
		}
	}
}

// No token of one municipality, kind or report stands for something else: no
// national linking (docs/privacy.md).
func TestTokensAreOfOneMunicipalityAndKind(t *testing.T) {
	w := newWorld(t)
	k := &watched{}
	f := facts{"geboortedatum": "1980-02-03"}
	here := w.blinded(t, k, w.Energy, w.Nijmegen, f)
	there := w.blinded(t, k, w.Energy, w.Leiden, f)
	other := w.blinded(t, k, w.Water, w.Nijmegen, f)
	seen := map[keys.Tag]bool{}
	for _, token := range append(here[0].Tokens(), there[0].Tokens()...) {
		if seen[token.Tags[0]] {
			t.Errorf("token %s stands for two things", token.Kind)
		}
		seen[token.Tags[0]] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d tokens of two reports", len(seen))
	}
	for kind, same := range map[pseudonym.TokenKind]bool{pseudonym.TokenAddress: true, pseudonym.TokenPerson: true, pseudonym.TokenClaim: false} {
		if (tagOf(t, here[0], kind) == tagOf(t, other[0], kind)) != same {
			t.Errorf("another creditor: token %s equal is not %t", kind, same)
		}
	}
	for _, in := range k.inputs {
		if !strings.HasPrefix(in, "v1|GM0268|vroegsignalering|") && !strings.HasPrefix(in, "v1|GM0546|vroegsignalering|") {
			t.Errorf("input of a token is not tagged: %.30s", in)
		}
	}
	if k.calls != 3 {
		t.Errorf("%d calls to the key store for 3 batches", k.calls)
	}
}

func TestSeparatorCannotBeInjected(t *testing.T) {
	w := newWorld(t)
	k := &watched{}
	w.blinded(t, k, w.Energy, w.Nijmegen,
		facts{"achternaam": "a|b|c", "voorletters": "|x", "kenmerk": "1|Energie|2", "huisnummertoevoeging": "|1|2", "huisletter": "|", "geboortedatum": "1980-02-03"})
	fields := map[string]int{"address": 4, "resident": 4, "person": 3, "claim": 3, "claim-secret": 3}
	for _, in := range k.inputs {
		parts := strings.Split(in, "|")
		if want := 4 + fields[parts[3]]; len(parts) != want {
			t.Errorf("input %s has %d parts, want %d", parts[3], len(parts), want)
		}
	}
}

// Without a customer number that says anything, a claim is told apart by who
// and where: otherwise all who got "-" would be one claim.
func TestEmptyReferencesAreNoClaim(t *testing.T) {
	w := newWorld(t)
	for _, reference := range []any{nil, "-", ".", "- / -"} {
		b := w.blinded(t, gatewaytest.Keyer{}, w.Energy, w.Nijmegen,
			facts{"kenmerk": reference, "achternaam": "Voorbeeld"}, facts{"kenmerk": reference, "achternaam": "Verzonnen"}, facts{"kenmerk": reference, "achternaam": "Voorbeeld"})
		if tagOf(t, b[0], pseudonym.TokenClaim) == tagOf(t, b[1], pseudonym.TokenClaim) {
			t.Errorf("reference %v: two persons are one claim", reference)
		}
		if tagOf(t, b[0], pseudonym.TokenClaim) != tagOf(t, b[2], pseudonym.TokenClaim) {
			t.Errorf("reference %v: one claim is two", reference)
		}
	}
}

func TestPersonTokenNeedsABirthDate(t *testing.T) {
	w := newWorld(t)
	for _, token := range w.blinded(t, gatewaytest.Keyer{}, w.Energy, w.Nijmegen, facts{})[0].Tokens() {
		if token.Kind == pseudonym.TokenPerson {
			t.Error("a name alone became a person")
		}
	}
}

func TestKeyStoreFailureBlindsNothing(t *testing.T) {
	w := newWorld(t)
	broken := errors.New("key store is closed")
	blinded, err := pseudonym.Blind(t.Context(), &watched{err: broken}, w.permitted(t, w.Energy, w.Nijmegen, facts{}))
	if blinded != nil || !errors.Is(err, broken) {
		t.Errorf("got %d, %v", len(blinded), err)
	}
}

func TestClaimMemory(t *testing.T) {
	w := newWorld(t)
	claim := func(versions uint32, cents int, more facts) pseudonym.ClaimMemory {
		f := facts{"bedragInCenten": cents}
		for k, v := range more {
			f[k] = v
		}
		return w.blinded(t, gatewaytest.Keyer{Versions: versions}, w.Energy, w.Nijmegen, f)[0].Claim()
	}
	sealed := claim(1, 450_00, nil).Seal()
	for name, c := range map[string]struct {
		next pseudonym.ClaimMemory
		want bool
	}{
		"same amount": {claim(1, 450_00, nil), true}, "lower": {claim(1, 449_99, nil), true}, "higher": {claim(1, 450_01, nil), false},
		"after a new key version": {claim(2, 450_00, nil), true}, "higher after it": {claim(3, 450_01, nil), false},
		"another claim": {claim(1, 1_00, facts{"kenmerk": "K-99"}), false},
	} {
		if c.next.NotHigher(sealed) != c.want {
			t.Errorf("%s: not higher is %t", name, !c.want)
		}
	}
	if claim(1, 1_00, nil).NotHigher(claim(2, 450_00, nil).Seal()) {
		t.Error("a memory under a key version that is gone is opened")
	}
	again := claim(1, 450_00, nil).Seal()
	if bytes.Equal(sealed, again) || bytes.Equal(sealed[:12], again[:12]) {
		t.Error("equal amounts show as equal ciphertexts")
	}
	for _, bad := range [][]byte{nil, {}, sealed[:8], append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1)} {
		if claim(1, 1_00, nil).NotHigher(bad) {
			t.Errorf("a damaged memory of %d bytes counts", len(bad))
		}
	}
}

func BenchmarkBlind(b *testing.B) {
	w := newWorld(b)
	reports := w.permitted(b, w.Energy, w.Nijmegen, facts{"geboortedatum": "1980-02-03"})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pseudonym.Blind(b.Context(), gatewaytest.Keyer{}, reports); err != nil {
			b.Fatal(err)
		}
	}
}

// A report in a municipality that succeeds others is also looked up under
// their codes; what is stored is under its own, and the amount of a claim is
// known again.
func TestFormerCodes(t *testing.T) {
	w := newWorld(t)
	before := w.blinded(t, gatewaytest.Keyer{Versions: 2}, w.Energy, w.Nijmegen, facts{"geboortedatum": "1980-02-03"})[0]
	was := w.Nijmegen
	old := was.Municipality
	for i := range w.Agreements {
		w.Agreements[i].Municipality = "GM1999"
	}
	w.Nijmegen.Municipality, w.Nijmegen.Formerly = "GM1999", []gateway.Municipality{"GM1998", old}
	w.Reorganised = map[gateway.Municipality]gateway.Municipality{old: "GM1999"}
	after := w.blinded(t, gatewaytest.Keyer{Versions: 2}, w.Energy, was, facts{"geboortedatum": "1980-02-03"})[0]
	if len(after.Tokens()) != 4 || len(before.Tokens()) != 4 {
		t.Fatalf("%d and %d tokens", len(before.Tokens()), len(after.Tokens()))
	}
	for i, token := range after.Tokens() {
		was := before.Tokens()[i]
		if token.Kind != was.Kind || len(token.Tags) != 6 || slices.Contains(was.Tags, token.Tags[0]) || !slices.Equal(token.Tags[4:], was.Tags) {
			t.Errorf("%s: %d tags", token.Kind, len(token.Tags))
		}
	}
	if !after.Claim().NotHigher(before.Claim().Seal()) || before.Claim().NotHigher(after.Claim().Seal()) {
		t.Error("the claim of before is not known again, or is sealed under an old code")
	}
}
