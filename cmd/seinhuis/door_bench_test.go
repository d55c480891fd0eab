// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"io"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkDoor is a report from the client's socket to its durable receipt:
// gin, mutual TLS, keep-alive, 64 in flight, fsync on, with the client on the
// same cores. The letters are signed and encrypted beforehand. The cluster has
// one node in this process, and its engines beside it on the same cores.
func BenchmarkDoor(b *testing.B) {
	b.Run("standalone", func(b *testing.B) {
		w, err := makeWorld(b.Context(), b.TempDir(), discard(), time.Now())
		if err != nil {
			b.Fatal(err)
		}
		benchDoor(b, w, nil)
	})
	b.Run("cluster", func(b *testing.B) {
		e := newEngines(b)
		w := &demoWorld{dir: b.TempDir(), now: time.Now()}
		e.prepare(b, w.home(), "--oin", string(demoOIN))
		adjust(b, w.home(), func(c *config) { c.Listen, c.SFTP = "127.0.0.1:0", "127.0.0.1:0" })
		if err := w.open(b.Context(), discard()); err != nil {
			b.Fatal(err)
		}
		benchDoor(b, w, w.gateway.nodes.(*cluster))
	})
}

func benchDoor(b *testing.B, w *demoWorld, engines *cluster) {
	stop := w.serve(b.Context())
	s := &story{world: w, out: io.Discard}
	if err := s.introduce(b.Context()); err != nil {
		b.Fatal(err)
	}
	l := newLoad(b, s, []string{w.url}, b.N)
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	own, beside := cpuTime(b)
	var trips, calls uint64
	if engines != nil {
		trips, calls = engines.db.Trips(), engines.keys.Calls()
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := l.once(b.Context(), w.url, int(next.Add(1)-1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	n := float64(b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "reports/s")
	ownNow, besideNow := cpuTime(b)
	b.ReportMetric((ownNow-own).Seconds()*1000/n, "cpu-ms/report")
	if engines != nil {
		for _, engine := range []string{"postgres", "minio", "vault"} {
			b.ReportMetric((besideNow[engine]-beside[engine]).Seconds()*1000/n, engine+"-cpu-ms/report")
		}
		b.ReportMetric(float64(engines.db.Trips()-trips)/n, "postgres-trips/report")
		b.ReportMetric(float64(engines.keys.Calls()-calls)/n, "vault-calls/report")
	}
	if err := stop(); err != nil {
		b.Error(err)
	}
	if err := w.close(); err != nil {
		b.Error(err)
	}
}
