// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"sync"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// maxBuckets bounds the buckets that are kept; those that are full say nothing
// and go first. Only parties of the register get one.
const maxBuckets = 4096

// rate bounds how many requests a party makes in the long run, so that one in a
// loop fills neither the store nor the log. Each OIN has a bucket: a request
// takes one token, and tokens come back at the sustained rate up to the burst.
type rate struct {
	perSecond, burst float64

	mu sync.Mutex
	of map[gateway.OIN]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time // when tokens was right
	told   time.Time // the last refusal that got a log line
}

func newRate(perSecond, burst int) *rate {
	return &rate{perSecond: float64(perSecond), burst: float64(burst), of: map[gateway.OIN]*bucket{}}
}

// take reports whether the party may go on at this moment. Of those that may
// not, tell picks one a second for a log line.
func (r *rate) take(oin gateway.OIN, now time.Time) (ok, tell bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.of[oin]
	if b == nil {
		r.sweep(now)
		b = &bucket{tokens: r.burst, at: now}
		r.of[oin] = b
	}
	b.tokens = r.level(b, now)
	// Moments of requests side by side come in any order and give no time twice;
	// a clock that was set back starts anew.
	if age := now.Sub(b.at); age > 0 || age < -time.Second {
		b.at = now
	}
	if b.tokens >= 1 {
		b.tokens--
		return true, false
	}
	// A clock that was set back must not silence the log.
	if age := now.Sub(b.told); age < 0 || age >= time.Second {
		b.told, tell = now, true
	}
	return false, tell
}

// level is what a bucket holds now. A clock that was set back gives nothing.
func (r *rate) level(b *bucket, now time.Time) float64 {
	return min(r.burst, b.tokens+max(0, now.Sub(b.at).Seconds())*r.perSecond)
}

// sweep makes room for one more.
func (r *rate) sweep(now time.Time) {
	if len(r.of) < maxBuckets {
		return
	}
	for oin, b := range r.of {
		if r.level(b, now) >= r.burst {
			delete(r.of, oin)
		}
	}
	if len(r.of) >= maxBuckets {
		clear(r.of)
	}
}
