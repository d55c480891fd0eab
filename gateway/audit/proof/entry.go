// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// MaxEntry is the greatest length of one encoded entry in bytes; bundles carry the length in two bytes.
const MaxEntry = 65535

// MaxCodes bounds the reason codes of one entry.
const MaxCodes = 64

// timeLayout is the one form of an entry's time: RFC 3339, UTC, milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Actors that have no OIN.
const (
	ActorGateway       = "seinhuis"      // the gateway itself: sweeps, start, stop
	ActorOperator      = "beheer"        // someone at the command line of the host
	ActorUnknown       = "onbekend"      // a peer that could not be named, refused at the door
	ActorOfficerPrefix = "functionaris/" // followed by the account number (UUID) of a privacy officer
)

// OriginLocal is the origin of an act that came over no connection.
const OriginLocal = "lokaal"

// Results of an act.
const (
	ResultDone    = "gelukt"
	ResultRefused = "geweigerd"
	ResultFailed  = "mislukt"
)

// ErrEntry is wrapped by every error about the content of an entry. The text names fields, never values.
var ErrEntry = errors.New("invalid audit entry")

// Entry is one leaf of the log. The order of the fields is the order on the wire. Every field is held to a narrow
// class of characters (see class.go), so that no personal datum fits.
type Entry struct {
	Version int      `json:"v"`               // always 1
	Time    string   `json:"tijd"`            // RFC 3339, UTC, milliseconds
	Event   string   `json:"gebeurtenis"`     // code from the catalogue
	Actor   string   `json:"actor"`           // OIN, seinhuis, beheer, onbekend or functionaris/<uuid>
	Role    string   `json:"rol"`             // code
	Object  string   `json:"object"`          // kind and identifiers, melding/<oin>/<uuid>
	Result  string   `json:"resultaat"`       // gelukt, geweigerd, mislukt
	Origin  string   `json:"herkomst"`        // SHA-256 of the client certificate in hex, or lokaal
	Trace   string   `json:"spoor"`           // trace id, 32 hex digits
	Policy  string   `json:"beleid,omitzero"` // digest of the policy that decided, 64 hex digits
	Codes   []string `json:"codes,omitempty"` // reason codes
	Digest  string   `json:"digest,omitzero"` // SHA-256 of what was received, 64 hex digits
	Receipt string   `json:"bewijs,omitzero"` // SHA-256 of the compact JWS that this act issued, 64 hex digits
	Count   int64    `json:"aantal,omitzero"` // how many things the act was about; absent when not counted or none
}

// Encode gives the bytes of the leaf: compact JSON in fixed order, the same for the same entry.
// It fails with [ErrEntry], naming every field that is wrong.
func Encode(e Entry) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	leaf, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("%w: cannot be written as JSON", ErrEntry)
	}
	if len(leaf) > MaxEntry {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrEntry, MaxEntry)
	}
	return leaf, nil
}

// Decode reads a leaf. It accepts exactly the bytes that [Encode] makes: unknown, doubled or misplaced fields, other
// spacing and other spellings of a value are refused with [ErrEntry].
func Decode(leaf []byte) (Entry, error) {
	var e Entry
	if len(leaf) > MaxEntry {
		return Entry{}, fmt.Errorf("%w: longer than %d bytes", ErrEntry, MaxEntry)
	}
	// The decoder's own error may quote what it read, so it is not passed on.
	if err := json.Unmarshal(leaf, &e, json.RejectUnknownMembers(true)); err != nil {
		return Entry{}, fmt.Errorf("%w: not the JSON of an entry", ErrEntry)
	}
	again, err := Encode(e)
	if err != nil {
		return Entry{}, err
	}
	if !bytes.Equal(leaf, again) {
		return Entry{}, fmt.Errorf("%w: not in the canonical form", ErrEntry)
	}
	return e, nil
}

// At is the time of the act; the zero time when the entry did not come from [Decode] or [Encode].
func (e Entry) At() time.Time {
	at, err := time.Parse(timeLayout, e.Time)
	if err != nil {
		return time.Time{}
	}
	return at
}

// FormatTime writes a moment as an entry's time, cut to the millisecond.
func FormatTime(at time.Time) string { return at.UTC().Format(timeLayout) }

// check holds every field to its class and names all that fail.
func (e Entry) check() error {
	fields := []struct {
		name string
		ok   bool
	}{
		{"v", e.Version == 1},
		{"tijd", isTime(e.Time)},
		{"gebeurtenis", IsCode(e.Event)},
		{"actor", isActor(e.Actor)},
		{"rol", IsCode(e.Role)},
		{"object", isObject(e.Object)},
		{"resultaat", e.Result == ResultDone || e.Result == ResultRefused || e.Result == ResultFailed},
		{"herkomst", e.Origin == OriginLocal || IsHex(e.Origin, 64)},
		{"spoor", IsHex(e.Trace, 32)},
		{"beleid", e.Policy == "" || IsHex(e.Policy, 64)},
		{"codes", areCodes(e.Codes)},
		{"digest", e.Digest == "" || IsHex(e.Digest, 64)},
		{"bewijs", e.Receipt == "" || IsHex(e.Receipt, 64)},
		{"aantal", e.Count >= 0 && e.Count < 100_000_000}, // shorter than nine digits, as all numbers here
	}
	var wrong []string
	for _, f := range fields {
		if !f.ok {
			wrong = append(wrong, f.name)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: field %s", ErrEntry, strings.Join(wrong, ", "))
	}
	return nil
}

func isTime(s string) bool {
	at, err := time.Parse(timeLayout, s)
	return err == nil && at.Format(timeLayout) == s
}

func areCodes(codes []string) bool {
	if len(codes) > MaxCodes {
		return false
	}
	for _, c := range codes {
		if !IsCode(c) {
			return false
		}
	}
	return true
}
