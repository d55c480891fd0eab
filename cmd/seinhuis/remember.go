// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"io"
	"log"
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// lookTimeout bounds one look behind remember; the one who asked may be gone.
const lookTimeout = 5 * time.Second

// remember gives the last answer, or the last error, for so long before it asks
// again: whoever looks often costs the store no more than whoever looks now and
// then. One look at a time; the others wait for it.
func remember[T any](age time.Duration, clock gateway.Clock, look func(context.Context) (T, error)) func(context.Context) (T, error) {
	var mu sync.Mutex
	var at time.Time
	var last T
	var failed error
	return func(ctx context.Context) (T, error) {
		mu.Lock()
		defer mu.Unlock()
		now := clock()
		if old := now.Sub(at); at.IsZero() || old < 0 || old >= age {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
			defer cancel()
			last, failed = look(ctx)
			at = now
		}
		return last, failed
	}
}

// nothing is a logger for servers that may not write what strangers send.
func nothing() *log.Logger { return log.New(io.Discard, "", 0) }
