// SPDX-License-Identifier: EUPL-1.2

package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// UUID is an identifier of RFC 9562 in its one canonical form: lower-case
// hexadecimal in groups of 8-4-4-4-12. Being only that, it cannot carry a
// personal datum into a URL, a file name or the log.
type UUID string

// ErrUUID says that a text is no canonical UUID; it never quotes the text.
var ErrUUID = errors.New("no UUID in lower-case canonical form")

// ParseUUID accepts version 4 (random) and 7 (time and random): the others are
// made of names, numbers or machines and would carry those into the log.
func ParseUUID(s string) (UUID, error) {
	if len(s) != 36 || s[14] != '4' && s[14] != '7' || s[19] != '8' && s[19] != '9' && s[19] != 'a' && s[19] != 'b' {
		return "", ErrUUID
	}
	for i, c := range []byte(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return "", ErrUUID
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f'):
			return "", ErrUUID
		}
	}
	return UUID(s), nil
}

// NewUUID makes a version 7 UUID of the given moment, so that ids made later
// sort later; random is crypto/rand unless a test gives another.
func NewUUID(at time.Time, random io.Reader) UUID {
	if random == nil {
		random = rand.Reader
	}
	var b [16]byte
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		panic("gateway: no randomness: " + err.Error()) // crypto/rand never fails
	}
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return UUID(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// Time is the moment that a UUID of version 7 was made at, in milliseconds; any
// other text is ErrUUID.
func (u UUID) Time() (time.Time, error) {
	if _, err := ParseUUID(string(u)); err != nil || u[14] != '7' {
		return time.Time{}, ErrUUID
	}
	ms, err := strconv.ParseInt(string(u[:8]+u[9:13]), 16, 64)
	if err != nil {
		return time.Time{}, ErrUUID
	}
	return time.UnixMilli(ms), nil
}

// The ids that travel. They differ in type so that one cannot stand in for
// another.
type (
	// ReportID (meldingId) is chosen by the creditor and unique for it.
	ReportID UUID
	// BatchID (aanleveringId) is chosen by the creditor and unique for it.
	BatchID UUID
	// SignalID (signaalId) is made by the gateway.
	SignalID UUID
	// FeedbackID (terugkoppelingId) is chosen by the municipality.
	FeedbackID UUID
	// NoticeID (berichtId) and PauseID (pauzeId) are made by the gateway.
	NoticeID UUID
	PauseID  UUID
	// CorrectionID (correctieId) is chosen by the creditor and unique for the
	// report that it corrects.
	CorrectionID UUID
	// ChangeID (wijzigingId) is chosen by the party that changes a pause.
	ChangeID UUID
)

// Digest is the SHA-256 of a signed payload. It decides whether two requests
// with one id are the same question (invariant I3); the token around the
// payload is malleable and decides nothing.
type Digest [32]byte

// DigestOf hashes b.
func DigestOf(b []byte) Digest { return sha256.Sum256(b) }

// String is the lower-case hexadecimal form used on the wire.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText writes the hexadecimal form.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// errDigest says that a text is no digest; it never quotes the text.
var errDigest = errors.New("no SHA-256 in lower-case hexadecimal")

// UnmarshalText takes the hexadecimal form and no other.
func (d *Digest) UnmarshalText(text []byte) error {
	var sum Digest
	if n, err := hex.Decode(sum[:], text[:min(len(text), 2*len(sum))]); err != nil || n != len(sum) || sum.String() != string(text) {
		return errDigest
	}
	*d = sum
	return nil
}
