// SPDX-License-Identifier: EUPL-1.2

package gatewaytest_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

func TestMemoryBodies(t *testing.T) {
	gatewaytest.Bodies(t, func(*testing.T) mailbox.Bodies { return gatewaytest.NewBodies() })
}

func TestMemoryBodiesFaults(t *testing.T) {
	b := gatewaytest.NewBodies()
	all := []seal.Body{gatewaytest.SealedBody("GM0268/2026-11", 1, 90)}
	b.FailPuts(gatewaytest.Failed, gatewaytest.FailedButDone)
	for want := range 2 {
		if _, err := b.Put(t.Context(), all); !errors.Is(err, gatewaytest.ErrFault) || len(b.Objects()) != want {
			t.Errorf("error %v, %d objects", err, len(b.Objects()))
		}
	}
	places, err := b.Put(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b.Objects()[places[0].Object], all[0].Wrapped[:20]) {
		t.Error("the object shows the body")
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", places, places, places, places); bytes.Contains([]byte(shown), []byte("GM0268")) {
		t.Errorf("a place prints itself: %s", shown)
	}
	b.FailReads(true)
	if _, err := b.Get(t.Context(), places); !errors.Is(err, gatewaytest.ErrFault) {
		t.Errorf("error %v", err)
	}
	b.FailReads(false)
	b.Alter(places[0].Object, func(data []byte) []byte { data[3] ^= 1; return data })
	if _, err := b.Get(t.Context(), places); !errors.Is(err, mailbox.ErrBody) {
		t.Errorf("an altered object: %v", err)
	}
	b.FailErases(gatewaytest.Failed, gatewaytest.FailedButDone)
	for _, left := range []int{2, 1} {
		if err := b.Erase(t.Context(), []string{places[0].Object}); !errors.Is(err, gatewaytest.ErrFault) || len(b.Objects()) != left {
			t.Errorf("error %v, %d objects left", err, len(b.Objects()))
		}
	}
}
