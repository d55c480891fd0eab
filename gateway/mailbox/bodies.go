// SPDX-License-Identifier: EUPL-1.2

package mailbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/seinhuis/seinhuis/gateway/seal"
)

// Place says where a sealed body rests outside the truth store, and with which
// key it was encrypted there. The key is of this body alone and stands only in
// its row in truth: when the row goes, the body is erased in every copy of the
// object, also where the object itself stays for others in it. A Place redacts
// itself when printed.
type Place struct {
	Object string // name of the object; see Bodies.Put
	Offset int64  // first byte in it
	Size   int64  // bytes there
	Key    [32]byte
}

// Format redacts the key, for fmt and for slog as text.
func (Place) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "place [redacted]") }

// MarshalJSON redacts the key, also for slog as JSON.
func (Place) MarshalJSON() ([]byte, error) { return []byte(`"place [redacted]"`), nil }

// Object is one stored object, as a sweep of orphans sees it.
type Object struct {
	Name string
	At   time.Time // when it was stored, by the store's clock
}

// Bodies keeps sealed bodies outside the truth store. A truth store that does
// not keep them itself (adapters/postgres) asks it; adapters/s3 fills it.
type Bodies interface {
	// Put stores the bodies of one commit, those of one scope together, and
	// gives the place of each. All are durable on return; after an error some
	// objects may be there, which nothing names and the sweep erases. An object
	// that exists is never overwritten. Names begin with the scope (municipality
	// and month); a store may put those of many municipalities into one object
	// of the month.
	Put(ctx context.Context, bodies []seal.Body) ([]Place, error)
	// Get reads bodies as they were put (wrapped), each at its own place. One
	// that is gone, shortened or altered fails the call with ErrBody as cause,
	// and with the name of its object in the text; a store that does not answer
	// with KindUnavailable, as the other calls do.
	Get(ctx context.Context, places []Place) ([][]byte, error)
	// Erase removes objects in all their versions; one that is gone is fine.
	Erase(ctx context.Context, objects []string) error
	// Before lists objects that were stored before a moment, in order of name.
	Before(ctx context.Context, at time.Time) iter.Seq2[Object, error]
}

// ErrBody says that a body is not where truth says, or not what was put there.
var ErrBody = errors.New("a sealed body is missing or altered in its store")
