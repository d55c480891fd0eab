// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"errors"
	"io"

	"github.com/seinhuis/seinhuis/gateway/batch"
)

var errBounds = errors.New("openpgp: over a bound")

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unpacked is decompressed content, bounded in size and in ratio to what was
// read for it.
type unpacked struct {
	r    io.Reader
	in   *counter
	n    int64
	full bool
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.full {
		return 0, errBounds
	}
	n, err := u.r.Read(p)
	u.n += int64(n)
	if u.n > batch.MaxFile+maxTail || u.n > ratioFrom && u.n/maxRatio > u.in.n {
		u.full = true
		return 0, errBounds
	}
	return n, err
}

// budget bounds what the library may read for one call, and so what it can
// hold: a signature packet may claim 4 GiB.
type budget struct {
	r    io.Reader
	left int64
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBounds
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
