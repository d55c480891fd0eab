// SPDX-License-Identifier: EUPL-1.2

package mtls

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// maxListFile bounds a file with revocation lists in bytes; the largest of
// PKIoverheid is far below it.
const maxListFile = 64 << 20

// Files reads revocation lists, DER or PEM, from files and reads a file again
// when its size or time changed. Something outside the gateway fetches them. A
// file that is missing, unreadable or damaged makes the whole answer an error:
// with lists configured, nobody comes in without.
func Files(paths ...string) Lists {
	f := &files{known: map[string]read{}}
	return func() ([]*x509.RevocationList, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		var all []*x509.RevocationList
		for _, path := range paths {
			lists, err := f.lists(path)
			if err != nil {
				return nil, err
			}
			all = append(all, lists...)
		}
		return all, nil
	}
}

type files struct {
	mu    sync.Mutex
	known map[string]read
}

// read is what a file held when it was of this size and time.
type read struct {
	size  int64
	at    time.Time
	lists []*x509.RevocationList
}

func (f *files) lists(path string) ([]*x509.RevocationList, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("mtls: revocation list: %w", bare(err))
	}
	if r, ok := f.known[path]; ok && r.size == info.Size() && r.at.Equal(info.ModTime()) {
		return r.lists, nil
	}
	if info.Size() > maxListFile {
		return nil, errors.New("mtls: revocation list is too large")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("mtls: revocation list: %w", bare(err))
	}
	lists, err := parseLists(data)
	if err != nil {
		return nil, err
	}
	f.known[path] = read{info.Size(), info.ModTime(), lists}
	return lists, nil
}

// bare takes the path out of an error; it is the operator's, not the log's.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func parseLists(data []byte) ([]*x509.RevocationList, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("-----BEGIN")) {
		l, err := parseList(data)
		return []*x509.RevocationList{l}, err
	}
	var lists []*x509.RevocationList
	for rest := bytes.TrimSpace(data); len(rest) > 0; rest = bytes.TrimSpace(rest) {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "X509 CRL" {
			return nil, errors.New("mtls: not a PEM file with revocation lists only")
		}
		l, err := parseList(block.Bytes)
		if err != nil {
			return nil, err
		}
		lists = append(lists, l)
	}
	return lists, nil
}
