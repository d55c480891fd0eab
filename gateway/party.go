// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"crypto"
	"time"
)

// PartyKind is what a party is; a door allows kinds per route.
type PartyKind string

const (
	// KindCreditor (meldende partij): sends reports, reads notices.
	KindCreditor PartyKind = "meldende-partij"
	// KindMunicipality (gemeente): collects signals, gives feedback.
	KindMunicipality PartyKind = "gemeente"
	// KindOfficer (functionaris gegevensbescherming): reads the log.
	KindOfficer PartyKind = "functionaris"
)

// PartyState tells whether a party may act now.
type PartyState string

const (
	PartyActive    PartyState = "actief"
	PartySuspended PartyState = "geschorst"
	PartyEnded     PartyState = "beeindigd"
)

// KeyUse is what a party's own key is for.
type KeyUse string

const (
	// KeySign: the party signs its reports or feedback with it.
	KeySign KeyUse = "sig"
	// KeyEncrypt: content for the party is sealed to it.
	KeyEncrypt KeyUse = "enc"
	// KeyLogin: the party logs in at the SFTP door with it.
	KeyLogin KeyUse = "ssh"
)

// The algorithms of keys that are not JOSE keys.
const (
	// AlgOpenPGP: Public is an OpenPGPKey; one certificate serves both uses
	// and is registered under each.
	AlgOpenPGP = "OpenPGP"
	// AlgSSH: Public is an SSHKey.
	AlgSSH = "ssh"
)

// OpenPGPKey is a transferable public key (RFC 9580), binary, as registered.
// The id of its PartyKey is the fingerprint in lower-case hexadecimal.
type OpenPGPKey []byte

// SSHKey is a public key in SSH wire format (RFC 4253, 6.6). The id of its
// PartyKey is the SHA-256 of that in lower-case hexadecimal.
type SSHKey []byte

// PartyKey is a public key that a party registered with proof of possession.
// Algorithm is pinned: ES256, EdDSA or PS256 for KeySign; ECDH-ES+A256KW,
// RSA-OAEP-256 or RSA-OAEP for KeyEncrypt. Two keys of one use overlap at
// rotation.
type PartyKey struct {
	ID        string // RFC 7638 thumbprint, the kid on the wire
	Use       KeyUse
	Algorithm string
	Public    crypto.PublicKey // *ecdsa.PublicKey, ed25519.PublicKey, *rsa.PublicKey, *ecdh.PublicKey, OpenPGPKey or SSHKey
	From      time.Time
	Until     time.Time // zero: no end
}

// ValidAt reports whether the key may be used at t.
func (k PartyKey) ValidAt(t time.Time) bool {
	return !t.Before(k.From) && (k.Until.IsZero() || t.Before(k.Until))
}

// Party is an organisation in the register.
type Party struct {
	OIN          OIN
	Kind         PartyKind
	Name         string
	State        PartyState
	Municipality Municipality // only for KindMunicipality
	ReceiptAlg   string       // ES256 (default) or PS256, for what we sign for it
	NumberFormat string       // RE2 of the creditor's own customer numbers, or empty; see CodeBSN
	MayRSAOAEP   bool         // accept RSA-OAEP (SHA-1) from it, for conformance with the Dutch module
	BodyDays     int          // a municipality's own term of sealed bodies, in days; 0: policy's. The shorter counts
	TokenDays    int          // the same for match tokens
	Keys         []PartyKey

	// Formerly are codes of municipalities that it succeeds, whose signals may
	// still relate to new ones. Register's Directory fills it; nobody stores it.
	Formerly []Municipality
}

// KeysFor lists the keys of one use that are valid at t, newest first as
// registered.
func (p Party) KeysFor(use KeyUse, t time.Time) []PartyKey {
	var keys []PartyKey
	for _, k := range p.Keys {
		if k.Use == use && k.ValidAt(t) {
			keys = append(keys, k)
		}
	}
	return keys
}

// Domain is how records and the scopes of wrapping keys name whose they are: a
// municipality by its code, because its mailbox outlives who holds it, anyone
// else by the OIN.
func (p Party) Domain() string {
	if p.Kind == KindMunicipality {
		return string(p.Municipality)
	}
	return string(p.OIN)
}

// Peer is a party that has shown who it is at a door. Only adapters/mtls (and
// later the SFTP door) makes one, after the certificate and the register were
// checked; it is the explicit actor of every entry point.
type Peer struct {
	party       Party
	fingerprint string
}

// Authenticated makes a Peer of a party whose credential, with the given
// SHA-256 fingerprint in hexadecimal, was verified.
func Authenticated(p Party, fingerprint string) Peer { return Peer{p, fingerprint} }

// Party is who the peer is.
func (p Peer) Party() Party { return p.party }

// OIN identifies the peer.
func (p Peer) OIN() OIN { return p.party.OIN }

// Fingerprint is the origin that the audit log names.
func (p Peer) Fingerprint() string { return p.fingerprint }

// Is reports whether the peer is of the kind.
func (p Peer) Is(k PartyKind) bool { return p.party.Kind == k }

// Basis is the legal ground of a report.
type Basis string

const (
	// BasisWgs: Wgs art. 3(1)(b) with the sector's own rule.
	BasisWgs Basis = "wgs"
	// BasisConsent: the resident agreed to be reported (toestemming).
	BasisConsent Basis = "toestemming"
)

// Agreement (overeenkomst) lets one creditor report to one municipality, as
// the national covenant's model agreement does.
type Agreement struct {
	ID               string
	Creditor         OIN
	Municipality     Municipality
	Kinds            []ReportKind
	Bases            []Basis
	From             Date
	Until            Date // zero: no end; the last day on which it holds
	ThresholdInCents int64
	BirthDateAllowed bool
	PauseDays        int // longest pause in days, at most 30; 0 means 30
	Prolongations    int // how often a pause may be prolonged, 0 (never) to 5
}

// InForce reports whether the agreement holds on the day.
func (a Agreement) InForce(day Date) bool {
	return !a.From.After(day) && (a.Until.IsZero() || !day.After(a.Until))
}
