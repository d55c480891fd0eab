// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// typeDecision is the typ of an officer's approval of a policy.
const typeDecision = "besluit+jwt"

// OpenDecision checks an officer's approval of a policy, as the gateway signed it on the word of his session: its type, and a
// key that was bound to receipts and in use at the moment that it names. What it says, it leaves in Payload.
func (s KeySet) OpenDecision(jws string) (Receipt, error) {
	r, err := s.Open(jws)
	if err != nil {
		return Receipt{}, err
	}
	var said struct {
		At time.Time `json:"goedgekeurdOp"`
	}
	key := s.keys[r.KeyID]
	switch {
	case r.Type != typeDecision:
		return Receipt{}, fmt.Errorf("%w: its type is not %s", ErrReceipt, typeDecision)
	case key.purpose != purposeReceipt:
		return Receipt{}, fmt.Errorf("%w: its key is not bound to %s", ErrReceipt, purposeReceipt)
	case json.Unmarshal(r.Payload, &said) != nil || !key.usedAt(said.At):
		return Receipt{}, fmt.Errorf("%w: its key was not in use at the moment that it names", ErrReceipt)
	}
	return r, nil
}
