// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

// Callers who ask one by one at the same time share calls, and each gets what is
// his: tags and signatures do not change places.
func TestCallersShareCalls(t *testing.T) {
	s := newBench(t).Store
	const callers = 200
	alone := make([]keys.Tag, callers)
	for i := range callers {
		tags, err := s.MAC(t.Context(), [][]byte{fmt.Append(nil, "invoer ", i)})
		if err != nil {
			t.Fatal(err)
		}
		alone[i] = tags[0][0]
	}
	before := s.Calls()
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			in := [][]byte{fmt.Append(nil, "invoer ", i), fmt.Append(nil, "ander ", i)}
			tags, err := s.MAC(t.Context(), in)
			if err != nil {
				t.Error(err)
			} else if !hmac.Equal(tags[0][0].Sum[:], alone[i].Sum[:]) {
				t.Errorf("caller %d got another's tag", i)
			}
			kid, h, err := s.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
			if err != nil {
				t.Error(err)
				return
			}
			digest := sha256.Sum256(in[0])
			sig, err := h.(keys.BatchSigner).SignBatch(t.Context(), [][]byte{digest[:]}, optsOf(keys.ES256))
			if err != nil || kid == "" || !ecdsa.VerifyASN1(h.Public().(*ecdsa.PublicKey), digest[:], sig[0]) {
				t.Errorf("caller %d got another's signature, %v", i, err)
			}
		})
	}
	all.Wait()
	if calls := s.Calls() - before; calls > callers/2 {
		t.Errorf("%d callers with two asks each cost %d calls", callers, calls)
	}
}

// Who does not want to wait any more leaves; what he shared goes on.
func TestWhoLeavesASharedCall(t *testing.T) {
	s := newBench(t).Store
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.MAC(gone, [][]byte{[]byte("x")}); err == nil {
		t.Error("a caller that was gone got an answer")
	}
	random := []byte(rand.Text())
	if _, err := s.MAC(t.Context(), [][]byte{random}); err != nil {
		t.Error(err)
	}
}
