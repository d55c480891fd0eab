// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"fmt"

	"github.com/seinhuis/seinhuis/keys"
)

// MAC makes, for every input, one tag per live version of the blinding key, newest first: one, or two after a rotation. It
// costs one call per version for every 400 inputs, several at once. The inputs do leave this machine: they are normalised
// person data on their way to Vault over TLS, and Vault's audit device writes only their HMAC. The caller tags its inputs with
// domain and purpose; this method adds nothing to them.
func (s *Store) MAC(ctx context.Context, in [][]byte) ([][]keys.Tag, error) {
	out, err := s.mac(ctx, in)
	if r, ok := refused(err); ok && r.says("too old") {
		// Rotated and erased within the second in which this node had not looked: what it asked for is over.
		s.register.stale()
		out, err = s.mac(ctx, in)
	}
	return out, err
}

func (s *Store) mac(ctx context.Context, in [][]byte) ([][]keys.Tag, error) {
	snap, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	versions := len(snap.blinding)
	flat := make([]keys.Tag, len(in)*versions)
	type part struct{ version, from, to int }
	var parts []part
	for v := range snap.blinding {
		for from := 0; from < len(in); from += maxBatch {
			parts = append(parts, part{v, from, min(from+maxBatch, len(in))})
		}
	}
	err = parallel(len(parts), width, func(i int) error {
		p := parts[i]
		version := snap.blinding[p.version]
		tags, err := s.tag(ctx, version, in[p.from:p.to])
		for j := range tags {
			flat[(p.from+j)*versions+p.version] = tags[j]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([][]keys.Tag, len(in))
	for i := range out {
		out[i] = flat[i*versions : (i+1)*versions : (i+1)*versions]
	}
	return out, nil
}

func (s *Store) tag(ctx context.Context, version uint32, in [][]byte) ([]keys.Tag, error) {
	results, err := s.batch(ctx, "keys/hmac/"+blindingName+"/sha2-256", map[string]any{"key_version": version}, inputs(in))
	if err != nil {
		return nil, err
	}
	tags := make([]keys.Tag, len(in))
	for i, r := range results {
		sum, err := output(r.HMAC, version)
		if err != nil {
			return nil, err
		}
		if tags[i].Version = version; copy(tags[i].Sum[:], sum) != len(tags[i].Sum) || len(sum) != len(tags[i].Sum) {
			return nil, fmt.Errorf("vault's tag has %d bytes: %w", len(sum), keys.ErrUnavailable)
		}
	}
	return tags, nil
}
