// SPDX-License-Identifier: EUPL-1.2

// Package oversight is what privacy officers see and may do: each for the
// parties that he serves, and for no other. Every look is written into the log
// before its answer leaves (invariant I5), and an answer never tells that a
// party outside the officer's scope exists.
//
// It holds no personal data and opens no body. It decides no policy and changes
// nothing but the log, and what officers themselves keep: the checkpoint that
// they saw last, the breaches that they work on. Called by adapters/console and
// cmd/seinhuis.
package oversight

import (
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Role is what an officer may do, as the identity provider says it. The
// constant is the value of the claim.
type Role string

const (
	// RoleParty (toezicht): sees what concerns the parties that he serves.
	RoleParty Role = "toezicht"
	// RoleProcessor (toezicht-verwerker): the officer of the processor itself;
	// sees what concerns any party.
	RoleProcessor Role = "toezicht-verwerker"
	// RolePolicy (beleid): tries, proposes and approves changes of policy. It
	// gives sight of no entry.
	RolePolicy Role = "beleid"
)

// Roles lists the closed set.
func Roles() []Role { return []Role{RoleParty, RoleProcessor, RolePolicy} }

// Way is how an officer came in: who vouches for him. The constant stands in the
// log and in what he signs.
type Way string

const (
	// WayLocal (lokaal): at the command line; who has that may name any account.
	WayLocal Way = "lokaal"
	// WayCode (eenmalig): with a one-time code, which the operator gives to any account.
	WayCode Way = "eenmalig"
	// WayProvider (oidc): the organisation's identity provider vouches for him.
	WayProvider Way = "oidc"
)

// Ways lists the closed set.
func Ways() []Way { return []Way{WayLocal, WayCode, WayProvider} }

// CodeScope is given for what lies outside an officer's scope and for what does
// not exist alike (habit 13: withheld looks as absent).
const CodeScope gateway.Code = "niet-gevonden"

// Officer is an official whom a door let in. Only Admit makes one; the zero
// Officer sees nothing and may do nothing.
type Officer struct {
	account gateway.UUID
	roles   []Role
	parties []gateway.OIN
	origin  string
	way     Way
}

// Claims is what a door learned of an officer from who vouches for him.
type Claims struct {
	Account gateway.UUID  // number of the account, never a name
	Roles   []Role        // unknown ones count for nothing
	Parties []gateway.OIN // that he serves; only RoleParty looks at it
	Origin  string        // what the log names as origin: 64 hex digits of the session, or audit.Local
	Way     Way           // how he came in; empty: the door does not say
	Vouched bool          // the installation has an identity provider that vouches for officers
}

// Admit makes the officer that claims speak of. Without a role of the closed
// set, or with RoleParty alone and no party, nobody is let in (invariant I6).
// Policy takes two officers, and an operator can name two: where an identity
// provider vouches for officers, whoever came in another way has no RolePolicy.
func Admit(c Claims) (Officer, error) {
	o := Officer{account: c.Account, origin: c.Origin, way: c.Way}
	if _, err := gateway.ParseUUID(string(c.Account)); err != nil {
		return Officer{}, refused("Dit account heeft geen geldig nummer.")
	}
	for _, r := range c.Roles {
		byOperator := r == RolePolicy && c.Vouched && c.Way != WayProvider
		if slices.Contains(Roles(), r) && !slices.Contains(o.roles, r) && !byOperator {
			o.roles = append(o.roles, r)
		}
	}
	for _, p := range c.Parties {
		if _, err := gateway.ParseOIN(string(p)); err != nil {
			return Officer{}, refused("Een partij van dit account heeft geen geldig OIN.")
		}
		if o.May(RoleParty) && !slices.Contains(o.parties, p) {
			o.parties = append(o.parties, p)
		}
	}
	if len(o.parties) == 0 {
		o.roles = slices.DeleteFunc(o.roles, func(r Role) bool { return r == RoleParty })
	}
	if len(o.roles) == 0 {
		return Officer{}, refused("Dit account heeft hier geen rol.")
	}
	return o, nil
}

func refused(text string) *gateway.Error {
	return gateway.Refuse(gateway.KindForbidden, gateway.Finding{Code: gateway.CodePartyKind, Rule: "AVG art. 38 en 39", Text: text})
}

// Account is the number that the log knows the officer by.
func (o Officer) Account() gateway.UUID { return o.account }

// Way is how the officer came in.
func (o Officer) Way() Way { return o.way }

// Roles are the officer's own.
func (o Officer) Roles() []Role { return slices.Clone(o.roles) }

// May reports whether the officer has a role.
func (o Officer) May(r Role) bool { return slices.Contains(o.roles, r) }

// Scope is what the officer sees.
func (o Officer) Scope() Scope {
	return Scope{all: o.May(RoleProcessor), parties: slices.Clone(o.parties)}
}

// Scope is a set of parties: all, or those that are named. The zero Scope is
// empty. Stores take it as it is and give nothing outside it.
type Scope struct {
	all     bool
	parties []gateway.OIN
}

// All reports whether the scope is every party, and what concerns none.
func (s Scope) All() bool { return s.all }

// Parties are those that are named; they do not count when All.
func (s Scope) Parties() []gateway.OIN { return slices.Clone(s.parties) }

// Has reports whether a party lies in the scope.
func (s Scope) Has(p gateway.OIN) bool { return s.all || slices.Contains(s.parties, p) }

// Empty reports whether nothing lies in it.
func (s Scope) Empty() bool { return !s.all && len(s.parties) == 0 }

// To narrows a scope to one party; to nothing when that lies outside it. An
// empty party leaves the scope as it is.
func (s Scope) To(p gateway.OIN) Scope {
	switch {
	case p == "":
		return s
	case !s.Has(p):
		return Scope{}
	}
	return Scope{parties: []gateway.OIN{p}}
}

// Visit is one request of an officer.
type Visit struct {
	Officer Officer
	At      time.Time
	Trace   gateway.Trace
}

// By is how the log names who made the visit.
func (v Visit) By() audit.By {
	return audit.By{Actor: audit.ActorOfficer(string(v.Officer.account)), Role: audit.Officer, Origin: v.Officer.origin, Trace: v.Trace}
}
