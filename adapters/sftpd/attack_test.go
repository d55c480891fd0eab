// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"io"
	"sync"
	"testing"
	"time"
)

// A client may fetch many files side by side on one connection.
func TestParallelDownloads(t *testing.T) {
	h := newHouse(t)
	h.deposit(40, 2000)
	for range 20 {
		c, conn := h.both(town)
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := worker; i < len(h.signals); i += 8 {
					f, err := c.Open("/signalen/nieuw/" + nameOf(h.signals[i]))
					if err != nil {
						t.Error(err)
						return
					}
					if n, err := io.Copy(io.Discard, f); n != 2000 || err != nil {
						t.Error(n, err)
					}
					if err := f.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan bool)
		go func() { all.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = conn.Close()
			<-done
			t.Fatal("the connection stands still")
		}
		_ = conn.Close()
	}
}
