// SPDX-License-Identifier: EUPL-1.2

package vault

import "context"

// flight is one call that several callers wait for. It does not end when the one who began it goes away; each waits no longer
// than his own context, so a Vault that is silent holds nobody up behind another.
type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// begin starts the call; landed runs when it is over, before anyone who waits goes on.
func begin[T any](ctx context.Context, call func(context.Context) (T, error), landed func()) *flight[T] {
	f := &flight[T]{done: make(chan struct{})}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	go func() {
		defer cancel()
		f.value, f.err = call(limited)
		landed()
		close(f.done)
	}()
	return f
}

func (f *flight[T]) wait(ctx context.Context) (T, error) {
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
