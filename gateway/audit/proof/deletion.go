// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// TypeDeletion is the typ header of a deletion receipt.
const TypeDeletion = "verwijderingsbewijs+jwt"

// ErrDeletion is wrapped by every error about what a deletion receipt says; its signature is judged by [KeySet.Open].
var ErrDeletion = errors.New("deletion receipt not accepted")

// Deletion is what a deletion receipt says: which objects were erased, by the SHA-256 of their names. Made by [ParseDeletion].
type Deletion struct {
	Issuer       string   `json:"iss"`
	Audience     string   `json:"aud"`
	ID           string   `json:"jti"`
	ErasedAt     string   `json:"gewistOp"`
	Reason       string   `json:"reden"`
	Kind         string   `json:"soort"`
	Municipality string   `json:"gemeente,omitzero"`
	Count        int      `json:"aantal"`
	Objects      []string `json:"objecten"`
	Trace        string   `json:"spoor"`
}

// ParseDeletion reads the claims of a receipt whose signature holds. It refuses, with [ErrDeletion], another type, an unknown
// or missing field, and objects that are not digests, not in order, doubled, or not as many as the receipt says.
func ParseDeletion(r Receipt) (Deletion, error) {
	var d Deletion
	if r.Type != TypeDeletion {
		return d, fmt.Errorf("%w: it is evidence of something else (typ)", ErrDeletion)
	}
	if json.Unmarshal(r.Payload, &d, json.RejectUnknownMembers(true)) != nil {
		return Deletion{}, fmt.Errorf("%w: its claims are not those of a deletion receipt", ErrDeletion)
	}
	_, err := time.Parse(time.RFC3339, d.ErasedAt)
	sound := err == nil && IsOIN(d.Issuer) && IsOIN(d.Audience) && IsUUID(d.ID) && IsCode(d.Reason) && IsCode(d.Kind) && IsHex(d.Trace, 32) &&
		(d.Municipality == "" || isMunicipality(d.Municipality))
	if !sound {
		return Deletion{}, fmt.Errorf("%w: a claim has another form", ErrDeletion)
	}
	if d.Count < 1 || d.Count != len(d.Objects) {
		return Deletion{}, fmt.Errorf("%w: it does not name as many objects as it says", ErrDeletion)
	}
	for i, o := range d.Objects {
		if !IsHex(o, 2*sha256.Size) || i > 0 && o <= d.Objects[i-1] {
			return Deletion{}, fmt.Errorf("%w: objects are not digests in order, each once", ErrDeletion)
		}
	}
	return d, nil
}

// Names reports whether the object with this name, such as signaal/<uuid>/inhoud, is among those that were erased.
func (d Deletion) Names(object string) bool {
	sum := sha256.Sum256([]byte(object))
	_, found := slices.BinarySearch(d.Objects, hex.EncodeToString(sum[:]))
	return found
}

// Recorded reports whether an entry of the log is the one that goes with this receipt: of the right event, and of as many
// objects. That it names the receipt by its digest is for the caller to see.
func (d Deletion) Recorded(e Entry) bool {
	if d.Reason == "sleutel" {
		return e.Event == "sleutel-vernietigd"
	}
	return e.Event == "gegevens-gewist" && e.Count == int64(d.Count)
}
