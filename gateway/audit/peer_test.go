// SPDX-License-Identifier: EUPL-1.2

package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

func TestByPeer(t *testing.T) {
	for kind, role := range map[gateway.PartyKind]audit.Role{
		gateway.KindCreditor: audit.Creditor, gateway.KindMunicipality: audit.Municipality, gateway.KindOfficer: audit.Officer,
	} {
		p := gateway.Party{OIN: oin, Kind: kind}
		want := audit.By{Actor: oin, Role: role, Origin: strings.Repeat("0f", 32), Trace: trace}
		if got := audit.ByPeer(gateway.Authenticated(p, want.Origin), trace); got != want {
			t.Errorf("%s: %+v", kind, got)
		}
		if got := audit.ByPeer(gateway.Authenticated(p, ""), trace); got.Origin != audit.Local {
			t.Errorf("%s without certificate: %+v", kind, got)
		}
	}
}

func TestCodesOf(t *testing.T) {
	double := gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeBSN}, gateway.Finding{Code: gateway.CodeTooLong}, gateway.Finding{Code: gateway.CodeBSN})
	many := gateway.Refuse(gateway.KindInvalid)
	for i := range 100 {
		many.Findings = append(many.Findings, gateway.Finding{Code: gateway.Code(fmt.Sprintf("code-%d", i))})
	}
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"none":     {nil, nil},
		"once":     {double, []string{"bsn-niet-toegestaan", "te-lang"}},
		"no code":  {gateway.Fail(gateway.KindUnavailable, errors.New("x")), []string{"niet-beschikbaar"}},
		"no Error": {errors.New("x"), []string{"intern"}},
	} {
		if got := audit.CodesOf(c.err); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := audit.CodesOf(many); len(got) != proof.MaxCodes {
		t.Errorf("%d codes", len(got))
	}
}
