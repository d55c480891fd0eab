// SPDX-License-Identifier: EUPL-1.2

// Package parallel works on the parts of a slice at the same time, because
// most of a report's cost is cryptography that one core does alone.
//
// It knows nothing of what it works on and starts nothing that outlives the
// call. Called by gateway/journey.
package parallel

import (
	"errors"
	"runtime"
	"slices"
	"sync"
)

const (
	alone   = 16 // up to this many, starting others costs more than it gains
	workers = 4  // beyond it, the commit is what one waits for
)

// errPanic is all that may be told of a panic: its value can hold input.
var errPanic = errors.New("parallel: a part panicked")

// Map runs do on consecutive parts of all and joins what they give, in order.
// The first error, by place, is the answer of the whole; a panic becomes one.
func Map[In, Out any](all []In, do func(part []In) ([]Out, error)) ([]Out, error) {
	parts := min(workers, runtime.GOMAXPROCS(0))
	if len(all) <= alone || parts < 2 {
		return do(all)
	}
	size := (len(all) + parts - 1) / parts
	outs, errs := make([][]Out, parts), make([]error, parts)
	var done sync.WaitGroup
	i := 0
	for part := range slices.Chunk(all, size) {
		at := i
		i++
		done.Go(func() { outs[at], errs[at] = guarded(part, do) })
	}
	done.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return slices.Concat(outs...), nil
}

func guarded[In, Out any](part []In, do func([]In) ([]Out, error)) (out []Out, err error) {
	defer func() {
		if recover() != nil {
			out, err = nil, errPanic
		}
	}()
	return do(part)
}
