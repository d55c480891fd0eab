// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// traces looks for many short runs of bytes in files.
type traces struct {
	at    map[[8]byte][]int
	all   [][]byte
	maybe []uint64 // of the first three bytes
	found []int    // per trace: 1 in the store, 2 in the backup
	where map[int]string
}

func newTraces(all [][]byte) *traces {
	s := &traces{at: map[[8]byte][]int{}, all: all, maybe: make([]uint64, 1<<24/64), found: make([]int, len(all)), where: map[int]string{}}
	for i, b := range all {
		key := [8]byte(b)
		s.at[key] = append(s.at[key], i)
		n := uint(b[0])<<16 | uint(b[1])<<8 | uint(b[2])
		s.maybe[n/64] |= 1 << (n % 64)
	}
	return s
}

// search marks what is in a file. No name of a resident may be in any.
func (s *traces) search(p *yearPlay, path string) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	p.must(err)
	defer f.Close()
	bit, plain := 1, [][]byte{[]byte(surname), []byte(hex.EncodeToString([]byte(surname)))}
	if strings.HasSuffix(path, "reserve.db") {
		bit = 2
	}
	buffer, done := make([]byte, 0, 1<<22), int64(0) // done: bytes of the file before the buffer
	for {
		n, err := io.ReadFull(f, buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		for _, word := range plain {
			if bytes.Contains(buffer, word) {
				p.t.Errorf("%s names a resident", path)
			}
		}
		for i := 0; i+24 <= len(buffer); i++ {
			if n := uint(buffer[i])<<16 | uint(buffer[i+1])<<8 | uint(buffer[i+2]); s.maybe[n/64]&(1<<(n%64)) == 0 {
				continue
			}
			for _, one := range s.at[[8]byte(buffer[i:])] {
				if bytes.Equal(buffer[i:i+24], s.all[one]) {
					s.found[one] |= bit
					if bit == 1 {
						s.where[one] = fmt.Sprintf("%s+%d", filepath.Base(path), done+int64(i))
					}
				}
			}
		}
		if err != nil {
			return
		}
		keep := min(23, len(buffer))
		done += int64(len(buffer) - keep)
		buffer = append(buffer[:0], buffer[len(buffer)-keep:]...)
	}
}
