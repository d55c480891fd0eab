// SPDX-License-Identifier: EUPL-1.2

package gatewaytest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/mailbox"
	"github.com/seinhuis/seinhuis/gateway/seal"
	"github.com/seinhuis/seinhuis/keys"
)

// MemoryBodies is a mailbox.Bodies in memory that passes Bodies, with faults
// on request. It encrypts as a real store does, so that a test can look for
// canaries in Objects. Safe for concurrent use.
type MemoryBodies struct {
	// Clock says when an object is stored; Now when nil. Set it before use.
	Clock func() time.Time

	mu           sync.Mutex
	objects      map[string]memoryObject
	puts, erases []Fault
	dark         bool
}

type memoryObject struct {
	at   time.Time
	data []byte
}

// NewBodies makes an empty store.
func NewBodies() *MemoryBodies { return &MemoryBodies{objects: map[string]memoryObject{}} }

// FailPuts sets what happens to the next calls of Put, one fault each; later
// ones are sound. After FailedButDone the objects are there as orphans.
func (b *MemoryBodies) FailPuts(faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.puts = faults
}

// FailErases does so for Erase.
func (b *MemoryBodies) FailErases(faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erases = faults
}

// FailReads makes Get and Before fail, or not.
func (b *MemoryBodies) FailReads(fail bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dark = fail
}

// Objects is a copy of all objects by name, as who has the store sees them.
func (b *MemoryBodies) Objects() map[string][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string][]byte{}
	for name, o := range b.objects {
		all[name] = slices.Clone(o.data)
	}
	return all
}

// Alter lets a test change the bytes of an object that is there.
func (b *MemoryBodies) Alter(object string, change func(data []byte) []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, there := b.objects[object]
	if !there {
		panic("gatewaytest: no object to alter")
	}
	o.data = change(slices.Clone(o.data))
	b.objects[object] = o
}

// Put fills mailbox.Bodies.
func (b *MemoryBodies) Put(ctx context.Context, bodies []seal.Body) ([]mailbox.Place, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, gateway.Fail(gateway.KindUnavailable, err)
	}
	fault := nextFault(&b.puts)
	if fault == Failed {
		return nil, gateway.Fail(gateway.KindUnavailable, ErrFault)
	}
	at := Now()
	if b.Clock != nil {
		at = b.Clock()
	}
	names, stored := map[string]string{}, map[string]memoryObject{}
	places := make([]mailbox.Place, len(bodies))
	for i, body := range bodies {
		if err := keys.CheckScope(body.Scope); err != nil {
			return nil, gateway.Fail(gateway.KindInternal, err)
		}
		name, known := names[body.Scope]
		if !known {
			name = body.Scope + "/" + string(gateway.NewUUID(at, nil))
			names[body.Scope] = name
		}
		o := stored[name]
		p := mailbox.Place{Object: name, Offset: int64(len(o.data))}
		_, _ = rand.Read(p.Key[:])
		o.at, o.data = at, bodyCipher(p).Seal(o.data, make([]byte, 12), body.Wrapped, bodyAAD(p))
		p.Size = int64(len(o.data)) - p.Offset
		stored[name], places[i] = o, p
	}
	maps.Copy(b.objects, stored)
	if fault == FailedButDone {
		return nil, gateway.Fail(gateway.KindUnavailable, ErrFault)
	}
	return places, nil
}

// Get fills mailbox.Bodies.
func (b *MemoryBodies) Get(ctx context.Context, places []mailbox.Place) ([][]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.readable(ctx); err != nil {
		return nil, err
	}
	out := make([][]byte, len(places))
	for i, p := range places {
		o, there := b.objects[p.Object]
		err := mailbox.ErrBody
		if there && p.Offset >= 0 && p.Size >= 0 && p.Offset <= int64(len(o.data)) && p.Size <= int64(len(o.data))-p.Offset {
			out[i], err = bodyCipher(p).Open(nil, make([]byte, 12), o.data[p.Offset:][:p.Size], bodyAAD(p))
		}
		if err != nil {
			return nil, gateway.Fail(gateway.KindInternal, fmt.Errorf("%w: %s", mailbox.ErrBody, p.Object))
		}
	}
	return out, nil
}

// Erase fills mailbox.Bodies.
func (b *MemoryBodies) Erase(ctx context.Context, objects []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	fault := nextFault(&b.erases)
	if err := ctx.Err(); err != nil || fault == Failed {
		return gateway.Fail(gateway.KindUnavailable, errors.Join(err, ErrFault))
	}
	for _, name := range objects {
		delete(b.objects, name)
	}
	if fault == FailedButDone {
		return gateway.Fail(gateway.KindUnavailable, ErrFault)
	}
	return nil
}

// Before fills mailbox.Bodies.
func (b *MemoryBodies) Before(ctx context.Context, at time.Time) iter.Seq2[mailbox.Object, error] {
	return func(yield func(mailbox.Object, error) bool) {
		b.mu.Lock()
		err := b.readable(ctx)
		found := maps.Clone(b.objects)
		b.mu.Unlock()
		if err != nil {
			yield(mailbox.Object{}, err)
			return
		}
		for _, name := range slices.Sorted(maps.Keys(found)) {
			if o := found[name]; o.at.Before(at) && !yield(mailbox.Object{Name: name, At: o.at}, nil) {
				return
			}
		}
	}
}

func (b *MemoryBodies) readable(ctx context.Context) error {
	err := ctx.Err()
	if b.dark {
		err = errors.Join(err, ErrFault)
	}
	if err != nil {
		return gateway.Fail(gateway.KindUnavailable, err)
	}
	return nil
}

func nextFault(faults *[]Fault) Fault {
	if len(*faults) == 0 {
		return Sound
	}
	f := (*faults)[0]
	*faults = (*faults)[1:]
	return f
}

// bodyCipher is used once per key, so that its nonce may be zero.
func bodyCipher(p mailbox.Place) cipher.AEAD {
	block, err := aes.NewCipher(p.Key[:])
	if err != nil { // a key of 32 bytes is always right
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

func bodyAAD(p mailbox.Place) []byte { return fmt.Appendf(nil, "%s@%d", p.Object, p.Offset) }
