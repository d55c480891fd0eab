// SPDX-License-Identifier: EUPL-1.2

package feedback_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// over is the desk of the office over another store.
func (o *office) over(store feedback.Store) *feedback.Desk {
	return feedback.NewDesk(feedback.Ports{Issuer: gatewaytest.Issuer, Verifier: gatewaytest.Opener{}, Receipts: gatewaytest.Signer{},
		Notices: o.notices, Store: store, Bell: o.Bell})
}

// looked is a store in which something happens once, after the look for earlier
// feedback and before that at its signals.
type looked struct {
	feedback.Store
	then func()
}

func (l looked) Cases(ctx context.Context, ids []gateway.SignalID) ([]feedback.Case, error) {
	l.then()
	return l.Store.Cases(ctx, ids)
}

// Invariant I3: the first answer stands, also for who looked for it just too
// early and is refused by what the first one changed. Other content under its
// id, and a letter that is not the peer's, get no receipt.
func TestStoredBetweenLookAndCommit(t *testing.T) {
	o := newOffice(t, onlyEnergy)
	word := o.word(gateway.ResultFollowUp, nil)
	var first feedback.Answer
	desk := o.over(looked{o.memory.Feedback, sync.OnceFunc(func() { first = o.accept(t, o.submission(o.Nijmegen, word))[0] })})
	other := o.word(gateway.ResultFollowUp, object{"terugkoppelingId": word["terugkoppelingId"], "toetsdatum": gateway.Today(o.at).String()})
	forged := o.submission(o.Nijmegen, word)
	forged.Token = gatewaytest.Letter(o.Leiden.OIN, []byte("{}"))
	a, err := desk.Accept(t.Context(), []feedback.Submission{o.submission(o.Nijmegen, word), o.submission(o.Nijmegen, other), forged})
	if err != nil || first.Err != nil {
		t.Fatal(err, first.Err)
	}
	if a[0].Err != nil || !a[0].Replayed || !bytes.Equal(a[0].Receipt, first.Receipt) {
		t.Errorf("the same question: %v", a[0].Err)
	}
	if a[1].Err == nil || a[1].Err.Kind != gateway.KindConflict || a[1].Receipt != nil {
		t.Errorf("other content: %v", a[1].Err)
	}
	if a[2].Err == nil || a[2].Err.Codes()[0] != gateway.CodeSignature || a[2].Receipt != nil {
		t.Errorf("signed by another: %v", a[2].Err)
	}
	if n := len(o.got(t, o.Energy)); n != 1 {
		t.Errorf("%d notices of one feedback", n)
	}
}

// Invariant I2: twins in one commit whose first is judged anew inside it get
// what was stored, or both none.
func TestTwinsOfWhatIsJudgedAnew(t *testing.T) {
	for name, c := range map[string]struct {
		before  func(*office)
		refused string
	}{
		"the claim got a pause": {func(o *office) { o.accept(t, o.submission(o.Nijmegen, o.word(gateway.ResultFollowUp, nil))) },
			"ongeldig pauze-bestaat-al@/resultaat"},
		"a related claim was taken back": {func(o *office) { o.withdraw(t, 1) }, ""},
	} {
		o := newOffice(t, energyWater)
		desk := o.over(slow{o.memory.Feedback, sync.OnceFunc(func() { c.before(o) })})
		twin := o.submission(o.Nijmegen, o.also(nil, 1))
		a, err := desk.Accept(t.Context(), []feedback.Submission{twin, twin})
		if err != nil {
			t.Fatal(err)
		}
		if c.refused != "" {
			for i := range a {
				if a[i].Err == nil || a[i].Err.Error() != c.refused || a[i].Receipt != nil {
					t.Errorf("%s: twin %d: %v, receipt %t", name, i, a[i].Err, a[i].Receipt != nil)
				}
			}
			continue
		}
		stored := o.accept(t, twin)[0]
		if a[0].Err != nil || a[0].Replayed || !a[1].Replayed || !bytes.Equal(a[0].Receipt, a[1].Receipt) || !bytes.Equal(a[0].Receipt, stored.Receipt) {
			t.Errorf("%s: %v and %v, or another receipt than is stored", name, a[0].Err, a[1].Err)
		}
	}
}
