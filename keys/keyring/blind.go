// SPDX-License-Identifier: EUPL-1.2

package keyring

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"

	"github.com/seinhuis/seinhuis/keys"
)

// blinder is one version of the blinding key. The pool keeps keyed states, so that a tag costs two hash blocks and no key
// schedule.
type blinder struct {
	version uint32
	states  sync.Pool
}

func newBlinder(version uint32, key *secret) *blinder {
	b := &blinder{version: version}
	b.states.New = func() any { return hmac.New(sha256.New, key.reveal()) }
	return b
}

// MAC makes, for every input, one tag per live version of the blinding key, newest first: one, or two after a rotation.
// The caller tags its inputs with domain and purpose; this method adds nothing to them.
func (k *Keyring) MAC(ctx context.Context, inputs [][]byte) ([][]keys.Tag, error) {
	s, err := k.current(ctx, relaxed)
	if err != nil {
		return nil, err
	}
	versions := len(s.blinding)
	flat := make([]keys.Tag, len(inputs)*versions)
	out := make([][]keys.Tag, len(inputs))
	for v, b := range s.blinding {
		state := b.states.Get().(hash.Hash)
		for i, input := range inputs {
			tag := &flat[i*versions+v]
			tag.Version = b.version
			state.Reset()
			_, _ = state.Write(input) // a hash never fails
			state.Sum(tag.Sum[:0])
		}
		state.Reset() // leave nothing of the last input behind
		b.states.Put(state)
	}
	for i := range out {
		out[i] = flat[i*versions : (i+1)*versions : (i+1)*versions]
	}
	return out, nil
}
