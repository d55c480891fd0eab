// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"github.com/seinhuis/seinhuis/gateway"
)

// A chunk ends at so many lines or bytes: its outcomes share a transaction,
// and all of it is in memory at once.
const (
	chunkLines = 2048
	chunkBytes = 4 << 20
)

// chunks calls take with the lines of a file, chunk by chunk, always cut at
// the same places. take may not keep the slice.
func chunks(ctx context.Context, in *Reader, take func(lines []Line) error) error {
	lines, size := make([]Line, 0, chunkLines), 0
	for {
		line, err := in.Next()
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		if !end {
			lines, size = append(lines, line), size+len(line.Payload)
		}
		if len(lines) == chunkLines || size >= chunkBytes || end && len(lines) > 0 {
			if err := ctx.Err(); err != nil {
				return gateway.Fail(gateway.KindUnavailable, err)
			}
			if err := take(lines); err != nil {
				return err
			}
			lines, size = lines[:0], 0
		}
		if end {
			return nil
		}
	}
}

// digestOf covers all that a chunk will be processed from.
func digestOf(lines []Line) (d gateway.Digest) {
	h := sha256.New()
	number := func(n int) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	for _, l := range lines {
		number(len(l.Payload))
		h.Write(l.Payload)
		number(len(l.Findings))
	}
	h.Sum(d[:0])
	return d
}

// verified is what the first pass learned. Marks are the digests of the
// chunks: the second pass uses a chunk only when it is the one that was
// verified, because it reads ahead of the integrity check at the end.
type verified struct {
	lines   int64
	payload gateway.Digest
	marks   []gateway.Digest
	faults  []gateway.Finding
}

// verify is the first pass: to the very end, using nothing. Its error is one
// of opening, see verdictOn; faults are of the shape.
func (d *Desk) verify(ctx context.Context, from gateway.Party, r Record) (v verified, err error) {
	plain, err := d.open(ctx, from, r)
	if err != nil {
		return verified{}, err
	}
	defer plain.Close()
	in := NewReader(r.Layout, plain)
	err = chunks(ctx, in, func(lines []Line) error {
		v.lines += int64(len(lines))
		v.marks = append(v.marks, digestOf(lines))
		return nil
	})
	if err != nil {
		return verified{}, err
	}
	v.payload, v.faults = plain.digest(), in.Faults()
	return v, nil
}
