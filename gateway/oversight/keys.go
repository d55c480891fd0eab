// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// ExpirySoon is how long before its end a key or certificate is called out.
const ExpirySoon = 30 * 24 * time.Hour

// CredentialKind is what sort of thing expires.
type CredentialKind string

const (
	CredentialParty       CredentialKind = "sleutel-van-partij"
	CredentialGateway     CredentialKind = "sleutel-van-seinhuis"
	CredentialServer      CredentialKind = "servercertificaat"
	CredentialAuthority   CredentialKind = "uitgever-clientcertificaten"
	CredentialRevocations CredentialKind = "intrekkingslijst"
)

// Expiry is how a key or certificate stands.
type Expiry string

const (
	ExpiryNotYet Expiry = "nog-niet-geldig"
	ExpiryValid  Expiry = "geldig"
	ExpirySoonly Expiry = "verloopt-binnen-30-dagen"
	ExpiryOver   Expiry = "verlopen"
)

// Credential is the public side of a key, or a certificate or list.
type Credential struct {
	Kind      CredentialKind
	Party     gateway.OIN // whose; "" of the gateway
	Name      string      // of the party, or of the authority
	Use       string      // of a key
	Algorithm string
	ID        string // thumbprint (RFC 7638), or SHA-256 of a certificate, in hex
	From      time.Time
	Until     time.Time // zero: no end is set
	State     Expiry
}

// Credentials are those of the gateway itself. State is not filled. Filled by
// cmd, which reads the files.
type Credentials interface {
	// Keys are the published keys: every officer may see them, as anybody may.
	Keys(ctx context.Context) ([]Credential, error)
	// Certificates are the server's own, the authorities of client certificates
	// and their revocation lists.
	Certificates(ctx context.Context) ([]Credential, error)
}

// KeyDesk shows keys and certificates. Safe for concurrent use. Called by
// adapters/console.
type KeyDesk struct {
	parties     Parties
	credentials Credentials
	log         Log
}

// NewKeyDesk makes it.
func NewKeyDesk(p Parties, c Credentials, log Log) *KeyDesk { return &KeyDesk{p, c, log} }

// List gives the keys of the officer's parties and the gateway's published
// keys; for the processor's officer its certificates as well. The look is logged
// first.
func (d *KeyDesk) List(ctx context.Context, v Visit) ([]Credential, error) {
	scope, err := sees(v)
	if err != nil {
		return nil, err
	}
	r, err := readRoll(ctx, d.parties, scope)
	if err != nil {
		return nil, err
	}
	all, err := credentials(ctx, d.credentials, r, v.At)
	if err != nil {
		return nil, err
	}
	return all, v.look(ctx, d.log, audit.KeysRead, scope, counted(scope, len(all)))
}

// credentials are all that the scope may see, with their state.
func credentials(ctx context.Context, own Credentials, r roll, now time.Time) ([]Credential, error) {
	all, err := own.Keys(ctx)
	if err != nil {
		return nil, err
	}
	if r.scope.All() {
		certificates, err := own.Certificates(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, certificates...)
	}
	for _, p := range r.own() {
		for _, k := range p.Keys {
			all = append(all, Credential{Kind: CredentialParty, Party: p.OIN, Name: p.Name, Use: string(k.Use), Algorithm: k.Algorithm, ID: k.ID,
				From: k.From, Until: k.Until})
		}
	}
	for i, c := range all {
		all[i].State = expiryOf(c.From, c.Until, now)
	}
	slices.SortStableFunc(all, func(a, b Credential) int { return cmp.Compare(a.Party, b.Party) })
	return all, nil
}

// expiring are those that are over or nearly so, of parties that take part, the
// first to end first. A key that another of the same use already replaces is
// left out: that is a rotation.
func expiring(ctx context.Context, own Credentials, r roll, now time.Time) (soon []Credential, err error) {
	all, err := credentials(ctx, own, r, now)
	for _, c := range all {
		if c.State != ExpirySoonly && c.State != ExpiryOver || c.Party != "" && r.party(c.Party).State != gateway.PartyActive || replaced(c, all) {
			continue
		}
		soon = append(soon, c)
	}
	slices.SortStableFunc(soon, func(a, b Credential) int { return a.Until.Compare(b.Until) })
	return soon, err
}

func replaced(c Credential, all []Credential) bool {
	return slices.ContainsFunc(all, func(o Credential) bool {
		return o.Kind == c.Kind && o.Party == c.Party && o.Use == c.Use && (o.Kind == CredentialParty || o.Kind == CredentialGateway) &&
			(o.State == ExpiryValid || o.State == ExpiryNotYet && c.State != ExpiryOver)
	})
}

func expiryOf(from, until, now time.Time) Expiry {
	switch {
	case now.Before(from):
		return ExpiryNotYet
	case until.IsZero():
		return ExpiryValid
	case !now.Before(until):
		return ExpiryOver
	case until.Sub(now) <= ExpirySoon:
		return ExpirySoonly
	}
	return ExpiryValid
}
