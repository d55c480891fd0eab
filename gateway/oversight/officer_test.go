// SPDX-License-Identifier: EUPL-1.2

package oversight_test

import (
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// TestAdmit: who is let in, as what; nobody without a role that counts.
func TestAdmit(t *testing.T) {
	const account, party = gateway.UUID("5f2d8c1e-3c54-4b7a-9a51-0c2f4f8d6e10"), gateway.OIN("00000099000000002000")
	ours, all, policy := oversight.RoleParty, oversight.RoleProcessor, oversight.RolePolicy
	roles := func(r ...oversight.Role) []oversight.Role { return r }
	for name, c := range map[string]struct {
		claims oversight.Claims
		want   []oversight.Role // none: refused
	}{
		"an officer of a party":          {oversight.Claims{Roles: roles(ours), Parties: []gateway.OIN{party}}, roles(ours)},
		"of no party":                    {oversight.Claims{Roles: roles(ours)}, nil},
		"of no party, and policy":        {oversight.Claims{Roles: roles(ours, policy)}, roles(policy)},
		"of something that is no party":  {oversight.Claims{Roles: roles(ours), Parties: []gateway.OIN{"1"}}, nil},
		"of the processor, told twice":   {oversight.Claims{Roles: roles(all, all)}, roles(all)},
		"an unknown role":                {oversight.Claims{Roles: roles("beheer")}, nil},
		"an unknown role beside another": {oversight.Claims{Roles: roles("beheer", all)}, roles(all)},
		"policy by a code":               {oversight.Claims{Roles: roles(policy), Way: oversight.WayCode}, roles(policy)},
		"policy, vouched for":            {oversight.Claims{Roles: roles(policy), Way: oversight.WayProvider, Vouched: true}, roles(policy)},
		"policy by a code beside one":    {oversight.Claims{Roles: roles(policy, all), Way: oversight.WayCode, Vouched: true}, roles(all)},
		"policy at the command line":     {oversight.Claims{Roles: roles(policy), Way: oversight.WayLocal, Vouched: true}, nil},
	} {
		c.claims.Account, c.claims.Origin = account, audit.Local
		o, err := oversight.Admit(c.claims)
		if !slices.Equal(o.Roles(), c.want) || (err == nil) != (len(c.want) > 0) {
			t.Errorf("%s: %v, %v", name, o.Roles(), err)
		}
		if s := o.Scope(); s.All() != slices.Contains(c.want, all) || s.Has(party) != (slices.Contains(c.want, ours) || s.All()) {
			t.Errorf("%s sees %+v", name, s)
		}
	}
	if _, err := oversight.Admit(oversight.Claims{Account: "Jansen", Roles: roles(all)}); err == nil {
		t.Error("an account that is no number is let in")
	}
}
