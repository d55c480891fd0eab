// SPDX-License-Identifier: EUPL-1.2

package seal

import (
	"encoding/hex"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/policies"
)

// PolicyRef names the policy of a decision as content and receipt show it.
func PolicyRef(d policies.Decision) gateway.PolicyRef {
	return gateway.PolicyRef{Name: d.Policy.Name, Version: d.Policy.Version, Digest: hex.EncodeToString(d.Policy.Digest[:])}
}

// Warnings are the codes of a decision's warnings.
func Warnings(d policies.Decision) []gateway.Code {
	var codes []gateway.Code
	for _, w := range d.Warnings {
		codes = append(codes, gateway.Code(w.Code))
	}
	return codes
}
